//! Ways in which a build elsewhere was green and should not have been. Each is
//! shown to be red here.

use std::path::Path;

use autobahn_cases::{CloseBehavior, Verdict};
use autobahn_harness::diff::{Direction, Found, diff};
use autobahn_harness::exit::ExitCode;
use autobahn_harness::gate::{Status, Trouble};
use autobahn_harness::results;
use autobahn_harness::run::CaseResult;
use autobahn_harness::{Baseline, Demand, Run, judge};

use crate::fixture::{
    baseline, catalog, conforming, day, id, ids, judged, outcome, parse, record, record_of, result,
    run,
};

/// The baseline of a server without permessage-deflate, and a run that fits it.
const NO_DEFLATE: &str = "[[deviation]]
id = 'no-deflate'
cases = ['12.*', '13.*']
count = 216
expect = 'unimplemented'
reason = 'it has none'
";

fn without_deflate() -> Run {
    let mut run = conforming();
    for record in &mut run.cases {
        if record.id.section() >= 12 {
            record.result = result("unimplemented");
        }
    }
    run
}

/// The exit code that the complete run has to have.
#[track_caller]
fn check(run: &Run, code: ExitCode) {
    let baseline = baseline(NO_DEFLATE);
    let judgement = judge(
        run,
        &baseline,
        catalog(),
        day("2026-02-03"),
        Demand::Complete,
    );
    assert_eq!(judgement.exit_code(), code);
}

#[test]
fn nothing_is_wrong_with_the_run_that_the_others_are_made_of() {
    check(&without_deflate(), ExitCode::Passed);
}

#[test]
fn a_single_fault_is_red() {
    for fault in [
        "failed",
        "ok/failed",
        "ok/wrong-code",
        "ok/unclean",
        "non-strict",
        "unimplemented",
    ] {
        let mut run = without_deflate();
        record_of(&mut run, "5.15").result = result(fault);
        check(&run, ExitCode::Regression);
    }
}

#[test]
fn only_the_verdict_on_closing_is_wrong() {
    for close in CloseBehavior::ALL {
        if close == CloseBehavior::Ok {
            continue;
        }
        let mut run = without_deflate();
        for case in ["1.1.1", "12.1.1"] {
            let record = record_of(&mut run, case);
            let CaseResult::Played(outcome) = &mut record.result else {
                unreachable!("it was played");
            };
            outcome.verdict.close = close;
            check(&run, ExitCode::Regression);
        }
    }
}

#[test]
fn no_results_at_all() {
    let missing = results::read(Path::new("/nowhere/results.json"), catalog());
    assert!(missing.is_err());
    assert!(results::from_json("r", "", catalog()).is_err());
    assert!(results::from_json("r", "{}", catalog()).is_err());
    let mut run = without_deflate();
    run.cases.clear();
    check(&run, ExitCode::NoVerdict);
}

#[test]
fn five_of_517_cases_all_of_them_fine() {
    let mut run = without_deflate();
    run.cases.truncate(5);
    check(&run, ExitCode::NoVerdict);
    // Also where nothing demands a complete run: what was selected is missing.
    assert_eq!(
        judged(&run, &Baseline::empty("baseline.toml")).exit_code(),
        ExitCode::NoVerdict
    );
    // A selection that follows the report is a partial run, and said to be one.
    run.selected = run.cases.iter().map(|record| record.id).collect();
    check(&run, ExitCode::NoVerdict);
}

#[test]
fn zero_cases_selected() {
    let mut run = without_deflate();
    run.selected.clear();
    run.cases.clear();
    let judgement = judged(&run, &Baseline::empty("baseline.toml")).exit_code();
    assert_eq!(judgement, ExitCode::NoVerdict);
    check(&run, ExitCode::NoVerdict);
}

#[test]
fn no_target_at_all() {
    let mut run = without_deflate();
    run.provenance.targets.clear();
    check(&run, ExitCode::NoVerdict);
}

#[test]
fn an_interrupted_run_in_which_all_is_fine_so_far() {
    let mut run = without_deflate();
    run.finished = false;
    check(&run, ExitCode::NoVerdict);
}

#[test]
fn a_report_of_another_target() {
    let mut run = without_deflate();
    for record in &mut run.cases {
        record.target = String::from("yesterday");
    }
    check(&run, ExitCode::NoVerdict);
}

#[test]
fn a_stale_exception() {
    let mut run = without_deflate();
    record_of(&mut run, "12.1.1").result = result("ok");
    check(&run, ExitCode::Stale);
}

#[test]
fn a_ratchet_by_count() {
    // As many deviations as before, and not the same.
    let mut run = without_deflate();
    record_of(&mut run, "12.1.1").result = result("ok");
    record_of(&mut run, "1.1.1").result = result("unimplemented");
    check(&run, ExitCode::Regression);
}

#[test]
fn an_infrastructure_error_among_expected_failures() {
    let mut run = without_deflate();
    record_of(&mut run, "12.1.1").result = result("error: the container is gone");
    check(&run, ExitCode::NoVerdict);
}

#[test]
fn a_case_that_upstream_adds_is_not_absorbed_by_a_wildcard() {
    assert!(parse(&NO_DEFLATE.replace("216", "217")).is_err());
    assert!(parse(&NO_DEFLATE.replace("count = 216\n", "")).is_err());
}

#[test]
fn a_typo_in_a_pattern() {
    assert!(parse(&NO_DEFLATE.replace("13.*", "31.*")).is_err());
}

#[test]
fn an_expected_failure_that_fails_in_another_way() {
    let mut run = without_deflate();
    record_of(&mut run, "12.1.1").result = result("failed");
    check(&run, ExitCode::Regression);
    record_of(&mut run, "12.1.1").result = result("unimplemented/unclean");
    check(&run, ExitCode::Regression);
}

#[test]
fn one_case_twice_instead_of_two_cases() {
    let mut run = without_deflate();
    let double = run.cases[0].clone();
    run.cases[1] = double;
    let baseline = baseline(NO_DEFLATE);
    let judgement = judged(&run, &baseline);
    assert_eq!(
        judgement.cases[0].status,
        Status::Error(Trouble::TwoRecords)
    );
    assert_eq!(judgement.cases[1].status, Status::Error(Trouble::Missing));
    check(&run, ExitCode::NoVerdict);
}

#[test]
fn the_order_of_records_and_targets_does_not_matter() {
    let mut run = without_deflate();
    record_of(&mut run, "1.1.1").result = result("failed");
    let baseline = baseline(NO_DEFLATE);
    let statuses = |run: &Run| -> Vec<(String, Status)> {
        let judgement = judged(run, &baseline);
        let cases = judgement.cases.iter();
        cases.map(|one| (one.id.to_string(), one.status)).collect()
    };
    let before = statuses(&run);
    run.cases.reverse();
    assert_eq!(statuses(&run), before);
}

#[test]
fn a_removed_case_is_a_difference() {
    let base = without_deflate();
    let mut head = base.clone();
    head.cases.retain(|record| record.id != id("6.4.3"));
    let found = diff(&base, &head);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].id, found[0].head),
        (id("6.4.3"), Found::NoVerdict)
    );
    assert_eq!(found[0].direction(), Direction::Worse);
    head.selected.remove(&id("6.4.3"));
    let found = diff(&base, &head);
    assert_eq!(found[0].head, Found::NotSelected);
    assert_eq!(found[0].direction(), Direction::Worse);
}

#[test]
fn two_engines_that_disagree_are_seen_whatever_the_order() {
    let docker = without_deflate();
    let mut embedded = docker.clone();
    embedded.cases.reverse();
    assert_eq!(diff(&docker, &embedded), []);
    record_of(&mut embedded, "7.9.3").result = result("ok/wrong-code");
    record_of(&mut embedded, "12.1.1").result = result("ok");
    let found = diff(&docker, &embedded);
    let directions: Vec<_> = found.iter().map(|one| (one.id, one.direction())).collect();
    assert_eq!(
        directions,
        [
            (id("7.9.3"), Direction::Worse),
            (id("12.1.1"), Direction::Better)
        ]
    );
}

#[test]
fn what_neither_engine_played_is_not_agreed_upon() {
    let one = run(ids("6.4.3"), vec![record("echo", "6.4.3", &["error: x"])]);
    assert_eq!(diff(&one, &one).len(), 1);
}

#[test]
fn verdicts_compare_without_time_and_close_code() {
    let base = run(ids("6.4.3"), vec![record("echo", "6.4.3", &["ok"])]);
    let mut head = base.clone();
    let mut slow = outcome("ok");
    slow.duration = None;
    slow.ending.remote_code = Some(4000);
    assert_eq!(slow.verdict, Verdict::OK);
    head.cases[0].result = CaseResult::Played(Box::new(slow));
    assert_eq!(diff(&base, &head), []);
}
