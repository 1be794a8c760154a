//! `autobahn init`: what another project needs to be tested, written from one run:
//! its target, its baseline, a workflow, a test.

mod files;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::pin::pin;

use anyhow::{Context as _, anyhow};
use autobahn_cases::autobahn;
use autobahn_harness::baseline::update::{self, Accept, Editor};
use autobahn_harness::engine::{AnyEngine, Choice, Jobs, Options, Plan};
use autobahn_harness::run::{Profile, Provenance, Run, SCHEMA_VERSION};
use autobahn_harness::session::{self, End, Interrupt};
use autobahn_harness::{Baseline, Demand, ExitCode, Judgement, judge, results, signal};
use chrono::{SecondsFormat, Utc};
use clap::Args;

use super::baseline::today;
use super::failure::{Exits as _, Failure};
use super::progress::line;
use super::subject::Subject;
use super::watcher::Watcher;

/// What has to stand for a reason while the baseline is put together.
const UNWRITTEN: &str = "why it is so, and what would remove it";
/// What stands there in the end: the gate refuses it.
const TODO: &str = "TODO: why it is so, and what would remove it";

/// For which server.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// What reports call the server
    #[arg(
        long,
        value_name = "NAME",
        env = "AUTOBAHN_NAME",
        value_parser = files::name,
        default_value = "server"
    )]
    name: String,

    /// A server that runs already: ws://HOST:PORT/PATH
    ///
    /// With a SERVER CMD: where that server will listen. Without both nothing is
    /// played, and no baseline is recorded.
    #[arg(
        long,
        value_name = "URL",
        env = "AUTOBAHN_URL",
        value_parser = super::subject::address
    )]
    url: Option<String>,

    /// The action that the workflow is to use: OWNER/REPO/ci/action@HASH
    ///
    /// Without one the workflow installs this program with cargo.
    #[arg(long, value_name = "USES", env = "AUTOBAHN_ACTION", value_parser = files::action)]
    action: Option<String>,

    /// Write over files that are there already
    #[arg(long, env = "AUTOBAHN_FORCE", value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    force: bool,

    /// The server to start, behind `--`; it prints the ws:// address on which it listens
    #[arg(last = true, value_name = "SERVER CMD")]
    command: Vec<String>,
}

impl InitArgs {
    fn has_server(&self) -> bool {
        self.url.is_some() || !self.command.is_empty()
    }
}

/// Plays once and writes everything, or nothing.
pub(super) fn execute(args: &InitArgs) -> Result<ExitCode, Failure> {
    let is_cargo = Path::new("Cargo.toml").exists();
    let targets = files::targets(&args.name, args.url.as_deref(), &args.command);
    let mut files = BTreeMap::from([
        ("autobahn/targets.toml", targets),
        (
            ".github/workflows/autobahn.yml",
            files::workflow(args.action.as_deref(), args, is_cargo),
        ),
    ]);
    // A workspace by itself has no tests.
    let has_tests = is_package(Path::new("Cargo.toml"));
    if has_tests {
        files.insert("tests/conformance.rs", files::test(&args.name));
    }
    // The baseline comes last: it takes a run.
    let recorded = args.has_server().then_some(&"autobahn/baseline.toml");
    let taken = files.keys().chain(recorded);
    let taken: Vec<&str> = taken
        .copied()
        .filter(|path| Path::new(path).exists())
        .collect();
    if !taken.is_empty() && !args.force {
        let error = anyhow!(
            "{} there already; nothing was written. Write over it with --force",
            match taken.as_slice() {
                [one] => format!("`{one}` is"),
                several => format!("`{}` are", several.join("`, `")),
            }
        );
        return Err(error).exits(ExitCode::Usage);
    }
    if !args.has_server() {
        write_all(&files, has_tests)?;
        line(&format!(
            "        Next name your server in autobahn/targets.toml: no server was given, so \
             nothing was played and no baseline was recorded; every case has to be OK\n        \
             Then autobahn run --target {}",
            args.name
        ));
        return Ok(ExitCode::Passed);
    }
    let subject = Subject::listed(&args.name, &files["autobahn/targets.toml"])?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let played = runtime.block_on(play(&subject));
    runtime.shutdown_background();
    let run = played?;
    let none = Baseline::empty("autobahn/baseline.toml");
    let judgement = judge(&run, &none, autobahn(), today(), Demand::Complete);
    let counts = judgement.counts();
    if counts.errors + counts.missing > 0 {
        let error = anyhow!(
            "{} cases have no verdict, so nothing was written; see why: autobahn run -- SERVER CMD",
            counts.errors + counts.missing
        );
        return Err(error).exits(ExitCode::NoVerdict);
    }
    let (baseline, unwritten) = baseline(&judgement)?;
    files.insert("autobahn/baseline.toml", baseline);
    write_all(&files, has_tests)?;
    tell(args, &judgement, unwritten);
    Ok(ExitCode::Passed)
}

/// Whether the manifest is of a package.
fn is_package(manifest: &Path) -> bool {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let document: Result<toml_edit::DocumentMut, _> = text.parse();
    document.is_ok_and(|document| document.contains_key("package"))
}

fn write_all(files: &BTreeMap<&str, String>, has_tests: bool) -> Result<(), Failure> {
    for (path, text) in files {
        write(Path::new(path), text)?;
        line(&format!("       Wrote {path}"));
    }
    if !has_tests {
        line("     No test: here is no cargo package; `autobahn run` is the test");
    }
    Ok(())
}

/// Plays all cases, the long ones with few messages.
async fn play(subject: &Subject) -> Result<Run, Failure> {
    let mut interrupted = pin!(signal::interrupted()?);
    let engine =
        AnyEngine::new(&Choice::Embedded, &Options::default()).exits(ExitCode::NoVerdict)?;
    let mut provenance = Provenance::here(Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true));
    let started = tokio::select! {
        biased;
        interrupt = interrupted.as_mut() => return stopped(interrupt),
        started = subject.start() => started?,
    };
    provenance.profile = Profile::Quick;
    provenance.targets = vec![started.target.clone()];
    let mut run = Run {
        schema_version: SCHEMA_VERSION,
        provenance,
        selected: autobahn().cases().map(|case| case.id).collect(),
        finished: false,
        cases: Vec::new(),
    };
    let plan = Plan {
        target: started.target.name.clone(),
        url: started.target.url.clone(),
        cases: run.selected.iter().copied().collect(),
        profile: Profile::Quick,
        jobs: Jobs::ByCores,
    };
    line(&format!(
        "     Playing {} cases against {}, to see where it stands",
        plan.cases.len(),
        plan.target
    ));
    let none = Baseline::empty("autobahn/baseline.toml");
    let mut watcher = Watcher::quiet(run.clone(), &none);
    let played = session::play(&engine, &plan, &mut watcher, interrupted).await;
    watcher.finish();
    started.stop().await?;
    match played.end {
        End::Finished => run.finished = true,
        End::Failed(error) => return Err(error).exits(ExitCode::NoVerdict),
        End::Interrupted(interrupt) => return stopped(interrupt),
    }
    run.provenance.engine = played.engine.unwrap_or_default();
    run.cases = played.records;
    Ok(run)
}

/// Somebody stopped it before anything was written.
fn stopped<T>(interrupt: Interrupt) -> Result<T, Failure> {
    Err(anyhow!("interrupted; nothing was written")).exits(interrupt.into())
}

/// The baseline with an entry for everything that deviates, and how many reasons
/// are still to be written.
fn baseline(judgement: &Judgement<'_>) -> Result<(String, usize), Failure> {
    let counts = judgement.counts();
    if counts.regressions + counts.changed == 0 {
        let suite = &judgement.run.provenance.engine.suite;
        return Ok((files::baseline(suite, judgement.catalog.len()), 0));
    }
    let accept = Accept {
        cases: "*".parse().expect("a wildcard is a pattern"),
        target: None,
        reason: UNWRITTEN.to_owned(),
        issue: None,
        expires: None,
        id: None,
    };
    let updated = update::update(judgement, &[accept], Editor::Person);
    let text = updated.exits(ExitCode::Internal)?.text;
    let unwritten = text.matches(UNWRITTEN).count();
    let text = text.replace(UNWRITTEN, TODO);
    Ok((format!("{}{text}", files::BASELINE_HEAD), unwritten))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let directory = path.parent().map_or_else(PathBuf::new, Path::to_owned);
    fs::create_dir_all(directory)
        .and_then(|()| results::write_whole(path, text))
        .with_context(|| format!("cannot write `{}`", path.display()))
        .exits(ExitCode::Output)
}

/// Says where the server stands and what to do next.
fn tell(args: &InitArgs, judgement: &Judgement<'_>, unwritten: usize) {
    let counts = judgement.counts();
    let deviating = counts.regressions + counts.changed;
    line(&format!(
        "     Summary {} of {} cases are as they must be, {deviating} deviate",
        counts.passed, counts.selected
    ));
    if unwritten > 0 {
        let reasons = if unwritten == 1 { "reason" } else { "reasons" };
        line(&format!(
            "        Next write the {unwritten} {reasons} marked TODO in autobahn/baseline.toml: \
             until then the gate refuses it"
        ));
    }
    line(&format!("        Then autobahn run --target {}", args.name));
    if args.action.is_none() {
        line(
            "             the workflow installs autobahn-harness with cargo; to use the action, \
             give --action OWNER/REPO/ci/action@HASH",
        );
    }
}
