//! Each row of the verdict table, and each exit code that the gate gives.

use std::collections::BTreeSet;

use autobahn_cases::{Behavior, CloseBehavior, Verdict};
use autobahn_harness::exit::ExitCode;
use autobahn_harness::gate::{Fault, Status, Trouble};
use autobahn_harness::run::{CaseResult, Run};
use autobahn_harness::{Baseline, Demand, judge};
use proptest::prelude::*;

use crate::fixture::{
    baseline, catalog, conforming, day, id, ids, judged, outcome, parse, record, record_of, run,
    target,
};

fn deviation(case: &str, expect: &str) -> String {
    format!("[[deviation]]\nid = 'a'\ncases = '{case}'\nexpect = '{expect}'\nreason = 'it is so'\n")
}

fn flaky(case: &str, expect: &str) -> String {
    format!("[[flaky]]\nid = 'a'\ncases = '{case}'\nexpect = [{expect}]\nreason = 'it is so'\n")
}

/// What a case comes to that was played with these results.
#[track_caller]
fn check(entries: &str, case: &str, results: &[&str], status: Status) {
    let baseline = baseline(entries);
    let run = run(ids(case), vec![record("echo", case, results)]);
    let judgement = judged(&run, &baseline);
    assert_eq!(judgement.cases.len(), 1);
    assert_eq!(judgement.cases[0].status, status, "{entries}{results:?}");
    assert_eq!(judgement.exit_code(), status.exit_code());
}

#[test]
fn without_an_entry_only_the_default_passes() {
    check("", "6.4.3", &["ok"], Status::Pass);
    check("", "7.1.6", &["informational"], Status::Pass);
    for worse in [
        "non-strict",
        "unimplemented",
        "failed",
        "informational",
        "ok/unclean",
        "ok/wrong-code",
        "ok/failed",
        "ok/failed-by-client",
        "ok/informational",
        "failed/failed",
    ] {
        check("", "6.4.3", &[worse], Status::Regression);
    }
    check("", "7.1.6", &["ok/ok"], Status::Regression);
    check("", "7.1.6", &["informational/ok"], Status::Regression);
}

#[test]
fn a_listed_case_has_to_be_exactly_as_listed() {
    let entry = deviation("6.4.3", "non-strict");
    check(&entry, "6.4.3", &["non-strict"], Status::Expected);
    check(&entry, "6.4.3", &["ok"], Status::Stale);
    check(&entry, "6.4.3", &["failed"], Status::Changed);
    check(&entry, "6.4.3", &["unimplemented"], Status::Changed);
    check(&entry, "6.4.3", &["informational"], Status::Changed);
}

#[test]
fn an_unpinned_close_means_the_default_and_not_any() {
    let entry = deviation("6.4.3", "non-strict");
    check(&entry, "6.4.3", &["non-strict/unclean"], Status::Changed);
    check(&entry, "6.4.3", &["non-strict/wrong-code"], Status::Changed);
    // Better in one component and worse in the other compares with nothing.
    check(&entry, "6.4.3", &["ok/unclean"], Status::Changed);
}

#[test]
fn better_than_listed_is_stale_also_before_it_is_ok() {
    let entry = deviation("6.4.3", "failed/failed");
    check(&entry, "6.4.3", &["failed/failed"], Status::Expected);
    check(&entry, "6.4.3", &["failed/unclean"], Status::Stale);
    check(&entry, "6.4.3", &["non-strict/failed"], Status::Stale);
    check(&entry, "6.4.3", &["non-strict/ok"], Status::Stale);
    check(&entry, "6.4.3", &["ok/ok"], Status::Stale);
}

#[test]
fn what_cannot_be_compared_is_changed() {
    let entry = deviation("6.4.3", "ok/unclean");
    check(&entry, "6.4.3", &["ok/wrong-code"], Status::Changed);
    check(&entry, "6.4.3", &["ok/informational"], Status::Changed);
    check(&entry, "6.4.3", &["non-strict/ok"], Status::Changed);
    check(&entry, "6.4.3", &["ok/failed-by-client"], Status::Stale);
}

#[test]
fn a_pinned_close_code_has_to_be_that_code() {
    let entry = format!("{}close_code = 1002\n", deviation("6.4.3", "ok/wrong-code"));
    let baseline = baseline(&entry);
    let mut run = run(
        ids("6.4.3"),
        vec![record("echo", "6.4.3", &["ok/wrong-code"])],
    );
    assert_eq!(judged(&run, &baseline).cases[0].status, Status::Changed);
    let CaseResult::Played(outcome) = &mut run.cases[0].result else {
        unreachable!("it was played");
    };
    outcome.ending.remote_code = Some(1002);
    assert_eq!(judged(&run, &baseline).cases[0].status, Status::Expected);
}

#[test]
fn a_flaky_case_is_fine_within_its_set_and_nowhere_else() {
    let entry = flaky("7.1.5", "'ok', 'ok/unclean'");
    check(&entry, "7.1.5", &["ok"], Status::Pass);
    check(&entry, "7.1.5", &["ok/unclean"], Status::Expected);
    check(&entry, "7.1.5", &["ok/wrong-code"], Status::Regression);
    check(
        &entry,
        "7.1.5",
        &["ok/failed-by-client"],
        Status::Regression,
    );
    check(&entry, "7.1.5", &["failed"], Status::Regression);
}

#[test]
fn a_flaky_entry_may_hold_on_one_system_only() {
    let entry = |os: &str| {
        format!(
            "{}when = {{ os = '{os}' }}\n",
            flaky("7.1.5", "'ok/unclean'")
        )
    };
    check(&entry("linux"), "7.1.5", &["ok/unclean"], Status::Expected);
    check(
        &entry("windows"),
        "7.1.5",
        &["ok/unclean"],
        Status::Regression,
    );
}

#[test]
fn not_played_is_an_error_whatever_is_expected() {
    let not_played = Status::Error(Trouble::NotPlayed);
    check("", "6.4.3", &["error: no answer"], not_played);
    let entry = deviation("6.4.3", "failed/failed");
    check(&entry, "6.4.3", &["error: no answer"], not_played);
    let entry = flaky("6.4.3", "'failed/failed'");
    check(&entry, "6.4.3", &["error: no answer"], not_played);
}

#[test]
fn no_record_is_an_error_whatever_is_expected() {
    for entries in [
        String::new(),
        deviation("6.4.3", "failed"),
        flaky("6.4.3", "'failed'"),
    ] {
        let baseline = baseline(&entries);
        let run = run(ids("6.4.3"), Vec::new());
        let judgement = judged(&run, &baseline);
        assert_eq!(judgement.cases[0].status, Status::Error(Trouble::Missing));
        assert_eq!(judgement.exit_code(), ExitCode::NoVerdict);
    }
}

#[test]
fn two_records_of_a_case_are_an_error_also_where_they_agree() {
    let twice = vec![
        record("echo", "6.4.3", &["ok"]),
        record("echo", "6.4.3", &["ok"]),
    ];
    let run = run(ids("6.4.3"), twice);
    let baseline = Baseline::empty("baseline.toml");
    let judgement = judged(&run, &baseline);
    assert_eq!(
        judgement.cases[0].status,
        Status::Error(Trouble::TwoRecords)
    );
}

#[test]
fn a_case_that_the_catalogue_lacks_is_an_error() {
    let run = run(
        [id("99.1.1")].into(),
        vec![record("echo", "99.1.1", &["ok"])],
    );
    let baseline = Baseline::empty("baseline.toml");
    let judgement = judged(&run, &baseline);
    assert_eq!(
        judgement.cases[0].status,
        Status::Error(Trouble::UnknownCase)
    );
}

#[test]
fn a_case_that_passes_alone_passes_and_is_shown() {
    check("", "6.4.3", &["failed", "ok"], Status::Flaky);
    check("", "6.4.3", &["error: reset", "ok"], Status::Flaky);
    check("", "6.4.3", &["ok", "ok"], Status::Pass);
    let entry = deviation("6.4.3", "non-strict");
    check(&entry, "6.4.3", &["failed", "non-strict"], Status::Flaky);
    check(
        &entry,
        "6.4.3",
        &["non-strict", "non-strict"],
        Status::Expected,
    );
    let entry = flaky("6.4.3", "'non-strict'");
    check(&entry, "6.4.3", &["non-strict", "ok"], Status::Pass);
}

#[test]
fn what_is_wrong_alone_is_wrong_whatever_it_was_before() {
    check("", "6.4.3", &["ok", "failed"], Status::Regression);
    let not_played = Status::Error(Trouble::NotPlayed);
    check("", "6.4.3", &["ok", "error: reset"], not_played);
    let entry = deviation("6.4.3", "non-strict");
    check(&entry, "6.4.3", &["non-strict", "ok"], Status::Stale);
}

#[test]
fn an_entry_speaks_of_its_targets_only() {
    let entry = format!("{}target = 'tls'\n", deviation("6.4.3", "non-strict"));
    let baseline = baseline(&entry);
    let mut run = run(
        ids("6.4.3"),
        vec![
            record("echo", "6.4.3", &["non-strict"]),
            record("tls", "6.4.3", &["non-strict"]),
        ],
    );
    run.provenance.targets.push(target("tls"));
    let judgement = judged(&run, &baseline);
    let statuses: Vec<_> = judgement
        .cases
        .iter()
        .map(|one| (one.target, one.status))
        .collect();
    assert_eq!(
        statuses,
        [("echo", Status::Regression), ("tls", Status::Expected)]
    );
}

#[test]
fn every_target_has_to_have_every_selected_case() {
    let mut run = run(ids("6.4.3"), vec![record("echo", "6.4.3", &["ok"])]);
    run.provenance.targets.push(target("tls"));
    let baseline = Baseline::empty("baseline.toml");
    let judgement = judged(&run, &baseline);
    assert_eq!(judgement.cases[1].target, "tls");
    assert_eq!(judgement.cases[1].status, Status::Error(Trouble::Missing));
}

#[test]
fn what_is_not_selected_is_not_judged() {
    let records = vec![
        record("echo", "6.4.3", &["ok"]),
        record("echo", "6.4.4", &["failed"]),
    ];
    let run = run(ids("6.4.3"), records);
    let baseline = baseline(&deviation("12.1.1", "unimplemented"));
    let judgement = judged(&run, &baseline);
    assert_eq!(judgement.cases.len(), 1);
    assert_eq!(judgement.exit_code(), ExitCode::Passed);
    assert!(!judgement.is_of_all_cases());
}

#[test]
fn an_expired_entry_is_red_by_itself() {
    let entry = format!("{}expires = 2026-02-03\n", deviation("6.4.3", "non-strict"));
    let baseline = baseline(&entry);
    let run = run(ids("6.4.3"), vec![record("echo", "6.4.3", &["non-strict"])]);
    let on = |today| judge(&run, &baseline, catalog(), day(today), Demand::AnySelection);
    assert_eq!(on("2026-02-03").exit_code(), ExitCode::Passed);
    let after = on("2026-02-04");
    assert_eq!(after.exit_code(), ExitCode::Stale);
    assert_eq!(after.cases[0].status, Status::Expected);
    assert_eq!(after.expired[0].id, "a");
}

#[test]
fn an_expired_entry_of_other_cases_waits_for_their_run() {
    let entry = format!("{}expires = 2020-02-03\n", deviation("6.4.3", "non-strict"));
    let baseline = baseline(&entry);
    let run = run(ids("6.4.4"), vec![record("echo", "6.4.4", &["ok"])]);
    assert_eq!(judged(&run, &baseline).exit_code(), ExitCode::Passed);
}

#[test]
fn a_demand_for_a_complete_run_is_met_by_all_cases_only() {
    let baseline = Baseline::empty("baseline.toml");
    let mut run = conforming();
    let complete = |run: &Run| {
        let today = day("2026-02-03");
        let judgement = judge(run, &baseline, catalog(), today, Demand::Complete);
        (judgement.exit_code(), judgement.faults)
    };
    assert_eq!(complete(&run), (ExitCode::Passed, Vec::new()));
    run.selected.remove(&id("6.4.3"));
    run.cases.retain(|record| record.id != id("6.4.3"));
    let left_out = vec![id("6.4.3")];
    let incomplete = Fault::Incomplete { all: 517, left_out };
    assert_eq!(complete(&run), (ExitCode::NoVerdict, vec![incomplete]));
    assert_eq!(judged(&run, &baseline).exit_code(), ExitCode::Passed);
}

#[test]
fn the_gravest_status_decides() {
    let baseline = baseline(&deviation("6.4.3", "non-strict"));
    let mut run = conforming();
    assert_eq!(judged(&run, &baseline).exit_code(), ExitCode::Stale);
    record_of(&mut run, "1.1.1").result = CaseResult::Played(Box::new(outcome("failed")));
    assert_eq!(judged(&run, &baseline).exit_code(), ExitCode::Regression);
    run.cases.retain(|record| record.id != id("1.1.2"));
    assert_eq!(judged(&run, &baseline).exit_code(), ExitCode::NoVerdict);
    let found: Vec<_> = judged(&run, &baseline)
        .deviations()
        .iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(found, ["1.1.1", "1.1.2", "6.4.3"].map(id));
}

#[test]
fn the_counts_add_up() {
    let mut entries = deviation("6.4.3", "non-strict");
    entries.push_str(&flaky("7.1.5", "'ok/unclean'").replace("'a'", "'b'"));
    let baseline = baseline(&entries);
    let mut run = conforming();
    record_of(&mut run, "7.1.5").result = CaseResult::Played(Box::new(outcome("ok/unclean")));
    run.cases.retain(|record| record.id != id("1.1.2"));
    let counts = judged(&run, &baseline).counts();
    assert_eq!(counts.selected, 517);
    assert_eq!((counts.stale, counts.expected, counts.missing), (1, 1, 1));
    assert_eq!(counts.passed, 514);
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    let behavior = prop::sample::select(Behavior::ALL.to_vec());
    let close = prop::sample::select(CloseBehavior::ALL.to_vec());
    (behavior, close).prop_map(|(behavior, close)| Verdict { behavior, close })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever a run holds, each selected case of each target gets one status,
    /// and only a run in which all is as it must be passes.
    #[test]
    fn any_run_is_judged(
        selected in prop::collection::btree_set(0..600_usize, 0..40),
        played in prop::collection::vec((0..600_usize, any_verdict(), any::<bool>(), 0..3_usize), 0..60),
        expect in any_verdict(),
        finished in any::<bool>(),
        targets in 0..3_usize,
    ) {
        let all: Vec<_> = catalog().cases().map(|case| case.id).collect();
        let case = |index: usize| all.get(index).copied().unwrap_or(id("99.1"));
        let names = ["echo", "tls", "nobody"];
        let records = played.iter().map(|(index, verdict, error, target)| {
            let text = if *error { String::from("error: x") } else { verdict.to_string() };
            record(names[*target], &case(*index).to_string(), &["ok", &text])
        });
        let selected: BTreeSet<_> = selected.iter().map(|index| case(*index)).collect();
        let mut run = run(selected.clone(), records.collect());
        run.finished = finished;
        run.provenance.targets = names[..targets].iter().map(|name| target(name)).collect();
        let entry = deviation("6.4.3", &expect.to_string());
        let Ok(baseline) = parse(&entry) else { return Ok(()); };
        let judgement = judged(&run, &baseline);
        prop_assert_eq!(judgement.cases.len(), selected.len() * targets);
        let seen: BTreeSet<_> = judgement.cases.iter().map(|one| (one.target, one.id)).collect();
        prop_assert_eq!(seen.len(), judgement.cases.len());
        let counts = judgement.counts();
        let sum = counts.passed + counts.expected + counts.flaky + counts.stale + counts.changed
            + counts.regressions + counts.missing + counts.errors;
        prop_assert_eq!(sum, counts.selected);
        let green = judgement.exit_code() == ExitCode::Passed;
        let good = counts.passed + counts.expected + counts.flaky;
        prop_assert_eq!(green, finished && good == counts.selected && good > 0);
    }
}
