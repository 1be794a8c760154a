//! `autobahn parity`: the embedded engine and the official suite on the same
//! target, compared.

mod ledger;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::anyhow;
use autobahn_cases::CaseId;
use autobahn_harness::engine::{AnyEngine, Choice, Engine as _, Jobs, Plan, Progress};
use autobahn_harness::parity::known::Judged;
use autobahn_harness::parity::record::Row;
use autobahn_harness::parity::{Aspect, Disparity, disparities};
use autobahn_harness::run::{EngineInfo, Profile, Record};
use autobahn_harness::{EngineError, ExitCode, Provenance, signal};
use clap::Args;
use tokio::sync::mpsc;

use super::baseline::today;
use super::engine::EmbeddedArgs;
use super::failure::{Exits as _, Failure};
use super::progress::line;
use super::selection::Selection;
use super::subject::{Subject, SubjectArgs};

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

    #[command(flatten)]
    embedded: EmbeddedArgs,

    /// What the server is called in --known and --record
    #[arg(long, value_name = "NAME", env = "AUTOBAHN_NAME")]
    name: Option<String>,

    /// The list of known differences
    ///
    /// Without this option autobahn/parity.toml is read where it exists; where it
    /// does not, no difference is accepted.
    #[arg(long, value_name = "FILE", env = "AUTOBAHN_KNOWN")]
    known: Option<PathBuf>,

    /// Put what came of it into this record of the last comparison, a row a server
    #[arg(long, value_name = "FILE", env = "AUTOBAHN_RECORD")]
    record: Option<PathBuf>,
}

/// Plays with both, and tells every difference.
pub(super) fn execute(args: &ParityArgs) -> Result<ExitCode, Failure> {
    let no_authority = match &args.authority {
        Choice::Docker | Choice::Process => None,
        Choice::Embedded => Some("the embedded engine compared with itself says nothing"),
        Choice::Report(_) => Some("a report plays nothing, and both are to play the same server"),
    };
    if let Some(why) = no_authority {
        let error = anyhow!(
            "{why}; name the official suite: `--authority docker` or `--authority process`"
        );
        return Err(error).exits(ExitCode::NoVerdict);
    }
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
        code = compare_all(args, &selected) => code,
        interrupt = interrupted => {
            let code = ExitCode::from(interrupt);
            line(&format!("error: {} (exit {})", code.meaning(), code.number()));
            Ok(code)
        }
            }
    });
    runtime.shutdown_background();
    code
}

async fn compare_all(args: &ParityArgs, selected: &BTreeSet<CaseId>) -> Result<ExitCode, Failure> {
    let mut codes = Vec::new();
    for subject in args.server.subjects(&args.authority)? {
        codes.push(compare(args, &subject, selected).await?);
    }
    Ok(ExitCode::first(codes))
}

async fn compare(
    args: &ParityArgs,
    subject: &Subject,
    selected: &BTreeSet<CaseId>,
) -> Result<ExitCode, Failure> {
    let known = ledger::known(args.known.as_deref())?;
    let mut record = args.record.as_deref().map(ledger::read).transpose()?;
    let options = args.embedded.options(args.image.as_ref());
    let authority = AnyEngine::new(&args.authority, &options).exits(ExitCode::NoVerdict)?;
    let embedded = AnyEngine::new(&Choice::Embedded, &options).exits(ExitCode::NoVerdict)?;
    let subject = subject.start().await?;
    let mut plan = Plan {
        target: args.name.as_ref().unwrap_or(&subject.target.name).clone(),
        url: subject.target.url.clone(),
        cases: selected.iter().copied().collect(),
        profile: Profile::Full,
        jobs: Jobs::ByCores,
    };
    let (count, target) = (plan.cases.len(), plan.target.clone());
    line(&format!(
        "    Comparing {count} cases against {target}: embedded and {}",
        args.authority
    ));
    let mut both = play_both(&authority, &embedded, &plan).await?;
    let differing: BTreeSet<CaseId> = both.found.iter().map(|one| one.id).collect();
    if !differing.is_empty() && differing.len() <= MOST_REPLAYS {
        // Of time, perhaps: each alone now. What differed once is told anyway.
        both.found.iter().for_each(|one| tell("differed", one));
        plan.cases = differing.into_iter().collect();
        plan.jobs = Jobs::Serial;
        both = play_both(&authority, &embedded, &plan).await?;
    }
    subject.stop().await?;
    if let Some((path, record)) = args.record.as_deref().zip(record.as_mut()) {
        let differing: BTreeSet<CaseId> = both.found.iter().map(|one| one.id).collect();
        let commit = Provenance::here("").commit;
        let row = Row::new(today(), commit, count, differing.len());
        let Both { suite, engine, .. } = &both;
        record.put(suite, engine, &target, row);
        ledger::write(path, record)?;
    }
    Ok(judge(&known.judge(&target, selected, &both.found), count))
}

/// Tells what was found, and how that ends.
fn judge(judged: &Judged<'_>, count: usize) -> ExitCode {
    let Judged {
        unexpected,
        known,
        stale,
    } = judged;
    for (disparity, entry) in known {
        tell("known", disparity);
        line(&format!(
            "{:>12} `{}`, line {}",
            "because of", entry.quirk, entry.line
        ));
    }
    unexpected.iter().for_each(|one| tell("DIFFERS", one));
    for (id, entry) in stale {
        let (name, line_number) = (&entry.id, entry.line);
        line(&format!(
            "{:>12} {id:<8} the engines agree: take it out of `{name}`, line {line_number}",
            "STALE"
        ));
    }
    let cases: BTreeSet<CaseId> = unexpected.iter().map(|one| one.id).collect();
    let verdicts = unexpected
        .iter()
        .filter(|one| one.aspect <= Aspect::Verdict)
        .count();
    let listed = match (known.len(), stale.len()) {
        (0, 0) => String::new(),
        (known, stale) => format!("; {known} known differences, {stale} stale"),
    };
    line(&format!(
        "     Summary {count} cases compared: {verdicts} verdicts differ, {} in all differ in something{listed}",
        cases.len()
    ));
    match (unexpected.is_empty(), stale.is_empty()) {
        (true, true) => ExitCode::Passed,
        (true, false) => ExitCode::Stale,
        (false, _) => ExitCode::Regression,
    }
}

/// What two engines said.
struct Both {
    found: Vec<Disparity>,
    /// The version of the suite that was played.
    suite: String,
    /// The version of the embedded engine.
    engine: String,
}

async fn play_both(
    authority: &AnyEngine,
    embedded: &AnyEngine,
    plan: &Plan,
) -> Result<Both, Failure> {
    let (suite, authority) = play(authority, plan).await.exits(ExitCode::NoVerdict)?;
    let (native, embedded) = play(embedded, plan).await.exits(ExitCode::NoVerdict)?;
    let missing = plan.cases.iter().find(|id| {
        let lacks = |records: &[Record]| records.iter().all(|record| record.id != **id);
        lacks(&authority) && lacks(&embedded)
    });
    match missing {
        Some(id) => Err(anyhow!("no engine has played {id}")).exits(ExitCode::NoVerdict),
        None => Ok(Both {
            found: disparities(&authority, &embedded),
            suite: suite.suite,
            engine: native.version,
        }),
    }
}

async fn play(engine: &AnyEngine, plan: &Plan) -> Result<(EngineInfo, Vec<Record>), EngineError> {
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
    played.map(|info| (info, records))
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
