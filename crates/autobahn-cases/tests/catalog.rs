//! The catalogue as a whole: which cases there are and how they are named.

use std::collections::{BTreeMap, BTreeSet};

use autobahn_cases::case::{Case, Endpoint, Judged, Offence, OnMatch};
use autobahn_cases::describe::render;
use autobahn_cases::play::{Play, Step};
use autobahn_cases::{CaseId, Pattern, autobahn};

/// The groups of the suite and how many cases each has.
const GROUPS: [(&str, usize); 59] = [
    ("1.1", 8),
    ("1.2", 8),
    ("2", 11),
    ("3", 7),
    ("4.1", 5),
    ("4.2", 5),
    ("5", 20),
    ("6.1", 3),
    ("6.2", 4),
    ("6.3", 2),
    ("6.4", 4),
    ("6.5", 5),
    ("6.6", 11),
    ("6.7", 4),
    ("6.8", 2),
    ("6.9", 4),
    ("6.10", 3),
    ("6.11", 5),
    ("6.12", 8),
    ("6.13", 5),
    ("6.14", 10),
    ("6.15", 1),
    ("6.16", 3),
    ("6.17", 5),
    ("6.18", 5),
    ("6.19", 5),
    ("6.20", 7),
    ("6.21", 8),
    ("6.22", 34),
    ("6.23", 7),
    ("7.1", 6),
    ("7.3", 6),
    ("7.5", 1),
    ("7.7", 13),
    ("7.9", 9),
    ("7.13", 2),
    ("9.1", 6),
    ("9.2", 6),
    ("9.3", 9),
    ("9.4", 9),
    ("9.5", 6),
    ("9.6", 6),
    ("9.7", 6),
    ("9.8", 6),
    ("10.1", 1),
    ("12.1", 18),
    ("12.2", 18),
    ("12.3", 18),
    ("12.4", 18),
    ("12.5", 18),
    ("13.1", 18),
    ("13.2", 18),
    ("13.3", 18),
    ("13.4", 18),
    ("13.5", 18),
    ("13.6", 18),
    ("13.7", 18),
    ("12", 90),
    ("13", 126),
];

fn resolve(pattern: &str) -> Result<Vec<CaseId>, String> {
    let pattern: Pattern = pattern.parse().expect("tests name well-formed patterns");
    autobahn()
        .resolve(&pattern)
        .map_err(|error| error.to_string())
}

#[test]
fn the_suite_has_517_cases_and_301_of_them_without_compression() {
    let (compressed, plain): (Vec<_>, Vec<_>) = autobahn()
        .cases()
        .partition(|case| matches!(case.play, Play::Compressed(_)));
    assert_eq!(plain.len(), 301);
    assert_eq!(compressed.len(), 216);
    assert_eq!(autobahn().len(), 517);
    assert_eq!(resolve("*").unwrap().len(), 517);
}

#[test]
fn groups_have_the_suites_cases_and_no_holes() {
    for (group, count) in GROUPS {
        let ids = resolve(group).unwrap();
        assert_eq!(ids.len(), count, "{group}");
        if group.contains('.') || ["2", "3", "5"].contains(&group) {
            let last = ids.iter().map(|id| *id.components().last().unwrap());
            assert!(last.eq(1..=count as u16), "{group}");
        }
    }
    let groups: BTreeSet<_> = GROUPS.iter().map(|(group, _)| *group).collect();
    for case in autobahn().cases() {
        let id = case.id.to_string();
        let group = id.rsplit_once('.').unwrap().0;
        assert!(groups.contains(group), "{id}");
    }
}

#[test]
fn cases_stand_in_numeric_order() {
    let ids: Vec<_> = autobahn().cases().map(|case| case.id).collect();
    assert!(ids.is_sorted());
    for id in ids {
        assert_eq!(autobahn().case(id).unwrap().id, id);
    }
}

#[test]
fn titles_are_one_sentence_and_differ() {
    let mut seen = BTreeMap::new();
    for case in autobahn().cases() {
        let (id, title) = (case.id, case.title.as_ref());
        assert!(
            title.starts_with(|first: char| first.is_ascii_uppercase() || first.is_ascii_digit()),
            "{id} {title}"
        );
        assert!(
            !title.ends_with(['.', ' ']) && !title.contains(". "),
            "{id} {title}"
        );
        if let Some(other) = seen.insert(title, id) {
            panic!("{other} and {id} are both called {title:?}");
        }
    }
}

#[track_caller]
fn check_only(patterns: &[&str], holds: impl Fn(&Case) -> bool) {
    let listed = patterns
        .iter()
        .flat_map(|pattern| resolve(pattern).expect("patterns name cases"));
    let found = autobahn().cases().filter(|case| holds(case));
    assert_eq!(
        found.map(|case| case.id).collect::<BTreeSet<_>>(),
        listed.collect::<BTreeSet<_>>()
    );
}

#[test]
fn only_these_cases_have_a_verdict_beside_ok_and_failed() {
    check_only(&["7.1.6", "7.13"], |case| {
        case.judged == Judged::Informational
    });
    let lenient = [
        "3.2", "3.3", "3.4", "4.1.3", "4.1.4", "4.1.5", "4.2.3", "4.2.4", "4.2.5", "5.15", "6.4",
        "7.1.6",
    ];
    check_only(&lenient, |case| match &case.play {
        Play::Script(script) => script.non_strict.is_some(),
        Play::Echo(_) | Play::RoundTrips(_) | Play::Compressed(_) => false,
    });
}

#[test]
fn only_these_cases_let_closing_decide_on_behavior() {
    let codes = [
        "7.1.1", "7.1.2", "7.1.3", "7.1.4", "7.1.5", "7.3", "7.5", "7.7", "7.9",
    ];
    check_only(&codes, |case| case.closing.wrong_code == Offence::Fails);
}

#[test]
fn cases_with_a_closing_handshake_among_their_steps_start_no_other() {
    for case in autobahn().cases() {
        let Play::Script(script) = &case.play else {
            continue;
        };
        let closes = script
            .steps
            .iter()
            .any(|step| matches!(step, Step::Close { .. }));
        let waits = case.closing.on_match == OnMatch::Wait;
        assert_eq!(waits, closes, "{}", case.id);
        assert!(!closes || case.closing.by == Endpoint::Us, "{}", case.id);
    }
}

#[test]
fn every_case_that_judges_says_why_it_is_usually_failed() {
    for case in autobahn().cases() {
        let judges = case.judged == Judged::Yes;
        assert_eq!(judges, !case.hints.is_empty(), "{}", case.id);
        for hint in case.hints {
            assert!(
                !hint.ends_with('.') && !hint.contains('\n'),
                "{} {hint}",
                case.id
            );
        }
    }
}

#[test]
fn unknown_cases_are_refused_and_near_ones_suggested() {
    for (pattern, message) in [
        ("7.9.99", "no case matches `7.9.99`; did you mean `7.9.9`?"),
        ("6.44.3", "no case matches `6.44.3`; did you mean `6.4.3`?"),
        ("8.8.8", "no case matches `8.8.8`"),
        ("8", "no case matches `8`"),
        ("H1.1", "no case matches `H1.1`; did you mean `1.1`?"),
        ("99.*", "no case matches `99.*`"),
        ("6.24", "no case matches `6.24`; did you mean `6.2`?"),
        ("9.4.10", "no case matches `9.4.10`; did you mean `9.4.1`?"),
        ("13.8", "no case matches `13.8`; did you mean `13.1`?"),
        ("2.12", "no case matches `2.12`; did you mean `2.1`?"),
    ] {
        assert_eq!(resolve(pattern), Err(message.to_owned()));
    }
}

#[test]
fn catalog_txt_is_what_the_catalogue_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/catalog.txt");
    let rendered = render(autobahn());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &rendered).expect("catalog.txt can be written");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    for (ours, theirs) in rendered.lines().zip(committed.lines()) {
        assert_eq!(
            ours, theirs,
            "catalog.txt is out of date; accept with: BLESS=1 cargo test -p autobahn-cases"
        );
    }
    assert_eq!(
        rendered, committed,
        "catalog.txt has other cases; accept with: BLESS=1 cargo test -p autobahn-cases"
    );
}
