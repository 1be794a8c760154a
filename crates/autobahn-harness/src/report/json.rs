//! `results.json` once more, with what it was judged to be. It reads as results:
//! the judgement is passed over and made anew.

use autobahn_cases::CaseId;
use serde::Serialize;

use crate::deviation::Deviation;
use crate::gate::{Judgement, Origin};
use crate::run::Run;

/// The run and its judgement.
#[must_use]
pub fn render(judgement: &Judgement<'_>) -> String {
    let counts = judgement.counts();
    let mut run = judgement.run.clone();
    run.sort();
    let deviations = judgement.deviations().into_iter();
    let code = judgement.exit_code();
    let file = File {
        judgement: Verdicts {
            exit_code: code.number(),
            meaning: code.meaning(),
            baseline: judgement.baseline.path(),
            base: judgement.base.map(|base| BaseEntry {
                name: &base.name,
                commit: &base.commit,
                note: base.note.as_deref(),
            }),
            selected: counts.selected,
            passed: counts.passed,
            expected: counts.expected,
            flaky: counts.flaky,
            stale: counts.stale,
            changed: counts.changed,
            regressions: counts.regressions,
            missing: counts.missing,
            errors: counts.errors,
            deviations: deviations
                .map(|judged| DeviationEntry::of(&Deviation::of(judgement, judged)))
                .collect(),
            expired: judgement
                .expired
                .iter()
                .map(|entry| entry.id.as_str())
                .collect(),
            faults: judgement.faults.iter().map(ToString::to_string).collect(),
        },
        run,
    };
    let mut text = serde_json::to_string_pretty(&file).expect("a run is plain data");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct File<'a> {
    #[serde(flatten)]
    run: Run,
    judgement: Verdicts<'a>,
}

#[derive(Serialize)]
struct Verdicts<'a> {
    exit_code: u8,
    meaning: &'static str,
    baseline: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<BaseEntry<'a>>,
    selected: usize,
    passed: usize,
    expected: usize,
    flaky: usize,
    stale: usize,
    changed: usize,
    regressions: usize,
    missing: usize,
    errors: usize,
    deviations: Vec<DeviationEntry>,
    expired: Vec<&'a str>,
    faults: Vec<String>,
}

#[derive(Serialize)]
struct BaseEntry<'a> {
    name: &'a str,
    commit: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

#[derive(Serialize)]
struct DeviationEntry {
    target: String,
    id: CaseId,
    status: &'static str,
    expected: String,
    got: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    reproduce: String,
}

impl DeviationEntry {
    fn of(deviation: &Deviation<'_>) -> Self {
        Self {
            target: deviation.target.clone(),
            id: deviation.id,
            status: deviation.status.name(),
            expected: deviation.expected.clone(),
            got: deviation.got.clone(),
            origin: deviation.origin.map(Origin::name),
            was: deviation.was.clone(),
            entry: deviation.entry.map(|entry| entry.id.clone()),
            reproduce: deviation.reproduce.clone(),
        }
    }
}
