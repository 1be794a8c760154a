//! The summary of a pull request. Sites limit how long it may be, so it is
//! shortened in a planned order: what is expected goes first, what is broken last.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::escape::{markdown, markdown_code};
use super::{complaints, extent, seconds};
use crate::baseline::Entry;
use crate::deviation::Deviation;
use crate::exit::ExitCode;
use crate::gate::{Judged, Judgement, Status};
use crate::run::Profile;

/// The most octets of a job summary on GitHub: 1 MiB.
pub const SUMMARY_LIMIT: usize = 1024 * 1024;

/// The most characters of a comment on GitHub.
pub const COMMENT_LIMIT: usize = 65_536;

/// The summary, as long as a job summary may be.
#[must_use]
pub fn render(judgement: &Judgement<'_>) -> String {
    render_within(judgement, SUMMARY_LIMIT)
}

/// The summary in at most `limit` octets: the longest of the plan that fits, the
/// headline at least.
#[must_use]
pub fn render_within(judgement: &Judgement<'_>, limit: usize) -> String {
    let texts = PLAN
        .into_iter()
        .map(|detail| render_with(judgement, detail));
    let mut last = String::new();
    for text in texts {
        if text.len() <= limit {
            return text;
        }
        last = text;
    }
    last
}

/// How much is told.
#[derive(Clone, Copy)]
struct Detail {
    /// How many deviations show their wire log.
    wire_logs: usize,
    /// How many deviations of a kind have a row.
    rows: usize,
    /// How many entries of the baseline have a row.
    entries: usize,
    /// How many flaky cases have a row.
    flaky: usize,
}

/// From everything to nothing but the headline and the counts.
const PLAN: [Detail; 6] = [
    Detail {
        wire_logs: 10,
        rows: 517,
        entries: 200,
        flaky: 100,
    },
    Detail {
        wire_logs: 3,
        rows: 517,
        entries: 20,
        flaky: 20,
    },
    Detail {
        wire_logs: 1,
        rows: 200,
        entries: 0,
        flaky: 5,
    },
    Detail {
        wire_logs: 0,
        rows: 50,
        entries: 0,
        flaky: 0,
    },
    Detail {
        wire_logs: 0,
        rows: 10,
        entries: 0,
        flaky: 0,
    },
    Detail {
        wire_logs: 0,
        rows: 0,
        entries: 0,
        flaky: 0,
    },
];

fn render_with(judgement: &Judgement<'_>, detail: Detail) -> String {
    let mut text = String::from("<!-- autobahn:sticky:conformance -->\n");
    headline(&mut text, judgement);
    counts(&mut text, judgement);
    for (status, title) in [
        (Status::Regression, "Regressions: worse than before"),
        (
            Status::Changed,
            "Changed: worse than the baseline says, or different",
        ),
    ] {
        let judged: Vec<_> = judgement.with(status).collect();
        deviations(&mut text, judgement, &judged, title, detail);
    }
    let errors = judgement.cases.iter();
    let errors: Vec<_> = errors
        .filter(|one| matches!(one.status, Status::Error(_)))
        .collect();
    deviations(&mut text, judgement, &errors, "No verdict", detail);
    stale(&mut text, judgement, detail);
    flaky(&mut text, judgement, detail);
    expected(&mut text, judgement, detail);
    provenance(&mut text, judgement);
    text
}

fn headline(text: &mut String, judgement: &Judgement<'_>) {
    let complaints = complaints(judgement);
    let passed = judgement.exit_code() == ExitCode::Passed;
    let line = if passed {
        let words = if judgement.is_of_all_cases() {
            "all as expected"
        } else {
            "partial run, as far as it went all as expected"
        };
        format!("## ✅ Autobahn conformance: {words}\n")
    } else {
        format!(
            "## ❌ Autobahn conformance: {}\n",
            markdown(&complaints.join(", "))
        )
    };
    put(text, &line);
}

fn counts(text: &mut String, judgement: &Judgement<'_>) {
    let counts = judgement.counts();
    put(text, "| | cases |\n|---|---:|");
    let mut row = |name: &str, count: usize| {
        // What is red stands out.
        let (name, count) = match (name.strip_prefix('!'), count) {
            (Some(name), 1..) => (format!("**{name}**"), format!("**{count}**")),
            (Some(name), 0) => (name.to_owned(), count.to_string()),
            (None, _) => (name.to_owned(), count.to_string()),
        };
        put(text, &format!("| {name} | {count} |"));
    };
    row("Passed", counts.passed);
    row("Expected deviations", counts.expected);
    row("!Regressions", counts.regressions);
    row("!Changed", counts.changed);
    row("!Stale in the baseline", counts.stale);
    row("Flaky (passed alone)", counts.flaky);
    row("!Missing", counts.missing);
    row("!Errors", counts.errors);
    if counts.expired > 0 {
        row("!Expired baseline entries", counts.expired);
    }
    text.push('\n');
    for entry in &judgement.expired {
        let last = entry.expires.map(|day| day.to_string()).unwrap_or_default();
        put(
            text,
            &format!(
                "The last day of {} was {last}.\n",
                entry_name(judgement, entry)
            ),
        );
    }
}

/// A table of what is broken, and the wire logs of the first of it.
fn deviations(
    text: &mut String,
    judgement: &Judgement<'_>,
    judged: &[&Judged<'_>],
    title: &str,
    detail: Detail,
) {
    if judged.is_empty() || detail.rows == 0 {
        return;
    }
    let found: Vec<Deviation<'_>> = judged
        .iter()
        .take(detail.rows)
        .map(|judged| Deviation::of(judgement, judged))
        .collect();
    put(text, &format!("### {title}\n"));
    put(
        text,
        "| Case | What it checks | Expected | Now | Spec |\n|---|---|---|---|---|",
    );
    for one in &found {
        let spec = one.spec.as_deref().unwrap_or_default();
        put(
            text,
            &format!(
                "| {} | {} | {} | **{}** | {} |",
                markdown_code(&format!("{} {}", one.target, one.id)),
                markdown(&one.title),
                markdown(&one.expected),
                markdown(&one.got),
                markdown(spec)
            ),
        );
    }
    more(text, judged.len(), found.len());
    put(text, "");
    for one in found.iter().take(detail.wire_logs) {
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
    if detail.wire_logs == 0
        && let Some(first) = found.first()
    {
        put(text, &fenced(&[format!("$ {}", first.reproduce)]));
    }
}

fn stale(text: &mut String, judgement: &Judgement<'_>, detail: Detail) {
    let judged: Vec<_> = judgement.with(Status::Stale).collect();
    if judged.is_empty() || detail.rows == 0 {
        return;
    }
    put(
        text,
        "### Stale baseline entries: better now, please accept\n",
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
    put(text, &fenced(&[super::escape::line(&update)]));
}

fn flaky(text: &mut String, judgement: &Judgement<'_>, detail: Detail) {
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
fn expected(text: &mut String, judgement: &Judgement<'_>, detail: Detail) {
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

fn provenance(text: &mut String, judgement: &Judgement<'_>) {
    let provenance = &judgement.run.provenance;
    let engine = &provenance.engine;
    let targets: Vec<&str> = judgement.run.targets().into_iter().collect();
    let mut parts = vec![
        format!(
            "suite autobahn {} ({})",
            markdown(&engine.suite),
            extent(judgement)
        ),
        format!(
            "engine {} {}",
            markdown(&engine.name),
            markdown(&engine.version)
        ),
        format!("target {}", markdown_code(&targets.join(", "))),
    ];
    match provenance.profile {
        Profile::Full => {}
        Profile::Quick => parts.push(String::from("profile quick")),
    }
    if let Some(commit) = &provenance.commit {
        parts.push(format!("commit {}", markdown_code(commit)));
    }
    parts.push(markdown(&provenance.os));
    parts.push(seconds(provenance.duration_ms));
    parts.push(markdown(&provenance.started));
    put(text, &format!("<sub>{}</sub>", parts.join(" · ")));
}

fn entry_name(judgement: &Judgement<'_>, entry: &Entry) -> String {
    let place = format!("{}:{}", judgement.baseline.path(), entry.line);
    format!("{} ({})", markdown_code(&entry.id), markdown(&place))
}

fn more(text: &mut String, all: usize, shown: usize) {
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

fn put(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes all");
}
