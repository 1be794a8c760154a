//! The command line: what can be asked for, and who answers.

mod base;
mod baseline;
mod diff;
mod doctor;
mod echo;
mod engine;
mod failure;
mod init;
mod list;
mod output;
mod parity;
mod progress;
mod run;
mod selection;
mod stdout;
mod stored;
mod subject;
mod trace;
mod watcher;

use autobahn_harness::ExitCode;
use clap::{Parser, Subcommand};

use self::failure::Failure;

/// Does this WebSocket implementation conform to RFC 6455 and RFC 7692, and did
/// this change break it?
#[derive(Debug, Parser)]
#[command(name = "autobahn", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  autobahn run                             all cases against the bundled echo server
  autobahn run 6.4 7.9.3                   a section and a case
  autobahn run --url ws://127.0.0.1:9001   a server that runs already
  autobahn run -- ./my-server --port 0     a server that prints its ws:// address
  autobahn run --target mine               a server of autobahn/targets.toml
  autobahn init -- ./my-server --port 0    set up a project of your own
  autobahn explain 6.4.3                   what a case sends and accepts

Exit codes:
  0    passed
  1    internal error
  2    usage, also what is no case id or pattern
  4    every selected case was skipped
  96   invalid configuration or baseline, or no such case
  100  regression or changed case
  101  no verdict: engine, server or results missing
  102  only stale or expired baseline entries
  110  an output could not be written
  129, 130, 143  interrupted, after clean-up";

#[derive(Debug, Subcommand)]
enum Command {
    /// Play cases, judge them against the baseline, write reports
    Run(run::RunArgs),
    /// Judge stored results against the baseline; plays nothing
    Gate(stored::GateArgs),
    /// Render stored results, merged, into any format; judges nothing
    Report(stored::ReportArgs),
    /// Compare two runs; exit code 100 if any case is worse or different
    Diff(diff::DiffArgs),
    /// Show the wire of a case, frame by frame, out of stored results
    Trace(trace::TraceArgs),
    /// Play with the embedded engine and the official suite, and compare their verdicts
    Parity(parity::ParityArgs),
    /// Check, update or explain the list of known deviations
    #[command(subcommand)]
    Baseline(baseline::BaselineCommand),
    /// Write what another project needs to be tested: target, baseline, workflow, test
    Init(init::InitArgs),
    /// List the cases of the catalogue
    List(list::ListArgs),
    /// Say what a case sends and accepts, and why it usually fails
    Explain(list::ExplainArgs),
    /// Say what works on this machine: engines, image, network
    Doctor(doctor::DoctorArgs),
    /// Serve echoes; for this program's own use
    #[command(hide = true)]
    EchoServer(echo::EchoArgs),
}

impl Cli {
    /// Does what was asked for.
    pub(crate) fn execute(&self) -> Result<ExitCode, Failure> {
        match &self.command {
            Command::Run(args) => Ok(run::execute(args)),
            Command::Gate(args) => Ok(stored::gate(args)),
            Command::Report(args) => stored::report(args),
            Command::Diff(args) => diff::execute(args),
            Command::Trace(args) => trace::execute(args),
            Command::Parity(args) => parity::execute(args),
            Command::Baseline(command) => baseline::execute(command),
            Command::Init(args) => init::execute(args),
            Command::List(args) => list::list(args),
            Command::Explain(args) => list::explain(args),
            Command::Doctor(args) => doctor::execute(args),
            Command::EchoServer(args) => echo::serve(args),
        }
    }
}
