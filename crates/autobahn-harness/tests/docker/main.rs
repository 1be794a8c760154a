//! The official suite in containers against servers of known faults: each gives
//! the verdict or the error that names it. Asked for by name (`cargo test --test
//! docker`); fails without a container engine.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod faults;
mod gate;
mod interrupt;
mod leftovers;
mod setup;

use std::path::Path;
use std::process::Stdio;

use autobahn_harness::engine::docker::Docker;
use autobahn_harness::engine::{Engine, EngineError, Jobs, Plan, Progress};
use autobahn_harness::run::{CaseResult, EngineInfo, Profile, Record};
use echo_server::ServerHandle;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc;

fn plan(url: &str, cases: &str) -> Plan {
    Plan {
        target: "faulty".to_owned(),
        url: url.to_owned(),
        cases: cases.split(' ').map(|id| id.parse().unwrap()).collect(),
        profile: Profile::Full,
        jobs: Jobs::ByCores,
    }
}

/// The program in a directory of its own, with nothing of our environment that
/// could change what it does.
fn program(directory: &Path, url: &str, cases: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_autobahn"));
    command
        .args(["run", "--engine", "docker", "--url", url])
        .args(cases)
        .current_dir(directory)
        .env_remove("AUTOBAHN_OUT")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

struct Played {
    result: Result<EngineInfo, EngineError>,
    records: Vec<Record>,
    warnings: Vec<String>,
}

impl Played {
    /// Each case with its verdict, or `-` where it has none.
    fn verdicts(&self) -> String {
        let verdicts = self.records.iter().map(|record| match record.outcome() {
            Some(outcome) => format!("{} {}", record.id, outcome.verdict),
            None => format!("{} -", record.id),
        });
        verdicts.collect::<Vec<_>>().join(", ")
    }

    #[track_caller]
    fn error_of(&self, id: &str) -> &str {
        let record = self
            .records
            .iter()
            .find(|record| record.id.to_string() == id);
        match &record.unwrap().result {
            CaseResult::NotPlayed { error } => error,
            CaseResult::Played(outcome) => panic!("{id} {}", outcome.verdict),
        }
    }

    #[track_caller]
    fn error(&self) -> String {
        self.result.as_ref().unwrap_err().to_string()
    }
}

async fn play(engine: &Docker, plan: &Plan) -> Played {
    let (sender, mut progress) = mpsc::unbounded_channel();
    let result = engine.play(plan, sender).await;
    let (mut records, mut warnings) = (Vec::new(), Vec::new());
    while let Ok(seen) = progress.try_recv() {
        match seen {
            Progress::Finished(record) => records.push(*record),
            Progress::Warning(text) => warnings.push(text),
            Progress::Preparing(_) | Progress::Started(_) => {}
        }
    }
    records.sort_by_key(|record| record.id);
    Played {
        result,
        records,
        warnings,
    }
}

async fn echo_server() -> ServerHandle {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Without compression every case of 12 and 13 is over at once.
    let config = echo_server::Config {
        deflate: None,
        ..echo_server::Config::default()
    };
    echo_server::serve(listener, config).unwrap()
}
