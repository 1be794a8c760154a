//! JUnit as its public readers demand it (flat suites, unique names, red is red).

use std::collections::BTreeSet;

use autobahn_harness::Judgement;
use autobahn_harness::exit::ExitCode;
use autobahn_harness::report::Format;
use quick_junit::{NonSuccessKind, Report, TestCaseStatus};

use crate::fixture::{self, conforming, judged};
use crate::reports::{baseline, judged_mixed, mixed};

/// What public readers of JUnit demand.
#[track_caller]
pub(crate) fn check_junit(judgement: &Judgement<'_>) -> Report {
    let text = Format::Junit.render(judgement);
    let report = Report::deserialize_from_str(&text).unwrap();
    let mut names = BTreeSet::new();
    let mut red = 0;
    for suite in &report.test_suites {
        assert!(
            !suite.name.as_str().contains('.'),
            "{}",
            suite.name.as_str()
        );
        for case in &suite.test_cases {
            assert_eq!(case.classname.as_ref(), Some(&suite.name));
            assert!(!case.name.as_str().is_empty());
            assert!(
                case.extra
                    .iter()
                    .any(|(key, value)| key.as_str() == "file" && !value.is_empty())
            );
            let name = (
                suite.name.as_str().to_owned(),
                case.name.as_str().to_owned(),
            );
            assert!(names.insert(name), "{} twice", case.name.as_str());
            red += usize::from(matches!(case.status, TestCaseStatus::NonSuccess { .. }));
        }
    }
    assert_eq!(red, report.failures + report.errors);
    let green = judgement.exit_code() == ExitCode::Passed;
    assert_eq!(red == 0, green, "red is red in both");
    report
}

#[test]
fn junit_tells_each_status_in_its_own_way() {
    let (run, baseline) = (mixed(), baseline());
    let report = check_junit(&judged_mixed(&run, &baseline));
    let status = |suite: &str, name: &str| {
        let suites = report.test_suites.iter();
        let mut suite = suites.filter(|one| one.name.as_str() == suite);
        let cases = &suite.next().unwrap().test_cases;
        let case = cases.iter().find(|case| case.name.as_str() == name);
        case.unwrap().status.clone()
    };
    let red = |status: TestCaseStatus| match status {
        TestCaseStatus::NonSuccess { kind, ty, .. } => (kind, ty.unwrap().as_str().to_owned()),
        other => panic!("{other:?}"),
    };
    let failure = |ty: &str| (NonSuccessKind::Failure, ty.to_owned());
    let error = |ty: &str| (NonSuccessKind::Error, ty.to_owned());
    assert_eq!(
        red(status("autobahn/echo/02 Pings and pongs", "2.1")),
        failure("regression")
    );
    assert_eq!(
        red(status("autobahn/echo/06 UTF-8 handling", "6.4.3")),
        failure("stale")
    );
    assert_eq!(
        red(status("autobahn/echo/12 Compression, payloads", "12.1.2")),
        failure("changed")
    );
    assert_eq!(
        red(status("autobahn/echo/09 Limits and performance", "9.1.1")),
        error("missing")
    );
    assert_eq!(
        red(status("autobahn/a_b/09 Limits and performance", "9.1.1")),
        error("error")
    );
    assert_eq!(
        red(status("autobahn/a_b 2/09 Limits and performance", "9.1.1")),
        error("missing")
    );
    assert_eq!(
        red(status("autobahn/gate", "entry deflate")),
        failure("expired")
    );
    let TestCaseStatus::Skipped { message, .. } =
        status("autobahn/echo/06 UTF-8 handling", "6.4.4")
    else {
        panic!("an expected deviation is skipped");
    };
    assert!(
        message
            .unwrap()
            .as_str()
            .starts_with("xfail[utf8]: a frame")
    );
    let TestCaseStatus::Success { flaky_runs } = status("autobahn/echo/05 Fragmentation", "5.20")
    else {
        panic!("a flaky case passes");
    };
    assert_eq!(flaky_runs.len(), 1);
}

#[test]
fn junit_is_red_where_only_the_run_as_a_whole_is() {
    let baseline = fixture::baseline("");
    let mut run = conforming();
    check_junit(&judged(&run, &baseline));
    run.finished = false;
    check_junit(&judged(&run, &baseline));
    run.selected.clear();
    run.cases.clear();
    check_junit(&judged(&run, &baseline));
}
