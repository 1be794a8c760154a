//! `autobahn gate` and `autobahn report`: stored results, nothing is played.

use std::path::PathBuf;

use anyhow::anyhow;
use autobahn_cases::autobahn;
use autobahn_harness::run::Run;
use autobahn_harness::{Baseline, Demand, ExitCode, judge, results};
use clap::Args;

use super::baseline::{BaselineArgs, today};
use super::failure::{Exits as _, Failure};
use super::output::{self, OutputArgs};
use super::run::tell;

/// What to judge.
#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// Files of results; several are merged: shards of a run, or several targets
    #[arg(required = true, value_name = "RESULTS")]
    results: Vec<PathBuf>,

    #[command(flatten)]
    against: BaselineArgs,
}

/// What to render.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Files of results; several are merged: shards of a run, or several targets
    #[arg(required = true, value_name = "RESULTS")]
    results: Vec<PathBuf>,

    #[command(flatten)]
    against: BaselineArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Judges, and tells of every deviation.
pub(super) fn gate(args: &GateArgs) -> Result<ExitCode, Failure> {
    let baseline = args.against.load()?;
    let run = read(&args.results)?;
    let judgement = judge(&run, &baseline, autobahn(), today(), args.against.demand());
    tell(&judgement);
    Ok(judgement.exit_code())
}

/// Renders.
pub(super) fn report(args: &ReportArgs) -> Result<ExitCode, Failure> {
    let baseline: Baseline = args.against.load()?;
    let run = read(&args.results)?;
    let judgement = judge(&run, &baseline, autobahn(), today(), Demand::AnySelection);
    args.output.write(&judgement)?;
    Ok(ExitCode::Passed)
}

fn read(paths: &[PathBuf]) -> Result<Run, Failure> {
    let mut runs = Vec::new();
    for path in paths {
        runs.push((path.display().to_string(), output::read(path)?));
    }
    let merged = results::merge(runs).map_err(|conflicts| {
        let conflicts: Vec<_> = conflicts.iter().map(ToString::to_string).collect();
        anyhow!(
            "the results do not go together:\n  {}",
            conflicts.join("\n  ")
        )
    });
    merged.exits(ExitCode::NoVerdict)
}
