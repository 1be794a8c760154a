//! SIGINT and SIGTERM: a run ends, says so, and never passes.
#![cfg(unix)]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

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

/// A server that has started, and never says where it listens.
const STARTING: &str = "exec 3>pipe; echo started >&3; exec sleep 60";

/// Stops a command while its server starts.
#[track_caller]
fn check_starting(fixture: &Fixture, command: &str, signal: Signal, code: i32) -> Vec<String> {
    let pipe = fixture.path("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let mut child = fixture
        .command(&[command, "--", "sh", "-c", STARTING])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(File::open(pipe).unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "started");
    kill_process(Pid::from_child(&child), signal).unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let told: Vec<_> = stderr.lines().map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(code), "{told:#?}");
    told
}

#[test]
fn a_signal_ends_a_run_whose_server_starts() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let fixture = Fixture::new();
        let told = check_starting(&fixture, "run", signal, code);
        let words = "interrupted: server was still starting";
        assert!(told.iter().any(|line| line.starts_with(words)), "{told:#?}");
        let results = fixture.read("reports/results.json");
        assert!(results.contains("\"finished\": false"), "{results}");
    }
}

#[test]
fn a_signal_ends_init_whose_server_starts() {
    let fixture = Fixture::new();
    std::fs::remove_dir_all(fixture.path("autobahn")).unwrap();
    let told = check_starting(&fixture, "init", Signal::TERM, 143);
    let words = "interrupted; nothing was written";
    assert!(told.iter().any(|line| line.contains(words)), "{told:#?}");
    assert!(!fixture.path("autobahn").exists());
}
