//! Load for an echo server: messages on many connections, as many at a time as
//! the window says, every echo compared with what was sent. Written apart from all
//! the libraries that it measures. One line of JSON on stdout.

mod connection;
mod echo;
mod handshake;
mod inflate;
mod meter;
mod tape;
mod text;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::{Parser, ValueEnum};
use mio::{Events, Interest, Poll, Token};
use serde_json::json;

use crate::connection::Connection;
use crate::meter::Meter;
use crate::tape::Tape;

/// Sends messages to an echo server and compares every echo with what was sent.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the server is, such as ws://127.0.0.1:9001
    url: String,

    /// What is sent
    #[arg(long, value_enum, default_value_t = Kind::Plain)]
    kind: Kind,

    /// Octets of a message
    #[arg(long, value_name = "OCTETS", default_value_t = 1024)]
    size: usize,

    /// Connections at the same time
    #[arg(long, value_name = "N", default_value_t = 1)]
    connections: usize,

    /// Messages of a connection that are under way at the same time
    #[arg(long, value_name = "N", default_value_t = 1)]
    window: usize,

    /// Seconds before the measurement
    #[arg(long, value_name = "SECONDS", default_value_t = 0.2)]
    warmup: f64,

    /// Seconds of the measurement
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0)]
    seconds: f64,

    /// The server's process, whose CPU time is measured
    #[arg(long)]
    pid: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Binary messages of random octets
    Plain,
    /// Compressed text messages, by permessage-deflate
    Deflate,
    /// The octets of `plain`, which come back as they are: for no WebSocket server
    Raw,
}

/// How long the server may say nothing.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let address = arguments.url.strip_prefix("ws://");
    let address: SocketAddr = address
        .and_then(|address| address.trim_end_matches('/').parse().ok())
        .with_context(|| format!("`{}` is not ws://ADDRESS:PORT", arguments.url))?;
    ensure!(arguments.size > 0, "a message has one octet at least");
    ensure!(arguments.window > 0, "the window is one message at least");

    let tape = Tape::new(arguments.kind, arguments.size);
    let poll = Poll::new()?;
    let mut connections = Vec::with_capacity(arguments.connections);
    for number in 0..arguments.connections {
        let mut stream = handshake::connect(address, arguments.kind)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry()
            .register(&mut stream, Token(number), interest)?;
        connections.push(Connection::new(stream, &tape, number));
    }
    for connection in &mut connections {
        connection.allow(arguments.window);
        connection.write()?;
    }

    let began = Instant::now();
    let warm = began + Duration::from_secs_f64(arguments.warmup);
    let mut load = Load {
        poll,
        connections,
        buffer: vec![0; 256 << 10],
        echoes: 0,
        received: 0,
    };
    load.run_until(warm)?;
    let meter = Meter::start(arguments.pid)?;
    let (echoes, received) = (load.echoes, load.received);
    load.run_until(Instant::now() + Duration::from_secs_f64(arguments.seconds))?;
    let used = meter.stop()?;
    let (echoes, received) = (load.echoes - echoes, load.received - received);
    load.drain()?;

    let figures = json!({
        "echoes": echoes,
        "seconds": used.wall.as_secs_f64(),
        "server_cpu": used.server.map(|cpu| cpu.as_secs_f64()),
        "load_cpu": used.own.as_secs_f64(),
        "received": received,
        "plain": echoes * arguments.size as u64,
    });
    writeln!(io::stdout(), "{figures}").context("cannot write to stdout")
}

/// All connections, and what has come back on them.
struct Load<'a> {
    poll: Poll,
    connections: Vec<Connection<'a>>,
    buffer: Vec<u8>,
    echoes: u64,
    received: u64,
}

impl Load<'_> {
    fn run_until(&mut self, end: Instant) -> anyhow::Result<()> {
        while Instant::now() < end {
            self.turn(|connection, echoes| connection.allow(echoes))?;
        }
        Ok(())
    }

    /// Waits for the echoes that are due.
    fn drain(&mut self) -> anyhow::Result<()> {
        while self.connections.iter().any(Connection::waits) {
            self.turn(|_, _| {})?;
        }
        Ok(())
    }

    /// Reads what has come, and does `next` with as many messages as have come back.
    fn turn(&mut self, next: impl Fn(&mut Connection<'_>, usize)) -> anyhow::Result<()> {
        let mut events = Events::with_capacity(1024);
        self.poll.poll(&mut events, Some(PATIENCE))?;
        ensure!(
            !events.is_empty(),
            "the server has said nothing for {PATIENCE:?}"
        );
        for event in &events {
            let connection = &mut self.connections[event.token().0];
            if event.is_readable() {
                let read = connection.read(&mut self.buffer)?;
                self.echoes += read.echoes as u64;
                self.received += read.octets as u64;
                next(connection, read.echoes);
            }
            connection.write()?;
        }
        Ok(())
    }
}
