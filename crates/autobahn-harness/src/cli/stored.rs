//! `autobahn gate` and `autobahn report`: stored results, nothing is played.

use std::path::{Path, PathBuf};
use std::slice;

use anyhow::anyhow;
use autobahn_cases::autobahn;
use autobahn_harness::run::Run;
use autobahn_harness::{Baseline, Demand, ExitCode, Judgement, judge, results};
use clap::Args;

use super::base::{BaseArgs, StepOutputs};
use super::baseline::{CompleteArgs, StoredBaselineArgs, today};
use super::failure::{Exits as _, Failure};
use super::output::{self, OutputArgs, Wanted};
use super::run::tell;

/// What to judge.
#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// Files of results; several are merged: shards of a run, or several targets
    #[arg(required = true, value_name = "RESULTS")]
    results: Vec<PathBuf>,

    #[command(flatten)]
    against: StoredBaselineArgs,

    #[command(flatten)]
    complete: CompleteArgs,

    #[command(flatten)]
    base: BaseArgs,

    /// Write a format to a place; without one, and for `-`, to stdout
    #[arg(
        long,
        value_name = "FORMAT[=PATH]",
        env = "AUTOBAHN_REPORT",
        value_delimiter = ','
    )]
    report: Vec<Wanted>,

    /// Stored results of a run of the base, with whose outcomes --base compares
    #[arg(long, value_name = "FILE", env = "AUTOBAHN_PREVIOUS")]
    previous: Option<PathBuf>,

    #[command(flatten)]
    outputs: StepOutputs,
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
    against: StoredBaselineArgs,

    #[command(flatten)]
    base: BaseArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Judges, and tells of every deviation.
pub(super) fn gate(args: &GateArgs) -> ExitCode {
    args.outputs.without_judgement(attempt(args))
}

fn attempt(args: &GateArgs) -> Result<ExitCode, Failure> {
    let stdout = || PathBuf::from("-");
    output::distinct(args.report.iter().map(|wanted| (wanted, stdout())))?;
    let baseline = args.against.load()?;
    let previous = args.previous.as_deref().map(output::read).transpose()?;
    let base = args.base.load(&baseline, previous.as_ref())?;
    let run = merged(read(&args.results)?)?;
    let judgement = judge(&run, &baseline, autobahn(), today(), args.complete.demand());
    let judgement = judgement.compared_with(base.as_ref());
    tell(&judgement);
    let judgements = slice::from_ref(&judgement);
    let (mut reports, mut codes) = (Vec::new(), vec![judgement.exit_code()]);
    for wanted in &args.report {
        match wanted.write(judgements, previous.as_ref(), Path::new("-")) {
            Ok(path) => reports.extend(path.map(|path| path.display().to_string())),
            Err(failure) => codes.push(failure.tell()),
        }
    }
    let code = ExitCode::first(codes);
    Ok(args.outputs.write(code, Some(&judgement), &reports))
}

/// Renders.
pub(super) fn report(args: &ReportArgs) -> Result<ExitCode, Failure> {
    args.output.distinct()?;
    let baseline: Baseline = args.against.load()?;
    let by_engine = by_engine(read(&args.results)?).into_iter();
    let runs = by_engine.map(merged).collect::<Result<Vec<Run>, _>>()?;
    let previous = args.output.previous()?;
    let base = args.base.load(&baseline, previous.as_ref())?;
    let judged = |run| judge(run, &baseline, autobahn(), today(), Demand::AnySelection);
    let judgements: Vec<Judgement<'_>> = runs
        .iter()
        .map(|run| judged(run).compared_with(base.as_ref()))
        .collect();
    let (_, failed) = args.output.write(&judgements, previous.as_ref());
    Ok(ExitCode::first(failed.iter().map(Failure::tell)))
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
