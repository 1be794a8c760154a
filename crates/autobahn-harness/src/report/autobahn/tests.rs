//! What is written in the layout of the suite is read as what it was made of.

use std::path::Path;

use autobahn_cases::autobahn;
use autobahn_cases::event::{Event, Excerpt};
use autobahn_cases::frame::{Opcode, Write};
use autobahn_cases::transcript::{Entry, FrameEntry, What};
use autobahn_report::{Files, INDEX, Report};
use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::baseline::{Baseline, Known};
use crate::gate::{Demand, judge};
use crate::run::{CaseResult, Profile, Provenance, Record, Run, SCHEMA_VERSION, Target};

fn run(records: Vec<Record>) -> Run {
    let names: BTreeSet<&String> = records.iter().map(|record| &record.target).collect();
    let mut provenance = Provenance::here(String::from("2026-02-03T04:05:06Z"));
    let targets = names.into_iter().map(|name| Target {
        name: name.clone(),
        url: String::from("ws://127.0.0.1:1"),
    });
    provenance.targets = targets.collect();
    provenance.profile = Profile::Full;
    Run {
        schema_version: SCHEMA_VERSION,
        provenance,
        selected: records.iter().map(|record| record.id).collect(),
        finished: true,
        cases: records,
    }
}

fn written(run: &Run) -> Files {
    let known = Known {
        catalog: autobahn(),
        targets: None,
    };
    let head = "version = 1\nsuite = { name = 'autobahn', cases = '25.10.1', count = 517 }\n";
    let baseline = Baseline::parse("baseline.toml", head, known).unwrap();
    let judgement = judge(
        run,
        &baseline,
        autobahn(),
        NaiveDate::MIN,
        Demand::AnySelection,
    );
    let mut files = details(&judgement);
    files.insert(INDEX.to_owned(), render(&judgement));
    let octets = files.into_iter().map(|(name, text)| (name, text.into()));
    Files::Memory(octets.collect())
}

fn records(files: &Files, agent: Option<&str>, target: &str) -> Vec<Record> {
    let all = autobahn().cases().map(|case| case.id).collect();
    let report = Report::read(files, agent, &all).unwrap();
    let records = report.cases.into_iter().map(|(id, outcome)| Record {
        target: target.to_owned(),
        id,
        result: CaseResult::Played(Box::new(outcome.unwrap())),
        earlier: Vec::new(),
    });
    records.collect()
}

/// The same without the length of a reason of which only the beginning is kept.
fn comparable(mut records: Vec<Record>) -> Vec<Record> {
    for record in &mut records {
        if let CaseResult::Played(outcome) = &mut record.result
            && let Some(reason) = &mut outcome.ending.remote_reason
            && reason.is_cut()
        {
            reason.len = None;
        }
    }
    records
}

#[test]
fn what_the_suite_wrote_is_written_again_and_reads_the_same() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/report");
    let run = run(records(&Files::Directory(data), None, "echo"));
    assert_eq!(run.cases.len(), 517);
    let again = records(&written(&run), Some("echo"), "echo");
    for (before, after) in comparable(run.cases).iter().zip(&comparable(again)) {
        assert_eq!(before, after);
    }
}

#[test]
fn names_of_targets_lead_to_files_of_their_own_in_this_directory() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/report");
    let recorded = records(&Files::Directory(data), None, "x");
    let long = "x".repeat(9000);
    let names = [
        "../../etc/x",
        "a.b",
        "a_b",
        "A B",
        "",
        "..",
        "\0\u{202e}",
        &long,
    ];
    let all = names.iter().enumerate().map(|(index, name)| Record {
        target: (*name).to_owned(),
        ..recorded[index].clone()
    });
    let run = run(all.collect());
    let Files::Memory(files) = written(&run) else {
        panic!("it is in memory");
    };
    let plain = |name: &String| autobahn_report::files::plain_name(name.as_bytes());
    for name in files.keys() {
        assert_eq!(plain(name).as_ref(), Some(name));
        assert!(name.len() < 200, "{name}");
    }
    assert_eq!(files.len(), names.len() + 1);
}

#[test]
fn a_case_without_a_verdict_has_no_row() {
    let record = Record {
        target: String::from("echo"),
        id: "1.1.1".parse().unwrap(),
        result: CaseResult::NotPlayed {
            error: String::from("no connection"),
        },
        earlier: Vec::new(),
    };
    let Files::Memory(files) = written(&run(vec![record])) else {
        panic!("it is in memory");
    };
    assert_eq!(files.keys().collect::<Vec<_>>(), [INDEX]);
    assert_eq!(files[INDEX], b"{}\n");
}

/// A payload in an event and in a frame, written and read.
#[track_caller]
fn check(octets: &[u8]) {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/report");
    let mut record = records(&Files::Directory(data), None, "echo").swap_remove(0);
    let payload = Excerpt::of(octets);
    let what = What::Received(FrameEntry {
        fin: true,
        rsv: 0,
        opcode: Opcode::BINARY,
        mask: None,
        payload: payload.clone(),
        write: Write::Plain,
    });
    let CaseResult::Played(outcome) = &mut record.result else {
        panic!("it was played");
    };
    outcome.transcript.entries = vec![Entry { micros: None, what }];
    outcome.received = vec![Event::Pong {
        payload: payload.clone(),
    }];
    let again = records(&written(&run(vec![record.clone()])), None, "echo");
    // Of an event that is cut, the length of the whole is not written.
    if let CaseResult::Played(outcome) = &mut record.result
        && payload.is_cut()
    {
        outcome.received = vec![Event::Pong {
            payload: Excerpt {
                len: None,
                ..payload
            },
        }];
    }
    assert_eq!(again, [record]);
}

#[test]
fn a_payload_that_reads_as_something_else_is_written_in_digits() {
    for octets in [
        &b""[..],
        b"0x",
        b"0x00ff",
        b" ...",
        b"a ...",
        b"\xff",
        b"0x0g",
    ] {
        check(octets);
    }
    for len in 59..70 {
        check(&vec![b'*'; len]);
        check("0x".repeat(len / 2).as_bytes());
        check("\u{e9}".repeat(len / 2).as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_payload_is_read_as_it_was_written(octets: Vec<u8>, text: String) {
        check(&octets);
        check(text.as_bytes());
    }
}
