//! What a change did, as opposed to what was so before it: each row of the table
//! in `gate/base.rs`, and the reports that tell of it.

use autobahn_harness::baseline::changes::{Change, Effect, changes};
use autobahn_harness::exit::ExitCode;
use autobahn_harness::gate::{Base, Evidence, Origin, Status};
use autobahn_harness::report::{Format, markdown, outputs};
use autobahn_harness::{Baseline, Run};

use crate::fixture::{baseline, conforming, expect_file, id, ids, judged, record, record_of, run};
use crate::reports::worst;

/// The base by its baseline.
fn base(entries: &str) -> Base {
    Base {
        name: String::from("origin/main"),
        commit: String::from("def567890123456789012345678901234567890a"),
        baseline: baseline(entries),
        note: None,
        previous: None,
    }
}

/// An entry that expects something of 6.4.3.
fn entry(expect: &str) -> String {
    deviation("utf8", "6.4.3", expect)
}

fn deviation(name: &str, cases: &str, expect: &str) -> String {
    let count = match cases.contains('*') {
        true => format!("count = {}\n", ids(cases).len()),
        false => String::new(),
    };
    format!(
        "[[deviation]]\nid = '{name}'\ncases = ['{cases}']\n{count}expect = '{expect}'\n\
         reason = 'checked when a frame is complete'\n"
    )
}

/// What 6.4.3 came to, by the baseline of the base and by the one here.
#[track_caller]
fn check(there: &str, here: &str, came_to: &str, status: Status, origin: Origin) {
    let one = run(
        [id("6.4.3")].into(),
        vec![record("echo", "6.4.3", &[came_to])],
    );
    let (base, here) = (base(there), baseline(here));
    let judgement = judged(&one, &here);
    assert_eq!(
        judgement.origin(&judgement.cases[0]),
        None,
        "without a base"
    );
    let code = judgement.exit_code();
    let judgement = judgement.compared_with(Some(&base));
    assert_eq!(judgement.exit_code(), code, "a base changes no exit code");
    assert_eq!(judgement.cases[0].status, status);
    assert_eq!(judgement.origin(&judgement.cases[0]), Some(origin));
}

#[test]
fn what_is_as_it_must_be_on_both_is_unchanged() {
    check("", "", "ok", Status::Pass, Origin::Unchanged);
    let same = entry("non-strict");
    check(
        &same,
        &same,
        "non-strict",
        Status::Expected,
        Origin::Unchanged,
    );
}

#[test]
fn what_is_worse_than_the_base_expects_was_broken_here() {
    check("", "", "failed", Status::Regression, Origin::Broken);
    let same = entry("non-strict");
    check(&same, &same, "failed", Status::Changed, Origin::Broken);
    // Listed as worse than it is, and worse than it was.
    check(
        "",
        &entry("failed"),
        "non-strict",
        Status::Stale,
        Origin::Broken,
    );
}

#[test]
fn what_passes_by_a_new_entry_was_accepted_here() {
    let new = entry("non-strict");
    check("", &new, "non-strict", Status::Expected, Origin::Accepted);
    check(
        &new,
        &entry("failed"),
        "failed",
        Status::Expected,
        Origin::Accepted,
    );
}

#[test]
fn what_is_better_than_the_base_expects_was_mended_here() {
    let old = entry("non-strict");
    check(&old, "", "ok", Status::Pass, Origin::Mended);
    check(&old, &old, "ok", Status::Stale, Origin::Mended);
    check(
        &entry("failed"),
        &old,
        "non-strict",
        Status::Expected,
        Origin::Mended,
    );
}

#[test]
fn what_is_no_worse_than_the_base_expects_is_inherited() {
    let by_baseline = Origin::Inherited(Evidence::Baseline);
    let old = entry("non-strict");
    check(&old, "", "non-strict", Status::Regression, by_baseline);
    check(
        &entry("failed"),
        "",
        "non-strict",
        Status::Regression,
        by_baseline,
    );
    // An entry that nobody needs.
    check("", &old, "ok", Status::Stale, by_baseline);
}

#[test]
fn what_has_no_verdict_is_nobodys_doing() {
    let missing = Status::Error(autobahn_harness::gate::Trouble::NotPlayed);
    check("", "", "error: no answer", missing, Origin::Unknown);
}

#[test]
fn what_was_red_in_a_run_of_the_base_is_inherited() {
    let of = |came_to: &str| {
        run(
            [id("6.4.3")].into(),
            vec![record("echo", "6.4.3", &[came_to])],
        )
    };
    let origin = |then: &str, now: &str| {
        let (now, here) = (of(now), baseline(""));
        let base = Base {
            previous: Some(of(then)),
            ..base("")
        };
        let judgement = judged(&now, &here).compared_with(Some(&base));
        let judged = &judgement.cases[0];
        (
            judgement.origin(judged).unwrap(),
            base.was(&judgement, judged),
        )
    };
    let was = |verdict: &str| String::from(verdict);
    let inherited = Origin::Inherited(Evidence::Run);
    assert_eq!(origin("failed", "failed"), (inherited, was("FAILED/OK")));
    assert_eq!(
        origin("non-strict", "failed"),
        (Origin::Broken, was("NON-STRICT/OK"))
    );
    // What could not be played before proves nothing.
    assert_eq!(origin("error: x", "failed"), (Origin::Broken, was("OK/OK")));
}

#[test]
fn every_change_of_a_baseline_is_seen_with_its_effect() {
    let both = deviation("a", "6.4.*", "failed");
    let one = deviation("a", "6.4.3", "failed");
    let cases = [
        (String::new(), both.clone(), "added", Effect::Loosens),
        (both.clone(), String::new(), "removed", Effect::Tightens),
        (both.clone(), one.clone(), "cases", Effect::Tightens),
        (one.clone(), both.clone(), "cases", Effect::Loosens),
        (
            both.clone(),
            both.replace("'failed'", "'non-strict'"),
            "expected outcome",
            Effect::Loosens,
        ),
        (
            both.clone(),
            both.replace("checked", "tested"),
            "reason",
            Effect::Tightens,
        ),
        (
            both.clone(),
            format!("{both}expires = 2027-01-01\n"),
            "last day",
            Effect::Tightens,
        ),
        (
            format!("{both}expires = 2026-01-01\n"),
            format!("{both}expires = 2027-01-01\n"),
            "last day",
            Effect::Loosens,
        ),
        (
            format!("{both}target = 'echo'\n"),
            both.clone(),
            "targets",
            Effect::Loosens,
        ),
        (
            both.clone(),
            format!("{both}target = 'echo'\n"),
            "targets",
            Effect::Tightens,
        ),
        (
            both.clone(),
            both.replace("deviation", "flaky"),
            "kind",
            Effect::Loosens,
        ),
    ];
    for (there, here, words, effect) in cases {
        let (there, here) = (baseline(&there), baseline(&here));
        let found = changes(&there, &here);
        let [change] = found.as_slice() else {
            panic!("{words}: {found:?}");
        };
        let told = match change {
            Change::Added(_) => vec!["added"],
            Change::Removed(_) => vec!["removed"],
            Change::Altered { what, .. } => what.clone(),
        };
        assert_eq!((told, change.effect()), (vec![words], effect));
        assert!(changes(&there, &there).is_empty());
    }
    // Where an entry stands is of no matter.
    let moved = format!("# A comment.\n\n{both}");
    assert!(changes(&baseline(&both), &baseline(&moved)).is_empty());
}

/// A pull request that does a bit of everything, on a base that lists two.
const THERE: [(&str, &str, &str); 4] = [
    ("utf8", "6.4.3", "non-strict"),
    ("other-utf8", "6.4.4", "non-strict"),
    ("close", "7.9.3", "ok/wrong-code"),
    ("kept", "12.1.*", "unimplemented"),
];

fn there() -> String {
    let entries = THERE.map(|(name, cases, expect)| deviation(name, cases, expect));
    entries.concat()
}

fn here() -> String {
    let kept = ["utf8", "kept"];
    let entries = THERE.iter().filter(|(name, _, _)| kept.contains(name));
    let entries: String = entries
        .map(|(name, cases, expect)| deviation(name, cases, expect))
        .collect();
    entries + &deviation("sneaked", "2.1", "failed")
}

fn pull_request() -> Run {
    let mut run = conforming();
    for case in run.selected.clone() {
        if case.to_string().starts_with("12.1.") {
            record_of(&mut run, &case.to_string()).result = crate::fixture::result("unimplemented");
        }
    }
    for (case, came_to) in [
        ("5.20", "failed/unclean"),
        ("5.19", "ok/failed"),
        ("2.1", "failed"),
        ("7.9.3", "ok/wrong-code"),
        ("6.4.4", "ok"),
    ] {
        record_of(&mut run, case).result = crate::fixture::result(came_to);
    }
    run
}

#[test]
fn a_summary_tells_what_the_pull_request_did() {
    let (run, there, here) = (pull_request(), base(&there()), baseline(&here()));
    let judgement = judged(&run, &here).compared_with(Some(&there));
    for format in [Format::Markdown, Format::Annotations, Format::Text] {
        let name = format!("tests/gate/expect/pull-request-{}", format.file_name());
        expect_file(&name, &format.render(&judgement));
    }
    let text = outputs::render(judgement.exit_code(), Some(&judgement), &[]);
    expect_file("tests/gate/expect/pull-request-outputs.txt", &text);
    let json: serde_json::Value = serde_json::from_str(&Format::Json.render(&judgement)).unwrap();
    let deviations = json["judgement"]["deviations"].as_array().unwrap();
    let broken = deviations.iter().filter(|one| one["origin"] == "broken");
    let broken: Vec<_> = broken.map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(broken, ["5.19", "5.20"]);
    let junit = Format::Junit.render(&judgement);
    assert_eq!(junit.matches("origin: broken").count(), 2);
}

#[track_caller]
fn headline(run: &Run, there: &Base, here: &Baseline) -> String {
    let judgement = judged(run, here).compared_with(Some(there));
    let text = Format::Markdown.render(&judgement);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(markdown::MARKER));
    lines.next().unwrap().to_owned()
}

#[test]
fn a_summary_is_a_line_where_nothing_changed() {
    let (run, there, here) = (conforming(), base(""), baseline(""));
    assert_eq!(
        headline(&run, &there, &here),
        "## ✅ Autobahn conformance: no change"
    );
    let judgement = judged(&run, &here).compared_with(Some(&there));
    let text = Format::Markdown.render(&judgement);
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(
        lines.len(),
        4,
        "marker, headline, a line, provenance:\n{text}"
    );
    assert!(lines[3].contains("compared with the merge base <code>origin/main</code>"));
    assert_eq!(Format::Annotations.render(&judgement), "");
}

#[test]
fn a_deviation_that_slips_into_the_baseline_stands_in_the_headline() {
    let mut run = conforming();
    record_of(&mut run, "2.1").result = crate::fixture::result("failed");
    let here = baseline(&deviation("sneaked", "2.1", "failed"));
    let there = base("");
    assert_eq!(
        headline(&run, &there, &here),
        "## ⚠️ Autobahn conformance: 1 deviation accepted by this pull request"
    );
    let judgement = judged(&run, &here).compared_with(Some(&there));
    assert_eq!(judgement.exit_code(), ExitCode::Passed);
    let text = Format::Markdown.render(&judgement);
    for words in [
        "please review",
        "<code>sneaked</code>",
        "checked when a frame",
        "now **FAILED/OK**",
    ] {
        assert!(text.contains(words), "no {words} in:\n{text}");
    }
    let annotations = Format::Annotations.render(&judgement);
    assert!(annotations.starts_with("::warning file=baseline.toml,line=3,endLine=7,title=accepted here%3A sneaked::1 case passes"), "{annotations}");
    // An entry that may let something pass one day is seen too.
    let flaky =
        baseline("[[flaky]]\nid='f'\ncases='2.1'\nexpect=['ok','failed']\nreason='it is slow'\n");
    assert_eq!(
        headline(&conforming(), &there, &flaky),
        "## ⚠️ Autobahn conformance: 1 baseline entry added or loosened by this pull request"
    );
}

#[test]
fn what_is_mended_is_told() {
    let (run, there, here) = (conforming(), base(&entry("non-strict")), baseline(""));
    assert_eq!(
        headline(&run, &there, &here),
        "## ✅ Autobahn conformance: 1 case fixed here"
    );
}

#[test]
fn a_base_without_a_readable_baseline_is_told() {
    let there = Base {
        note: Some("there is no b|<b>.toml".into()),
        ..base("")
    };
    let (run, here) = (conforming(), baseline(""));
    let judgement = judged(&run, &here).compared_with(Some(&there));
    for format in [Format::Markdown, Format::Text] {
        let text = format.render(&judgement);
        assert!(text.contains("there is no b"), "{text}");
    }
    assert!(!Format::Markdown.render(&judgement).contains("<b>"));
}

#[test]
fn with_517_failures_a_summary_keeps_to_its_limits_and_its_order() {
    let run = worst();
    // All of it new here, half of it broken, half of it let pass; and all expected before.
    let half = deviation("half", "*.1.*", "failed/unclean");
    for (there, here) in [("", ""), ("", half.as_str()), (half.as_str(), "")] {
        let (there, here) = (base(there), baseline(here));
        let judgement = judged(&run, &here).compared_with(Some(&there));
        let whole = markdown::render(&judgement);
        assert!(whole.len() <= markdown::SUMMARY_LIMIT, "{}", whole.len());
        let comment = markdown::comment(&judgement);
        let most = markdown::COMMENT_LIMIT - markdown::COMMENT_ROOM;
        assert!(comment.len() <= most, "{}", comment.len());
        for text in [&whole, &comment] {
            assert!(text.starts_with(markdown::MARKER));
            assert!(text.contains("### This pull request broke these"), "{text}");
            assert!(text.ends_with("</sub>\n"), "provenance is never left out");
            let count = |word: &str| text.matches(word).count();
            assert_eq!(count("<details>"), count("</details>"));
            assert_eq!(count("```") % 2, 0);
        }
        let annotations = Format::Annotations.render(&judgement);
        let lines: Vec<&str> = annotations.lines().collect();
        assert_eq!(lines.len(), 10);
        assert!(lines[9].contains("more; the summary names them all"));
        assert!(
            lines.iter().all(|line| line.starts_with("::error ")),
            "{annotations}"
        );
    }
}
