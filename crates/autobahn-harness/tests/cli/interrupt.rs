//! SIGINT and SIGTERM: a run ends, says so, and never passes.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::fixture::Fixture;

#[track_caller]
fn check(signal: Signal, code: i32) {
    let fixture = Fixture::new();
    // These cases wait for two seconds in all.
    let mut child = fixture
        .command(&["run", "6.4.1", "6.4.3"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let mut lines = stderr.lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line.contains("Starting 2 cases")));
    kill_process(Pid::from_child(&child), signal).unwrap();
    let rest: Vec<_> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(code), "{rest:#?}");
    let told = "interrupted: 0 of 2 cases had ended and are kept";
    assert!(rest.iter().any(|line| line.starts_with(told)), "{rest:#?}");
    let results = fixture.read("reports/results.json");
    assert!(results.contains("\"finished\": false"), "{results}");
    fixture
        .run(&["gate", "reports/results.json"])
        .with(101, &["interrupted"]);
}

#[test]
fn sigint_ends_a_run() {
    check(Signal::INT, 130);
}

#[test]
fn sigterm_ends_a_run() {
    check(Signal::TERM, 143);
}
