//! TAP, version 14: a test point a case, with YAML where there is more to say.
//! An expected deviation is a `TODO`, or a `SKIP` where the peer does not have
//! what the case is about: neither fails a harness.

use autobahn_cases::Behavior;

use crate::deviation::Deviation;
use crate::escape::line;
use crate::gate::{Judged, Judgement, Status};

/// The whole report.
#[must_use]
pub fn render(judgement: &Judgement<'_>) -> String {
    let cases = judgement.cases.iter().map(|judged| case(judgement, judged));
    // What is wrong as a whole is nobody's case: without these, a red gate
    // could have a green report.
    let points: Vec<Point> = cases.chain(gate(judgement)).collect();
    let mut text = format!("TAP version 14\n1..{}\n", points.len());
    for (index, point) in points.iter().enumerate() {
        point.write(index + 1, &mut text);
    }
    text
}

/// A test point.
struct Point {
    ok: &'static str,
    description: String,
    directive: Option<(&'static str, String)>,
    diagnostics: Vec<(&'static str, Diagnostic)>,
}

/// What a key of the diagnostics is followed by.
enum Diagnostic {
    One(String),
    Many(Vec<String>),
}

const OK: &str = "ok";
const NOT_OK: &str = "not ok";

fn case(judgement: &Judgement<'_>, judged: &Judged<'_>) -> Point {
    let deviation = Deviation::of(judgement, judged);
    let description = format!("{} {} {}", deviation.target, judged.id, deviation.title);
    let (ok, directive) = match judged.status {
        Status::Pass | Status::Flaky => (OK, None),
        Status::Expected => {
            let entry = deviation.entry;
            let id = entry.map_or("", |entry| entry.id.as_str());
            let reason = entry.map_or(String::new(), |entry| line(&entry.reason));
            let is_absent = judged
                .outcome()
                .is_some_and(|outcome| outcome.verdict.behavior == Behavior::Unimplemented);
            match is_absent {
                true => (OK, Some(("SKIP", format!("{id}: {reason}")))),
                false => (NOT_OK, Some(("TODO", format!("{id}: {reason}")))),
            }
        }
        Status::Stale | Status::Changed | Status::Regression | Status::Error(_) => (NOT_OK, None),
    };
    let diagnostics = match judged.status {
        Status::Pass => Vec::new(),
        Status::Flaky | Status::Expected => brief(&deviation),
        Status::Stale | Status::Changed | Status::Regression | Status::Error(_) => {
            let mut all = brief(&deviation);
            all.extend(evidence(deviation));
            all
        }
    };
    Point {
        ok,
        description,
        directive,
        diagnostics,
    }
}

fn brief(deviation: &Deviation<'_>) -> Vec<(&'static str, Diagnostic)> {
    let mut keys = vec![
        ("status", Diagnostic::One(deviation.status.name().into())),
        ("expected", Diagnostic::One(deviation.expected.clone())),
        ("got", Diagnostic::One(deviation.got.clone())),
    ];
    if !deviation.earlier.is_empty() {
        keys.push(("earlier", Diagnostic::Many(deviation.earlier.clone())));
    }
    keys
}

fn evidence(deviation: Deviation<'_>) -> Vec<(&'static str, Diagnostic)> {
    let one = |key, value: Option<String>| Some((key, Diagnostic::One(value?)));
    let many = |key, values: Vec<String>| {
        let values = Some(values).filter(|values| !values.is_empty());
        Some((key, Diagnostic::Many(values?)))
    };
    let keys = [
        one("spec", deviation.spec),
        one("events_expected", deviation.events_expected),
        one("events_observed", deviation.events_observed),
        one("baseline", deviation.place),
        many("because", deviation.explanation),
        many("wire", deviation.wire.lines),
        one("reproduce", Some(deviation.reproduce)),
    ];
    keys.into_iter().flatten().collect()
}

/// Points for what is wrong as a whole; one that passes if nothing is.
fn gate(judgement: &Judgement<'_>) -> Vec<Point> {
    let point = |faults: Vec<String>, description: String| Point {
        ok: if faults.is_empty() { OK } else { NOT_OK },
        description,
        directive: None,
        diagnostics: match faults.is_empty() {
            true => Vec::new(),
            false => vec![("message", Diagnostic::Many(faults))],
        },
    };
    let faults = judgement.faults.iter().map(ToString::to_string).collect();
    let mut points = vec![point(faults, String::from("the run as a whole"))];
    for entry in &judgement.expired {
        let last = entry.expires.map(|day| day.to_string()).unwrap_or_default();
        let fault = format!("the last day of `{}` was {last}", line(&entry.id));
        let description = format!("entry {} has not expired", line(&entry.id));
        points.push(point(vec![fault], description));
    }
    points
}

impl Point {
    fn write(&self, number: usize, text: &mut String) {
        text.push_str(&format!(
            "{} {number} - {}",
            self.ok,
            plain(&self.description)
        ));
        if let Some((word, reason)) = &self.directive {
            text.push_str(&format!(" # {word} {}", plain(reason)));
        }
        text.push('\n');
        if self.diagnostics.is_empty() {
            return;
        }
        text.push_str("  ---\n");
        for (key, value) in &self.diagnostics {
            match value {
                Diagnostic::One(value) => text.push_str(&format!("  {key}: {}\n", quoted(value))),
                Diagnostic::Many(values) => {
                    text.push_str(&format!("  {key}:\n"));
                    for value in values {
                        text.push_str(&format!("    - {}\n", quoted(value)));
                    }
                }
            }
        }
        text.push_str("  ...\n");
    }
}

/// A line in which nothing begins a directive.
fn plain(text: &str) -> String {
    line(text).replace('\\', r"\\").replace('#', r"\#")
}

/// A scalar of YAML in double quotes, on one line. JSON's strings are such
/// scalars, and of what it escapes a line holds quotes and backslashes alone.
fn quoted(text: &str) -> String {
    serde_json::Value::from(line(text)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_begins_no_directive() {
        assert_eq!(plain(r"a # TODO b\# SKIP"), r"a \# TODO b\\\# SKIP");
        assert_eq!(plain("a\nBail out!"), r"a\\nBail out!");
    }

    #[test]
    fn a_scalar_stays_on_its_line() {
        assert_eq!(quoted("a \"b\" \\ c: #\n..."), r#""a \"b\" \\ c: #\\n...""#);
    }
}
