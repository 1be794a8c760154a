//! The summary of a pull request. Sites limit how long it may be, so it is
//! shortened in a planned order: what is expected goes first, what is broken last.

mod base;
mod counts;
mod tables;

use std::collections::BTreeMap;
use std::fmt::Write;

use autobahn_cases::Behavior;

use super::{complaints, cross_check, extent, seconds};
use crate::escape::{markdown, markdown_code};
use crate::exit::ExitCode;
use crate::gate::{Judged, Judgement, Status};
use crate::run::Profile;

/// The most octets of a job summary on GitHub: 1 MiB.
pub const SUMMARY_LIMIT: usize = 1024 * 1024;

/// The most characters of a comment on GitHub.
pub const COMMENT_LIMIT: usize = 65_536;

/// How many characters of a comment are left to whoever posts it: where the
/// reports are.
pub const COMMENT_ROOM: usize = 1024;

/// What tells the comment of this gate from all others.
pub const MARKER: &str = "<!-- autobahn:sticky:conformance -->";

/// The summary, as long as a job summary may be.
#[must_use]
pub fn render(judgement: &Judgement<'_>) -> String {
    render_within(judgement, SUMMARY_LIMIT)
}

/// The summary, as long as a comment may be.
#[must_use]
pub fn comment(judgement: &Judgement<'_>) -> String {
    render_within(judgement, COMMENT_LIMIT - COMMENT_ROOM)
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
    let mut text = format!("{MARKER}\n");
    headline(&mut text, judgement);
    if judgement.exit_code() == ExitCode::Passed {
        put(&mut text, &green(judgement));
    } else {
        counts::table(&mut text, judgement);
        expired(&mut text, judgement, detail);
    }
    match judgement.base {
        Some(_) => base::broken(&mut text, judgement, detail),
        None => broken(&mut text, judgement, detail),
    }
    let errors = judgement.cases.iter();
    let errors: Vec<_> = errors
        .filter(|one| matches!(one.status, Status::Error(_)))
        .collect();
    tables::deviations(&mut text, judgement, &errors, "No verdict", detail);
    tables::stale(&mut text, judgement, detail);
    if let Some(compared) = judgement.base {
        base::accepted(&mut text, judgement, compared, detail);
        base::mended(&mut text, judgement, detail);
        base::inherited(&mut text, judgement, detail);
    }
    tables::flaky(&mut text, judgement, detail);
    tables::expected(&mut text, judgement, detail);
    provenance(&mut text, judgement);
    text
}

/// What is worse than expected, where nobody knows how it was before.
fn broken(text: &mut String, judgement: &Judgement<'_>, detail: Detail) {
    for (status, title) in [
        (
            Status::Regression,
            "Regressions: not as expected, and not in the baseline",
        ),
        (
            Status::Changed,
            "Changed: worse than the baseline says, or different",
        ),
    ] {
        let judged: Vec<_> = judgement.with(status).collect();
        tables::deviations(text, judgement, &judged, title, detail);
    }
}

fn headline(text: &mut String, judgement: &Judgement<'_>) {
    let news = base::news(judgement);
    let passed = judgement.exit_code() == ExitCode::Passed;
    let (sign, words) = if !passed {
        let red = complaints(judgement).join(", ") + &base::of_it_inherited(judgement);
        let words = [vec![red], news.words].concat();
        ("❌", words.join(", "))
    } else if !judgement.is_of_all_cases() {
        let words = "partial run, as far as it went all as expected";
        let words = [vec![String::from(words)], news.words].concat();
        (news.sign, words.join(", "))
    } else if !news.words.is_empty() {
        (news.sign, news.words.join(", "))
    } else if judgement.base.is_some() {
        ("✅", String::from("no change"))
    } else {
        ("✅", String::from("all as expected"))
    };
    let words = markdown(&words);
    put(text, &format!("## {sign} Autobahn conformance: {words}\n"));
}

fn expired(text: &mut String, judgement: &Judgement<'_>, detail: Detail) {
    for entry in judgement.expired.iter().take(detail.entries.max(1)) {
        let last = entry.expires.map(|day| day.to_string()).unwrap_or_default();
        let alike = judgement.base.is_some_and(|base| base.expires_alike(entry));
        put(
            text,
            &format!(
                "The last day of {} was {last}{}.\n",
                tables::entry_name(judgement, entry),
                if alike { ", on the base too" } else { "" }
            ),
        );
    }
}

/// What there is to say where nothing is wrong, in a line.
fn green(judgement: &Judgement<'_>) -> String {
    let counts = judgement.counts();
    let mut parts = vec![format!("{} passed", counts.passed)];
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for outcome in judgement.with(Status::Expected).filter_map(Judged::outcome) {
        let kind = if outcome.verdict.behavior == Behavior::Ok {
            outcome.verdict.to_string()
        } else {
            outcome.verdict.behavior.to_string()
        };
        *kinds.entry(kind.to_ascii_lowercase()).or_default() += 1;
    }
    if counts.expected > 0 {
        let kinds = kinds.iter().map(|(kind, count)| format!("{count} {kind}"));
        let kinds = kinds.collect::<Vec<_>>().join(", ");
        let deviations = if counts.expected == 1 {
            "deviation"
        } else {
            "deviations"
        };
        parts.push(format!(
            "{} expected {deviations} ({kinds})",
            counts.expected
        ));
    }
    if counts.flaky > 0 {
        parts.push(format!("{} flaky", counts.flaky));
    }
    parts.push(String::from("0 regressions"));
    let time = seconds(judgement.run.provenance.duration_ms);
    parts.push(format!("{} ran in {time}", extent(judgement)));
    format!("{}\n", parts.join(" · "))
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
    parts.extend(cross_check(judgement).map(|sentence| markdown(&sentence)));
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
    parts.extend(judgement.base.map(base::compared));
    put(text, &format!("<sub>{}</sub>", parts.join(" · ")));
}

fn put(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes all");
}
