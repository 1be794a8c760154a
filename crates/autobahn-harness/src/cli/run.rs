//! `autobahn run`: play, judge, report.

use std::collections::BTreeSet;
use std::pin::pin;
use std::slice;
use std::time::Instant;

use autobahn_cases::{CaseId, autobahn};
use autobahn_harness::engine::Plan;
use autobahn_harness::gate::Base;
use autobahn_harness::official::official;
use autobahn_harness::report::terminal;
use autobahn_harness::run::{Provenance, Record, Run, SCHEMA_VERSION};
use autobahn_harness::session::{self, End};
use autobahn_harness::{Baseline, ExitCode, Judgement, judge, signal};
use chrono::{SecondsFormat, Utc};
use clap::Args;

use super::base::{BaseArgs, StepOutputs};
use super::baseline::{BaselineArgs, CompleteArgs, today};
use super::engine::PlayArgs;
use super::failure::{Exits as _, Failure};
use super::output::OutputArgs;
use super::progress::{color, line};
use super::selection::Selection;
use super::subject::{Started, Subject, SubjectArgs};
use super::watcher::Watcher;

/// What to play, against what, and where results go.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    selection: Selection,

    /// Only the cases that deviated in the last run, whose results lie in --out
    #[arg(long, env = "AUTOBAHN_FAILED", conflicts_with = "cases", value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    failed: bool,

    #[command(flatten)]
    server: SubjectArgs,

    #[command(flatten)]
    playing: PlayArgs,

    #[command(flatten)]
    against: BaselineArgs,

    #[command(flatten)]
    complete: CompleteArgs,

    #[command(flatten)]
    base: BaseArgs,

    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    outputs: StepOutputs,
}

/// Plays, judges, reports.
pub(super) fn execute(args: &RunArgs) -> ExitCode {
    args.outputs.without_judgement(attempt(args))
}

fn attempt(args: &RunArgs) -> Result<ExitCode, Failure> {
    args.output.distinct()?;
    let previous = args.output.previous();
    // What --failed goes by is red by itself, and needed again where this fails.
    if !args.failed {
        args.output.clear().exits(ExitCode::Output)?;
    }
    let baseline = args.against.load(&args.server.list)?;
    let selected = match args.failed {
        true => args.selection.rest(&args.output.deviations(&baseline)?)?,
        false => args.selection.resolve()?,
    };
    if selected.is_empty() {
        line(match args.failed {
            true => "nothing deviated in the last run, or all of it is skipped",
            false => "every selected case is skipped",
        });
        return Ok(args.outputs.write(ExitCode::AllSkipped, None, &[]));
    }
    let previous = previous?;
    let base = args.base.load(&baseline, previous.as_ref())?;
    args.output.prepare().exits(ExitCode::Output)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let code = runtime.block_on(play(
        args,
        selected,
        &baseline,
        base.as_ref(),
        previous.as_ref(),
    ));
    runtime.shutdown_background();
    code
}

async fn play(
    args: &RunArgs,
    selected: BTreeSet<CaseId>,
    baseline: &Baseline,
    base: Option<&Base>,
    previous: Option<&Run>,
) -> Result<ExitCode, Failure> {
    let mut interrupted = pin!(signal::interrupted()?);
    let engine = args.playing.engine()?;
    let subjects = args.server.subjects(&args.playing.engine)?;
    let mut provenance = Provenance::here(Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true));
    let began = Instant::now();
    provenance.profile = args.playing.profile();
    provenance.targets = subjects.iter().map(Subject::target).collect();
    provenance.engine.name = args.playing.engine.to_string();
    let mut run = Run {
        schema_version: SCHEMA_VERSION,
        provenance,
        selected,
        finished: true,
        cases: Vec::new(),
    };
    let mut codes = Vec::new();
    for (index, subject) in subjects.iter().enumerate() {
        let starting = tokio::select! {
            biased;
            interrupt = interrupted.as_mut() => {
                let name = &run.provenance.targets[index].name;
                line(&format!("interrupted: {name} was still starting and was not played"));
                codes.push(interrupt.into());
                run.finished = false;
                break;
            }
            starting = subject.start() => starting,
        };
        let started = match starting {
            Ok(started) => started,
            // There is nothing else to tell of.
            Err(failure) if subjects.len() == 1 => return Err(failure),
            Err(failure) => {
                let (target, error) = (&run.provenance.targets[index].name, failure.message());
                let not_played = run.selected.iter();
                let not_played = not_played.map(|id| Record::not_played(target, *id, &*error));
                run.cases.extend(not_played);
                codes.push(failure.tell());
                continue;
            }
        };
        run.provenance.targets[index] = started.target.clone();
        let mut alone = run.clone();
        alone.provenance.targets = vec![started.target.clone()];
        alone.cases.clear();
        let mut watcher = Watcher::new(alone, baseline);
        let plan = plan(args, &started, &run.selected);
        let played = session::play(&engine, &plan, &mut watcher, interrupted.as_mut()).await;
        watcher.finish();
        if let Some(engine) = played.engine {
            run.provenance.engine = engine;
        }
        run.cases.extend(played.records);
        let stopped = started.stop().await;
        match &played.end {
            End::Finished => {}
            End::Failed(error) => {
                line(&format!("error: {error}"));
                codes.push(ExitCode::NoVerdict);
                run.finished = false;
            }
            End::Interrupted(interrupt) => {
                line(&watcher.interrupted());
                codes.push((*interrupt).into());
                run.finished = false;
            }
        }
        if let Err(failure) = stopped {
            // Nobody knows who has answered in its place: no report may pass.
            run.finished = false;
            codes.push(failure.tell());
        }
        if matches!(played.end, End::Interrupted(_)) {
            break;
        }
    }
    run.sort();
    run.provenance.duration_ms = began.elapsed().as_millis() as u64;
    conclude(args, &run, baseline, base, previous, codes)
}

/// What to play with a server.
fn plan(args: &RunArgs, started: &Started, selected: &BTreeSet<CaseId>) -> Plan {
    let (count, choice, name) = (selected.len(), &args.playing.engine, &started.target.name);
    let cases = if count == 1 { "case" } else { "cases" };
    line(&format!(
        "    Starting {count} {cases} against {name} (engine {choice})"
    ));
    Plan {
        target: name.clone(),
        url: started.target.url.clone(),
        cases: selected.iter().copied().collect(),
        profile: args.playing.profile(),
        jobs: args.playing.jobs(),
    }
}

/// Judges, writes reports and tells what it came to; `codes` is how the playing
/// ended.
fn conclude(
    args: &RunArgs,
    run: &Run,
    baseline: &Baseline,
    base: Option<&Base>,
    previous: Option<&Run>,
    mut codes: Vec<ExitCode>,
) -> Result<ExitCode, Failure> {
    let judgement = judge(run, baseline, autobahn(), today(), args.complete.demand());
    let judgement = judgement.compared_with(base);
    let was_interrupted = codes.iter().any(|code| {
        matches!(
            code,
            ExitCode::HungUp | ExitCode::Interrupted | ExitCode::Terminated
        )
    });
    if run.finished {
        codes.push(judgement.exit_code());
    }
    let (paths, failed) = args.output.write(slice::from_ref(&judgement), previous);
    match was_interrupted {
        _ if run.cases.is_empty() => {}
        // What is missing is missing because of that.
        true => line(terminal::summary(&judgement, color()).trim_end()),
        false => tell(&judgement),
    }
    let paths = paths.iter().map(|path| path.display().to_string());
    let reports: Vec<String> = paths.collect();
    if !reports.is_empty() {
        line(&format!("     Reports {}", reports.join("  ")));
    }
    if let Some(command) = official(run).filter(|_| !run.cases.is_empty()) {
        line(&format!("    Official {command}"));
    }
    codes.extend(failed.iter().map(Failure::tell));
    let code = ExitCode::first(codes);
    let code = args.outputs.write(code, Some(&judgement), &reports);
    // What the judgement says has been told.
    if code != ExitCode::Passed && code != judgement.exit_code() {
        line(&format!(
            "error: {} (exit {})",
            code.meaning(),
            code.number()
        ));
    }
    Ok(code)
}

/// Tells people what a judgement says.
pub(super) fn tell(judgement: &Judgement<'_>) {
    line(terminal::render(judgement, color()).trim_end());
}
