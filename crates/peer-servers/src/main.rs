//! Echo servers on other WebSocket libraries, each written as its library
//! documents it: what the engines are compared on. The URL is the one line on
//! stdout.

mod fast;
mod tungstenite;
mod websockets;

use std::io::{self, Write as _};
use std::net::SocketAddr;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use tokio::net::TcpListener;

/// An echo server on a WebSocket library that is not ours.
#[derive(Debug, Parser)]
struct Arguments {
    /// The library
    peer: Peer,

    /// Address to listen on; with port 0 the system chooses one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Peer {
    /// Plain tokio-tungstenite
    Tungstenite,
    /// fastwebsockets, behind hyper
    Fastwebsockets,
    /// tokio-websockets
    TokioWebsockets,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { peer, listen } = Arguments::parse();
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on `{listen}`"))?;
    writeln!(io::stdout(), "ws://{}", listener.local_addr()?)
        .context("cannot write the URL to stdout")?;
    loop {
        let (stream, _) = listener.accept().await.context("cannot accept")?;
        tokio::spawn(async move {
            // An error is what most cases are there for: it ends the connection.
            let _ = match peer {
                Peer::Tungstenite => tungstenite::echo(stream).await,
                Peer::Fastwebsockets => fast::echo(stream).await,
                Peer::TokioWebsockets => websockets::echo(stream).await,
            };
        });
    }
}
