//! Recorded reports of the official suite with one fault each: the exit code that
//! each must give, and the words. Without a fault it passes.

use std::fs;

use serde_json::Value;

use crate::fixture::{Ended, Fixture};

const INDEX: &str = "recorded/index.json";

/// Changes the index, and takes it in.
fn with_index(change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> Ended {
    let fixture = Fixture::new();
    let mut index: Value = serde_json::from_str(&fixture.read(INDEX)).unwrap();
    change(index["echo-server"].as_object_mut().unwrap());
    fixture.write(INDEX, &index.to_string());
    fixture.ingest(&[])
}

/// Puts a verdict into the index.
fn with_verdict(case: &str, behavior: &str, close: &str) -> Ended {
    let fixture = Fixture::new();
    let mut index: Value = serde_json::from_str(&fixture.read(INDEX)).unwrap();
    let row = &mut index["echo-server"][case];
    row["behavior"] = behavior.into();
    row["behaviorClose"] = close.into();
    fixture.write(INDEX, &index.to_string());
    // The index decides; the file of the case would contradict it.
    let file = format!("recorded/echo_server_case_{}.json", case.replace('.', "_"));
    let _ = fs::remove_file(fixture.path(file));
    fixture.ingest(&[])
}

#[test]
fn without_a_fault_it_passes() {
    with_index(|_| {}).with(0, &["299 passed", "218 expected deviations"]);
}

#[test]
fn one_verdict_that_is_not_as_expected_is_a_regression() {
    for (behavior, close) in [
        ("FAILED", "OK"),
        ("OK", "FAILED"),
        ("OK", "WRONG CODE"),
        ("OK", "UNCLEAN"),
        ("OK", "FAILED BY CLIENT"),
        ("NON-STRICT", "OK"),
        ("UNIMPLEMENTED", "OK"),
        ("INFORMATIONAL", "OK"),
    ] {
        let words = [
            "expected OK/OK",
            &format!("got {behavior}/{close}"),
            "conformance gate failed: 1 regression (exit 100)",
        ];
        with_verdict("1.1.2", behavior, close).with(100, &words);
    }
}

#[test]
fn a_listed_case_that_is_worse_has_changed() {
    let words = ["expected NON-STRICT/OK", "1 changed (exit 100)"];
    with_verdict("6.4.3", "FAILED", "OK").with(100, &words);
}

#[test]
fn a_verdict_that_there_is_not_is_none() {
    with_verdict("1.1.2", "PASSED", "OK").with(101, &["1.1.2", "`PASSED`"]);
}

#[test]
fn five_of_all_cases_are_no_verdict() {
    let cut = with_index(|cases| *cases = std::mem::take(cases).into_iter().take(5).collect());
    cut.with(101, &["no result of it", "512 error"]);
}

#[test]
fn one_case_too_few_is_no_verdict() {
    let fewer = with_index(|cases| drop(cases.remove("13.7.18")));
    fewer.with(101, &["13.7.18", "1 error"]);
}

#[test]
fn a_case_too_many_is_no_verdict() {
    let more = with_index(|cases| {
        let row = cases["1.1.1"].clone();
        cases.insert("99.1.1".to_owned(), row);
    });
    more.with(101, &["a case `99.1.1`, which the suite does not have"]);
}

#[test]
fn no_index_an_empty_one_and_half_of_one_are_no_verdict() {
    let fixture = Fixture::new();
    let index = fixture.read(INDEX);
    fixture.write(INDEX, "{}");
    fixture.ingest(&[]).with(101, &["no case was played"]);
    fixture.write(INDEX, &index[..index.len() / 2]);
    fixture
        .ingest(&[])
        .with(101, &["`index.json` of the report is broken"]);
    fs::remove_file(fixture.path(INDEX)).unwrap();
    fixture.ingest(&[]).with(101, &["no `index.json`"]);
    fs::remove_dir_all(fixture.path("recorded")).unwrap();
    fixture.ingest(&[]).with(101, &["no `index.json`"]);
}

#[test]
fn a_report_of_an_earlier_run_is_no_verdict() {
    let fixture = Fixture::new();
    let later = ["--not-before", "2999-01-01T00:00:00+02:00"];
    let words = ["is of an earlier run", "2998-12-31T22:00:00Z"];
    fixture.ingest(&later).with(101, &words);
    let earlier = ["--not-before", "2020-01-01T00:00:00Z"];
    let words = ["may be of a run before 2020-01-01", "case(s) began"];
    fixture.ingest(&earlier).with(101, &words);
    let with_file = [&["1.1.1", "2.5"][..], &earlier].concat();
    fixture.ingest(&with_file).with(0, &[]);
    let no_moment = ["--not-before", "yesterday"];
    fixture.ingest(&no_moment).with(2, &["--not-before"]);
    let played = ["run", "1.1.1", "--not-before", "2020-01-01T00:00:00Z"];
    fixture.run(&played).with(2, &["only a report"]);
}

#[test]
fn half_a_file_of_a_case_is_no_verdict() {
    let fixture = Fixture::new();
    let file = "recorded/echo_server_case_2_5.json";
    let text = fixture.read(file);
    fixture.write(file, &text[..text.len() / 2]);
    fixture.ingest(&[]).with(101, &["2.5", "is broken"]);
}
