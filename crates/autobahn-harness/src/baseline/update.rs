//! `baseline update`: brings the file up to date with a run. Comments and order
//! stay. What became better leaves the file; what became worse enters it only
//! where somebody accepts it and says why.

mod edit;
mod pieces;

use std::collections::{BTreeMap, BTreeSet};

use autobahn_cases::{Case, CaseId, Outcome, Pattern, Suite};
use chrono::NaiveDate;
use toml_edit::Value;

use super::cover::cover;
use super::parse::fields::is_a_reason;
use super::{Baseline, Expectation, Known, Refused};
use crate::gate::{Judged, Judgement, Status};
use edit::{Document, Fields};
use pieces::{Piece, fates, pieces};

/// Who asks for the update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Editor {
    /// Somebody who will look at the difference and commit it.
    Person,
    /// A job: nobody would.
    Ci,
}

/// What is accepted although it is worse.
#[derive(Clone, Debug)]
pub struct Accept {
    /// Of the cases that it names, those that are worse or different.
    pub cases: Pattern,
    /// On this target only; none: on all.
    pub target: Option<String>,
    /// Why.
    pub reason: String,
    /// Where it is followed up.
    pub issue: Option<String>,
    /// The last day on which it holds.
    pub expires: Option<NaiveDate>,
    /// The name of the entry; none: made from the first case.
    pub id: Option<String>,
}

/// A baseline that was brought up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updated {
    /// The file.
    pub text: String,
    /// What was changed, in words, in the order of the file.
    pub changes: Vec<String>,
    /// The cases, with their targets, that are worse and were not accepted.
    pub left: Vec<(String, CaseId)>,
}

/// Why nothing was updated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// A job would accept what nobody has looked at.
    #[error(
        "the baseline is not updated in CI; run `autobahn baseline update` at home and commit it"
    )]
    InCi,
    /// An exception without a reason.
    #[error("`{0}` is accepted without a reason; say why it is so with --reason TEXT")]
    NoReason(String),
    /// Nothing that the pattern names is worse.
    #[error(
        "there is nothing to accept in `{0}`: no case of it is worse than expected, or different"
    )]
    NothingToAccept(String),
    /// What has no verdict cannot be expected.
    #[error("`{id}` of target {target:?} has no verdict to accept; play it first")]
    NoVerdict {
        /// The case.
        id: CaseId,
        /// The target.
        target: String,
    },
    /// An entry for all targets would have to say different things of them.
    #[error("targets differ now in what `{0}` says of all; give it a `target` and run this again")]
    Split(String),
    /// The entries are not written as `[[deviation]]`.
    #[error("entries that are not written as `[[deviation]]` or `[[flaky]]` cannot be edited")]
    Form,
    /// The result would not be valid.
    #[error("the updated baseline would not be valid:\n{0}")]
    Refused(#[from] Refused),
}

/// Brings the baseline of a judgement up to date with its run. Entries that
/// speak of nothing in the run stay as they are.
///
/// # Errors
///
/// If CI asks, or an acceptance is not as it must be; then nothing changes.
pub fn update(
    judgement: &Judgement<'_>,
    accepts: &[Accept],
    editor: Editor,
) -> Result<Updated, UpdateError> {
    match editor {
        Editor::Person => {}
        Editor::Ci => return Err(UpdateError::InCi),
    }
    let accepted = accepted(judgement, accepts)?;
    let is_accepted = |judged: &Judged<'_>| {
        let key = (judged.target, judged.id);
        accepted.iter().any(|(_, cases)| cases.contains_key(&key))
    };
    let mut document = match judgement.baseline.text() {
        "" => Document::parse(&head(judgement))?,
        text => Document::parse(text)?,
    };
    let mut changes = Vec::new();
    for entry in judgement.baseline.entries() {
        let fates = fates(judgement, entry, &is_accepted);
        if fates.is_empty() {
            continue;
        }
        let pieces = pieces(judgement, entry, fates)?;
        let describe = |piece: &Piece| {
            let cases = piece.patterns.join(", ");
            format!(
                "`{}`: {} for {cases}",
                entry.id,
                piece.expected.join(" or ")
            )
        };
        match pieces.as_slice() {
            [] => changes.push(format!(
                "removed `{}`: all of it is as it must be",
                entry.id
            )),
            pieces => changes.extend(pieces.iter().map(describe)),
        }
        document.replace(entry, pieces)?;
    }
    for (accept, cases) in &accepted {
        for (expected, ids, targets) in grouped(cases) {
            let patterns = cover(&ids, &[], judgement.catalog);
            changes.push(format!("accepted {expected} for {}", patterns.join(", ")));
            let first = ids.first().map(ToString::to_string).unwrap_or_default();
            let id = accept.id.clone().unwrap_or(format!("accepted-{first}"));
            document.add(Fields {
                id,
                targets,
                count: ids.len(),
                patterns,
                expected: vec![expected],
                close_code: None,
                os: None,
                reason: accept.reason.clone(),
                issue: accept.issue.clone(),
                since: Some(judgement.today),
                expires: accept.expires,
            })?;
        }
    }
    let text = document.finish();
    let known = Known {
        catalog: judgement.catalog,
        targets: None,
    };
    Baseline::parse(judgement.baseline.path(), &text, known)?;
    let worse = judgement
        .cases
        .iter()
        .filter(|judged| is_worse(judged) && !is_accepted(judged));
    Ok(Updated {
        text,
        changes,
        left: worse
            .map(|judged| (judged.target.to_owned(), judged.id))
            .collect(),
    })
}

/// The beginning of a baseline where there is none yet.
fn head(judgement: &Judgement<'_>) -> String {
    let official = |case: &&Case| case.id.suite() == Suite::Autobahn;
    let count = judgement.catalog.cases().filter(official).count();
    let suite = Value::from(judgement.run.provenance.engine.suite.as_str());
    format!("version = 1\nsuite = {{ name = \"autobahn\", cases = {suite}, count = {count} }}\n")
}

/// The cases of an acceptance, by target, with what they came to.
type Cases<'a> = BTreeMap<(&'a str, CaseId), Expectation>;

/// What each acceptance accepts. A case belongs to the first that names it.
fn accepted<'a, 'b>(
    judgement: &Judgement<'a>,
    accepts: &'b [Accept],
) -> Result<Vec<(&'b Accept, Cases<'a>)>, UpdateError> {
    let mut all: Vec<(&Accept, Cases<'a>)> = Vec::new();
    for accept in accepts {
        if !is_a_reason(&accept.reason) {
            return Err(UpdateError::NoReason(accept.cases.to_string()));
        }
        let mut cases = BTreeMap::new();
        for judged in &judgement.cases {
            let other_target = accept
                .target
                .as_ref()
                .is_some_and(|name| name != judged.target);
            let key = (judged.target, judged.id);
            let taken = all.iter().any(|(_, cases)| cases.contains_key(&key));
            if !accept.cases.matches(judged.id) || other_target || taken {
                continue;
            }
            if let Status::Error(_) = judged.status {
                return Err(UpdateError::NoVerdict {
                    id: judged.id,
                    target: judged.target.to_owned(),
                });
            }
            if let (true, Some(now)) = (is_worse(judged), now(judged)) {
                cases.insert(key, now);
            }
        }
        if cases.is_empty() {
            return Err(UpdateError::NothingToAccept(accept.cases.to_string()));
        }
        all.push((accept, cases));
    }
    Ok(all)
}

fn is_worse(judged: &Judged<'_>) -> bool {
    matches!(judged.status, Status::Regression | Status::Changed)
}

/// What a case came to, as an entry would say it.
fn now(judged: &Judged<'_>) -> Option<Expectation> {
    let (case, outcome): (&Case, &Outcome) = (judged.case?, judged.outcome()?);
    let close = outcome.verdict.close;
    Some(Expectation {
        behavior: outcome.verdict.behavior,
        close: (close != case.expectation().close).then_some(close),
        close_code: None,
    })
}

/// The cases of an acceptance, by what they came to and on which targets.
fn grouped(cases: &Cases<'_>) -> Vec<(String, BTreeSet<CaseId>, Vec<String>)> {
    let mut by_case: BTreeMap<(String, CaseId), Vec<String>> = BTreeMap::new();
    for ((target, id), now) in cases {
        let targets = by_case.entry((now.to_string(), *id)).or_default();
        targets.push(String::from(*target));
    }
    let mut groups: BTreeMap<(String, Vec<String>), BTreeSet<CaseId>> = BTreeMap::new();
    for ((expected, id), targets) in by_case {
        groups.entry((expected, targets)).or_default().insert(id);
    }
    let flat = groups.into_iter();
    flat.map(|((expected, targets), ids)| (expected, ids, targets))
        .collect()
}
