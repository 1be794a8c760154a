//! Runs and baselines in a few words.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use autobahn_cases::{
    CaseId, Catalog, Ending, Explanation, Outcome, Pattern, Transcript, Verdict, autobahn,
};
use autobahn_harness::baseline::{Expectation, Known, Refused};
use autobahn_harness::run::{CaseResult, EngineInfo, Profile, Target};
use autobahn_harness::{Baseline, Demand, Judgement, Provenance, Record, Run, judge};
use chrono::NaiveDate;

pub(crate) const HEAD: &str =
    "version = 1\nsuite = { name = \"autobahn\", cases = \"25.10.1\", count = 517 }\n";

pub(crate) fn catalog() -> &'static Catalog {
    autobahn()
}

#[track_caller]
pub(crate) fn id(text: &str) -> CaseId {
    text.parse().unwrap()
}

/// The ids that patterns such as `6.4.* 7.1.5` name.
#[track_caller]
pub(crate) fn ids(patterns: &str) -> BTreeSet<CaseId> {
    let patterns = patterns.split_whitespace();
    let resolve = |text: &str| catalog().resolve(&text.parse::<Pattern>().unwrap());
    patterns.flat_map(|text| resolve(text).unwrap()).collect()
}

/// An outcome such as `ok`, `failed/unclean`; the close is OK where it is not said.
#[track_caller]
pub(crate) fn outcome(text: &str) -> Outcome {
    let expectation: Expectation = text.parse().unwrap();
    let informational = Verdict::INFORMATIONAL.behavior == expectation.behavior;
    let default = if informational {
        Verdict::INFORMATIONAL
    } else {
        Verdict::OK
    };
    Outcome {
        verdict: Verdict {
            behavior: expectation.behavior,
            close: expectation.close.unwrap_or(default.close),
        },
        ending: Ending {
            opened: true,
            closed_by_us: true,
            clean: true,
            remote_code: Some(1000),
            ..Ending::default()
        },
        duration: Some(Duration::from_millis(12)),
        explanation: Explanation {
            behavior: String::from("what was received is told here"),
            close: String::from("how it ended is told here"),
        },
        received: Vec::new(),
        findings: Vec::new(),
        transcript: Transcript::default(),
    }
}

/// What came of a case: an outcome as above, or `error: why`.
#[track_caller]
pub(crate) fn result(text: &str) -> CaseResult {
    match text.strip_prefix("error: ") {
        Some(error) => CaseResult::NotPlayed {
            error: error.to_owned(),
        },
        None => CaseResult::Played(Box::new(outcome(text))),
    }
}

/// What came of a case each time it was played, the last time last.
#[track_caller]
pub(crate) fn record(target: &str, case: &str, results: &[&str]) -> Record {
    let (last, earlier) = results.split_last().unwrap();
    Record {
        target: target.to_owned(),
        id: id(case),
        result: result(last),
        earlier: earlier.iter().map(|text| result(text)).collect(),
    }
}

pub(crate) fn run(selected: BTreeSet<CaseId>, cases: Vec<Record>) -> Run {
    Run {
        schema_version: 1,
        provenance: Provenance {
            version: String::from("0.1.0"),
            engine: EngineInfo {
                name: String::from("docker"),
                version: String::from("29.1"),
                suite: String::from("25.10.1"),
                image: None,
                digest: None,
                corpora: None,
                insecure: false,
            },
            targets: vec![target("echo")],
            profile: Profile::Full,
            commit: Some(String::from("abc1234")),
            os: String::from("linux x86_64"),
            command: vec![String::from("autobahn"), String::from("run")],
            started: String::from("2026-02-03T04:05:06Z"),
            duration_ms: 5980,
        },
        selected,
        finished: true,
        cases,
    }
}

pub(crate) fn target(name: &str) -> Target {
    Target {
        name: name.to_owned(),
        url: format!("ws://127.0.0.1:9001/{name}"),
    }
}

/// A run of all cases in which each is as its default expects.
pub(crate) fn conforming() -> Run {
    let all: BTreeSet<CaseId> = catalog().cases().map(|case| case.id).collect();
    let of_case = |id: &CaseId| {
        let verdict = catalog().case(*id).unwrap().expectation();
        record("echo", &id.to_string(), &[&verdict.to_string()])
    };
    let records = all.iter().map(of_case).collect();
    run(all, records)
}

/// The record of a case in a run.
#[track_caller]
pub(crate) fn record_of<'a>(run: &'a mut Run, case: &str) -> &'a mut Record {
    let id = id(case);
    let mut records = run.cases.iter_mut();
    records.find(|record| record.id == id).unwrap()
}

pub(crate) fn parse(entries: &str) -> Result<Baseline, Refused> {
    let known = Known {
        catalog: catalog(),
        targets: None,
    };
    Baseline::parse("baseline.toml", &format!("{HEAD}{entries}"), known)
}

#[track_caller]
pub(crate) fn baseline(entries: &str) -> Baseline {
    parse(entries).unwrap_or_else(|refused| panic!("{refused}"))
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn judged<'a>(run: &'a Run, baseline: &'a Baseline) -> Judgement<'a> {
    let today = day("2026-02-03");
    judge(run, baseline, catalog(), today, Demand::AnySelection)
}

/// Compares with a file beside these tests; `BLESS=1` writes it.
#[track_caller]
pub(crate) fn expect_file(name: &str, text: &str) {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = directory.join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == text,
        "{} differs from what was rendered; accept with BLESS=1:\n{text}",
        path.display()
    );
}
