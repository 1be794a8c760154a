//! `autobahn trace`: the wire of a case, frame by frame, out of stored results.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::anyhow;
use autobahn_cases::{CaseId, autobahn};
use autobahn_harness::escape;
use autobahn_harness::report::wire;
use autobahn_harness::run::CaseResult;
use autobahn_harness::{ExitCode, Record};
use clap::Args;

use super::failure::{Exits as _, Failure};
use super::selection::known;
use super::{output, stdout};

/// Which case, of which run.
#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// The id of a case, such as 6.4.3
    case: CaseId,

    /// The results of the run
    #[arg(
        long,
        value_name = "FILE",
        env = "AUTOBAHN_RESULTS",
        default_value = "reports/results.json"
    )]
    results: PathBuf,
}

/// Prints all that is kept of every time the case was played.
pub(super) fn execute(args: &TraceArgs) -> Result<ExitCode, Failure> {
    let id = known(args.case)?;
    let run = output::read(&args.results)?;
    let mut text = String::new();
    for record in run.cases.iter().filter(|record| record.id == id) {
        let title = autobahn().case(id).map_or("", |case| &case.title);
        writeln!(text, "{} {id}  {title}", escape::line(&record.target))?;
        let Record {
            earlier, result, ..
        } = record;
        for result in earlier.iter().chain([result]) {
            match result {
                CaseResult::NotPlayed { error } => writeln!(text, "  {}", escape::line(error))?,
                CaseResult::Played(outcome) => {
                    writeln!(text, "  {}", outcome.verdict)?;
                    for line in wire::whole(&outcome.transcript) {
                        writeln!(text, "    {line}")?;
                    }
                }
            }
        }
    }
    if text.is_empty() {
        let results = args.results.display();
        let error = anyhow!("`{results}` has no {id}; play it with: autobahn run {id}");
        return Err(error).exits(ExitCode::NoVerdict);
    }
    stdout::print(&text)
}
