//! `autobahn parity`: what the engines say differently, what is known of it, and
//! the record. A shell script plays the part of the official suite here.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::fixture::{Ended, Fixture};

/// Writes the report that was recorded of a server without faults, for whatever
/// case; `sed` may change it.
const WSTEST: &str = r#"#!/bin/sh
set -eu
echo "Fuzzing Client (Autobahn Testsuite Version 25.10.1 / Autobahn Version 0.10.9)"
echo "Cases = ['1.1.1']"
echo "Running test case ID 1.1.1 for agent target from peer x"
row='"behavior": "OK", "behaviorClose": "OK", "duration": 2, "remoteCloseCode": 1000'
echo "{\"target\": {\"1.1.1\": {$row}}}" | sed "$CHANGE" > report/index.json
sed "$CHANGE" "$RECORDED/echo_server_case_1_1_1.json" > report/target_case_1_1_1.json
"#;

const LIST: &str = r#"version = 1
[[difference]]
id = "peer-closes"
target = "peer"
cases = ["1.1.1"]
aspect = "close-code"
quirk = "hang"
embedded = "1000"
run = "recorded/closes.json"
"#;

/// Plays against the bundled echo server, called `peer`, beside a suite whose
/// report is changed.
fn parity(fixture: &Fixture, change: &str, arguments: &[&str]) -> Ended {
    parity_of("peer", fixture, change, arguments)
}

fn parity_of(name: &str, fixture: &Fixture, change: &str, arguments: &[&str]) -> Ended {
    fixture.write("bin/wstest", WSTEST);
    let program = fixture.path("bin/wstest");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let bin = fixture.path("bin").display().to_string();
    let common = ["parity", "1.1.1", "--authority", "process", "--name", name];
    let output = fixture
        .command(&[&common, arguments].concat())
        .env("PATH", format!("{bin}:{path}"))
        .env("RECORDED", fixture.path("recorded"))
        .env("CHANGE", change)
        .output()
        .unwrap();
    Ended::from(output)
}

/// What a suite says that hears another close code.
const CLOSES: &str = "s/\"remoteCloseCode\": 1000/\"remoteCloseCode\": 1001/";

/// The results of such a suite, as an entry cites them.
fn record_closes(fixture: &Fixture) {
    let forged = Fixture::new();
    forged.forge("1.1.1", "1000", "1001");
    forged.ingest(&["1.1.1", "--out", "official"]).with(0, &[]);
    let results = forged.read("official/results.json");
    fixture.write("autobahn/recorded/closes.json", &results);
    fixture.write("autobahn/parity.toml", LIST);
}

#[test]
fn engines_that_agree_pass() {
    let fixture = Fixture::new();
    parity(&fixture, "", &[]).with(0, &["1 cases compared: 0 verdicts differ"]);
}

#[test]
fn a_difference_is_red() {
    let fixture = Fixture::new();
    parity(&fixture, CLOSES, &[]).with(
        100,
        &["DIFFERS 1.1.1    close code official 1001; embedded 1000"],
    );
    let change = "s/\"behaviorClose\": \"OK\"/\"behaviorClose\": \"UNCLEAN\"/";
    parity(&fixture, change, &[]).with(100, &["official OK/UNCLEAN; embedded OK/OK"]);
    let change = "s/\"wasClean\": true/\"wasClean\": false/";
    parity(&fixture, change, &[]).with(100, &["DIFFERS 1.1.1    flags", "0 verdicts differ, 1"]);
}

#[test]
fn a_suite_that_says_nothing_is_red() {
    let fixture = Fixture::new();
    let dies = "no program of sed";
    parity(&fixture, dies, &[]).with(100, &["DIFFERS 1.1.1    played", "1 verdicts differ"]);
    let plays_another = "s/1.1.1/1.1.2/";
    parity(&fixture, plays_another, &[]).with(101, &["which it was not told to play"]);
}

#[test]
fn what_is_known_passes_and_is_told() {
    let fixture = Fixture::new();
    record_closes(&fixture);
    let words = [
        "known 1.1.1",
        "because of `hang`, line 2",
        "1 known differences",
    ];
    parity(&fixture, CLOSES, &[]).with(0, &words);
    // Of another server, or with another code, it is not known.
    parity_of("other", &fixture, CLOSES, &[]).with(100, &["DIFFERS 1.1.1"]);
    parity(&fixture, &CLOSES.replace("1001", "1002"), &[]).with(100, &["official 1002"]);
}

#[test]
fn what_is_known_and_has_gone_is_stale() {
    let fixture = Fixture::new();
    record_closes(&fixture);
    let words = ["STALE 1.1.1", "take it out of `peer-closes`, line 2"];
    parity(&fixture, "", &[]).with(102, &words);
}

#[test]
fn a_list_that_cannot_be_used_is_refused_before_anything_is_played() {
    let fixture = Fixture::new();
    fixture.write("autobahn/parity.toml", LIST);
    parity(&fixture, "", &[]).with(96, &["no results at", "closes.json", "parity.toml:9"]);
    let arguments = ["--known", "nowhere.toml"];
    parity(&fixture, "", &arguments).with(96, &["cannot read", "nowhere.toml"]);
    fixture.write("record.json", "{}");
    let arguments = ["--known", "known.toml", "--record", "record.json"];
    fixture.write("known.toml", "version = 1\n");
    parity(&fixture, "", &arguments).with(96, &["`record.json` is no record"]);
}

#[test]
fn a_record_has_a_row_a_server() {
    let fixture = Fixture::new();
    parity(&fixture, "", &["--record", "record.json"]).with(0, &[]);
    parity(&fixture, CLOSES, &["--record", "record.json"]).with(100, &[]);
    let record: serde_json::Value = serde_json::from_str(&fixture.read("record.json")).unwrap();
    assert_eq!(record["suite"], "25.10.1");
    let servers = record["servers"].as_object().unwrap();
    assert_eq!(servers.len(), 1);
    assert_eq!(servers["peer"]["cases"], 1);
    assert_eq!(servers["peer"]["differences"], 1);
}

#[test]
fn a_run_names_the_last_comparison() {
    let fixture = Fixture::new();
    fixture.run(&["run", "1.1.1"]).with(
        0,
        &["Engine embedded, ", "cross-checked with autobahn 25.10.1"],
    );
    for report in ["reports/summary.md", "reports/index.html"] {
        let text = fixture.read(report);
        assert!(
            text.contains("cross-checked with autobahn"),
            "{report}: {text}"
        );
    }
    // The suite itself needs none.
    let ended = fixture.ingest(&["1.1.1"]).with(0, &[]);
    assert!(!ended.stderr.contains("cross-checked"), "{}", ended.stderr);
}

#[test]
fn the_embedded_engine_is_no_authority_on_itself() {
    Fixture::new()
        .run(&["parity", "1.1.1", "--authority", "embedded"])
        .with(101, &["with itself", "--authority docker"]);
}

#[test]
fn a_report_is_no_authority() {
    let arguments = ["parity", "1.1.1", "--authority", "report:recorded"];
    let words = ["a report plays nothing", "`--authority docker`"];
    Fixture::new().run(&arguments).with(101, &words);
}
