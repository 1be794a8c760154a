//! What other programs read: badge, TAP, CTRF. Held to what their specifications
//! say, by readers that know nothing of the writers.

use std::collections::BTreeSet;

use autobahn_harness::exit::ExitCode;
use autobahn_harness::gate::Status;
use autobahn_harness::report::Format;
use autobahn_harness::run::CaseResult;
use autobahn_harness::{Judgement, Run};
use serde_json::Value;

use crate::fixture::{baseline, conforming, judged, outcome, record, record_of, result, run};
use crate::reports;

/// A test point, as a harness sees it.
struct Point {
    passes: bool,
    description: String,
    directive: Option<String>,
    yaml: Vec<String>,
}

/// What TAP 14 demands, line by line.
#[track_caller]
pub(crate) fn check_tap(judgement: &Judgement<'_>) -> usize {
    let points = points(&Format::Tap.render(judgement));
    let harness_fails = |point: &&Point| {
        let directive = point.directive.as_deref().unwrap_or_default();
        !point.passes && !directive.starts_with("TODO ")
    };
    let red = points.iter().filter(harness_fails).count();
    let green = judgement.exit_code() == ExitCode::Passed;
    assert_eq!(red == 0, green, "red is red in both");
    assert!(points.len() > judgement.cases.len());
    red
}

#[track_caller]
fn points(text: &str) -> Vec<Point> {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("TAP version 14"));
    let plan = lines.next().unwrap().strip_prefix("1..").unwrap();
    let mut points: Vec<Point> = Vec::new();
    let mut in_yaml = false;
    for line in lines {
        match (line, in_yaml) {
            ("  ---", false) => in_yaml = true,
            ("  ...", true) => in_yaml = false,
            (_, true) => points.last_mut().unwrap().yaml.push(line.to_owned()),
            (_, false) => points.push(point(line, points.len() + 1)),
        }
    }
    assert!(!in_yaml, "a block ends");
    assert_eq!(plan, points.len().to_string());
    for line in points.iter().flat_map(|point| &point.yaml) {
        let value = line.trim_start().trim_start_matches("- ");
        let value = match value.strip_suffix(':') {
            Some(_) => continue,
            None if value.starts_with('"') => value,
            None => value.split_once(": ").unwrap().1,
        };
        // JSON's strings are YAML's, with the escapes that both have.
        assert!(serde_json::from_str::<String>(value).is_ok(), "{line}");
    }
    points
}

#[track_caller]
fn point(line: &str, number: usize) -> Point {
    let (passes, rest) = match line.strip_prefix("not ") {
        Some(rest) => (false, rest),
        None => (true, line),
    };
    let begin = format!("ok {number} - ");
    let rest = rest
        .strip_prefix(&begin)
        .unwrap_or_else(|| panic!("no test point: {line}"));
    // The first hash that no backslash precedes begins the directive.
    let (mut description, mut directive, mut escaped) = (String::new(), None::<String>, false);
    for c in rest.chars() {
        match (&mut directive, c) {
            (None, '#') if !escaped => directive = Some(String::new()),
            (Some(directive), c) => directive.push(c),
            (None, c) => description.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    Point {
        passes,
        description,
        directive: directive.map(|text| text.trim().to_owned()),
        yaml: Vec::new(),
    }
}

#[test]
fn tap_tells_each_status_in_its_own_way() {
    let (run, baseline) = (reports::mixed(), reports::baseline());
    let judgement = reports::judged_mixed(&run, &baseline);
    check_tap(&judgement);
    let points = points(&Format::Tap.render(&judgement));
    let point = |begin: &str| {
        let mut found = points.iter();
        found
            .find(|point| point.description.starts_with(begin))
            .unwrap()
    };
    assert!(point("echo 1.1.1 ").passes && point("echo 1.1.1 ").yaml.is_empty());
    let regression = point("echo 2.1 ");
    assert!(!regression.passes && regression.directive.is_none());
    assert!(
        regression
            .yaml
            .contains(&String::from("  status: \"regression\""))
    );
    assert!(
        regression.description.contains("\\#1 "),
        "{}",
        regression.description
    );
    let tolerated = point("echo 6.4.4 ");
    let reason = "TODO utf8: a frame is checked when all of it is there";
    assert!(!tolerated.passes && tolerated.directive.as_deref() == Some(reason));
    let absent = point("echo 12.1.1 ");
    assert!(absent.passes);
    assert!(
        absent
            .directive
            .as_ref()
            .unwrap()
            .starts_with("SKIP deflate: ")
    );
    for begin in [
        "echo 6.4.3 ",
        "echo 12.1.2 ",
        "echo 9.1.1 ",
        "entry deflate ",
    ] {
        assert!(
            !point(begin).passes && point(begin).directive.is_none(),
            "{begin}"
        );
    }
    assert!(point("echo 5.20 ").passes && point("echo 5.20 ").yaml.len() > 3);
}

/// The fields that the schema of CTRF has, for what we write.
#[track_caller]
pub(crate) fn check_ctrf(judgement: &Judgement<'_>) -> Value {
    let text = Format::Ctrf.render(judgement);
    let report: Value = serde_json::from_str(&text).unwrap();
    let keys = |value: &Value, known: &str| {
        let known: BTreeSet<&str> = known.split(' ').collect();
        for key in value.as_object().unwrap().keys() {
            assert!(known.contains(key.as_str()), "{key} in {value}");
        }
    };
    keys(&report, "reportFormat specVersion generatedBy results");
    assert_eq!(report["reportFormat"], "CTRF");
    let results = &report["results"];
    keys(results, "tool summary tests environment");
    keys(&results["tool"], "name version extra");
    keys(&results["environment"], "appName commit osPlatform healthy");
    let summary = &results["summary"];
    let counts = ["passed", "failed", "skipped", "pending", "other"];
    keys(
        summary,
        "tests passed failed skipped pending other flaky suites start stop duration",
    );
    let tests = results["tests"].as_array().unwrap();
    for test in tests {
        keys(
            test,
            "name status rawStatus duration suite message trace filePath line labels stdout \
             flaky retries retryAttempts",
        );
        assert!(!test["name"].as_str().unwrap().is_empty());
        assert!(counts.contains(&test["status"].as_str().unwrap()));
        assert!(test["duration"].is_u64() && !test["suite"].as_array().unwrap().is_empty());
        for attempt in test["retryAttempts"].as_array().into_iter().flatten() {
            keys(attempt, "attempt status message");
        }
    }
    for count in counts {
        let counted = tests.iter().filter(|test| test["status"] == count).count();
        assert_eq!(summary[count], counted, "{count}");
    }
    assert_eq!(summary["tests"], tests.len());
    assert!(summary["start"].as_i64().unwrap() <= summary["stop"].as_i64().unwrap());
    let green = judgement.exit_code() == ExitCode::Passed;
    assert_eq!(summary["failed"] == 0, green, "red is red in both");
    report
}

#[test]
fn ctrf_tells_each_status_in_its_own_way() {
    let (run, baseline) = (reports::mixed(), reports::baseline());
    let report = check_ctrf(&reports::judged_mixed(&run, &baseline));
    let tests = report["results"]["tests"].as_array().unwrap();
    let check = |name: &str, target: &str, status: &str, raw: &str| {
        let found = tests.iter().find(|test| {
            test["suite"][1] == target && test["name"].as_str().unwrap().starts_with(name)
        });
        let test = found.unwrap_or_else(|| panic!("no {name}"));
        assert_eq!(test["status"], status, "{test}");
        assert_eq!(test["rawStatus"], raw, "{test}");
        test
    };
    check("1.1.1 ", "echo", "passed", "pass");
    let red = check("2.1 ", "echo", "failed", "regression");
    assert_eq!(red["message"], "expected OK/OK, got FAILED/UNCLEAN");
    assert_eq!(red["labels"]["spec"], "RFC 6455 §5.5.2");
    assert!(
        red["trace"]
            .as_str()
            .unwrap()
            .contains("reproduce: autobahn run 2.1")
    );
    let flaky = check("5.20 ", "echo", "passed", "flaky");
    assert_eq!(flaky["flaky"], true);
    assert_eq!(flaky["retryAttempts"][0]["status"], "failed");
    check("6.4.3 ", "echo", "failed", "stale");
    let tolerated = check("6.4.4 ", "echo", "other", "expected");
    assert_eq!(tolerated["labels"]["entry"], "utf8");
    check("12.1.1 ", "echo", "skipped", "expected");
    check("12.1.2 ", "echo", "failed", "changed");
    check("9.1.1 ", "echo", "failed", "missing");
    check("9.1.1 ", "a.b", "failed", "error");
    check("entry deflate", "gate", "failed", "expired");
    assert_eq!(report["results"]["environment"]["healthy"], false);
    assert_eq!(report["results"]["summary"]["start"], 1_770_091_506_000_i64);
}

#[test]
fn what_is_wrong_with_a_run_as_a_whole_is_red_everywhere() {
    let baseline = baseline("");
    let mut run = conforming();
    assert_eq!(check_tap(&judged(&run, &baseline)), 0);
    check_ctrf(&judged(&run, &baseline));
    run.finished = false;
    assert_eq!(check_tap(&judged(&run, &baseline)), 1);
    check_ctrf(&judged(&run, &baseline));
    run.selected.clear();
    run.cases.clear();
    assert_eq!(check_tap(&judged(&run, &baseline)), 1);
    check_ctrf(&judged(&run, &baseline));
    check_badge(&run, "", "no verdict", "lightgrey");
}

#[track_caller]
fn check_badge(run: &Run, entries: &str, message: &str, color: &str) {
    let baseline = baseline(entries);
    let text = Format::Badge.render(&judged(run, &baseline));
    let badge: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(badge["schemaVersion"], 1);
    assert_eq!(badge["label"], "autobahn");
    assert_eq!(badge["message"], message);
    assert_eq!(badge["color"], color);
    assert_eq!(badge["isError"], color == "lightgrey");
}

#[test]
fn a_badge_shows_what_the_peer_is_whatever_its_baseline_says() {
    let entry = |case: &str, expect: &str| {
        format!(
            "[[deviation]]\nid = 'a'\ncases = ['{case}']\nexpect = '{expect}'\nreason = 'it is so until it is mended'\n"
        )
    };
    let with = |case: &str, text: &str| {
        let mut run = conforming();
        record_of(&mut run, case).result = result(text);
        run
    };
    check_badge(&conforming(), "", "517/517", "brightgreen");
    let absent = with("12.1.1", "unimplemented");
    check_badge(&absent, "", "516/517 · 1 unimplemented", "red");
    let entries = entry("12.1.1", "unimplemented");
    check_badge(
        &absent,
        &entries,
        "516/517 · 1 unimplemented",
        "yellowgreen",
    );
    let late = with("6.4.3", "non-strict");
    let entries = entry("6.4.3", "non-strict");
    check_badge(&late, &entries, "516/517 · 1 non-strict", "yellow");
    let unclean = with("7.1.1", "ok/unclean");
    let entries = entry("7.1.1", "ok/unclean");
    check_badge(&unclean, &entries, "516/517 · 1 failed", "orange");
    check_badge(&unclean, "", "516/517 · 1 failed", "red");
    check_badge(&conforming(), &entries, "517/517", "brightgreen");
    let lost = with("7.1.1", "error: no connection");
    check_badge(&lost, "", "516/517 · 1 without a verdict", "lightgrey");
    let one = run(
        ["1.1.1".parse().unwrap()].into(),
        vec![record("echo", "1.1.1", &["ok"])],
    );
    check_badge(&one, "", "1/1 · partial run", "green");
}

#[test]
fn a_directive_of_a_peer_is_text() {
    let baseline = baseline("");
    let mut run = conforming();
    run.provenance.targets[0].name = String::from("x # SKIP\nBail out!\n1..0");
    for record in &mut run.cases {
        record.target.clone_from(&run.provenance.targets[0].name);
    }
    let mut hostile = outcome("failed");
    hostile.explanation.behavior = String::from("a\n  ...\nok 1 - b\n1..1\n\"");
    record_of(&mut run, "1.1.1").result = CaseResult::Played(Box::new(hostile));
    let judgement = judged(&run, &baseline);
    assert_eq!(check_tap(&judgement), 1);
    assert_eq!(judgement.with(Status::Regression).count(), 1);
}
