//! Plays cases against the bundled echo server, or the one that `AUTOBAHN_URL`
//! names; writes below `target/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use autobahn_cases::{CaseId, autobahn};
use autobahn_harness::baseline::Known;
use autobahn_harness::engine::{AnyEngine, Choice, Jobs, Options, Plan, Progress, Trust};
use autobahn_harness::gate::status_of;
use autobahn_harness::run::{Profile, Provenance, Record, Run, SCHEMA_VERSION, Target};
use autobahn_harness::server::{Launch, Server};
use autobahn_harness::session::{self, End, Observer};
use autobahn_harness::{Baseline, ExitCode, results, signal};

/// Where results of tests go.
pub(crate) const OUT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/conformance");

/// The baseline of the bundled echo server.
pub(crate) fn baseline() -> Result<Baseline, String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../autobahn/baseline.toml");
    let text =
        fs::read_to_string(path).map_err(|error| format!("cannot read the baseline: {error}"))?;
    let known = Known {
        catalog: autobahn(),
        targets: None,
    };
    Baseline::parse("autobahn/baseline.toml", &text, known).map_err(|refused| refused.to_string())
}

/// Plays these cases, deviations twice, and writes `results.json`.
pub(crate) fn play(
    choice: &Choice,
    selected: BTreeSet<CaseId>,
    baseline: &Baseline,
) -> Result<Run, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| format!("cannot start a runtime: {error}"))?;
    let run = runtime.block_on(play_all(choice, selected, baseline))?;
    results::write(&Path::new(OUT).join("results.json"), &run)
        .map_err(|error| error.to_string())?;
    Ok(run)
}

async fn play_all(
    choice: &Choice,
    selected: BTreeSet<CaseId>,
    baseline: &Baseline,
) -> Result<Run, String> {
    let options = Options {
        image: std::env::var("AUTOBAHN_IMAGE").ok(),
        corpora: std::env::var_os("AUTOBAHN_CORPORA").map(Into::into),
        trust: Trust::Roots(std::env::var_os("AUTOBAHN_CA").map(Into::into)),
    };
    let engine = AnyEngine::new(choice, &options);
    let engine = engine.map_err(|error| error.to_string())?;
    let (server, target, url) = match std::env::var("AUTOBAHN_URL") {
        Ok(url) => (None, "url", url),
        Err(_) => {
            let command = [env!("CARGO_BIN_EXE_autobahn"), "echo-server"].map(str::to_owned);
            let server = Server::start(&Launch::new(command.to_vec()))
                .await
                .map_err(|error| error.to_string())?;
            let url = server.url().to_owned();
            (Some(server), "echo", url)
        }
    };
    let plan = Plan {
        target: target.to_owned(),
        url,
        cases: selected.iter().copied().collect(),
        profile: match choice {
            Choice::Embedded => Profile::Quick,
            // The official suite has no other.
            Choice::Docker | Choice::Process | Choice::Report(_) => Profile::Full,
        },
        jobs: Jobs::ByCores,
    };
    let mut provenance = Provenance::here(chrono::Utc::now().to_rfc3339());
    let began = Instant::now();
    let mut judge = Judge(baseline);
    let interrupted =
        signal::interrupted().map_err(|error| format!("cannot listen for signals: {error}"))?;
    let played = session::play(&engine, &plan, &mut judge, interrupted).await;
    if let Some(server) = server {
        server.stop().await;
    }
    if let End::Interrupted(interrupt) = played.end {
        // Nothing that plays is left, and there is nothing to say of the cases.
        std::process::exit(ExitCode::from(interrupt).number().into());
    }
    provenance.duration_ms = began.elapsed().as_millis() as u64;
    provenance.profile = plan.profile;
    provenance.targets = vec![Target {
        name: plan.target,
        url: plan.url,
    }];
    provenance.engine = match (played.end, played.engine) {
        (End::Finished, Some(engine)) => engine,
        (End::Failed(error), _) => return Err(error.to_string()),
        (End::Finished | End::Interrupted(_), _) => {
            return Err("the engine has not ended".to_owned());
        }
    };
    Ok(Run {
        schema_version: SCHEMA_VERSION,
        provenance,
        selected,
        finished: true,
        cases: played.records,
    })
}

/// Has deviations played again.
struct Judge<'a>(&'a Baseline);

impl Observer for Judge<'_> {
    fn saw(&mut self, progress: &Progress) {
        if let Progress::Warning(text) = progress {
            eprintln!("warning: {text}");
        }
    }

    fn deviates(&self, record: &Record) -> bool {
        status_of(record, self.0, autobahn(), std::env::consts::OS).is_red()
    }
}
