//! SIGINT and SIGTERM while something plays.

use std::io;

use autobahn_harness::session::Interrupt;

/// Waits for the first signal that asks to stop. A second one ends the process
/// at once, in case cleaning up takes too long for whoever sent it.
#[cfg(unix)]
pub(super) fn interrupted() -> io::Result<impl Future<Output = Interrupt>> {
    use autobahn_harness::{ExitCode, server};
    use tokio::signal::unix::{SignalKind, signal};

    let mut sigint = signal(SignalKind::interrupt())?;
    let mut sigterm = signal(SignalKind::terminate())?;
    Ok(async move {
        let interrupt = tokio::select! {
            _ = sigint.recv() => Interrupt::Sigint,
            _ = sigterm.recv() => Interrupt::Sigterm,
        };
        tokio::spawn(async move {
            tokio::select! {
                _ = sigint.recv() => {}
                _ = sigterm.recv() => {}
            }
            server::kill_all();
            std::process::exit(ExitCode::from(interrupt).number().into());
        });
        interrupt
    })
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(super) fn interrupted() -> io::Result<impl Future<Output = Interrupt>> {
    Ok(async {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Interrupt::Sigint,
            Err(_) => std::future::pending().await,
        }
    })
}
