//! What a pull request did, as opposed to what was so before it: the part of the
//! summary that needs a base to compare with.

use std::collections::BTreeMap;

use super::tables::{self, entry_name, more};
use super::{Detail, put};
use crate::baseline::changes::{Change, Effect};
use crate::deviation::Deviation;
use crate::escape::{markdown, markdown_code};
use crate::exit::ExitCode;
use crate::gate::{Base, Evidence, Judged, Judgement, Origin, Status};

/// What the headline says besides what is red.
pub(super) struct News {
    pub(super) sign: &'static str,
    pub(super) words: Vec<String>,
}

/// What was accepted and what was mended, in few words.
pub(super) fn news(judgement: &Judgement<'_>) -> News {
    let mut words = Vec::new();
    let Some(base) = judgement.base else {
        return News { sign: "✅", words };
    };
    let count = |wanted: Origin| of_origin(judgement, wanted).len();
    let (accepted, mended) = (count(Origin::Accepted), count(Origin::Mended));
    let changes = base.changes(judgement);
    let loosened = changes
        .iter()
        .filter(|change| change.effect() == Effect::Loosens);
    let loosened = loosened.count();
    if accepted > 0 {
        let deviations = plural(accepted, "deviation", "deviations");
        words.push(format!("{deviations} accepted by this pull request"));
    } else if loosened > 0 {
        let entries = plural(loosened, "baseline entry", "baseline entries");
        words.push(format!("{entries} added or loosened by this pull request"));
    }
    // What is stale is counted already where it is red.
    if mended > 0 && judgement.exit_code() == ExitCode::Passed {
        words.push(format!("{} fixed here", plural(mended, "case", "cases")));
    }
    if words.is_empty() && !changes.is_empty() {
        words.push(plural(changes.len(), "baseline entry", "baseline entries") + " changed here");
    }
    let sign = if accepted + loosened > 0 || base.note.is_some() {
        "⚠️"
    } else {
        "✅"
    };
    News { sign, words }
}

/// What this pull request broke.
pub(super) fn broken(text: &mut String, judgement: &Judgement<'_>, detail: Detail) {
    let judged = of_origin(judgement, Origin::Broken);
    let title = "This pull request broke these";
    tables::deviations(text, judgement, &judged, title, detail);
}

/// What this pull request lets pass: the entries that it adds or changes, and
/// what was and is the outcome of the cases that need them.
pub(super) fn accepted(text: &mut String, judgement: &Judgement<'_>, base: &Base, detail: Detail) {
    let changes = base.changes(judgement);
    if changes.is_empty() || detail.rows == 0 {
        return;
    }
    let mut by_entry: BTreeMap<&str, Vec<&Judged<'_>>> = BTreeMap::new();
    for judged in of_origin(judgement, Origin::Accepted) {
        if let Some(entry) = judged.entry {
            by_entry.entry(&entry.id).or_default().push(judged);
        }
    }
    let loosens = |change: &Change<'_>| change.effect() == Effect::Loosens;
    put(
        text,
        match changes.iter().any(loosens) {
            true => "### Accepted by this pull request: please review\n",
            false => "### Changed in the baseline by this pull request\n",
        },
    );
    put(
        text,
        "| Entry | Change | Cases | Was, is | Reason |\n|---|---|---|---|---|",
    );
    let shown = changes.len().min(detail.rows);
    for change in &changes[..shown] {
        let entry = change.entry();
        let cases = by_entry.remove(entry.id.as_str()).unwrap_or_default();
        let patterns: Vec<&str> = entry.patterns.iter().map(|one| one.as_str()).collect();
        let words = match change {
            Change::Added(_) => String::from("**added**"),
            Change::Removed(_) => String::from("removed"),
            Change::Altered { what, .. } => format!("{} changed", what.join(", ")),
        };
        let name = match change {
            Change::Added(_) | Change::Altered { .. } => entry_name(judgement, entry),
            Change::Removed(entry) => markdown_code(&entry.id),
        };
        put(
            text,
            &format!(
                "| {name} | {words} | {} ({}) | {} | {} |",
                entry.cases.len(),
                markdown_code(&patterns.join(", ")),
                was_and_is(judgement, &cases),
                markdown(&entry.reason)
            ),
        );
    }
    more(text, changes.len(), shown);
    put(text, "");
}

/// `6.4.3: OK/OK, now NON-STRICT/OK`, of the first cases of an entry.
fn was_and_is(judgement: &Judgement<'_>, cases: &[&Judged<'_>]) -> String {
    let one = |judged: &&Judged<'_>| {
        let one = Deviation::of(judgement, judged);
        let was = one.was.unwrap_or(one.expected);
        format!(
            "{}: {}, now **{}**",
            markdown_code(&format!("{} {}", one.target, one.id)),
            markdown(&was),
            markdown(&one.got)
        )
    };
    let mut words: Vec<String> = cases.iter().take(MOST_CASES).map(one).collect();
    if cases.len() > MOST_CASES {
        words.push(format!("{} more", cases.len() - MOST_CASES));
    }
    words.join("; ")
}

/// How many cases of an entry are told with what they were and are.
const MOST_CASES: usize = 3;

/// What is better than on the base, and in the baseline already.
pub(super) fn mended(text: &mut String, judgement: &Judgement<'_>, detail: Detail) {
    let judged = of_origin(judgement, Origin::Mended);
    let judged: Vec<_> = judged
        .into_iter()
        .filter(|one| one.status != Status::Stale)
        .collect();
    if judged.is_empty() || detail.rows == 0 {
        return;
    }
    put(text, "### Fixed by this pull request\n");
    put(
        text,
        "| Case | What it checks | Was | Now |\n|---|---|---|---|",
    );
    let shown = judged.len().min(detail.rows);
    for judged in &judged[..shown] {
        let one = Deviation::of(judgement, judged);
        put(
            text,
            &format!(
                "| {} | {} | {} | {} |",
                markdown_code(&format!("{} {}", one.target, one.id)),
                markdown(&one.title),
                markdown(&one.was.unwrap_or_default()),
                markdown_code(&one.got)
            ),
        );
    }
    more(text, judged.len(), shown);
    put(text, "");
}

/// What is red and was no better before.
pub(super) fn inherited(text: &mut String, judgement: &Judgement<'_>, detail: Detail) {
    let deviations = judgement.deviations().into_iter();
    let judged: Vec<(&Judged<'_>, Evidence)> = deviations
        .filter_map(|judged| match judgement.origin(judged) {
            Some(Origin::Inherited(evidence)) => Some((judged, evidence)),
            _ => None,
        })
        .collect();
    if judged.is_empty() || detail.rows == 0 {
        return;
    }
    put(
        text,
        "### Inherited: red, and not broken by this pull request\n",
    );
    put(
        text,
        "| Case | What it checks | Expected | Now | How that is known |\n|---|---|---|---|---|",
    );
    let shown = judged.len().min(detail.rows);
    for (judged, evidence) in &judged[..shown] {
        let one = Deviation::of(judgement, judged);
        put(
            text,
            &format!(
                "| {} | {} | {} | {} | {} |",
                markdown_code(&format!("{} {}", one.target, one.id)),
                markdown(&one.title),
                markdown(&one.expected),
                markdown_code(&one.got),
                evidence.words()
            ),
        );
    }
    more(text, judged.len(), shown);
    put(text, "");
}

/// What it was compared with, for the last line.
pub(super) fn compared(base: &Base) -> String {
    let note = base.note.as_deref().map(markdown);
    let note = note.map_or(String::new(), |note| format!(" ({note})"));
    format!("compared with the merge base {}{note}", name(base))
}

/// The base by the name that people know, and its commit.
pub(super) fn name(base: &Base) -> String {
    let commit = markdown_code(base.short());
    match base.is_named_by_hash() {
        true => commit,
        false => format!("{} ({commit})", markdown_code(&base.name)),
    }
}

/// How much of what is red was no better before: ` (1 inherited)`, or nothing.
pub(super) fn of_it_inherited(judgement: &Judgement<'_>) -> String {
    let origins = judgement.cases.iter().map(|one| judgement.origin(one));
    match origins
        .filter(|origin| matches!(origin, Some(Origin::Inherited(_))))
        .count()
    {
        0 => String::new(),
        count => format!(" ({count} inherited)"),
    }
}

fn of_origin<'j, 'a>(judgement: &'j Judgement<'a>, wanted: Origin) -> Vec<&'j Judged<'a>> {
    let cases = judgement.cases.iter();
    cases
        .filter(|judged| judgement.origin(judged) == Some(wanted))
        .collect()
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
