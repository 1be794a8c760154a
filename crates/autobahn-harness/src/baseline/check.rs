//! What a baseline says, in words: how old its entries are, and what it expects
//! of a case.

use std::fmt::Write;

use autobahn_cases::{Case, CaseId, Catalog};
use chrono::NaiveDate;

use super::{Baseline, Entry, Kind};
use crate::escape;

/// A line an entry: how many cases, what is expected, since when, until when.
#[must_use]
pub fn summary(baseline: &Baseline, today: NaiveDate) -> String {
    let entries = baseline.entries();
    let cases: usize = entries.iter().map(|entry| entry.cases.len()).sum();
    let mut text = format!(
        "{}: {}, {} of {}\n",
        baseline.path(),
        "valid",
        counted(entries.len(), "entry", "entries"),
        counted(cases, "case", "cases")
    );
    let width = entries.iter().map(|entry| entry.id.len()).max();
    for entry in entries {
        let width = width.unwrap_or_default();
        let expected = expected(entry);
        let count = counted(entry.cases.len(), "case", "cases");
        let age = age(entry, today);
        writeln!(text, "  {:width$}  {count}, {expected}{age}", entry.id)
            .expect("a string takes all");
    }
    text
}

/// What is expected of a case, by which entry and why.
#[must_use]
pub fn explain(baseline: &Baseline, catalog: &Catalog, id: CaseId, today: NaiveDate) -> String {
    let Some(case) = catalog.case(id) else {
        return format!("there is no case `{id}`\n");
    };
    let mut text = format!("{id}: {}\n", case.title);
    let mut entries = baseline
        .entries()
        .iter()
        .filter(|entry| entry.cases.contains(&id))
        .peekable();
    if entries.peek().is_none() {
        writeln!(
            text,
            "  expected: {}, by default; {} has no entry for it",
            case.expectation(),
            baseline.path()
        )
        .expect("a string takes all");
    }
    for entry in entries {
        text.push_str(&explain_entry(entry, case, baseline, today));
    }
    text
}

fn explain_entry(entry: &Entry, case: &Case, baseline: &Baseline, today: NaiveDate) -> String {
    let verdicts: Vec<String> = entry
        .expected
        .iter()
        .map(|one| match one.close_code {
            Some(code) => format!("{} with close code {code}", one.verdict(case)),
            None => one.verdict(case).to_string(),
        })
        .collect();
    let mut text = format!(
        "  expected: {}, by `{}` ({}:{}){}\n",
        verdicts.join(" or "),
        entry.id,
        baseline.path(),
        entry.line,
        age(entry, today)
    );
    let mut line = |name: &str, value: &str| {
        text.push_str(&format!("  {name:>8}: {}\n", escape::line(value)));
    };
    if !entry.targets.is_empty() {
        line("targets", &entry.targets.join(", "));
    }
    if let Some(os) = &entry.os {
        line("only on", os);
    }
    line("reason", &entry.reason);
    if let Some(issue) = &entry.issue {
        line("issue", issue);
    }
    text
}

/// What an entry expects, as the file says it.
fn expected(entry: &Entry) -> String {
    let words: Vec<String> = entry.expected.iter().map(ToString::to_string).collect();
    match entry.kind {
        Kind::Deviation => words.join(" or "),
        Kind::Flaky => format!("flaky: {}", words.join(" or ")),
    }
}

/// `, accepted 12 days ago, expires in 3 days`, as far as it is known.
fn age(entry: &Entry, today: NaiveDate) -> String {
    let days = |count: i64| counted(count.unsigned_abs() as usize, "day", "days");
    let mut text = String::new();
    if let Some(since) = entry.since {
        let age = (today - since).num_days();
        text.push_str(&format!(", accepted {} ago", days(age.max(0))));
    }
    if let Some(last) = entry.expires {
        let left = (last - today).num_days();
        text.push_str(&if left < 0 {
            format!(", EXPIRED {} ago", days(left))
        } else {
            format!(", expires in {}", days(left))
        });
    }
    text
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
