//! The entries of the baseline: what each says, how old it is, and whether it
//! still holds.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::baseline::{Entry, Kind};
use crate::gate::{Judgement, Status};

use super::sheet::Sheet;

/// The baseline.
#[derive(Debug)]
pub(super) struct Inventory {
    pub(super) path: String,
    pub(super) entries: Vec<Item>,
}

/// An entry of it.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) anchor: String,
    pub(super) id: String,
    pub(super) place: String,
    pub(super) kind: &'static str,
    pub(super) targets: String,
    pub(super) patterns: String,
    pub(super) cases: usize,
    pub(super) expected: String,
    pub(super) reason: String,
    pub(super) issue: Option<String>,
    /// Where it is followed up, if that is an address that a browser may open.
    pub(super) link: Option<String>,
    pub(super) age: String,
    pub(super) expiry: String,
    pub(super) expired: bool,
    /// What its cases came to: `216 as listed`.
    pub(super) now: String,
}

impl Inventory {
    /// That of the first judgement: all of a page are judged against the same.
    pub(super) fn of(judgements: &[Judgement<'_>], sheet: &Sheet<'_>) -> Self {
        let Some(judgement) = judgements.first() else {
            return Self {
                path: String::new(),
                entries: Vec::new(),
            };
        };
        let (baseline, today) = (judgement.baseline, judgement.today);
        let entries = baseline.entries().iter();
        Self {
            path: baseline.path().to_owned(),
            entries: entries
                .map(|entry| item(entry, baseline.path(), today, sheet))
                .collect(),
        }
    }
}

fn item(entry: &Entry, path: &str, today: NaiveDate, sheet: &Sheet<'_>) -> Item {
    let patterns: Vec<&str> = entry.patterns.iter().map(|one| one.as_str()).collect();
    let expected: Vec<String> = entry
        .expected
        .iter()
        .map(|one| match one.close_code {
            Some(code) => format!("{one}, close code {code}"),
            None => one.to_string(),
        })
        .collect();
    let web = |issue: &&String| issue.starts_with("https://") || issue.starts_with("http://");
    Item {
        anchor: format!("entry-{}", entry.line),
        id: entry.id.clone(),
        place: format!("{path}:{}", entry.line),
        kind: match entry.kind {
            Kind::Deviation => "always",
            Kind::Flaky => "sometimes",
        },
        targets: match (entry.targets.is_empty(), &entry.os) {
            (true, None) => String::from("all"),
            (true, Some(os)) => format!("all, on {os}"),
            (false, None) => entry.targets.join(", "),
            (false, Some(os)) => format!("{}, on {os}", entry.targets.join(", ")),
        },
        patterns: patterns.join(", "),
        cases: entry.cases.len(),
        expected: expected.join(" or "),
        reason: entry.reason.clone(),
        link: entry.issue.as_ref().filter(web).cloned(),
        issue: entry.issue.clone(),
        age: match entry.since {
            Some(since) => format!("since {since}, {}", days(today - since)),
            None => String::from("not dated"),
        },
        expiry: match entry.expires {
            None => String::from("no expiry"),
            Some(last) if entry.is_expired(today) => {
                format!("expired on {last}, {} ago", days(today - last))
            }
            Some(last) => format!("until {last}, {} left", days(last - today)),
        },
        expired: entry.is_expired(today),
        now: now(entry, sheet),
    }
}

fn days(delta: chrono::TimeDelta) -> String {
    match delta.num_days() {
        1 => String::from("1 day"),
        days => format!("{days} days"),
    }
}

/// What the cases of the entry came to.
fn now(entry: &Entry, sheet: &Sheet<'_>) -> String {
    let judged = sheet.rows.values().flatten().flatten();
    let judged = judged.filter(|judged| judged.entry.is_some_and(|one| one.line == entry.line));
    let statuses: Vec<Status> = judged.map(|judged| judged.status).collect();
    if statuses.is_empty() {
        return String::from("not played");
    }
    let names: BTreeSet<&str> = statuses.iter().map(|status| status.name()).collect();
    let counted = names.into_iter().map(|name| {
        let count = statuses
            .iter()
            .filter(|status| status.name() == name)
            .count();
        let words = if name == "expected" {
            "as listed"
        } else {
            name
        };
        format!("{count} {words}")
    });
    counted.collect::<Vec<_>>().join(", ")
}
