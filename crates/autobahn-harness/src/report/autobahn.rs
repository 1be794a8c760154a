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

use crate::escape::line;
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
mod tests;
