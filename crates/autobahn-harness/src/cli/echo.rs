//! The bundled echo server, as a process of its own so that its crash is not
//! ours. It ends with whoever started it: when its standard input closes.

use std::io::{self, Write as _};

use anyhow::{Context as _, anyhow};
use autobahn_harness::ExitCode;
use clap::Args;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use super::failure::Failure;

/// Where to listen.
#[derive(Debug, Args)]
pub(crate) struct EchoArgs {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: String,
}

/// The command that starts the server, for the harness's own use.
pub(super) fn command(listen: &str) -> anyhow::Result<Vec<String>> {
    let program = std::env::current_exe().context("cannot find the program that runs")?;
    let program = program.into_os_string().into_string();
    let program = program.map_err(|path| anyhow!("{path:?} is no UTF-8"))?;
    Ok(vec![
        program,
        "echo-server".into(),
        "--listen".into(),
        listen.into(),
    ])
}

/// Serves until standard input closes or a signal comes.
pub(super) fn serve(args: &EchoArgs) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(&args.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on {}", args.listen))?;
        let interrupted = autobahn_harness::signal::interrupted()?;
        let server = echo_server::serve(listener, echo_server::Config::default())?;
        writeln!(io::stdout(), "{}", server.url())?;
        let mut stdin = tokio::io::stdin();
        let mut sink = [0; 256];
        tokio::select! {
            _ = interrupted => {}
            () = async { while matches!(stdin.read(&mut sink).await, Ok(1..)) {} } => {}
        }
        server.shutdown().await;
        Ok::<_, anyhow::Error>(())
    })?;
    // The thread that reads standard input may never return.
    runtime.shutdown_background();
    Ok(ExitCode::Passed)
}
