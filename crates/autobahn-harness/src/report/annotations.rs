//! Workflow commands of GitHub, which become annotations: the gravest first, and
//! few of them, since the site shows no more than ten of a step.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::RangeInclusive;

use autobahn_cases::CaseId;

use super::alike::{Alike, together};
use crate::baseline::Entry;
use crate::deviation::Deviation;
use crate::escape::line;
use crate::gate::{Evidence, Judged, Judgement, Origin, Status, Trouble};

/// The most annotations; one more says how many are left.
pub const MOST: usize = 9;

/// A line an annotation; nothing where there is nothing to see.
#[must_use]
pub fn render(judgement: &Judgement<'_>) -> String {
    let all = annotations(judgement);
    let mut text = String::new();
    for annotation in all.iter().take(MOST) {
        annotation.write(&mut text);
    }
    if let Some(left) = all.len().checked_sub(MOST).filter(|left| *left > 0) {
        let rest = &all[MOST..];
        let is_red = rest.iter().any(|one| one.level == Level::Error);
        let more = Annotation {
            level: if is_red { Level::Error } else { Level::Warning },
            place: None,
            title: String::from("Autobahn conformance"),
            message: format!("{left} more; the summary names them all"),
        };
        more.write(&mut text);
    }
    text
}

/// What is shown beside a line of a file, or beside none.
struct Annotation {
    level: Level,
    place: Option<(String, RangeInclusive<usize>)>,
    title: String,
    message: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
}

fn annotations(judgement: &Judgement<'_>) -> Vec<Annotation> {
    let mut all: Vec<Annotation> = judgement
        .faults
        .iter()
        .map(|fault| Annotation {
            level: Level::Error,
            place: None,
            title: String::from("Autobahn conformance"),
            message: fault.to_string(),
        })
        .collect();
    let deviations = together(&judgement.deviations());
    all.extend(deviations.iter().filter_map(|alike| {
        match alike.first.status {
            Status::Regression | Status::Changed => Some(broken(judgement, alike)),
            Status::Error(Trouble::NotPlayed | Trouble::TwoRecords | Trouble::UnknownCase) => {
                Some(broken(judgement, alike))
            }
            // These are told together.
            Status::Error(Trouble::Missing) | Status::Stale => None,
            Status::Pass | Status::Expected | Status::Flaky => None,
        }
    }));
    all.extend(missing(judgement));
    all.extend(stale(judgement));
    all.extend(
        judgement
            .expired
            .iter()
            .map(|entry| expired(judgement, entry)),
    );
    all.extend(accepted(judgement));
    all.extend(judgement.with(Status::Flaky).map(|judged| {
        let one = Deviation::of(judgement, judged);
        Annotation {
            level: Level::Warning,
            place: None,
            title: format!("{} {} is flaky", one.target, one.id),
            message: format!("{} alone, before {}", one.got, one.earlier.join(", ")),
        }
    }));
    all
}

/// A case that is worse than expected, or some that have no verdict.
fn broken(judgement: &Judgement<'_>, alike: &Alike<'_, '_>) -> Annotation {
    let one = Deviation::of(judgement, alike.first);
    let word = match (one.origin, one.status) {
        (Some(Origin::Inherited(Evidence::Baseline | Evidence::Run)), _) => "inherited",
        (Some(Origin::Broken), _) => "broken here",
        (_, status) => status.name(),
    };
    let mut message = format!("{}\n", one.title);
    let expected = match &one.was {
        Some(was) => format!("was {was}, now {}", one.got),
        None => format!("expected {}, got {}", one.expected, one.got),
    };
    message.push_str(&expected);
    message.push_str(&one.spec.map_or(String::new(), |spec| format!(" ({spec})")));
    if let Some(first) = one
        .explanation
        .iter()
        .find(|sentence| sentence.contains(' '))
    {
        message.push_str(&format!("\n{first}"));
    }
    if alike.others() > 0 {
        message.push_str(&format!(
            "\nand {} more for the same reason",
            alike.others()
        ));
    }
    message.push_str(&format!("\nreproduce: {}", one.reproduce));
    Annotation {
        level: Level::Error,
        place: one.entry.map(|entry| whole(judgement, entry)),
        title: format!("{} {}: {word}", one.target, one.id),
        message,
    }
}

/// The cases without a record, together.
fn missing(judgement: &Judgement<'_>) -> Option<Annotation> {
    let missing = judgement.with(Status::Error(Trouble::Missing));
    let names: Vec<String> = missing
        .map(|judged| format!("{} {}", line(judged.target), judged.id))
        .collect();
    let (first, count) = (names.first()?, names.len());
    Some(Annotation {
        level: Level::Error,
        place: None,
        title: String::from("Autobahn conformance"),
        message: match count {
            1 => format!("{first} was selected, and nobody says what came of it"),
            _ => format!(
                "{first} and {} more were selected, and nobody says what came of them",
                count - 1
            ),
        },
    })
}

/// What is better than its entry says, an annotation an entry: the lines to delete.
fn stale(judgement: &Judgement<'_>) -> Vec<Annotation> {
    let mut by_entry: BTreeMap<usize, (&Entry, Vec<&Judged<'_>>)> = BTreeMap::new();
    for judged in judgement.with(Status::Stale) {
        if let Some(entry) = judged.entry {
            let (_, cases) = by_entry.entry(entry.line).or_insert((entry, Vec::new()));
            cases.push(judged);
        }
    }
    let annotation = |(entry, stale): &(&Entry, Vec<&Judged<'_>>)| {
        let of_entry = judgement
            .cases
            .iter()
            .filter(|judged| judged.entry.is_some_and(|other| other.line == entry.line));
        // Only what was played tells that nothing of an entry is needed.
        let ids: std::collections::BTreeSet<CaseId> = stale.iter().map(|one| one.id).collect();
        let is_whole = of_entry.count() == stale.len() && ids == entry.cases;
        let first = stale[0];
        let (place, act) = if is_whole {
            (whole(judgement, entry), "delete these lines")
        } else {
            let number = judgement.baseline.line_naming(entry, first.id);
            let path = line(judgement.baseline.path());
            ((path, number..=number), "take them out of this entry")
        };
        let shown: Vec<String> = ids.iter().take(SHOWN).map(CaseId::to_string).collect();
        let more = match ids.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let one = Deviation::of(judgement, first);
        Annotation {
            level: Level::Error,
            place: Some(place),
            title: format!("stale: {}", entry.id),
            message: format!(
                "{}{more}: expected {}, got {}; {act}, or run: autobahn baseline update",
                shown.join(", "),
                one.expected,
                one.got
            ),
        }
    };
    by_entry.values().map(annotation).collect()
}

/// How many cases of an entry are named.
const SHOWN: usize = 6;

fn expired(judgement: &Judgement<'_>, entry: &Entry) -> Annotation {
    let last = entry.expires.map(|day| day.to_string()).unwrap_or_default();
    Annotation {
        level: Level::Error,
        place: Some(whole(judgement, entry)),
        title: format!("expired: {}", entry.id),
        message: format!("the last day of this entry was {last}: mend its cases, or decide anew"),
    }
}

/// What passes only because this change says so, an annotation an entry.
fn accepted(judgement: &Judgement<'_>) -> Vec<Annotation> {
    let mut by_entry: BTreeMap<usize, (&Entry, usize)> = BTreeMap::new();
    let cases = judgement.cases.iter();
    for judged in cases.filter(|one| judgement.origin(one) == Some(Origin::Accepted)) {
        if let Some(entry) = judged.entry {
            by_entry.entry(entry.line).or_insert((entry, 0)).1 += 1;
        }
    }
    let annotation = |(entry, count): &(&Entry, usize)| Annotation {
        level: Level::Warning,
        place: Some(whole(judgement, entry)),
        title: format!("accepted here: {}", entry.id),
        message: format!(
            "{count} {} because of this entry, and did not before: {}",
            if *count == 1 {
                "case passes"
            } else {
                "cases pass"
            },
            line(&entry.reason)
        ),
    };
    by_entry.values().map(annotation).collect()
}

/// All lines of an entry.
fn whole(judgement: &Judgement<'_>, entry: &Entry) -> (String, RangeInclusive<usize>) {
    let path = line(judgement.baseline.path());
    (path, judgement.baseline.lines(entry))
}

impl Annotation {
    fn write(&self, text: &mut String) {
        let command = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        let mut properties = Vec::new();
        if let Some((path, lines)) = &self.place {
            properties.push(format!("file={}", property(path)));
            properties.push(format!("line={}", lines.start()));
            properties.push(format!("endLine={}", lines.end()));
        }
        properties.push(format!("title={}", property(&self.title)));
        let properties = properties.join(",");
        writeln!(text, "::{command} {properties}::{}", data(&self.message))
            .expect("a string takes all");
    }
}

/// A message: what would end the line, or stand for something else, is escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A value among others.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_or_begins_another() {
        assert_eq!(data("50%\r\n::error::x"), "50%25%0D%0A::error::x");
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }
}
