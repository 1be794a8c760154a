//! Two runs, compared case by case: what a change did, or whether two engines
//! agree.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use autobahn_cases::{CaseId, Verdict};

use crate::run::{CaseResult, Run};

/// A case of a target that is not the same in two runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The target's name.
    pub target: String,
    /// The case.
    pub id: CaseId,
    /// What it is in the first run.
    pub base: Found,
    /// What it is in the second.
    pub head: Found,
}

/// What a run says of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was played.
    Verdict(Verdict),
    /// It was selected, and there is no verdict.
    NoVerdict,
    /// It was not selected.
    NotSelected,
}

/// Which way a case went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Better in the second run.
    Better,
    /// Worse in the second run, or without a verdict there.
    Worse,
    /// Neither.
    Different,
}

/// What differs, by target and number. Cases that stand in one run only are
/// differences too; so are cases without a verdict in either, since nobody
/// knows that they are the same.
#[must_use]
pub fn diff(base: &Run, head: &Run) -> Vec<Difference> {
    let mut pairs: BTreeMap<(&str, CaseId), [Found; 2]> = BTreeMap::new();
    for (side, run) in [base, head].into_iter().enumerate() {
        for target in run.targets() {
            for id in &run.selected {
                let pair = pairs.entry((target, *id));
                pair.or_insert([Found::NotSelected; 2])[side] = Found::NoVerdict;
            }
        }
        for record in &run.cases {
            let CaseResult::Played(outcome) = &record.result else {
                continue;
            };
            let key = (record.target.as_str(), record.id);
            if let Some(pair) = pairs.get_mut(&key) {
                pair[side] = Found::Verdict(outcome.verdict);
            }
        }
    }
    let differ = pairs
        .into_iter()
        .filter(|(_, [base, head])| base != head || *base == Found::NoVerdict);
    differ
        .map(|((target, id), [base, head])| Difference {
            target: target.to_owned(),
            id,
            base,
            head,
        })
        .collect()
}

impl Difference {
    /// Which way it went.
    #[must_use]
    pub fn direction(&self) -> Direction {
        match (self.base, self.head) {
            (Found::Verdict(base), Found::Verdict(head)) => match head.compare(base) {
                Some(Ordering::Greater) => Direction::Better,
                Some(Ordering::Less) => Direction::Worse,
                Some(Ordering::Equal) | None => Direction::Different,
            },
            (Found::Verdict(_), Found::NoVerdict | Found::NotSelected) => Direction::Worse,
            (Found::NoVerdict | Found::NotSelected, _) => Direction::Different,
        }
    }
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Verdict(verdict) => verdict.fmt(f),
            Self::NoVerdict => f.write_str("no verdict"),
            Self::NotSelected => f.write_str("not selected"),
        }
    }
}
