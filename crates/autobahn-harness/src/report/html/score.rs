//! How much of what the RFCs demand is met, by how binding it is. The baseline
//! has no say here.

use autobahn_cases::{Behavior, Case, CloseBehavior, Outcome, Requirement};

use super::sheet::Sheet;

/// The score of a column at a level.
#[derive(Debug)]
pub(super) struct Score {
    pub(super) level: &'static str,
    pub(super) label: String,
    pub(super) cases: usize,
    pub(super) conforms: usize,
    pub(super) not_strict: usize,
    pub(super) fails: usize,
    pub(super) unimplemented: usize,
    pub(super) unknown: usize,
    /// Conforming ones of those that were judged, in percent: at most 99 unless all do.
    pub(super) percent: Option<usize>,
}

/// What a case came to, as the RFC sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grade {
    Conforms,
    NotStrict,
    Fails,
    Unimplemented,
    Unknown,
}

/// Of every level, of every column.
pub(super) fn scores(sheet: &Sheet<'_>) -> Vec<Score> {
    let levels = [
        Requirement::Must,
        Requirement::Should,
        Requirement::Informational,
    ];
    let mut scores = Vec::new();
    for level in levels {
        for (at, column) in sheet.columns.iter().enumerate() {
            let judged = sheet.rows.values().filter_map(|row| row[at]);
            let grades: Vec<Grade> = judged
                .filter_map(|judged| Some((judged.case?, judged.outcome())))
                .filter(|(case, _)| case.requirement == level)
                .map(|(case, outcome)| grade(case, outcome))
                .collect();
            if !grades.is_empty() {
                scores.push(score(level.name(), column.label.clone(), &grades));
            }
        }
    }
    scores
}

fn score(level: &'static str, label: String, grades: &[Grade]) -> Score {
    let count = |grade: Grade| grades.iter().filter(|one| **one == grade).count();
    let (conforms, not_strict) = (count(Grade::Conforms), count(Grade::NotStrict));
    let fails = count(Grade::Fails);
    let met = conforms + not_strict;
    let judged = met + fails;
    Score {
        level,
        label,
        cases: grades.len(),
        conforms,
        not_strict,
        fails,
        unimplemented: count(Grade::Unimplemented),
        unknown: count(Grade::Unknown),
        percent: (met * 100).checked_div(judged),
    }
}

fn grade(case: &Case, outcome: Option<&Outcome>) -> Grade {
    let Some(outcome) = outcome else {
        return Grade::Unknown;
    };
    let verdict = outcome.verdict;
    if verdict == case.expectation() {
        return Grade::Conforms;
    }
    match (verdict.behavior, verdict.close) {
        (Behavior::Unimplemented, _) => Grade::Unimplemented,
        (Behavior::NonStrict, CloseBehavior::Ok) => Grade::NotStrict,
        (Behavior::Ok | Behavior::NonStrict | Behavior::Informational | Behavior::Failed, _) => {
            Grade::Fails
        }
    }
}
