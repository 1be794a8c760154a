//! The table at the top of a red summary: how many cases came to what, beside how
//! many did on the base.

use super::base::name;
use super::put;
use crate::escape::markdown_code;
use crate::gate::{Counts, Judgement};

/// How many cases came to what, beside how many did on the base.
pub(super) fn table(text: &mut String, judgement: &Judgement<'_>) {
    let now = judgement.counts();
    let before = judgement.base.map(|base| base.counts(judgement));
    match judgement.base {
        Some(base) => {
            let commit = judgement.run.provenance.commit.as_deref();
            let here = commit.map_or(String::new(), |commit| {
                format!(" ({})", markdown_code(commit))
            });
            let what = match base.previous {
                Some(_) => "",
                None => ", expected",
            };
            put(
                text,
                &format!(
                    "| | {}{what} | this pull request{here} | Δ |\n|---|---:|---:|---:|",
                    name(base)
                ),
            );
        }
        None => put(text, "| | cases |\n|---|---:|"),
    }
    for row in &ROWS {
        let count = (row.count)(&now);
        if row.when_any && count == 0 {
            continue;
        }
        let bold = |shown: String, is_bold: bool| match is_bold {
            true => format!("**{shown}**"),
            false => shown,
        };
        // What is red stands out.
        let is_red = row.is_red && count > 0;
        let (title, shown) = (row.name.to_owned(), count.to_string());
        let mut line = format!("| {} | ", bold(title, is_red));
        if let Some(before) = &before {
            line.push_str(&format!("{} | ", (row.count)(before)));
        }
        line.push_str(&format!("{} |", bold(shown, is_red)));
        if let Some(before) = &before {
            let difference = delta((row.count)(before), count);
            line.push_str(&format!(
                " {} |",
                bold(difference.clone(), is_red && !difference.is_empty())
            ));
        }
        put(text, &line);
    }
    text.push('\n');
}

/// A row of that table.
struct Row {
    name: &'static str,
    count: fn(&Counts) -> usize,
    /// Whether any of it makes the gate red.
    is_red: bool,
    /// Whether it has no row where there is none of it.
    when_any: bool,
}

const ROWS: [Row; 9] = [
    row("Passed", |counts| counts.passed, false),
    row("Expected deviations", |counts| counts.expected, false),
    row("Regressions", |counts| counts.regressions, true),
    row("Changed", |counts| counts.changed, true),
    row("Stale in the baseline", |counts| counts.stale, true),
    row("Flaky (passed alone)", |counts| counts.flaky, false),
    row("Missing", |counts| counts.missing, true),
    row("Errors", |counts| counts.errors, true),
    Row {
        name: "Expired baseline entries",
        count: |counts| counts.expired,
        is_red: true,
        when_any: true,
    },
];

const fn row(name: &'static str, count: fn(&Counts) -> usize, is_red: bool) -> Row {
    Row {
        name,
        count,
        is_red,
        when_any: false,
    }
}

/// `−1`, `+1`, or nothing.
fn delta(before: usize, now: usize) -> String {
    match now.cmp(&before) {
        std::cmp::Ordering::Less => format!("−{}", before - now),
        std::cmp::Ordering::Equal => String::new(),
        std::cmp::Ordering::Greater => format!("+{}", now - before),
    }
}
