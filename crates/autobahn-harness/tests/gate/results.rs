//! `results.json`: whole or refused, and several as one.

use autobahn_harness::Run;
use autobahn_harness::results::{self, Conflict, ResultsError, merge};

use proptest::prelude::*;

use crate::fixture::{catalog, conforming, expect_file, id, ids, record, run, target};

fn read(text: &str) -> Result<Run, ResultsError> {
    results::from_json("results.json", text, catalog())
}

fn small() -> Run {
    let records = vec![
        record("echo", "6.4.4", &["failed/unclean", "non-strict"]),
        record("echo", "6.4.3", &["error: no answer"]),
    ];
    run(ids("6.4.3 6.4.4"), records)
}

/// A run with something else in its text is refused with these words.
#[track_caller]
fn refused(old: &str, new: &str, words: &[&str]) {
    let text = results::to_json(&small());
    assert!(text.contains(old), "{old} is not in\n{text}");
    let error = read(&text.replace(old, new)).unwrap_err().to_string();
    for word in words {
        assert!(error.contains(word), "expected {word:?} in {error}");
    }
}

#[test]
fn a_run_reads_what_it_writes_and_is_sorted() {
    let again = read(&results::to_json(&small())).unwrap();
    let mut sorted = small();
    sorted.sort();
    assert_eq!(again, sorted);
    assert_eq!(again.cases[0].id, id("6.4.3"));
    assert_eq!(results::to_json(&again), results::to_json(&small()));
}

#[test]
fn fields_that_are_unknown_are_passed_over() {
    let text = results::to_json(&small());
    let text = text.replacen('{', "{ \"colour\": [1, {}],", 1);
    let text = text.replace("\"target\":", "\"weight\": 3, \"target\":");
    assert_eq!(read(&text).unwrap().cases.len(), 2);
}

#[test]
fn another_version_is_refused_with_its_cure() {
    let version = "\"schema_version\": 1";
    refused(
        version,
        "\"schema_version\": 2",
        &["schema_version 2", "reads 1", "update this one"],
    );
    refused(
        version,
        "\"schema_version\": 0",
        &["schema_version 0", "play the cases again"],
    );
    refused(
        version,
        "\"version\": 1",
        &["missing field `schema_version`"],
    );
    // Whatever else a later version changes.
    let error = read("{\"schema_version\": 7, \"cases\": 3}").unwrap_err();
    assert!(
        matches!(error, ResultsError::Version { found: 7, .. }),
        "{error}"
    );
}

#[test]
fn half_a_file_and_no_json_are_refused_with_their_place() {
    let text = results::to_json(&small());
    for end in (0..text.len() - 2).step_by(7) {
        let error = read(&text[..end]).unwrap_err().to_string();
        assert!(error.contains("cannot parse `results.json`"), "{error}");
        assert!(error.contains(" at line "), "{error}");
    }
    assert!(read("{}").is_err());
    assert!(read("[]").is_err());
    assert!(read(&format!("{text}{text}")).is_err());
    assert!(read(&"[".repeat(100_000)).is_err());
}

#[test]
fn what_is_wrong_with_an_outcome_is_said() {
    refused(
        "\"behavior\": \"NON-STRICT\"",
        "\"behavior\": \"FINE\"",
        &["unknown variant `FINE`", "line"],
    );
    refused("\"verdict\"", "\"verdikt\"", &["missing field `verdict`"]);
    refused(
        "\"error\": \"no answer\"",
        "\"error\": 7",
        &["`error` must be a string"],
    );
    for number in ["1.8e22", "-1"] {
        refused(
            "\"duration_ms\": 12.0",
            &format!("\"duration_ms\": {number}"),
            &["`duration_ms` must be from 0 to 1000000000", "line"],
        );
    }
    let both = "\"error\": \"x\", \"verdict\": {\"behavior\": \"OK\", \"close\": \"OK\"}";
    refused("\"error\": \"no answer\"", both, &["has no `verdict`"]);
}

#[test]
fn what_is_wrong_is_safe_to_print() {
    refused(
        "\"behavior\": \"NON-STRICT\"",
        "\"behavior\": \"\\u001b[31m##[error]\"",
        &["`\\u{1b}[31m##\\[error]`", "line"],
    );
    let mut suites = [shard("1"), shard("2")];
    suites[1].provenance.engine.suite = String::from("\u{1b}[31m");
    conflict(suites, &["differ in suite", "25.10.1 and \\u{1b}[31m"]);
}

#[test]
fn what_cannot_be_is_refused() {
    refused(
        "\"id\": \"6.4.4\"",
        "\"id\": \"6.4.3\"",
        &["two records of `6.4.3`"],
    );
    refused(
        "\"id\": \"6.4.4\"",
        "\"id\": \"6.4.1\"",
        &["`6.4.1`", "not selected"],
    );
    refused(
        "\"id\": \"6.4.4\"",
        "\"id\": \"99.1\"",
        &["`99.1`", "no such case"],
    );
    refused(
        "\"selected\": [",
        "\"selected\": [\"99.1\",",
        &["`99.1` was selected"],
    );
    refused(
        "\"target\": \"echo\"",
        "\"target\": \"else\"",
        &["\"else\"", "not a target"],
    );
    refused(
        "\"id\": \"6.4.4\"",
        "\"id\": \"six\"",
        &["`six` is not a case id"],
    );
}

#[test]
fn files_are_written_whole_and_missing_ones_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/results.json");
    let error = results::read(&path, catalog()).unwrap_err();
    assert!(matches!(error, ResultsError::Missing { .. }));
    assert!(error.to_string().contains("autobahn run"), "{error}");
    results::write(&path, &small()).unwrap();
    results::write(&path, &small()).unwrap();
    assert!(results::read(&path, catalog()).is_ok());
    let files = std::fs::read_dir(path.parent().unwrap()).unwrap();
    assert_eq!(files.count(), 1, "nothing temporary is left");
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("file"), "").unwrap();
    let below = directory.path().join("file/results.json");
    let error = results::write(&below, &small()).unwrap_err();
    assert!(matches!(error, ResultsError::Write { .. }), "{error}");
    let error = results::write(directory.path(), &small()).unwrap_err();
    assert!(matches!(error, ResultsError::Write { .. }), "{error}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn the_schema_is_the_committed_one() {
    expect_file("results.schema.json", &results::schema());
}

fn shard(patterns: &str) -> Run {
    let mut shard = conforming();
    shard.selected = ids(patterns);
    let selected = shard.selected.clone();
    shard.cases.retain(|record| selected.contains(&record.id));
    shard
}

fn named(runs: impl IntoIterator<Item = Run>) -> Vec<(String, Run)> {
    let names = ["a.json", "b.json", "c.json"].map(String::from);
    names.into_iter().zip(runs).collect()
}

#[test]
fn shards_of_a_suite_make_the_whole_in_any_order() {
    let shards = || ["1 2 3 4 5", "6 7", "9 10 12 13"].map(shard);
    let merged = merge(named(shards())).unwrap();
    assert_eq!(merged.cases, conforming().cases);
    assert_eq!(merged.selected, conforming().selected);
    let mut backwards = shards();
    backwards.reverse();
    assert_eq!(merge(named(backwards)).unwrap(), merged);
}

#[test]
fn an_unfinished_shard_leaves_the_whole_unfinished() {
    let mut shards = ["1", "2"].map(shard);
    shards[1].finished = false;
    assert!(!merge(named(shards)).unwrap().finished);
}

#[test]
fn one_certificate_that_was_not_checked_is_told_of_the_whole() {
    for unchecked in [0, 1] {
        let mut shards = ["1", "2"].map(shard);
        shards[unchecked].provenance.engine.insecure = true;
        assert!(merge(named(shards)).unwrap().provenance.engine.insecure);
    }
    let merged = merge(named(["1", "2"].map(shard))).unwrap();
    assert!(!merged.provenance.engine.insecure);
}

#[test]
fn targets_make_one_run() {
    let mut shards = ["1", "1"].map(shard);
    shards[1].provenance.targets = vec![target("tls")];
    for record in &mut shards[1].cases {
        record.target = String::from("tls");
    }
    let merged = merge(named(shards)).unwrap();
    assert_eq!(merged.targets().len(), 2);
    assert_eq!(merged.cases.len(), 2 * merged.selected.len());
}

#[track_caller]
fn conflict(runs: [Run; 2], words: &[&str]) {
    let conflicts = merge(named(runs)).unwrap_err();
    let text = conflicts[0].to_string();
    for word in words {
        assert!(text.contains(word), "expected {word:?} in {text}");
    }
}

#[test]
fn contradictions_between_runs_are_named() {
    assert_eq!(merge(Vec::new()), Err(vec![Conflict::Nothing]));
    let same = [shard("1"), shard("1.1.1")];
    conflict(
        same,
        &["`a.json`", "`b.json`", "`1.1.1`", "the same verdict"],
    );
    let mut disagree = [shard("1.1.1"), shard("1.1.1")];
    disagree[1].cases = vec![record("echo", "1.1.1", &["failed"])];
    conflict(disagree, &["both hold `1.1.1`", "they disagree"]);
    let mut engines = [shard("1"), shard("2")];
    engines[1].provenance.engine.name = String::from("embedded");
    conflict(engines, &["differ in engine", "docker", "embedded"]);
    let mut suites = [shard("1"), shard("2")];
    suites[1].provenance.engine.suite = String::from("0.8.2");
    conflict(suites, &["differ in suite", "0.8.2"]);
    let mut commits = [shard("1"), shard("2")];
    commits[1].provenance.commit = None;
    conflict(commits, &["differ in commit"]);
    let mut selections = [shard("1"), shard("1.1.1")];
    selections[1].provenance.targets = vec![target("tls")];
    selections[1].cases = vec![record("tls", "1.1.1", &["ok"])];
    conflict(
        selections,
        &["`1.1.2` was selected for target \"echo\" and not for \"tls\""],
    );
}

proptest! {
    #[test]
    fn damaged_results_are_read_or_refused(at in 0..3000_usize, with in "\\PC{0,4}", cut in 0..9_usize) {
        let mut text: Vec<char> = results::to_json(&small()).chars().collect();
        let at = at.min(text.len());
        let end = text.len().min(at + cut);
        text.splice(at..end, with.chars());
        if let Ok(run) = read(&text.iter().collect::<String>()) {
            prop_assert_eq!(read(&results::to_json(&run)).unwrap(), run);
        }
    }
}
