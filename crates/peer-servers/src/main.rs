//! Echo servers on other WebSocket libraries, each written as its library
//! documents it: what the engines are compared on, and our echo server's speed. The
//! URL is the one line on stdout.

mod batching;
mod fast;
mod raw;
mod sockudo;
mod tungstenite;
mod websockets;
mod yawc;

use std::io::{self, Write as _};
use std::net::SocketAddr;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use tokio::net::TcpListener;
use tokio::runtime::Builder;

/// An echo server on a WebSocket library that is not ours.
#[derive(Debug, Parser)]
struct Arguments {
    /// The library
    peer: Peer,

    /// Address to listen on; with port 0 the system chooses one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Compression level of those that speak permessage-deflate
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(0..=9))]
    level: u32,

    /// Threads; with 1 tokio's current-thread runtime. Without it one for each core
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Peer {
    /// Plain tokio-tungstenite
    Tungstenite,
    /// Plain tokio-tungstenite that sends its echoes in batches
    TungsteniteBatching,
    /// fastwebsockets, behind hyper
    Fastwebsockets,
    /// tokio-websockets
    TokioWebsockets,
    /// tokio-websockets that sends its echoes in batches
    TokioWebsocketsBatching,
    /// sockudo-ws
    Sockudo,
    /// yawc, behind hyper
    Yawc,
    /// No WebSocket at all: sends back what comes
    Raw,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut builder = match arguments.threads {
        Some(1) => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if let Some(threads) = arguments.threads {
        builder.worker_threads(threads.into());
    }
    let runtime = builder
        .enable_all()
        .build()
        .context("cannot start the threads")?;
    runtime.block_on(serve(arguments))
}

async fn serve(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments {
        peer,
        listen,
        level,
        ..
    } = arguments;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on `{listen}`"))?;
    writeln!(io::stdout(), "ws://{}", listener.local_addr()?)
        .context("cannot write the URL to stdout")?;
    loop {
        let (stream, _) = listener.accept().await.context("cannot accept")?;
        stream
            .set_nodelay(true)
            .context("cannot send without delay")?;
        tokio::spawn(async move {
            // An error is what most cases are there for: it ends the connection.
            let _ = match peer {
                Peer::Tungstenite => tungstenite::echo(stream).await,
                Peer::TungsteniteBatching => tungstenite::echo_batches(stream).await,
                Peer::Fastwebsockets => fast::echo(stream).await,
                Peer::TokioWebsockets => websockets::echo(stream).await,
                Peer::TokioWebsocketsBatching => websockets::echo_batches(stream).await,
                Peer::Sockudo => sockudo::echo(stream, level).await,
                Peer::Yawc => yawc::echo(stream, level).await,
                Peer::Raw => raw::echo(stream).await,
            };
        });
    }
}
