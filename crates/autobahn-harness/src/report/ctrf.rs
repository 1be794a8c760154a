//! CTRF, the Common Test Report Format: JSON with a test a case. An expected
//! deviation is `other`, or `skipped` where the peer does not have what the case
//! is about; what the gate calls it stands in `rawStatus`.

use std::collections::{BTreeMap, BTreeSet};

use autobahn_cases::{Behavior, Requirement};
use chrono::DateTime;
use serde::Serialize;

use super::section;
use crate::deviation::Deviation;
use crate::escape::line;
use crate::exit::ExitCode;
use crate::gate::{Judged, Judgement, Status};

/// The whole report.
#[must_use]
pub fn render(judgement: &Judgement<'_>) -> String {
    let cases = judgement.cases.iter().map(|judged| case(judgement, judged));
    // What is wrong as a whole is nobody's case: without these, a red gate
    // could have a green report.
    let tests: Vec<Test> = cases.chain(gate(judgement)).collect();
    let provenance = &judgement.run.provenance;
    let targets: Vec<String> = judgement.run.targets().into_iter().map(line).collect();
    let report = Report {
        report_format: "CTRF",
        spec_version: "0.1.0",
        generated_by: format!("autobahn {}", line(&provenance.version)),
        results: Results {
            tool: Tool {
                name: "autobahn",
                version: line(&provenance.version),
                extra: BTreeMap::from([
                    ("engine", line(&provenance.engine.name)),
                    ("engineVersion", line(&provenance.engine.version)),
                    ("suite", line(&provenance.engine.suite)),
                ]),
            },
            summary: Summary::of(judgement, &tests),
            tests,
            environment: Environment {
                app_name: targets.join(", "),
                commit: provenance.commit.as_deref().map(line),
                os_platform: line(judgement.run.os()),
                healthy: judgement.exit_code() == ExitCode::Passed,
            },
        },
    };
    let mut text = serde_json::to_string_pretty(&report).expect("a report is plain data");
    text.push('\n');
    text
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    report_format: &'static str,
    spec_version: &'static str,
    generated_by: String,
    results: Results,
}

#[derive(Serialize)]
struct Results {
    tool: Tool,
    summary: Summary,
    tests: Vec<Test>,
    environment: Environment,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: String,
    extra: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Summary {
    tests: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
    pending: usize,
    other: usize,
    flaky: usize,
    suites: usize,
    start: i64,
    stop: i64,
    duration: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Environment {
    app_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    os_platform: String,
    healthy: bool,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    name: String,
    status: Outcome,
    raw_status: &'static str,
    duration: u64,
    suite: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stdout: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    flaky: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    retries: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    retry_attempts: Vec<Attempt>,
}

#[derive(Serialize)]
struct Attempt {
    attempt: usize,
    status: Outcome,
    message: String,
}

/// The statuses of the format, but for `pending`: a run waits for nothing.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    #[default]
    Passed,
    Failed,
    Skipped,
    Other,
}

fn case(judgement: &Judgement<'_>, judged: &Judged<'_>) -> Test {
    let deviation = Deviation::of(judgement, judged);
    let status = status(judged);
    let is_flaky = judged.status == Status::Flaky;
    let mut test = Test {
        name: format!("{} {}", judged.id, deviation.title),
        status,
        raw_status: judged.status.name(),
        duration: deviation
            .duration
            .map_or(0, |duration| duration.as_millis() as u64),
        suite: vec![
            String::from("autobahn"),
            deviation.target.clone(),
            section(judged.id),
        ],
        flaky: is_flaky,
        ..Test::default()
    };
    test.labels.extend(requirement(judged));
    let spec = deviation.spec.clone().map(|spec| ("spec", spec));
    test.labels.extend(spec);
    if let Some(entry) = deviation.entry {
        test.file_path = Some(line(judgement.baseline.path()));
        test.line = Some(entry.line);
        test.labels.insert("entry", line(&entry.id));
    }
    match status {
        Outcome::Passed => {}
        Outcome::Skipped | Outcome::Other => {
            let entry = deviation.entry;
            test.message = entry.map(|entry| line(&entry.reason));
        }
        Outcome::Failed => {
            let (expected, got) = (&deviation.expected, &deviation.got);
            test.message = Some(format!("expected {expected}, got {got}"));
            let reproduce = format!("reproduce: {}", deviation.reproduce);
            let lines = deviation.explanation.iter().cloned().chain([reproduce]);
            test.trace = Some(lines.collect::<Vec<_>>().join("\n"));
            test.stdout = deviation.wire.lines;
        }
    }
    if is_flaky {
        test.retries = Some(deviation.earlier.len());
        let attempt = |(index, got): (usize, &String)| Attempt {
            attempt: index + 1,
            status: Outcome::Failed,
            message: format!("expected {}, got {got}", deviation.expected),
        };
        test.retry_attempts = deviation.earlier.iter().enumerate().map(attempt).collect();
    }
    test
}

fn status(judged: &Judged<'_>) -> Outcome {
    match judged.status {
        Status::Pass | Status::Flaky => Outcome::Passed,
        Status::Expected => match judged.outcome().map(|outcome| outcome.verdict.behavior) {
            Some(Behavior::Unimplemented) => Outcome::Skipped,
            None
            | Some(
                Behavior::Ok | Behavior::NonStrict | Behavior::Informational | Behavior::Failed,
            ) => Outcome::Other,
        },
        Status::Stale | Status::Changed | Status::Regression | Status::Error(_) => Outcome::Failed,
    }
}

fn requirement(judged: &Judged<'_>) -> Option<(&'static str, String)> {
    let word = match judged.case?.requirement {
        Requirement::Must => "MUST",
        Requirement::Should => "SHOULD",
        Requirement::Informational => "informational",
    };
    Some(("requirement", String::from(word)))
}

/// Tests for what is wrong as a whole; one that passes if nothing is.
fn gate(judgement: &Judgement<'_>) -> Vec<Test> {
    let test = |name: String, raw_status, message: Option<String>| Test {
        name,
        status: match message {
            Some(_) => Outcome::Failed,
            None => Outcome::Passed,
        },
        raw_status,
        suite: vec![String::from("autobahn"), String::from("gate")],
        message,
        ..Test::default()
    };
    let faults: Vec<String> = judgement.faults.iter().map(ToString::to_string).collect();
    let whole = match faults.is_empty() {
        true => test(String::from("run"), "pass", None),
        false => test(String::from("run"), "error", Some(faults.join("; "))),
    };
    let expired = judgement.expired.iter().map(|entry| {
        let last = entry.expires.map(|day| day.to_string()).unwrap_or_default();
        let id = line(&entry.id);
        let message = format!("the last day of `{id}` was {last}");
        let mut test = test(format!("entry {id}"), "expired", Some(message));
        test.file_path = Some(line(judgement.baseline.path()));
        test.line = Some(entry.line);
        test
    });
    std::iter::once(whole).chain(expired).collect()
}

impl Summary {
    fn of(judgement: &Judgement<'_>, tests: &[Test]) -> Self {
        let count = |status| tests.iter().filter(|test| test.status == status).count();
        let suites: BTreeSet<_> = tests.iter().map(|test| &test.suite).collect();
        let provenance = &judgement.run.provenance;
        let began = DateTime::parse_from_rfc3339(&provenance.started);
        let start = began.map_or(0, |moment| moment.timestamp_millis());
        let duration = provenance.duration_ms;
        Self {
            tests: tests.len(),
            passed: count(Outcome::Passed),
            failed: count(Outcome::Failed),
            skipped: count(Outcome::Skipped),
            pending: 0,
            other: count(Outcome::Other),
            flaky: tests.iter().filter(|test| test.flaky).count(),
            suites: suites.len(),
            start,
            stop: start.saturating_add_unsigned(duration),
            duration,
        }
    }
}
