//! A faulty server as a program: its URL is the one line on stdout.

use std::{
    io::{self, Write},
    net::SocketAddr,
};

use anyhow::{Context, bail};
use clap::Parser;
use faulty_server::{Fault, FaultyServer};
use tokio::signal::unix::{SignalKind, signal};

/// A WebSocket server that is wrong on purpose, to test a tester.
///
/// The path of the URL names the fault; without a path it is FAULT.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to do wrong
    fault: Fault,

    /// Address to listen on; with port 0 the system chooses one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// The connection from which on `crash_at` and `stop_accepting_at` hold
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..))]
    at: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let Arguments { fault, listen, at } = Arguments::parse();
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot catch SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot catch SIGTERM")?;
    let mut server = FaultyServer::start_on(listen, fault, at)
        .with_context(|| format!("cannot listen on `{listen}`"))?;
    writeln!(io::stdout(), "ws://{}", server.local_addr())
        .context("cannot write the URL to stdout")?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = server.crashed() => bail!("crashed, as asked"),
    }
    server.stop().await;
    Ok(())
}
