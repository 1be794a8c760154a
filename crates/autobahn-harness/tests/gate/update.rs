//! `baseline update`: nothing worse enters unnoticed, and comments stay.

use autobahn_harness::baseline::update::{Accept, Editor, UpdateError, Updated, update};
use autobahn_harness::exit::ExitCode;
use autobahn_harness::{Baseline, Demand, Run, judge};

use crate::fixture::{
    HEAD, catalog, conforming, day, id, ids, judged, parse, record, record_of, result, run, target,
};

/// The baseline of the tests: with comments, in an order of its own.
const FILE: &str = "
# About closing.
[[flaky]]
id = 'race' # seldom
cases = ['7.1.5']
expect = ['ok', 'ok/unclean']
reason = 'slow runners miss it'

# About UTF-8.
[[deviation]]
id      = 'utf8'
cases   = ['6.4.3', '6.4.4'] # two of them
expect  = 'non-strict' # for now
reason  = 'it checks late' # see below

# About compression.
[[deviation]]
id = 'deflate'
target = ['echo']
cases = [
    '12.*', # payloads
    '13.*', # parameters
]
count = 216 # all
expect = 'unimplemented'
reason = 'it has none'

# The end.
";

fn fitting() -> Run {
    let mut run = conforming();
    for record in &mut run.cases {
        if record.id.section() >= 12 {
            record.result = result("unimplemented");
        }
    }
    set(&mut run, "6.4.3", "non-strict");
    set(&mut run, "6.4.4", "non-strict");
    run
}

#[track_caller]
fn set(run: &mut Run, case: &str, text: &str) {
    record_of(run, case).result = result(text);
}

fn accept(cases: &str, reason: &str) -> Accept {
    Accept {
        cases: cases.parse().unwrap(),
        target: None,
        reason: reason.to_owned(),
        issue: None,
        expires: None,
        id: None,
    }
}

fn updated(run: &Run, accepts: &[Accept]) -> Result<Updated, UpdateError> {
    let baseline = parse(FILE).unwrap();
    update(&judged(run, &baseline), accepts, Editor::Person)
}

/// The file after the update, without its head; whatever is left, the update
/// leaves nothing stale, and a second one changes nothing.
#[track_caller]
fn check(run: &Run, accepts: &[Accept]) -> String {
    let first = updated(run, accepts).unwrap();
    let body = first.text.strip_prefix(HEAD).unwrap().to_owned();
    let baseline = parse(&body).unwrap();
    let judgement = judged(run, &baseline);
    assert_eq!(judgement.counts().stale, 0);
    let again = update(&judgement, &[], Editor::Person).unwrap();
    assert_eq!(again.text, first.text);
    assert_eq!(again.changes, [""; 0]);
    if first.left.is_empty() {
        assert_eq!(judgement.exit_code(), ExitCode::Passed);
    }
    body
}

/// `FILE` with some pieces replaced.
#[track_caller]
fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(FILE.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    })
}

#[test]
fn what_fits_stays_as_it_is() {
    assert_eq!(check(&fitting(), &[]), FILE);
}

#[test]
fn an_entry_is_narrowed_and_keeps_its_comments() {
    let mut run = fitting();
    set(&mut run, "6.4.3", "ok");
    let expected = edited(&[("['6.4.3', '6.4.4'] # two", "['6.4.4'] # two")]);
    assert_eq!(check(&run, &[]), expected);
}

#[test]
fn an_entry_of_which_nothing_is_left_is_removed() {
    let mut run = fitting();
    set(&mut run, "6.4.3", "ok");
    set(&mut run, "6.4.4", "ok");
    let text = check(&run, &[]);
    assert!(!text.contains("utf8") && !text.contains("About UTF-8"));
    assert!(text.contains("# About closing.") && text.contains("# The end."));
    let changes = updated(&run, &[]).unwrap().changes;
    assert_eq!(changes, ["removed `utf8`: all of it is as it must be"]);
}

#[test]
fn a_wildcard_is_split_into_what_is_left_of_it() {
    let mut run = fitting();
    set(&mut run, "12.3.7", "ok");
    let text = check(&run, &[]);
    let baseline = parse(&text).unwrap();
    assert_eq!(baseline.entries()[2].cases.len(), 215);
    let patterns: Vec<_> = baseline.entries()[2]
        .patterns
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        &patterns[..5],
        ["13.*", "12.1.*", "12.2.*", "12.3.1", "12.3.2"]
    );
    assert!(text.contains("count = 215 # all") && text.contains("# parameters"));
}

#[test]
fn what_became_better_and_not_ok_is_expected_as_it_is_now() {
    let mut run = fitting();
    let baseline = parse("[[deviation]]\nid = 'a'\ncases = ['6.4.3', '6.4.4']\nexpect = 'failed'\nclose = 'failed'\nreason = 'it is so'\n").unwrap();
    let now = update(&judged(&run, &baseline), &[], Editor::Person)
        .unwrap()
        .text;
    assert!(
        now.contains("expect = \"non-strict\"") && !now.contains("close"),
        "{now}"
    );
    set(&mut run, "6.4.4", "failed/failed");
    let now = update(&judged(&run, &baseline), &[], Editor::Person)
        .unwrap()
        .text;
    let again = parse(now.strip_prefix(HEAD).unwrap()).unwrap();
    let entries: Vec<_> = again
        .entries()
        .iter()
        .map(|entry| entry.id.as_str())
        .collect();
    assert_eq!(entries, ["a", "a-non-strict"]);
    assert_eq!(again.entries()[1].reason, "it is so");
    assert_eq!(again.entries()[0].cases, ids("6.4.4"));
}

#[test]
fn a_regression_never_enters_by_itself() {
    let mut run = fitting();
    set(&mut run, "5.20", "failed/unclean");
    set(&mut run, "6.4.3", "failed");
    assert_eq!(check(&run, &[]), FILE);
    let left = updated(&run, &[]).unwrap().left;
    let echo = || String::from("echo");
    assert_eq!(left, [(echo(), id("5.20")), (echo(), id("6.4.3"))]);
}

#[test]
fn what_is_accepted_enters_with_its_reason() {
    let mut run = fitting();
    set(&mut run, "5.20", "failed/unclean");
    let accept = Accept {
        issue: Some(String::from("https://example.org/5")),
        expires: Some(day("2027-01-01")),
        ..accept("5.20", "the new parser drops it; goes with \"#5\"")
    };
    let expected = "
[[deviation]]
id = \"accepted-5.20\"
target = [\"echo\"]
cases = [\"5.20\"]
count = 1
expect = \"failed/unclean\"
reason = 'the new parser drops it; goes with \"#5\"'
issue = \"https://example.org/5\"
since = 2026-02-03
expires = 2027-01-01
";
    let text = check(&run, &[accept]);
    assert!(text.contains(expected), "{text}");
    assert!(text.ends_with("# The end.\n"));
}

#[test]
fn what_changed_leaves_its_entry_when_it_is_accepted() {
    let mut run = fitting();
    set(&mut run, "6.4.3", "failed");
    set(&mut run, "12.1.1", "failed");
    set(&mut run, "7.1.5", "failed");
    let accepts = [
        accept("6.4.3", "worse for now"),
        accept("*", "all the rest"),
    ];
    let text = check(&run, &accepts);
    let baseline = parse(&text).unwrap();
    let entry = |case| baseline.entry("echo", id(case), "linux").unwrap();
    assert_eq!(entry("6.4.3").reason, "worse for now");
    assert_eq!(entry("12.1.1").reason, "all the rest");
    assert_eq!(entry("12.1.1").id, entry("7.1.5").id);
    assert_eq!(entry("12.1.2").id, "deflate");
    assert!(!text.contains("race"), "nothing is left of it");
}

#[test]
fn an_acceptance_without_a_reason_or_a_cause_is_refused() {
    let mut run = fitting();
    set(&mut run, "5.20", "failed");
    set(&mut run, "5.19", "error: x");
    let error = |accept: Accept| updated(&run, &[accept]).unwrap_err().to_string();
    assert!(error(accept("5.20", "")).contains("--reason"));
    assert!(error(accept("5.20", "TODO later")).contains("--reason"));
    assert!(error(accept("5.18", "it is so")).contains("nothing to accept"));
    assert!(error(accept("6.4.3", "it is so")).contains("nothing to accept"));
    assert!(error(accept("5.19", "it is so")).contains("no verdict"));
}

#[test]
fn a_job_in_ci_updates_nothing() {
    let run = fitting();
    let baseline = parse(FILE).unwrap();
    let error = update(&judged(&run, &baseline), &[], Editor::Ci).unwrap_err();
    assert_eq!(error, UpdateError::InCi);
}

#[test]
fn what_was_not_played_keeps_its_entry() {
    let only = run(ids("6.4.3"), vec![record("echo", "6.4.3", &["ok"])]);
    let text = updated(&only, &[]).unwrap().text;
    let baseline = parse(text.strip_prefix(HEAD).unwrap()).unwrap();
    assert_eq!(baseline.entries()[1].cases, ids("6.4.4"));
    assert_eq!(baseline.entries()[2].cases.len(), 216);
}

#[test]
fn targets_that_come_to_differ_get_entries_of_their_own() {
    let records = vec![
        record("echo", "6.4.3", &["ok"]),
        record("echo", "6.4.4", &["non-strict"]),
        record("tls", "6.4.3", &["non-strict"]),
        record("tls", "6.4.4", &["non-strict"]),
    ];
    let mut run = run(ids("6.4.3 6.4.4"), records);
    run.provenance.targets.push(target("tls"));
    assert_eq!(
        updated(&run, &[]).unwrap_err(),
        UpdateError::Split(String::from("utf8"))
    );

    let file = FILE.replace("id      = 'utf8'", "id = 'utf8'\ntarget = ['echo', 'tls']");
    let baseline = parse(&file).unwrap();
    let text = update(&judged(&run, &baseline), &[], Editor::Person)
        .unwrap()
        .text;
    let updated = parse(text.strip_prefix(HEAD).unwrap()).unwrap();
    let judgement = judged(&run, &updated);
    assert_eq!(judgement.exit_code(), ExitCode::Passed, "{text}");
}

#[test]
fn a_first_entry_is_added_to_a_file_without_any() {
    let mut run = conforming();
    set(&mut run, "5.20", "failed");
    let none = Baseline::empty("baseline.toml");
    let accepts = [accept("5.20", "it is so")];
    let text = update(&judged(&run, &none), &accepts, Editor::Person)
        .unwrap()
        .text;
    assert!(text.starts_with(HEAD), "{text}");

    let baseline = parse("").unwrap();
    let today = day("2026-02-03");
    let judgement = judge(&run, &baseline, catalog(), today, Demand::Complete);
    let text = update(&judgement, &accepts, Editor::Person).unwrap().text;
    let baseline: Baseline = parse(text.strip_prefix(HEAD).unwrap()).unwrap();
    assert_eq!(judged(&run, &baseline).exit_code(), ExitCode::Passed);
}
