//! `autobahn run`: play, judge, report.

use std::collections::BTreeSet;
use std::slice;
use std::time::Instant;

use autobahn_cases::{CaseId, autobahn};
use autobahn_harness::engine::Plan;
use autobahn_harness::gate::Base;
use autobahn_harness::report::terminal;
use autobahn_harness::run::{Provenance, Run, SCHEMA_VERSION};
use autobahn_harness::session::{self, End};
use autobahn_harness::{Baseline, ExitCode, Judgement, judge};
use chrono::{SecondsFormat, Utc};
use clap::Args;

use super::base::{BaseArgs, StepOutputs};
use super::baseline::{BaselineArgs, today};
use super::engine::PlayArgs;
use super::failure::{Exits as _, Failure};
use super::output::OutputArgs;
use super::progress::{color, line};
use super::selection::Selection;
use super::signal;
use super::subject::SubjectArgs;
use super::watcher::Watcher;

/// What to play, against what, and where results go.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    selection: Selection,

    /// Only the cases that deviated in the last run, whose results lie in --out
    #[arg(long, conflicts_with = "cases")]
    failed: bool,

    #[command(flatten)]
    server: SubjectArgs,

    #[command(flatten)]
    playing: PlayArgs,

    #[command(flatten)]
    against: BaselineArgs,

    #[command(flatten)]
    base: BaseArgs,

    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    outputs: StepOutputs,
}

/// Plays, judges, reports.
pub(super) fn execute(args: &RunArgs) -> Result<ExitCode, Failure> {
    args.outputs.without_judgement(attempt(args))
}

fn attempt(args: &RunArgs) -> Result<ExitCode, Failure> {
    let baseline = args.against.load()?;
    let selected = match args.failed {
        true => args.output.deviations(&baseline)?,
        false => args.selection.resolve()?,
    };
    if selected.is_empty() {
        line(match args.failed {
            true => "nothing deviated in the last run",
            false => "every selected case is skipped",
        });
        args.outputs.write(ExitCode::AllSkipped, None, &[])?;
        return Ok(ExitCode::AllSkipped);
    }
    let previous = args.output.previous()?;
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
    let interrupted = signal::interrupted()?;
    let engine = args.playing.engine().exits(ExitCode::NoVerdict)?;
    let mut provenance = Provenance::here(Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true));
    let began = Instant::now();
    let subject = args.server.start(&args.playing.engine).await?;
    let plan = Plan {
        target: subject.target.name.clone(),
        url: subject.target.url.clone(),
        cases: selected.iter().copied().collect(),
        profile: args.playing.profile(),
        jobs: args.playing.jobs(),
    };
    let (count, choice) = (plan.cases.len(), &args.playing.engine);
    line(&format!(
        "    Starting {count} cases against {} (engine {choice})",
        plan.target
    ));

    provenance.profile = plan.profile;
    provenance.targets = vec![subject.target.clone()];
    provenance.engine.name = choice.to_string();
    let mut run = Run {
        schema_version: SCHEMA_VERSION,
        provenance,
        selected,
        finished: false,
        cases: Vec::new(),
    };
    let mut watcher = Watcher::new(run.clone(), baseline);
    let played = session::play(&engine, &plan, &mut watcher, interrupted).await;
    watcher.finish();
    run.provenance.duration_ms = began.elapsed().as_millis() as u64;
    if let Some(engine) = played.engine {
        run.provenance.engine = engine;
    }
    run.finished = matches!(played.end, End::Finished);
    run.cases = played.records;
    let judgement = judge(&run, baseline, autobahn(), today(), args.against.demand());
    let judgement = judgement.compared_with(base);
    let mut codes = Vec::new();
    match &played.end {
        End::Finished => codes.push(judgement.exit_code()),
        End::Failed(error) => {
            line(&format!("error: {error}"));
            codes.push(ExitCode::NoVerdict);
        }
        End::Interrupted(interrupt) => {
            line(&watcher.interrupted());
            codes.push((*interrupt).into());
        }
    }
    if let Err(failure) = subject.stop().await {
        codes.push(failure.tell());
    }
    let mut reports = Vec::new();
    match args.output.write(slice::from_ref(&judgement), previous) {
        Ok(paths) => {
            match played.end {
                _ if run.cases.is_empty() => {}
                // What is missing is missing because of that.
                End::Interrupted(_) => line(terminal::summary(&judgement, color()).trim_end()),
                End::Finished | End::Failed(_) => tell(&judgement),
            }
            let paths = paths.iter().map(|path| path.display().to_string());
            reports.extend(paths);
            if !reports.is_empty() {
                line(&format!("     Reports {}", reports.join("  ")));
            }
        }
        Err(failure) => codes.push(failure.tell()),
    }
    let code = ExitCode::first(codes);
    args.outputs.write(code, Some(&judgement), &reports)?;
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
