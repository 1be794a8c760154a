//! Each refusal of a baseline, with its place and its cure.

use std::collections::BTreeSet;

use autobahn_harness::Baseline;
use autobahn_harness::baseline::{Known, check};
use proptest::prelude::*;

use crate::fixture::{HEAD, baseline, catalog, day, id, parse};

const GOOD: &str = "[[deviation]]
id = 'a'
cases = ['6.4.3']
expect = 'non-strict'
reason = 'it is so'
";

/// The only fault of these entries stands at `place` (line, column), counted
/// from the end of the head, and is told with these words.
#[track_caller]
fn refused(entries: &str, place: (usize, usize), words: &[&str]) {
    let refused = parse(entries).expect_err(entries);
    let text = refused.to_string();
    assert_eq!(refused.problems().len(), 1, "{text}");
    let line = place.0 + HEAD.lines().count();
    let place = format!("baseline.toml:{line}:{}", place.1);
    assert!(text.contains(&place), "expected {place} in\n{text}");
    for word in words {
        assert!(text.contains(word), "expected {word:?} in\n{text}");
    }
}

/// The same, where `old` in a good entry is replaced by `new`.
#[track_caller]
fn refused_with(old: &str, new: &str, place: (usize, usize), words: &[&str]) {
    assert!(GOOD.contains(old));
    refused(&GOOD.replace(old, new), place, words);
}

#[test]
fn a_good_entry_is_read() {
    let baseline = baseline(&format!(
        "{GOOD}target = ['echo', 'tls']\nissue = 'https://example.org/1'\nsince = 2026-01-01\nexpires = 2027-01-01\n"
    ));
    let entry = &baseline.entries()[0];
    assert_eq!((entry.id.as_str(), entry.line), ("a", 3));
    assert_eq!(entry.cases, BTreeSet::from([id("6.4.3")]));
    assert!(baseline.entry("tls", id("6.4.3"), "linux").is_some());
    assert!(baseline.entry("url", id("6.4.3"), "linux").is_none());
    assert!(baseline.entry("tls", id("6.4.4"), "linux").is_none());
}

#[test]
fn our_own_baseline_is_valid_and_has_no_exception_left() {
    let text = include_str!("../../../../autobahn/baseline.toml");
    let targets = BTreeSet::from([String::from("echo")]);
    let known = Known {
        catalog: catalog(),
        targets: Some(&targets),
    };
    let baseline = Baseline::parse("autobahn/baseline.toml", text, known).unwrap();
    assert!(baseline.entries().is_empty());
}

#[test]
fn a_pattern_that_matches_nothing_is_refused() {
    refused_with(
        "6.4.3",
        "6.4.33",
        (3, 10),
        &["no case matches `6.4.33`", "did you mean"],
    );
    refused_with("6.4.3", "99.*", (3, 10), &["no case matches `99.*`"]);
    refused_with("6.4.3", "6.4.x", (3, 10), &["is not a pattern"]);
    refused_with("6.4.3", "6.1?.*", (3, 10), &["is not a pattern"]);
    refused_with("['6.4.3']", "[]", (3, 9), &["names nothing"]);
}

#[test]
fn an_entry_without_a_reason_is_refused() {
    refused_with(
        "reason = 'it is so'\n",
        "",
        (1, 1),
        &["without `reason`", "reason = "],
    );
    for reason in [
        "",
        "  ",
        "TODO",
        "todo: find out",
        "?",
        "FIXME later",
        "because",
    ] {
        refused_with("it is so", reason, (5, 10), &["no reason"]);
    }
}

#[test]
fn a_wrong_count_is_refused() {
    let counted = |count: &str| format!("{GOOD}count = {count}\n");
    assert!(parse(&counted("1")).is_ok());
    refused(&counted("2"), (6, 9), &["name 1 cases, not 2", "count = 1"]);
    refused(&counted("-1"), (6, 9), &["a number from 0"]);
}

#[test]
fn a_wildcard_has_to_state_its_count() {
    let words = ["how many cases it covers", "count = 4"];
    refused_with("6.4.3", "6.4.*", (3, 9), &words);
    refused_with("6.4.3", "6.4", (3, 9), &words);
    let counted = format!("{}count = 4\n", GOOD.replace("6.4.3", "6.4"));
    assert!(parse(&counted).is_ok());
}

#[test]
fn two_entries_for_one_case_and_target_are_refused() {
    let second = GOOD.replace("'a'", "'b'");
    refused(
        &format!("{GOOD}{second}"),
        (8, 9),
        &["`6.4.3` has an entry already: `a` in line 3"],
    );
    let flaky = second.replace("deviation", "flaky");
    refused(
        &format!("{GOOD}{flaky}"),
        (8, 9),
        &["`6.4.3` has an entry already"],
    );
    let apart = format!("{GOOD}target = 'echo'\n{second}target = 'tls'\n");
    assert!(parse(&apart).is_ok());
    let overlap = format!("{GOOD}target = 'echo'\n{second}");
    refused(&overlap, (9, 9), &["`6.4.3` has an entry already"]);
}

#[test]
fn a_case_that_is_named_twice_in_an_entry_is_refused() {
    refused_with(
        "['6.4.3']",
        "['6.4.3', '6.4.3']",
        (3, 19),
        &["`6.4.3` is named twice"],
    );
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let second = GOOD.replace("6.4.3", "6.4.4");
    refused(
        &format!("{GOOD}{second}"),
        (7, 6),
        &["the id `a` is taken by line 3"],
    );
}

#[test]
fn an_error_is_never_expected() {
    for error in ["error", "ERROR", "missing", "not-played"] {
        refused_with("non-strict", error, (4, 10), &["never expected"]);
    }
}

#[test]
fn an_expectation_that_is_none_of_the_suites_is_refused() {
    refused_with(
        "non-strict",
        "nonstrict",
        (4, 10),
        &["did you mean `non-strict`?"],
    );
    refused_with(
        "non-strict",
        "ok/uncaen",
        (4, 10),
        &["did you mean `unclean`?"],
    );
    refused_with(
        "'non-strict'",
        "['ok', 'failed']",
        (4, 10),
        &["must be a string"],
    );
    let close = |text: &str| format!("{GOOD}close = '{text}'\n");
    assert!(parse(&close("unclean")).is_ok());
    refused(&close("clean"), (6, 9), &["no verdict on closing"]);
    let pair = GOOD.replace("non-strict", "non-strict/unclean");
    refused(
        &format!("{pair}close = 'ok'\n"),
        (6, 9),
        &["says how the connection ends already"],
    );
    refused(
        &format!("{GOOD}close_code = 65536\n"),
        (6, 14),
        &["at most 4999"],
    );
}

#[test]
fn an_exception_that_is_none_is_refused() {
    refused_with(
        "non-strict",
        "ok",
        (4, 10),
        &["OK/OK is what `6.4.3` expects anyway"],
    );
    refused_with(
        "non-strict",
        "ok/ok",
        (4, 10),
        &["OK/OK is what `6.4.3` expects anyway"],
    );
    let informational = GOOD
        .replace("6.4.3", "7.1.6")
        .replace("non-strict", "informational");
    refused(&informational, (4, 10), &["what `7.1.6` expects anyway"]);
    let flaky = GOOD
        .replace("deviation", "flaky")
        .replace("non-strict", "ok");
    refused(&flaky, (4, 10), &["list what else can happen"]);
}

#[test]
fn unknown_keys_are_refused() {
    refused(
        &format!("{GOOD}resaon = 'x y'\n"),
        (6, 1),
        &["unknown key `resaon`", "did you mean `reason`?"],
    );
    refused(
        &format!("[[deviations]]\n{}", &GOOD[14..]),
        (1, 3),
        &["did you mean `deviation`?"],
    );
    refused(
        &format!("{GOOD}when = {{ os = 'linux' }}\n"),
        (6, 1),
        &["unknown key `when`"],
    );
}

#[test]
fn unknown_targets_are_refused_where_targets_are_known() {
    let targets = BTreeSet::from([String::from("echo")]);
    let known = Known {
        catalog: catalog(),
        targets: Some(&targets),
    };
    let text = format!("{HEAD}{GOOD}target = 'ehco'\n");
    let refused = Baseline::parse("b.toml", &text, known)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("no target `ehco`"), "{refused}");
    assert!(refused.contains("did you mean `echo`?"), "{refused}");
}

#[test]
fn bad_dates_are_refused() {
    refused(
        &format!("{GOOD}expires = '2027-01-01'\n"),
        (6, 11),
        &["a day without quotes"],
    );
    refused(
        &format!("{GOOD}expires = 2027-01-01T00:00:00\n"),
        (6, 11),
        &["a day without quotes"],
    );
    assert!(parse(&format!("{GOOD}expires = 2027-02-30\n")).is_err());
}

#[test]
fn links_and_systems_and_names_are_checked() {
    refused(
        &format!("{GOOD}issue = 'javascript:alert(1)'\n"),
        (6, 9),
        &["begins with https://"],
    );
    refused(
        &format!("{GOOD}issue = 'https://example.org/@someone'\n"),
        (6, 9),
        &["cannot hold '@'", "write `%40` instead"],
    );
    refused_with("'a'", "'a b'", (2, 6), &["made of letters"]);
    let flaky = GOOD.replace("deviation", "flaky");
    let words = [
        "unknown operating system `windws`",
        "did you mean `windows`?",
    ];
    refused(
        &format!("{flaky}when = {{ os = 'windws' }}\n"),
        (6, 15),
        &words,
    );
}

#[test]
fn the_head_is_checked() {
    let parse = |text: &str| {
        let known = Known {
            catalog: catalog(),
            targets: None,
        };
        Baseline::parse("b.toml", text, known).map_err(|refused| refused.to_string())
    };
    let wrong = |old: &str, new: &str, words: &str| {
        let text = parse(&HEAD.replace(old, new)).unwrap_err();
        assert!(text.contains(words), "expected {words:?} in\n{text}");
    };
    assert!(parse(HEAD).is_ok());
    wrong("517", "516", "the suite has 517 cases, not 516");
    wrong("version = 1", "version = 2", "this program reads 1");
    wrong("version = 1\n", "", "without `version`");
    wrong("autobahn", "autoban", "there is no suite `autoban`");
    wrong("suite", "suit", "did you mean `suite`?");
    wrong("25.10.1\"", "25.10.1", "b.toml:2:");
    assert!(parse("").unwrap_err().contains("2 faults"));
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_file() {
    let entries = "[[deviation]]
id = 'a'
cases = ['6.4.3', '6.4.33', '99.*']
expect = 'fine'
colour = 'red'

[[flaky]]
cases = ['7.*']
expect = ['ok', 'ok/unclean']
reason = 'todo'
";
    let refused = parse(entries).unwrap_err();
    let messages: Vec<&str> = refused
        .problems()
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    assert_eq!(messages.len(), 8, "{refused}");
    assert!(
        refused
            .to_string()
            .ends_with("cannot use `baseline.toml`: 8 faults")
    );
    crate::fixture::expect_file("tests/gate/expect/refusal.txt", &refused.to_string());
}

#[test]
fn an_entry_has_an_age_and_a_last_day() {
    let entries = format!("{GOOD}since = 2026-01-01\nexpires = 2026-02-05\n");
    let baseline = baseline(&entries);
    let on = |today: &str| check::summary(&baseline, day(today));
    assert!(on("2026-02-03").contains("accepted 33 days ago, expires in 2 days"));
    assert!(on("2026-02-06").contains("EXPIRED 1 day ago"));
}

#[test]
fn a_case_is_explained_by_its_entry() {
    let baseline = baseline(&format!("{GOOD}issue = 'https://example.org/1'\n"));
    let explain = |case| check::explain(&baseline, catalog(), id(case), day("2026-02-03"));
    let listed = explain("6.4.3");
    assert!(
        listed.contains("NON-STRICT/OK, by `a` (baseline.toml:3)"),
        "{listed}"
    );
    assert!(listed.contains("it is so") && listed.contains("https://example.org/1"));
    assert!(explain("6.4.4").contains("OK/OK, by default"));
    assert!(explain("99.1").contains("no case"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(?s).{0,200}") {
        let _ = parse(&text).map_err(|refused| refused.to_string());
    }

    #[test]
    fn a_damaged_baseline_is_read_or_refused(at in 0..400_usize, with in "\\PC{0,3}") {
        let mut text: Vec<char> = GOOD.repeat(2).chars().collect();
        let at = at.min(text.len());
        text.splice(at..text.len().min(at + 1), with.chars());
        let _ = parse(&text.iter().collect::<String>()).map_err(|refused| refused.to_string());
    }
}

/// A valid baseline must not make the job red that posts the comment.
#[test]
fn a_link_that_is_accepted_can_be_posted() {
    let script = include_str!("../../../../ci/comment.py");
    let pattern = script.lines().find(|line| line.starts_with("LINK = "));
    let (_, rest) = pattern.unwrap().split_once("https?://[^\\s").unwrap();
    let (class, _) = rest.split_once("]+").unwrap();
    let mut chars = class.chars();
    let mut not_posted = Vec::new();
    while let Some(c) = chars.next() {
        not_posted.push(if c == '\\' { chars.next().unwrap() } else { c });
    }
    assert!(
        not_posted.contains(&'@') && not_posted.len() == 11,
        "{class}"
    );
    let is_accepted = |c: char| {
        let code = u32::from(c);
        parse(&format!(
            "{GOOD}issue = \"https://a.org/x\\u{code:04x}y\"\n"
        ))
        .is_ok()
    };
    // Spaces, and what moves or hides text, are not posted either.
    not_posted.extend([
        ' ', '\t', '\n', '\u{7f}', '\u{a0}', '\u{2028}', '\u{202e}', '\u{2066}',
    ]);
    for c in not_posted {
        assert!(!is_accepted(c), "{c:?}");
    }
    for c in "aZ09-._~:/?#&=+%,;!$*é".chars() {
        assert!(is_accepted(c), "{c:?}");
    }
}
