//! Several runs as one: the shards of a suite, or the targets of a project.

use std::collections::{BTreeMap, BTreeSet};

use autobahn_cases::CaseId;

use crate::escape::line;
use crate::run::{CaseResult, Run};

/// Why runs cannot be merged. Names the runs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// There is none.
    #[error("no results to merge")]
    Nothing,
    /// They differ in what all cases of a run have in common.
    #[error("`{a}` and `{b}` differ in {what}: {in_a} and {in_b}; judge them one by one")]
    Provenance {
        /// A run.
        a: String,
        /// Another.
        b: String,
        /// In what.
        what: &'static str,
        /// What it is in the first.
        in_a: String,
        /// What it is in the other.
        in_b: String,
    },
    /// Both have a record of a case of a target.
    #[error("`{a}` and `{b}` both hold `{id}` of target {target:?}, {agreement}")]
    Overlap {
        /// A run.
        a: String,
        /// Another.
        b: String,
        /// The target.
        target: String,
        /// The case.
        id: CaseId,
        /// Whether they say the same.
        agreement: &'static str,
    },
    /// The cases that were selected for two targets are not the same.
    #[error(
        "`{id}` was selected for target {with:?} and not for {without:?}; judge the targets one by one"
    )]
    Selection {
        /// A case.
        id: CaseId,
        /// A target.
        with: String,
        /// Another.
        without: String,
    },
}

/// Merges runs, each with the name that stands for it in messages. The order
/// does not matter.
///
/// # Errors
///
/// Everything in which they contradict each other.
pub fn merge(runs: Vec<(String, Run)>) -> Result<Run, Vec<Conflict>> {
    let mut runs = runs;
    runs.sort_by(|a, b| {
        let key = |named: &(String, Run)| (named.1.provenance.started.clone(), named.0.clone());
        key(a).cmp(&key(b))
    });
    let conflicts = conflicts(&runs);
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    let mut runs = runs.into_iter().map(|(_, run)| run);
    let Some(mut merged) = runs.next() else {
        return Err(vec![Conflict::Nothing]);
    };
    for run in runs {
        merged.provenance.duration_ms = merged
            .provenance
            .duration_ms
            .saturating_add(run.provenance.duration_ms);
        // Of one of them nobody knows with whom it was played.
        merged.provenance.engine.insecure |= run.provenance.engine.insecure;
        merged.provenance.targets.extend(run.provenance.targets);
        merged.selected.extend(run.selected);
        merged.finished &= run.finished;
        merged.cases.extend(run.cases);
    }
    let targets = &mut merged.provenance.targets;
    // Shards of a target may have met it on different ports.
    targets.sort_by(|a, b| a.name.cmp(&b.name));
    targets.dedup_by(|b, a| a.name == b.name);
    merged.sort();
    Ok(merged)
}

fn conflicts(runs: &[(String, Run)]) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    let Some((first_name, first)) = runs.first() else {
        return conflicts;
    };
    for (name, run) in &runs[1..] {
        for ((what, in_a), (_, in_b)) in common(first).into_iter().zip(common(run)) {
            if in_a != in_b {
                conflicts.push(Conflict::Provenance {
                    a: first_name.clone(),
                    b: name.clone(),
                    what,
                    in_a: line(&in_a),
                    in_b: line(&in_b),
                });
            }
        }
    }
    conflicts.extend(overlaps(runs));
    conflicts.extend(selections(runs));
    conflicts
}

/// What all cases of a run have in common.
fn common(run: &Run) -> [(&'static str, String); 8] {
    let provenance = &run.provenance;
    let engine = &provenance.engine;
    let none = || String::from("none");
    [
        ("engine", format!("{} {}", engine.name, engine.version)),
        ("suite", engine.suite.clone()),
        ("image", engine.digest.clone().unwrap_or_else(none)),
        ("corpora", engine.corpora.clone().unwrap_or_else(none)),
        ("profile", format!("{:?}", provenance.profile)),
        ("commit", provenance.commit.clone().unwrap_or_else(none)),
        ("operating system", provenance.os.clone()),
        ("the version of autobahn", provenance.version.clone()),
    ]
}

fn overlaps(runs: &[(String, Run)]) -> Vec<Conflict> {
    let verdict = |result: &CaseResult| match result {
        CaseResult::Played(outcome) => Some(outcome.verdict),
        CaseResult::NotPlayed { .. } => None,
    };
    let mut seen = BTreeMap::new();
    let mut found = Vec::new();
    for (name, run) in runs {
        for record in &run.cases {
            let key = (record.target.as_str(), record.id);
            let said = verdict(&record.result);
            let Some((other, before)) = seen.insert(key, (name, said)) else {
                continue;
            };
            found.push(Conflict::Overlap {
                a: String::clone(other),
                b: name.clone(),
                target: record.target.clone(),
                id: record.id,
                agreement: if before == said {
                    "with the same verdict"
                } else {
                    "and they disagree"
                },
            });
        }
    }
    found
}

/// One selection holds for all targets of a run: where they differ, a case that
/// nobody asked for would be missing.
fn selections(runs: &[(String, Run)]) -> Vec<Conflict> {
    let mut by_target: BTreeMap<&str, BTreeSet<CaseId>> = BTreeMap::new();
    for (_, run) in runs {
        for target in run.targets() {
            by_target.entry(target).or_default().extend(&run.selected);
        }
    }
    let mut found = Vec::new();
    let mut targets = by_target.iter();
    let Some((first, selected)) = targets.next() else {
        return found;
    };
    for (target, others) in targets {
        let only_first = selected.difference(others).next();
        let only_other = others.difference(selected).next();
        let (id, with, without) = match (only_first, only_other) {
            (Some(id), _) => (id, first, target),
            (None, Some(id)) => (id, target, first),
            (None, None) => continue,
        };
        found.push(Conflict::Selection {
            id: *id,
            with: String::from(*with),
            without: String::from(*without),
        });
    }
    found
}
