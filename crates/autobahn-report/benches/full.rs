//! How long it takes to read a report of all cases, of about twenty million
//! octets: `cargo bench --package autobahn-report`, and with the profile of
//! everyday work `cargo test --package autobahn-report --bench full`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench tells")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Instant;

use autobahn_report::files::case_file;
use autobahn_report::{Files, INDEX, Report};
use serde_json::{Map, Value, json};

const ROUNDS: usize = 11;
const AGENT: &str = "echo-server";

fn main() {
    let (files, octets) = large();
    let ids: BTreeSet<_> = autobahn_cases::autobahn()
        .cases()
        .map(|case| case.id)
        .collect();
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            let report = Report::read(&files, None, &ids).unwrap();
            let took = began.elapsed();
            assert_eq!(report.cases.len(), ids.len());
            assert!(report.cases.values().all(Result::is_ok));
            assert!(report.bare.is_empty() && report.besides.is_empty());
            took
        })
        .collect();
    times.sort();
    println!(
        "{} cases, {:.1} MB: {:.3} s (median of {ROUNDS})",
        ids.len(),
        octets as f64 / 1e6,
        times[ROUNDS / 2].as_secs_f64()
    );
}

/// A report of all cases: the recorded file of one of them again and again, with
/// its wire log twice.
fn large() -> (Files, usize) {
    let data = "../autobahn-harness/tests/data/report/echo_server_case_10_1_1.json";
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(data)).unwrap();
    let (head, tail) = text.split_once("\"wirelog\": [").unwrap();
    let rows = &tail[..tail.rfind(']').unwrap()];
    let original: Value = serde_json::from_str(&text).unwrap();
    let row = ["behavior", "behaviorClose", "duration", "remoteCloseCode"]
        .map(|key| (key.to_owned(), original[key].clone()));
    let row: Map<_, _> = row.into_iter().collect();
    let mut files = BTreeMap::new();
    let mut index = Map::new();
    for case in autobahn_cases::autobahn().cases() {
        let id = case.id.to_string();
        let head = head.replace("\"id\": \"10.1.1\"", &format!("\"id\": \"{id}\""));
        let json = format!("{head}\"wirelog\": [{rows},{rows}]}}");
        files.insert(case_file(AGENT, case.id), json.into_bytes());
        index.insert(id, row.clone().into());
    }
    let octets = files.values().map(Vec::len).sum();
    files.insert(
        INDEX.to_owned(),
        json!({ AGENT: index }).to_string().into_bytes(),
    );
    (Files::Memory(files), octets)
}
