//! `autobahn parity`: the embedded engine and the official suite on the same
//! target, compared.

use std::collections::BTreeSet;

use anyhow::anyhow;
use autobahn_cases::CaseId;
use autobahn_harness::engine::{AnyEngine, Choice, Engine as _, Jobs, Plan, Progress};
use autobahn_harness::parity::{Aspect, Disparity, disparities};
use autobahn_harness::run::{Profile, Record};
use autobahn_harness::session::Interrupt;
use autobahn_harness::{EngineError, ExitCode};
use clap::Args;
use tokio::sync::mpsc;

use super::failure::{Exits as _, Failure};
use super::progress::line;
use super::selection::Selection;
use super::signal;
use super::subject::SubjectArgs;

/// The most disparities that are looked at again.
const MOST_REPLAYS: usize = 32;

/// What to compare.
#[derive(Debug, Args)]
pub(crate) struct ParityArgs {
    #[command(flatten)]
    selection: Selection,

    #[command(flatten)]
    server: SubjectArgs,

    /// The official suite: docker, or process (a wstest on PATH)
    #[arg(
        long,
        value_name = "ENGINE",
        env = "AUTOBAHN_AUTHORITY",
        default_value = "docker"
    )]
    authority: Choice,

    /// Another image of the official suite
    #[arg(long, value_name = "IMAGE", env = "AUTOBAHN_IMAGE")]
    image: Option<String>,
}

/// Plays with both, and tells every difference.
pub(super) fn execute(args: &ParityArgs) -> Result<ExitCode, Failure> {
    let selected = args.selection.resolve()?;
    if selected.is_empty() {
        return Ok(ExitCode::AllSkipped);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let code = runtime.block_on(async {
        let interrupted = signal::interrupted()?;
        tokio::select! {
            code = compare(args, selected) => code,
            interrupt = interrupted => Ok(Interrupt::into(interrupt)),
        }
    });
    runtime.shutdown_background();
    code
}

async fn compare(args: &ParityArgs, selected: BTreeSet<CaseId>) -> Result<ExitCode, Failure> {
    let image = args.image.as_deref();
    let authority = AnyEngine::new(&args.authority, image).exits(ExitCode::NoVerdict)?;
    let embedded = AnyEngine::new(&Choice::Embedded, None).exits(ExitCode::NoVerdict)?;
    let subject = args.server.start(&args.authority).await?;
    let mut plan = Plan {
        target: subject.target.name.clone(),
        url: subject.target.url.clone(),
        cases: selected.into_iter().collect(),
        profile: Profile::Full,
        jobs: Jobs::ByCores,
    };
    let (count, target) = (plan.cases.len(), &plan.target);
    line(&format!(
        "    Comparing {count} cases against {target}: embedded and {}",
        args.authority
    ));
    let mut found = play_both(&authority, &embedded, &plan).await?;
    let differing: BTreeSet<CaseId> = found.iter().map(|disparity| disparity.id).collect();
    if !differing.is_empty() && differing.len() <= MOST_REPLAYS {
        // Of time, perhaps: each alone now. What differed once is told anyway.
        found
            .iter()
            .for_each(|disparity| tell("differed", disparity));
        plan.cases = differing.into_iter().collect();
        plan.jobs = Jobs::Serial;
        found = play_both(&authority, &embedded, &plan).await?;
    }
    subject.stop().await?;
    found
        .iter()
        .for_each(|disparity| tell("DIFFERS", disparity));
    let cases: BTreeSet<CaseId> = found.iter().map(|disparity| disparity.id).collect();
    let verdicts = found
        .iter()
        .filter(|disparity| disparity.aspect <= Aspect::Verdict)
        .count();
    line(&format!(
        "     Summary {count} cases compared: {verdicts} verdicts differ, {} in all differ in something",
        cases.len()
    ));
    Ok(if found.is_empty() {
        ExitCode::Passed
    } else {
        ExitCode::Regression
    })
}

async fn play_both(
    authority: &AnyEngine,
    embedded: &AnyEngine,
    plan: &Plan,
) -> Result<Vec<Disparity>, Failure> {
    let authority = play(authority, plan).await.exits(ExitCode::NoVerdict)?;
    let embedded = play(embedded, plan).await.exits(ExitCode::NoVerdict)?;
    let missing = plan.cases.iter().find(|id| {
        let lacks = |records: &[Record]| records.iter().all(|record| record.id != **id);
        lacks(&authority) && lacks(&embedded)
    });
    match missing {
        Some(id) => Err(anyhow!("no engine has played {id}")).exits(ExitCode::NoVerdict),
        None => Ok(disparities(&authority, &embedded)),
    }
}

async fn play(engine: &AnyEngine, plan: &Plan) -> Result<Vec<Record>, EngineError> {
    let (sender, mut progress) = mpsc::unbounded_channel();
    let collect = async {
        let mut records = Vec::new();
        while let Some(seen) = progress.recv().await {
            match seen {
                Progress::Finished(record) => records.push(*record),
                Progress::Warning(text) => line(&format!("warning: {text}")),
                Progress::Preparing(_) | Progress::Started(_) => {}
            }
        }
        records
    };
    let (played, records) = tokio::join!(engine.play(plan, sender), collect);
    played.map(|_| records)
}

fn tell(label: &str, disparity: &Disparity) {
    let Disparity {
        id,
        aspect,
        authority,
        other,
    } = disparity;
    line(&format!(
        "{label:>12} {id:<8} {aspect:<10} official {authority}; embedded {other}"
    ));
}
