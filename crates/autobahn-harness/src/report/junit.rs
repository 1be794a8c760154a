//! JUnit's XML. Several public readers are picky, so: flat suites, a class name
//! that equals its suite's, no dots in either, a file for every case, and no
//! class and name twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};

use super::section;
use crate::deviation::Deviation;
use crate::escape::line;
use crate::gate::{Judged, Judgement, Status};

/// The whole report.
#[must_use]
pub fn render(judgement: &Judgement<'_>) -> String {
    let names = target_names(judgement);
    let mut suites: BTreeMap<String, Vec<TestCase>> = BTreeMap::new();
    for judged in &judgement.cases {
        let target = names.get(judged.target).map_or("unknown", String::as_str);
        let suite = format!("autobahn/{target}/{}", section(judged.id));
        suites
            .entry(suite)
            .or_default()
            .push(case(judgement, judged));
    }
    // What is wrong with the run or the baseline is nobody's case: without
    // these, a red gate could have a green report.
    suites
        .entry(String::from("autobahn/gate"))
        .or_default()
        .extend(gate(judgement));

    let mut report = Report::new("autobahn");
    report.set_time(Duration::from_millis(judgement.run.provenance.duration_ms));
    for (name, cases) in suites {
        let mut suite = TestSuite::new(&name);
        let time = cases.iter().filter_map(|case| case.time).sum();
        suite.set_time(time);
        for mut case in cases {
            case.set_classname(&name);
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    report.to_string().expect("a report is plain text")
}

fn case(judgement: &Judgement<'_>, judged: &Judged<'_>) -> TestCase {
    let deviation = Deviation::of(judgement, judged);
    let message = format!("expected {}, got {}", deviation.expected, deviation.got);
    let status = match judged.status {
        Status::Pass => TestCaseStatus::success(),
        Status::Flaky => {
            let mut status = TestCaseStatus::success();
            for earlier in &deviation.earlier {
                let mut rerun = TestRerun::new(NonSuccessKind::Failure);
                rerun.set_type("flaky");
                let message = format!("expected {}, got {earlier}", deviation.expected);
                rerun.set_message(message);
                status.add_rerun(rerun);
            }
            status
        }
        Status::Expected => {
            let mut status = TestCaseStatus::skipped();
            let entry = deviation.entry;
            let id = entry.map_or("", |entry| entry.id.as_str());
            let reason = entry.map_or(String::new(), |entry| line(&entry.reason));
            status.set_message(format!("xfail[{id}]: {reason}"));
            status
        }
        Status::Stale | Status::Changed | Status::Regression => {
            red(NonSuccessKind::Failure, judged.status, &message, &deviation)
        }
        Status::Error(_) => red(NonSuccessKind::Error, judged.status, &message, &deviation),
    };
    let mut case = TestCase::new(judged.id.to_string(), status);
    if let Some(duration) = judged.outcome().and_then(|outcome| outcome.duration) {
        case.set_time(duration);
    }
    place(&mut case, judgement, judged.entry.map(|entry| entry.line));
    if judged.status.is_red() && !deviation.wire.lines.is_empty() {
        case.set_system_out(deviation.wire.lines.join("\n"));
    }
    case
}

/// A failure or an error, with all that there is to say.
fn red(
    kind: NonSuccessKind,
    status: Status,
    message: &str,
    deviation: &Deviation<'_>,
) -> TestCaseStatus {
    let mut red = TestCaseStatus::non_success(kind);
    red.set_type(status.name());
    red.set_message(message);
    let mut lines = vec![deviation.title.clone()];
    let mut add = |name: &str, value: Option<&String>| {
        lines.extend(value.map(|value| format!("{name}: {value}")));
    };
    add("spec", deviation.spec.as_ref());
    add("expected", deviation.events_expected.as_ref());
    add("observed", deviation.events_observed.as_ref());
    add("baseline", deviation.place.as_ref());
    add("on the base", deviation.was.as_ref());
    let origin = deviation.origin.map(|origin| origin.name().to_owned());
    add("origin", origin.as_ref());
    lines.extend(deviation.explanation.iter().cloned());
    lines.push(format!("reproduce: {}", deviation.reproduce));
    red.set_description(lines.join("\n"));
    red
}

/// Cases for what is wrong as a whole; one that passes if nothing is.
fn gate(judgement: &Judgement<'_>) -> Vec<TestCase> {
    let mut cases = Vec::new();
    let mut whole = TestCaseStatus::success();
    if !judgement.faults.is_empty() {
        let faults: Vec<String> = judgement.faults.iter().map(ToString::to_string).collect();
        whole = TestCaseStatus::non_success(NonSuccessKind::Error);
        whole.set_type("no verdict");
        whole.set_message(faults.join("; "));
    }
    let mut case = TestCase::new("run", whole);
    place(&mut case, judgement, None);
    cases.push(case);
    for entry in &judgement.expired {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("expired");
        let last = entry.expires.map(|day| day.to_string()).unwrap_or_default();
        status.set_message(format!("the last day of `{}` was {last}", entry.id));
        // An entry may be named `run`.
        let mut case = TestCase::new(format!("entry {}", entry.id), status);
        place(&mut case, judgement, Some(entry.line));
        cases.push(case);
    }
    cases
}

/// Where to look: the baseline, at the line of the entry if there is one.
fn place(case: &mut TestCase, judgement: &Judgement<'_>, line_number: Option<usize>) {
    let path = line(judgement.baseline.path());
    case.extra.insert("file".into(), path.into());
    if let Some(number) = line_number {
        case.extra.insert("line".into(), number.to_string().into());
    }
}

/// A name without dots and slashes for each target, no two the same.
fn target_names<'a>(judgement: &Judgement<'a>) -> BTreeMap<&'a str, String> {
    let mut taken = BTreeSet::new();
    let mut names = BTreeMap::new();
    for target in judgement.run.targets() {
        let plain = line(target).replace(['.', '/'], "_");
        let numbered = (2..).map(|number| format!("{plain} {number}"));
        let mut free = std::iter::once(plain.clone()).chain(numbered);
        let name = free.find(|name| taken.insert(name.clone()));
        names.insert(target, name.expect("numbers do not run out"));
    }
    names
}
