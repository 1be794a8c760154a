//! Results that were asked for on standard output.

use std::io::{self, Write as _};

use anyhow::Context as _;
use autobahn_harness::ExitCode;

use super::failure::{Exits as _, Failure};

/// Writes a text; a reader that has gone away is no error.
pub(super) fn print(text: &str) -> Result<ExitCode, Failure> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error)
            .context("cannot write to stdout")
            .exits(ExitCode::Output),
        _ => Ok(ExitCode::Passed),
    }
}
