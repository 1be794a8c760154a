//! The layout of the official suite's reports: `index.json`, and a file for each
//! case. For scripts that read those; `--engine report:DIR` reads them too.
//!
//! A case without a verdict has no row, as in the suite's own. No name of a file
//! is taken from data but by [`case_file`], which lets no other directory be named.

mod detail;
mod wirelog;

use std::collections::{BTreeMap, BTreeSet};

use autobahn_cases::{Behavior, CaseId, CloseBehavior, Outcome};
use autobahn_report::files::case_file;
use serde::Serialize;

use super::escape::line;
use crate::gate::{Judged, Judgement};
use detail::Detail;

/// The most characters of the name of an agent, so that files can be named so.
const MOST: usize = 100;

/// `index.json` alone: the verdicts, by agent and case.
#[must_use]
pub fn render(judgement: &Judgement<'_>) -> String {
    let agents = agents(judgement);
    let mut rows: BTreeMap<&str, BTreeMap<CaseId, Row>> = BTreeMap::new();
    for (judged, outcome) in played(judgement) {
        if let Some(agent) = agents.get(judged.target) {
            let row = Row::of(agent, judged.id, outcome);
            rows.entry(agent).or_default().insert(judged.id, row);
        }
    }
    pretty(&rows)
}

/// The files of the cases, by name.
#[must_use]
pub fn details(judgement: &Judgement<'_>) -> BTreeMap<String, String> {
    let agents = agents(judgement);
    let number = |id| {
        let mut cases = judgement.catalog.cases();
        cases.position(|case| case.id == id).map(|at| at + 1)
    };
    let mut files = BTreeMap::new();
    for (judged, outcome) in played(judgement) {
        if let Some(agent) = agents.get(judged.target) {
            let started = &judgement.run.provenance.started;
            let detail = Detail::of(agent, judged, outcome, number(judged.id), started);
            files.insert(case_file(agent, judged.id), pretty(&detail));
        }
    }
    files
}

/// What the index says of a case.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    behavior: Behavior,
    behavior_close: CloseBehavior,
    duration: Option<u64>,
    remote_close_code: Option<u16>,
    reportfile: String,
}

impl Row {
    fn of(agent: &str, id: CaseId, outcome: &Outcome) -> Self {
        Self {
            behavior: outcome.verdict.behavior,
            behavior_close: outcome.verdict.close,
            duration: millis(outcome),
            remote_close_code: outcome.ending.remote_code,
            reportfile: case_file(agent, id),
        }
    }
}

/// Whole milliseconds, as the suite counts; none where the connection never opened.
fn millis(outcome: &Outcome) -> Option<u64> {
    let duration = outcome.duration.filter(|_| outcome.ending.opened)?;
    Some((duration.as_secs_f64() * 1000.0).round() as u64)
}

fn played<'j, 'a>(
    judgement: &'j Judgement<'a>,
) -> impl Iterator<Item = (&'j Judged<'a>, &'a Outcome)> {
    let cases = judgement.cases.iter();
    cases.filter_map(|judged| Some((judged, judged.outcome()?)))
}

/// A name for each target of which no two lead to the same files.
fn agents<'a>(judgement: &Judgement<'a>) -> BTreeMap<&'a str, String> {
    let any = "1.1.1".parse().expect("ids in the catalogue are valid");
    let mut taken = BTreeSet::new();
    let mut names = BTreeMap::new();
    for target in judgement.run.targets() {
        let plain: String = line(target).chars().take(MOST).collect();
        let numbered = (2..).map(|number| format!("{plain} {number}"));
        let mut free = std::iter::once(plain.clone()).chain(numbered);
        let name = free.find(|name| taken.insert(case_file(name, any)));
        names.insert(target, name.expect("numbers do not run out"));
    }
    names
}

fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("a report is plain data");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use autobahn_cases::autobahn;
    use autobahn_report::{Files, INDEX, Report};
    use chrono::NaiveDate;

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
}
