//! The list of known differences between the engines: refused unless everything
//! about an entry is shown.

use autobahn_harness::Run;
use autobahn_harness::parity::known::{Known, Quirk};

use crate::fixture::{catalog, ids, record, run};

/// A list with one entry, after a change.
fn list(from: &str, to: &str) -> String {
    let list = r#"version = 1
[[difference]]
id = "peer-window-8"
target = "peer"
cases = ["13.3.1", "13.4.1"]
aspect = "verdict"
quirk = "window-of-8-bits"
embedded = "OK/OK"
run = "recorded/peer.json"
"#;
    assert!(list.contains(from), "{from}");
    list.replacen(from, to, 1)
}

/// The recorded runs beside the list.
fn recorded(name: &str) -> Result<Run, String> {
    let records = ["13.3.1", "13.4.1"].map(|case| record("peer", case, &["failed/unclean"]));
    let mut run = run(ids("13.3.1 13.4.1 13.5.1"), records.into());
    match name {
        "recorded/peer.json" => Ok(run),
        "recorded/embedded.json" => {
            run.provenance.engine.name = String::from("embedded");
            Ok(run)
        }
        _ => Err(format!("no results at `{name}`")),
    }
}

fn parse(text: &str) -> Result<Known, String> {
    let known = Known::parse("parity.toml", text, catalog(), &recorded);
    known.map_err(|refused| refused.to_string())
}

#[track_caller]
fn refused(from: &str, to: &str, words: &str) {
    let error = parse(&list(from, to)).unwrap_err();
    assert!(error.contains(words), "{error}");
    // Every fault has its place.
    assert!(error.contains("parity.toml:"), "{error}");
}

#[test]
fn an_entry_says_what_each_engine_says_and_why() {
    let known = parse(&list("", "")).unwrap();
    let [entry] = known.entries() else {
        panic!("one entry")
    };
    assert_eq!(entry.quirk, Quirk::WindowOf8Bits);
    assert_eq!((entry.cases.len(), entry.line), (2, 2));
    let said: Vec<_> = entry.official.values().map(String::as_str).collect();
    assert_eq!(said, ["FAILED/UNCLEAN", "FAILED/UNCLEAN"]);
}

#[test]
fn our_own_list_is_valid() {
    let text = include_str!("../../../../autobahn/parity.toml");
    let known = parse(text).unwrap();
    assert!(known.entries().is_empty(), "the goal is an empty list");
    // What its comment shows is an entry.
    let example = text.lines().filter_map(|line| line.strip_prefix("#     "));
    let example = format!("version = 1\n{}", example.collect::<Vec<_>>().join("\n"));
    let example = example.replace("recorded/peer-window-8.json", "recorded/peer.json");
    assert_eq!(parse(&example).unwrap().entries().len(), 1);
}

#[test]
fn our_own_server_has_no_exceptions() {
    refused(r#""peer""#, r#""echo""#, "our own echo server");
    refused(
        r#""peer""#,
        r#"["peer", "echo-plain"]"#,
        "our own echo server",
    );
}

#[test]
fn a_reason_is_a_quirk_that_is_mended() {
    refused(
        "window-of-8-bits",
        "window-of-9-bits",
        "did you mean `window-of-8-bits`?",
    );
    refused("window-of-8-bits", "it is so", "expected one of");
}

#[test]
fn the_suite_is_shown_to_say_so() {
    refused(
        "recorded/peer.json",
        "recorded/none.json",
        "--engine docker",
    );
    refused("recorded/peer.json", "../peer.json", "without `..`");
    refused("recorded/peer.json", "/tmp/peer.json", "without `..`");
    refused(
        "recorded/peer.json",
        "recorded/embedded.json",
        "not of `embedded`",
    );
    refused("13.4.1", "13.5.1", "has no verdict on `13.5.1`");
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    for key in [
        "id", "target", "cases", "aspect", "quirk", "embedded", "run",
    ] {
        refused(
            &format!("\n{key} ="),
            "\nnothing =",
            &format!("without `{key}`"),
        );
    }
    refused("version = 1", "version = 2", "version 2 of the format");
    refused(
        "aspect = \"verdict\"",
        "aspect = \"close code\"",
        "did you mean `close-code`?",
    );
    refused("13.4.1", "13.9.1", "13.9.1");
    refused("[[difference]]", "[difference]", "a list of tables");
    refused("version", "[[differnce]]\nversion", "unknown key");
}

#[test]
fn one_fact_has_one_entry() {
    let entry = list("version = 1\n", "");
    let twice = format!("version = 1\n{entry}{entry}");
    let error = parse(&twice).unwrap_err();
    assert!(error.contains("is taken by line 2"), "{error}");
    assert!(error.contains("has an entry already"), "{error}");
}
