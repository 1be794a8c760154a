//! What becomes of an entry: the pieces that are left of it, each with the
//! targets of which it is true.

use std::collections::{BTreeMap, BTreeSet};

use autobahn_cases::{Case, CaseId};

use super::{UpdateError, now};
use crate::baseline::cover::cover;
use crate::baseline::{Entry, Expectation};
use crate::gate::{Judged, Judgement, Status};

/// What becomes of a case that an entry lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It leaves the entry.
    Leaves,
    /// It stays in the file with a better expectation.
    Improves(Expectation),
}

/// The cases of the entry that do not stay as they are, by target.
pub(super) fn fates<'a>(
    judgement: &Judgement<'a>,
    entry: &Entry,
    is_accepted: &impl Fn(&Judged<'_>) -> bool,
) -> BTreeMap<(&'a str, CaseId), Fate> {
    let of_entry = |judged: &&Judged<'_>| judged.entry.is_some_and(|other| other.id == entry.id);
    let mut fates = BTreeMap::new();
    for judged in judgement.cases.iter().filter(of_entry) {
        let is_default =
            judged.outcome().map(|outcome| outcome.verdict) == judged.case.map(Case::expectation);
        let fate = match (judged.status, now(judged)) {
            (Status::Stale, Some(now)) if !is_default => Fate::Improves(now),
            (Status::Stale, _) => Fate::Leaves,
            _ if is_accepted(judged) => Fate::Leaves,
            _ => continue,
        };
        fates.insert((judged.target, judged.id), fate);
    }
    fates
}

/// What an entry is to be replaced by.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) targets: Vec<String>,
    pub(super) patterns: Vec<String>,
    pub(super) count: usize,
    pub(super) expected: Vec<String>,
    pub(super) is_as_before: bool,
}

/// The entry without what leaves it: as many pieces as it takes to say of each
/// target what holds of it.
pub(super) fn pieces(
    judgement: &Judgement<'_>,
    entry: &Entry,
    fates: BTreeMap<(&str, CaseId), Fate>,
) -> Result<Vec<Piece>, UpdateError> {
    let targets: Vec<String> = if entry.targets.is_empty() {
        let run = judgement.run.targets();
        run.into_iter().map(String::from).collect()
    } else {
        entry.targets.clone()
    };
    // Of each expectation and target, the cases; `None` is the old expectation.
    let mut sets: BTreeMap<(Option<String>, &str), BTreeSet<CaseId>> = BTreeMap::new();
    for target in &targets {
        for id in &entry.cases {
            let key = match fates.get(&(target.as_str(), *id)) {
                None => None,
                Some(Fate::Leaves) => continue,
                Some(Fate::Improves(now)) => Some(now.to_string()),
            };
            sets.entry((key, target)).or_default().insert(*id);
        }
    }
    // Targets of which the same is to be said share a piece.
    let mut shared: Vec<(Option<String>, BTreeSet<CaseId>, Vec<String>)> = Vec::new();
    for ((expected, target), ids) in sets {
        let known = shared
            .iter_mut()
            .find(|(other, cases, _)| *other == expected && *cases == ids);
        match known {
            Some((_, _, names)) => names.push(target.to_owned()),
            None => shared.push((expected, ids, vec![target.to_owned()])),
        }
    }
    if entry.targets.is_empty()
        && shared
            .iter()
            .any(|(_, _, names)| names.len() != targets.len())
    {
        return Err(UpdateError::Split(entry.id.clone()));
    }
    let old: Vec<String> = entry.expected.iter().map(ToString::to_string).collect();
    let piece = |(expected, ids, names): (Option<String>, BTreeSet<CaseId>, Vec<String>)| Piece {
        targets: if entry.targets.is_empty() {
            Vec::new()
        } else {
            names
        },
        patterns: cover(&ids, &entry.patterns, judgement.catalog),
        count: ids.len(),
        is_as_before: expected.is_none(),
        expected: expected.map_or_else(|| old.clone(), |now| vec![now]),
    };
    Ok(shared.into_iter().map(piece).collect())
}
