//! Reports: a judged run as text. Each format is a pure function: the same
//! judgement, the same bytes.

mod alike;
pub mod annotations;
pub mod autobahn;
pub mod badge;
pub mod ctrf;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod outputs;
pub mod tap;
pub mod terminal;
pub mod wire;

use std::str::FromStr;

use autobahn_cases::catalog::SECTIONS;
use autobahn_cases::{CaseId, Suite};

use crate::gate::{Counts, Judgement};
use crate::parity::record;

/// The formats of which a report can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// The layout of the official suite: a directory, `index.json` and a file a case.
    Autobahn,
    /// A badge, for the endpoint of shields.io.
    Badge,
    /// The Common Test Report Format.
    Ctrf,
    /// The page that people read: one file, self-contained.
    Html,
    /// `results.json` with the judgement: everything renders from it again.
    Json,
    /// JUnit's XML, as CI systems read it.
    Junit,
    /// The summary of a pull request.
    Markdown,
    /// The same, as long as a comment may be.
    Comment,
    /// Workflow commands of GitHub: at most ten annotations.
    Annotations,
    /// TAP 14, as test harnesses read it.
    Tap,
    /// What the terminal shows at the end, without colour.
    Text,
}

/// A name that is no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no report format; expected one of {}", Format::names())]
pub struct UnknownFormat {
    name: String,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Autobahn,
        Self::Badge,
        Self::Ctrf,
        Self::Html,
        Self::Json,
        Self::Junit,
        Self::Markdown,
        Self::Comment,
        Self::Annotations,
        Self::Tap,
        Self::Text,
    ];

    /// The names of all of them, for a message.
    #[must_use]
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Autobahn => "autobahn",
            Self::Badge => "badge",
            Self::Ctrf => "ctrf",
            Self::Html => "html",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Comment => "comment",
            Self::Annotations => "annotations",
            Self::Tap => "tap",
            Self::Text => "text",
        }
    }

    /// The file that it is written to where none is named, or the directory.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Autobahn => "autobahn",
            Self::Badge => "badge.json",
            Self::Ctrf => "ctrf.json",
            Self::Html => "index.html",
            Self::Json => "results.json",
            Self::Junit => "junit.xml",
            Self::Markdown => "summary.md",
            Self::Comment => "comment.md",
            Self::Annotations => "annotations.txt",
            Self::Tap => "results.tap",
            Self::Text => "summary.txt",
        }
    }

    /// The report as one text; of a directory, its index.
    #[must_use]
    pub fn render(self, judgement: &Judgement<'_>) -> String {
        match self {
            Self::Autobahn => autobahn::render(judgement),
            Self::Badge => badge::render(judgement),
            Self::Ctrf => ctrf::render(judgement),
            Self::Html => html::render(std::slice::from_ref(judgement), None),
            Self::Json => json::render(judgement),
            Self::Junit => junit::render(judgement),
            Self::Markdown => markdown::render(judgement),
            Self::Comment => markdown::comment(judgement),
            Self::Annotations => annotations::render(judgement),
            Self::Tap => tap::render(judgement),
            Self::Text => terminal::render(judgement, terminal::Color::Plain),
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| UnknownFormat {
            name: crate::escape::line(name),
        })
    }
}

/// How many cases stand in a command that plays them again.
const MOST_AT_ONCE: usize = 12;

/// What is red in a judgement, in a few words; none: nothing.
#[must_use]
pub fn complaints(judgement: &Judgement<'_>) -> Vec<String> {
    let counts = judgement.counts();
    let entries = |count: usize| if count == 1 { "entry" } else { "entries" };
    let parts = [
        (counts.regressions, "regression", "regressions"),
        (counts.changed, "changed", "changed"),
        (counts.missing, "missing", "missing"),
        (counts.errors, "error", "errors"),
        (counts.stale, "stale", "stale"),
    ];
    let counted = parts.into_iter().filter(|(count, _, _)| *count > 0);
    let mut words: Vec<String> = counted
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    if counts.expired > 0 {
        words.push(format!(
            "{} expired {}",
            counts.expired,
            entries(counts.expired)
        ));
    }
    words.extend(judgement.faults.iter().map(ToString::to_string));
    words
}

/// How the engine was last compared with the official suite, where it is another.
#[must_use]
pub fn cross_check(judgement: &Judgement<'_>) -> Option<String> {
    let engine = &judgement.run.provenance.engine;
    let mut sentence = record::last().sentence(engine)?;
    if engine.corpora.is_some() {
        sentence.push_str("; sections 12 and 13 with files of the user");
    }
    if engine.insecure {
        sentence.push_str("; the server's certificate was not checked");
    }
    Some(sentence)
}

/// How much of the suite it was: `517 of 517 cases`, on several targets with
/// their number.
#[must_use]
pub fn extent(judgement: &Judgement<'_>) -> String {
    let targets = judgement.run.targets().len();
    let (ran, all) = (judgement.run.selected.len(), judgement.catalog.len());
    let partial = if judgement.is_of_all_cases() {
        ""
    } else {
        " (partial run)"
    };
    match targets {
        0 | 1 => format!("{ran} of {all} cases{partial}"),
        targets => format!("{ran} of {all} cases on {targets} targets{partial}"),
    }
}

/// `298 passed, 217 expected deviations, 1 regression`: what there is.
fn tally(counts: Counts) -> String {
    let parts = [
        (counts.expected, "expected deviation", "expected deviations"),
        (counts.flaky, "flaky", "flaky"),
        (counts.regressions, "regression", "regressions"),
        (counts.changed, "changed", "changed"),
        (counts.stale, "stale", "stale"),
        (counts.errors, "error", "errors"),
        (counts.missing, "missing", "missing"),
        (counts.expired, "expired entry", "expired entries"),
    ];
    let counted = parts.into_iter().filter(|(count, _, _)| *count > 0);
    let words = counted
        .map(|(count, one, many)| format!(", {count} {}", if count == 1 { one } else { many }));
    format!("{} passed{}", counts.passed, words.collect::<String>())
}

/// A section as a name that sorts: `05 Fragmentation`.
fn section(id: CaseId) -> String {
    let number = id.section();
    match id.suite() {
        Suite::Autobahn => {
            let known = SECTIONS.iter().find(|section| section.number == number);
            let name = known.map_or("Unknown", |section| section.name);
            format!("{number:02} {name}")
        }
        Suite::Own(letter) => format!("{letter}{number:02}"),
    }
}

/// Milliseconds as people say them: `5.98 s`, `3 min 37 s`.
fn seconds(millis: u64) -> String {
    match millis {
        0..60_000 => format!("{}.{:02} s", millis / 1000, millis % 1000 / 10),
        _ => format!("{} min {} s", millis / 60_000, millis / 1000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_say_them() {
        assert_eq!(
            [0, 5_980, 59_999, 60_000, 217_060].map(seconds),
            ["0.00 s", "5.98 s", "59.99 s", "1 min 0 s", "3 min 37 s"]
        );
    }
}
