//! The echo server as a program: its URL is the one line on stdout, its log goes to stderr.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use clap::Parser;
use echo_server::{Config, serve};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_tungstenite_deflate::DeflateConfig;
use tracing::info;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// A WebSocket echo server on tokio-tungstenite.
///
/// Prints its URL on stdout and logs to stderr. SIGINT and SIGTERM close the
/// open connections with code 1001 and end it within two seconds.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Address to listen on; with port 0 the system chooses one
    #[arg(
        long,
        value_name = "ADDR",
        env = "ECHO_SERVER_LISTEN",
        default_value = "127.0.0.1:12345"
    )]
    listen: String,

    /// Longest message, in octets
    #[arg(
        long,
        value_name = "OCTETS",
        env = "ECHO_SERVER_MAX_MESSAGE_SIZE",
        default_value_t = Config::default().max_message_size
    )]
    max_message_size: usize,

    /// Longest payload of a frame, in octets
    #[arg(
        long,
        value_name = "OCTETS",
        env = "ECHO_SERVER_MAX_FRAME_SIZE",
        default_value_t = Config::default().max_frame_size
    )]
    max_frame_size: usize,

    /// Seconds that a client may take for its opening handshake
    #[arg(
        long,
        value_name = "SECONDS",
        env = "ECHO_SERVER_HANDSHAKE_TIMEOUT",
        default_value_t = Config::default().handshake_timeout.as_secs()
    )]
    handshake_timeout: u64,

    /// Decline permessage-deflate
    #[arg(long, env = "ECHO_SERVER_NO_DEFLATE")]
    no_deflate: bool,

    /// What to log: a level or directives such as `echo_server=debug`
    #[arg(
        long,
        value_name = "FILTER",
        env = "ECHO_SERVER_LOG",
        default_value = "info"
    )]
    log: Targets,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do if even stderr is gone.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    tracing_subscriber::registry()
        .with(arguments.log)
        .with(lines)
        .init();

    // Signals are caught before the URL invites anybody to send one.
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot catch SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot catch SIGTERM")?;
    let listener = TcpListener::bind(&arguments.listen)
        .await
        .with_context(|| format!("cannot listen on `{}`", arguments.listen))?;
    let server = serve(
        listener,
        Config {
            max_message_size: arguments.max_message_size,
            max_frame_size: arguments.max_frame_size,
            handshake_timeout: Duration::from_secs(arguments.handshake_timeout),
            deflate: (!arguments.no_deflate).then(DeflateConfig::default),
        },
    )?;
    writeln!(io::stdout(), "{}", server.url()).context("cannot write the URL to stdout")?;

    tokio::select! {
        _ = interrupt.recv() => info!("SIGINT"),
        _ = terminate.recv() => info!("SIGTERM"),
    }
    server.shutdown().await;
    Ok(())
}
