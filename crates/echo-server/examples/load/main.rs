//! Load tests of the echo server, which runs in a process of its own. `ci/load` starts this.

mod client;
mod drop;
mod idle;
mod server;
mod tls;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Load tests of the echo server: what they measure goes to stdout, and a failure ends them.
#[derive(Debug, Parser)]
enum Test {
    Idle(idle::Idle),
    Drop(drop::Drop),
}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match Test::parse() {
        Test::Idle(test) => test.run().await,
        Test::Drop(test) => test.run().await,
    };
    match ended {
        Ok(line) => {
            let _ = writeln!(io::stdout(), "{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Lets this process, and the server that it starts, open as many files as they may.
fn open_many_files(files: usize) -> anyhow::Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    if let Some(maximum) = maximum.filter(|maximum| *maximum < files as u64) {
        anyhow::bail!("{files} open files are needed and {maximum} allowed: see `ulimit -Hn`");
    }
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    )?;
    Ok(())
}
