//! A `wstest` as a process: here a shell script that plays its part.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use autobahn_harness::engine::process::Process;
use autobahn_harness::engine::{Engine, EngineError, Jobs, Plan, Progress};
use autobahn_harness::run::{CaseResult, EngineInfo, Profile, Record};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// What every script begins with: the plan of the suite for one case.
const BEGIN: &str = r#"#!/bin/sh
set -eu
test "$1 $2 $3" = "--mode fuzzingclient --spec"
test "$PYTHONUNBUFFERED" = 1
grep -q '"1.1.1"' "$4"
echo "Fuzzing Client (Autobahn Testsuite Version 0.8.2 / Autobahn Version 0.10.9)"
echo "Cases = ['1.1.1']"
echo "Running test case ID 1.1.1 for agent target from peer x"
"#;

async fn play(script: &str) -> (Result<EngineInfo, EngineError>, Vec<Record>) {
    let directory = TempDir::new().unwrap();
    let program = directory.path().join("wstest");
    fs::write(&program, format!("{BEGIN}{script}")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let process = Process {
        program,
        case_deadline: Some(Duration::from_millis(500)),
    };
    run(&process).await
}

async fn run(process: &Process) -> (Result<EngineInfo, EngineError>, Vec<Record>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = echo_server::serve(listener, echo_server::Config::default()).unwrap();
    let plan = Plan {
        target: "x".to_owned(),
        url: server.url(),
        cases: vec!["1.1.1".parse().unwrap()],
        profile: Profile::Full,
        jobs: Jobs::Serial,
    };
    let (sender, mut progress) = mpsc::unbounded_channel();
    let result = process.play(&plan, sender).await;
    let mut records = Vec::new();
    while let Ok(seen) = progress.try_recv() {
        if let Progress::Finished(record) = seen {
            records.push(*record);
        }
    }
    (result, records)
}

#[tokio::test]
async fn its_report_is_read() {
    let script = r#"cat > report/index.json <<END
        {"target": {"1.1.1": {"behavior": "OK", "behaviorClose": "UNCLEAN", "duration": 5}}}
END
"#;
    let (result, records) = play(script).await;
    let info = result.unwrap();
    assert_eq!((&*info.name, &*info.suite), ("process", "0.8.2"));
    assert_eq!(
        records[0].outcome().unwrap().verdict.to_string(),
        "OK/UNCLEAN"
    );
}

#[track_caller]
fn error(records: &[Record]) -> &str {
    match &records[0].result {
        CaseResult::NotPlayed { error } => error,
        CaseResult::Played(outcome) => panic!("{}", outcome.verdict),
    }
}

#[tokio::test]
async fn its_death_is_an_error_with_its_last_words() {
    let (_, records) = play("echo 'KeyError: 8' >&2; exit 1").await;
    let error = error(&records);
    assert!(
        error.contains("exit status: 1") && error.contains("KeyError: 8"),
        "{error}"
    );
}

#[tokio::test]
async fn what_it_says_moves_no_cursor() {
    let (_, records) = play("printf '\\033[31m##[error]x\\n' >&2; exit 1").await;
    let error = error(&records);
    assert!(error.contains(r": \u{1b}[31m##\[error]x"), "{error}");
}

#[tokio::test]
async fn its_silence_is_an_error_and_its_end() {
    let (_, records) = play("exec sleep 1000").await;
    assert!(error(&records).contains("did not end within"));
}

#[tokio::test]
async fn its_absence_is_an_error_with_the_cure() {
    let process = Process {
        program: "/no/such/wstest".into(),
        ..Process::default()
    };
    let (result, records) = run(&process).await;
    let error = result.unwrap_err().to_string();
    assert!(
        error.contains("cannot run `/no/such/wstest`") && error.contains("on PATH"),
        "{error}"
    );
    assert!(records.is_empty());
}
