//! SIGINT, SIGTERM and SIGHUP while something plays.

use std::io;

use crate::session::Interrupt;

/// Waits for the first signal that asks to stop. A second one ends the process
/// at once, in case cleaning up takes too long for whoever sent it.
///
/// # Errors
///
/// If the operating system does not let us listen for one.
#[cfg(unix)]
pub fn interrupted() -> io::Result<impl Future<Output = Interrupt>> {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use crate::{ExitCode, server};

    async fn next(
        sigint: &mut Signal,
        sigterm: &mut Signal,
        sighup: Option<&mut Signal>,
    ) -> Interrupt {
        let hung_up = async {
            match sighup {
                Some(sighup) => sighup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = sigint.recv() => Interrupt::Sigint,
            _ = sigterm.recv() => Interrupt::Sigterm,
            _ = hung_up => Interrupt::Sighup,
        }
    }

    let mut sigint = signal(SignalKind::interrupt())?;
    let mut sigterm = signal(SignalKind::terminate())?;
    let mut sighup = hears_sighup()
        .then(|| signal(SignalKind::hangup()))
        .transpose()?;
    Ok(async move {
        let interrupt = next(&mut sigint, &mut sigterm, sighup.as_mut()).await;
        tokio::spawn(async move {
            next(&mut sigint, &mut sigterm, sighup.as_mut()).await;
            server::kill_all();
            std::process::exit(ExitCode::from(interrupt).number().into());
        });
        interrupt
    })
}

/// Whether SIGHUP would end this process: under `nohup` it does not, and is to go
/// on so. Only Linux tells.
#[cfg(unix)]
fn hears_sighup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The lowest bit is that of signal 1, which is SIGHUP.
    ignored.is_some_and(|mask| mask & 1 == 0)
}

/// Waits for Ctrl-C.
///
/// # Errors
///
/// None; it has the form of the one above.
#[cfg(not(unix))]
pub fn interrupted() -> io::Result<impl Future<Output = Interrupt>> {
    Ok(async {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Interrupt::Sigint,
            Err(_) => std::future::pending().await,
        }
    })
}
