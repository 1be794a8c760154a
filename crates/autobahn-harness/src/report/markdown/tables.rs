//! The tables of the summary, and what is folded below them.

use std::collections::BTreeMap;

use autobahn_cases::CaseId;

use super::super::MOST_AT_ONCE;
use super::super::alike::{Alike, together};
use super::{Detail, put};
use crate::baseline::Entry;
use crate::deviation::{Deviation, reproduce_all};
use crate::escape::{line, markdown, markdown_code};
use crate::gate::{Judged, Judgement, Origin, Status};

/// A table of what is broken, and the wire logs of the first of it.
pub(super) fn deviations(
    text: &mut String,
    judgement: &Judgement<'_>,
    judged: &[&Judged<'_>],
    title: &str,
    detail: Detail,
) {
    if judged.is_empty() || detail.rows == 0 {
        return;
    }
    let groups = together(judged);
    let found: Vec<(Deviation<'_>, &Alike<'_, '_>)> = groups
        .iter()
        .take(detail.rows)
        .map(|alike| (Deviation::of(judgement, alike.first), alike))
        .collect();
    put(text, &format!("### {title}\n"));
    let before = match judgement.base {
        Some(_) => "Was",
        None => "Expected",
    };
    put(
        text,
        &format!("| Case | What it checks | {before} | Now | Spec |\n|---|---|---|---|---|"),
    );
    for (one, alike) in &found {
        let (title, before, spec) = match alike.others() {
            0 => (
                one.title.as_str(),
                one.was.as_deref().unwrap_or(&one.expected),
                one.spec.as_deref().unwrap_or_default(),
            ),
            _ => ("", "", ""),
        };
        put(
            text,
            &format!(
                "| {} | {} | {} | **{}** | {} |",
                markdown_code(&format!("{} {}", one.target, alike.names())),
                markdown(title),
                markdown(before),
                // An error may quote a peer, and nobody is to be mentioned.
                markdown_code(&one.got),
                markdown(spec)
            ),
        );
    }
    more(text, groups.len(), found.len());
    put(text, "");
    let told = found
        .iter()
        .map(|(one, _)| one)
        .filter(|one| !one.explanation.is_empty() || !one.wire.lines.is_empty());
    for one in told.take(detail.wire_logs) {
        let name = markdown_code(&format!("{} {}", one.target, one.id));
        put(
            text,
            &format!("<details><summary>{name}: why, and how to reproduce it</summary>\n"),
        );
        let mut lines = one.explanation.clone();
        lines.extend(one.wire.lines.iter().cloned());
        lines.push(format!("$ {}", one.reproduce));
        put(text, &fenced(&lines));
        put(text, "</details>\n");
    }
    put(text, &fenced(&commands(judgement, judged)));
}

/// What plays these cases again: a command a target, of the first of them.
fn commands(judgement: &Judgement<'_>, judged: &[&Judged<'_>]) -> Vec<String> {
    let mut by_target: BTreeMap<&str, Vec<CaseId>> = BTreeMap::new();
    for one in judged.iter().take(MOST_AT_ONCE) {
        by_target.entry(one.target).or_default().push(one.id);
    }
    let command = |(target, ids): (&&str, &Vec<CaseId>)| {
        format!("$ {}", reproduce_all(judgement.run, target, ids))
    };
    by_target.iter().map(command).collect()
}

pub(super) fn stale(text: &mut String, judgement: &Judgement<'_>, detail: Detail) {
    // What is stale on the base too, or worse than there, is told elsewhere.
    let is_mended = |judged: &&Judged<'_>| match judgement.origin(judged) {
        Some(Origin::Inherited(_) | Origin::Broken) => false,
        Some(Origin::Unchanged | Origin::Accepted | Origin::Mended | Origin::Unknown) | None => {
            true
        }
    };
    let judged: Vec<_> = judgement.with(Status::Stale).filter(is_mended).collect();
    if judged.is_empty() || detail.rows == 0 {
        return;
    }
    put(
        text,
        match judgement.base {
            Some(_) => "### Stale baseline entries: fixed here, please accept\n",
            None => "### Stale baseline entries: better now, please accept\n",
        },
    );
    put(text, "| Entry | Case | Expected | Now |\n|---|---|---|---|");
    let shown = judged.len().min(detail.rows);
    for judged in &judged[..shown] {
        let one = Deviation::of(judgement, judged);
        let entry = one.entry.map(|entry| entry_name(judgement, entry));
        put(
            text,
            &format!(
                "| {} | {} | {} | **{}** |",
                entry.unwrap_or_default(),
                markdown_code(&format!("{} {}", one.target, one.id)),
                markdown(&one.expected),
                markdown(&one.got)
            ),
        );
    }
    more(text, judged.len(), shown);
    let update = format!(
        "$ autobahn baseline update   # then commit {}",
        judgement.baseline.path()
    );
    put(text, "");
    put(text, &fenced(&[line(&update)]));
}

pub(super) fn flaky(text: &mut String, judgement: &Judgement<'_>, detail: Detail) {
    let judged: Vec<_> = judgement.with(Status::Flaky).collect();
    if judged.is_empty() || detail.flaky == 0 {
        return;
    }
    put(text, "### Flaky: passed when played alone\n");
    put(text, "| Case | Before | Alone |\n|---|---|---|");
    let shown = judged.len().min(detail.flaky);
    for judged in &judged[..shown] {
        let one = Deviation::of(judgement, judged);
        put(
            text,
            &format!(
                "| {} | {} | {} |",
                markdown_code(&format!("{} {}", one.target, one.id)),
                markdown(&one.earlier.join(", ")),
                markdown(&one.got)
            ),
        );
    }
    more(text, judged.len(), shown);
    put(text, "");
}

/// The entries that hold, folded.
pub(super) fn expected(text: &mut String, judgement: &Judgement<'_>, detail: Detail) {
    let mut by_entry: BTreeMap<usize, (&Entry, usize)> = BTreeMap::new();
    for judged in judgement.with(Status::Expected) {
        if let Some(entry) = judged.entry {
            by_entry.entry(entry.line).or_insert((entry, 0)).1 += 1;
        }
    }
    if by_entry.is_empty() || detail.entries == 0 {
        return;
    }
    let all: usize = by_entry.values().map(|(_, count)| count).sum();
    let deviations = if all == 1 { "deviation" } else { "deviations" };
    put(
        text,
        &format!("<details><summary>{all} expected {deviations}</summary>\n"),
    );
    put(
        text,
        "| Entry | Cases | Expected | Why |\n|---|---:|---|---|",
    );
    for (entry, count) in by_entry.values().take(detail.entries) {
        let patterns: Vec<&str> = entry.patterns.iter().map(|one| one.as_str()).collect();
        let words: Vec<String> = entry.expected.iter().map(ToString::to_string).collect();
        let link = entry
            .issue
            .as_ref()
            .map(|issue| format!(" ([issue]({issue}))"));
        put(
            text,
            &format!(
                "| {} | {count} ({}) | {} | {}{} |",
                entry_name(judgement, entry),
                markdown_code(&patterns.join(", ")),
                markdown(&words.join(" or ")),
                markdown(&entry.reason),
                link.unwrap_or_default()
            ),
        );
    }
    more(text, by_entry.len(), by_entry.len().min(detail.entries));
    put(text, "\n</details>\n");
}

pub(super) fn entry_name(judgement: &Judgement<'_>, entry: &Entry) -> String {
    let place = format!("{}:{}", judgement.baseline.path(), entry.line);
    format!("{} ({})", markdown_code(&entry.id), markdown(&place))
}

pub(super) fn more(text: &mut String, all: usize, shown: usize) {
    if all > shown {
        put(
            text,
            &format!("\n… and {} more, in results.json", all - shown),
        );
    }
}

/// Lines between fences that are longer than any in them.
fn fenced(lines: &[String]) -> String {
    let body = lines.join("\n");
    let longest = body.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{body}\n{fence}\n")
}
