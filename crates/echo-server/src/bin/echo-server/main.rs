//! The echo server as a program: its URL is the one line on stdout, its log goes to stderr.

mod check;
mod nofile;
mod options;

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use anyhow::Context;
use clap::Parser;
use echo_server::serve;
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
};
use tracing::info;
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

use options::Options;

fn main() -> ExitCode {
    match start(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do if even stderr is gone.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(options: Options) -> anyhow::Result<()> {
    let runtime = runtime(options.threads).context("cannot start the threads")?;
    runtime.block_on(run(options))
}

/// What serves with so many threads, or else one for each core.
fn runtime(threads: Option<u16>) -> io::Result<Runtime> {
    let mut builder = match threads {
        // No thread is woken to take some of the work.
        Some(1) => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if let Some(threads) = threads {
        builder.worker_threads(threads.into());
    }
    builder.enable_all().build()
}

async fn run(options: Options) -> anyhow::Result<()> {
    let config = options.config()?;
    if options.check {
        return check::check(&options.listen, &config).await;
    }
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    tracing_subscriber::registry()
        .with(options.log)
        .with(lines)
        .init();

    nofile::raise(config.max_connections);
    // Signals are caught before the URL invites anybody to send one.
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot catch SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot catch SIGTERM")?;
    let listener = TcpListener::bind(&options.listen)
        .await
        .with_context(|| format!("cannot listen on `{}`", options.listen))?;
    let server = serve(listener, config)?;
    writeln!(io::stdout(), "{}", server.url()).context("cannot write the URL to stdout")?;

    tokio::select! {
        _ = interrupt.recv() => info!("SIGINT"),
        _ = terminate.recv() => info!("SIGTERM"),
    }
    server.shutdown().await;
    Ok(())
}
