//! `autobahn gate` and `autobahn report`: stored results, nothing is played.

use std::path::PathBuf;

use anyhow::anyhow;
use autobahn_cases::autobahn;
use autobahn_harness::run::Run;
use autobahn_harness::{Baseline, Demand, ExitCode, Judgement, judge, results};
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
    ///
    /// Those of several engines stand side by side; only html has room for that.
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
    let run = merged(read(&args.results)?)?;
    let judgement = judge(&run, &baseline, autobahn(), today(), args.against.demand());
    tell(&judgement);
    Ok(judgement.exit_code())
}

/// Renders.
pub(super) fn report(args: &ReportArgs) -> Result<ExitCode, Failure> {
    let baseline: Baseline = args.against.load()?;
    let by_engine = by_engine(read(&args.results)?).into_iter();
    let runs = by_engine.map(merged).collect::<Result<Vec<Run>, _>>()?;
    let judgements: Vec<Judgement<'_>> = runs
        .iter()
        .map(|run| judge(run, &baseline, autobahn(), today(), Demand::AnySelection))
        .collect();
    let previous = args.output.previous()?;
    args.output.write(&judgements, previous.as_ref())?;
    Ok(ExitCode::Passed)
}

/// A run, and the file that it stands in.
type Named = (String, Run);

fn read(paths: &[PathBuf]) -> Result<Vec<Named>, Failure> {
    let named = |path: &PathBuf| Ok((path.display().to_string(), output::read(path)?));
    paths.iter().map(named).collect()
}

/// The runs of each engine, in the order in which engines are named first.
fn by_engine(runs: Vec<Named>) -> Vec<Vec<Named>> {
    let mut groups: Vec<Vec<Named>> = Vec::new();
    for (name, run) in runs {
        let engine = &run.provenance.engine;
        let same = |group: &&mut Vec<Named>| group[0].1.provenance.engine.name == engine.name;
        match groups.iter_mut().find(same) {
            Some(group) => group.push((name, run)),
            None => groups.push(vec![(name, run)]),
        }
    }
    groups
}

fn merged(runs: Vec<Named>) -> Result<Run, Failure> {
    let merged = results::merge(runs).map_err(|conflicts| {
        let conflicts: Vec<_> = conflicts.iter().map(ToString::to_string).collect();
        anyhow!(
            "the results do not go together:\n  {}",
            conflicts.join("\n  ")
        )
    });
    merged.exits(ExitCode::NoVerdict)
}
