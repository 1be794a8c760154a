//! The `autobahn` command.

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    // A panic is an internal error, also on a thread of a runtime.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::exit(autobahn_harness::ExitCode::Internal.number().into());
    }));
    match cli::Cli::parse().execute() {
        Ok(code) => code.into(),
        Err(failure) => failure.tell().into(),
    }
}
