//! A recorded report of the official suite, whole and with one fault each:
//! every fault is seen.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::path::{Path, PathBuf};

use autobahn_cases::event::Event;
use autobahn_cases::{CaseId, Outcome};
use autobahn_harness::engine::report::ReportDir;
use autobahn_harness::engine::{Engine, EngineError, Jobs, Plan, Progress};
use autobahn_harness::run::{CaseResult, EngineInfo, Profile, Record};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc;

const AGENT: &str = "echo-server";

/// Some of the cases of which the recorded report has a file.
const WITH_FILE: [&str; 3] = ["1.1.1", "2.5", "3.2"];

struct Read {
    result: Result<EngineInfo, EngineError>,
    records: Vec<Record>,
    warnings: Vec<String>,
}

impl Read {
    #[track_caller]
    fn error(&self) -> String {
        self.result.as_ref().unwrap_err().to_string()
    }

    #[track_caller]
    fn outcome(&self, id: &str) -> &Outcome {
        self.record(id).outcome().unwrap()
    }

    #[track_caller]
    fn record(&self, id: &str) -> &Record {
        let id: CaseId = id.parse().unwrap();
        self.records.iter().find(|record| record.id == id).unwrap()
    }

    fn not_played(&self) -> Vec<(String, String)> {
        let records = self.records.iter();
        let errors = records.filter_map(|record| match &record.result {
            CaseResult::NotPlayed { error } => Some((record.id.to_string(), error.clone())),
            CaseResult::Played(_) => None,
        });
        errors.collect()
    }
}

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/report")
}

async fn read(report: &ReportDir) -> Read {
    let all = autobahn_cases::autobahn().cases();
    read_plan(report, all.map(|case| case.id).collect()).await
}

async fn read_cases(report: &ReportDir, cases: &[&str]) -> Read {
    let ids = cases.iter().map(|id| id.parse().unwrap());
    read_plan(report, ids.collect()).await
}

async fn read_plan(report: &ReportDir, cases: Vec<CaseId>) -> Read {
    let plan = Plan {
        target: "echo".to_owned(),
        url: "ws://127.0.0.1:1".to_owned(),
        cases,
        profile: Profile::Full,
        jobs: Jobs::ByCores,
    };
    let (sender, mut progress) = mpsc::unbounded_channel();
    let result = report.play(&plan, sender).await;
    let (mut records, mut warnings) = (Vec::new(), Vec::new());
    while let Ok(seen) = progress.try_recv() {
        match seen {
            Progress::Finished(record) => records.push(*record),
            Progress::Warning(text) => warnings.push(text),
            Progress::Preparing(_) | Progress::Started(_) => {}
        }
    }
    Read {
        result,
        records,
        warnings,
    }
}

/// The recorded report with a change.
async fn read_changed(change: impl FnOnce(&Path)) -> Read {
    let copy = TempDir::new().unwrap();
    for entry in fs::read_dir(recorded()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    change(copy.path());
    read(&ReportDir::new(copy.path())).await
}

fn change_index(directory: &Path, change: impl FnOnce(&mut Value)) {
    let path = directory.join("index.json");
    let mut index: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut index);
    fs::write(path, serde_json::to_vec(&index).unwrap()).unwrap();
}

/// The recorded report in which the index says so of a case without a file.
async fn read_verdict(behavior: &str, close: &str) -> Read {
    read_changed(|directory| {
        change_index(directory, |index| {
            index[AGENT]["2.1"]["behavior"] = behavior.into();
            index[AGENT]["2.1"]["behaviorClose"] = close.into();
        });
    })
    .await
}

#[tokio::test]
async fn the_recorded_report_is_read_with_all_its_cases() {
    let read = read(&ReportDir::new(recorded())).await;
    let info = read.result.as_ref().unwrap();
    assert_eq!((&*info.name, &*info.suite), ("report", "25.10.1"));
    assert_eq!(read.records.len(), 517);
    assert!(read.not_played().is_empty());
    assert!(
        read.warnings[0].starts_with("no details of 503 case(s)"),
        "{:?}",
        read.warnings
    );

    let echoed = read.outcome("1.1.7");
    assert_eq!(echoed.verdict.to_string(), "OK/OK");
    assert!(echoed.ending.opened && echoed.ending.closed_by_us && echoed.ending.clean);
    assert_eq!(echoed.ending.remote_code, Some(1000));
    assert!(echoed.duration.is_some());
    assert!(
        echoed
            .transcript
            .request
            .contains("Sec-WebSocket-Version: 13")
    );
    assert!(echoed.transcript.response.starts_with("HTTP/1.1 101 "));
    assert!(
        matches!(&*echoed.received, [Event::Message { payload, .. }] if payload.hex == [b'*'; 64])
    );
    assert_eq!(
        read.outcome("12.1.1").verdict.to_string(),
        "UNIMPLEMENTED/OK"
    );
    assert_eq!(
        read.outcome("7.1.6").verdict.to_string(),
        "INFORMATIONAL/INFORMATIONAL"
    );
}

#[tokio::test]
async fn lone_surrogates_are_the_octets_that_were_sent() {
    let read = read(&ReportDir::new(recorded())).await;
    let sent = &read.outcome("6.3.1").transcript.entries[0];
    let sent = serde_json::to_value(sent).unwrap();
    assert_eq!(
        sent["payload"]["hex"],
        "cebae1bdb9cf83cebcceb5eda080656469746564"
    );
}

#[tokio::test]
async fn verdicts_are_taken_from_the_index() {
    for (behavior, close) in [
        ("FAILED", "OK"),
        ("OK", "FAILED"),
        ("OK", "WRONG CODE"),
        ("OK", "UNCLEAN"),
        ("OK", "FAILED BY CLIENT"),
        ("NON-STRICT", "OK"),
        ("UNIMPLEMENTED", "OK"),
    ] {
        let read = read_verdict(behavior, close).await;
        let verdict = read.outcome("2.1").verdict.to_string();
        assert_eq!(verdict, format!("{behavior}/{close}"));
    }
}

#[tokio::test]
async fn a_verdict_that_the_suite_does_not_write_is_no_outcome() {
    let read = read_verdict("Fine", "OK").await;
    assert_eq!(
        read.not_played(),
        [("2.1".into(), "`Fine` is not a verdict of the suite".into())]
    );
}

#[tokio::test]
async fn a_report_cut_to_five_cases_lacks_the_others() {
    let read = read_changed(|directory| {
        change_index(directory, |index| {
            let cases = index[AGENT].as_object_mut().unwrap();
            *cases = std::mem::take(cases).into_iter().take(5).collect();
        });
    })
    .await;
    let missing = read.not_played();
    assert_eq!(missing.len(), 512);
    assert!(missing[0].1.contains("no result of it"), "{missing:?}");
}

#[tokio::test]
async fn a_report_of_nothing_is_an_error() {
    let empty = read_changed(|directory| fs::write(directory.join("index.json"), "{}").unwrap());
    assert!(empty.await.error().contains("no case was played"));
    let absent = read_changed(|directory| fs::remove_file(directory.join("index.json")).unwrap());
    assert!(absent.await.error().contains("no `index.json`"));
    let half = read_changed(|directory| {
        let path = directory.join("index.json");
        let octets = fs::read(&path).unwrap();
        fs::write(path, &octets[..octets.len() / 2]).unwrap();
    });
    assert!(
        half.await
            .error()
            .contains("`index.json` of the report is broken")
    );
}

#[tokio::test]
async fn half_a_file_of_a_case_is_an_error_of_that_case() {
    let read = read_changed(|directory| {
        let path = directory.join("echo_server_case_2_5.json");
        let octets = fs::read(&path).unwrap();
        fs::write(path, &octets[..octets.len() / 2]).unwrap();
    })
    .await;
    let [(id, error)] = &*read.not_played() else {
        panic!("{:?}", read.not_played());
    };
    assert!(id == "2.5" && error.contains("is broken"), "{error}");
}

#[tokio::test]
async fn a_file_of_a_case_may_be_missing_but_not_contradict() {
    let read = read_changed(|directory| {
        fs::remove_file(directory.join("echo_server_case_2_5.json")).unwrap();
        let other = directory.join("echo_server_case_3_2.json");
        fs::copy(directory.join("echo_server_case_5_18.json"), other).unwrap();
        change_index(directory, |index| {
            index[AGENT]["5.19"]["behavior"] = "FAILED".into();
            index[AGENT]["6.4.3"]["duration"] = 1.into();
            index[AGENT]["1.1.1"]["remoteCloseCode"] = 1001.into();
        });
    })
    .await;
    assert!(
        read.warnings[0].starts_with("no details of 504 case(s)"),
        "{:?}",
        read.warnings
    );
    let errors = read.not_played();
    let ids: Vec<_> = errors.iter().map(|(id, _)| &**id).collect();
    assert_eq!(ids, ["1.1.1", "3.2", "5.19", "6.4.3"]);
    assert!(
        errors
            .iter()
            .all(|(_, error)| error.contains("contradicts itself")),
        "{errors:?}"
    );
    assert!(
        errors[2]
            .1
            .contains("FAILED/OK, the file of the case OK/OK"),
        "{errors:?}"
    );
}

#[tokio::test]
async fn a_report_of_an_earlier_run_is_refused() {
    let mut report = ReportDir::new(recorded());
    report.not_before = Some("2999-01-01T00:00:00Z".to_owned());
    let error = read(&report).await.error();
    assert!(error.contains("is of an earlier run"), "{error}");
    report.not_before = Some("2020-01-01T00:00:00Z".to_owned());
    assert!(read_cases(&report, &WITH_FILE).await.result.is_ok());
}

#[tokio::test]
async fn a_report_that_does_not_tell_when_its_cases_began_may_be_an_earlier_one() {
    let copy = TempDir::new().unwrap();
    let index = fs::read(recorded().join("index.json")).unwrap();
    fs::write(copy.path().join("index.json"), &index).unwrap();
    let mut report = ReportDir::new(copy.path());
    report.not_before = Some("2020-01-01T00:00:00Z".to_owned());
    let error = read_cases(&report, &WITH_FILE).await.error();
    let shown = copy.path().display();
    let words = format!("the report in `{shown}` may be of a run before 2020-01-01T00:00:00Z");
    assert!(error.contains(&words), "{error}");
    assert!(error.contains("remove the directory"), "{error}");

    // One file tells nothing of the other cases.
    for file in ["echo_server_case_1_1_1.json", "echo_server_case_2_5.json"] {
        fs::copy(recorded().join(file), copy.path().join(file)).unwrap();
    }
    let error = read_cases(&report, &["1.1.1", "2.5", "3.2"]).await.error();
    assert!(
        error.contains("1 case(s) began are missing, the first is 3.2"),
        "{error}"
    );
    let read = read_cases(&report, &["1.1.1", "2.5"]).await;
    assert!(read.result.is_ok());

    // Nor does one that cannot be read.
    fs::write(copy.path().join("echo_server_case_2_5.json"), "{").unwrap();
    let error = read_cases(&report, &["2.5"]).await.error();
    assert!(
        error.contains("no file of a case tells when it began"),
        "{error}"
    );
}

#[tokio::test]
async fn a_case_that_the_suite_does_not_have_is_an_error() {
    let read = read_changed(|directory| {
        change_index(directory, |index| {
            index[AGENT]["99.1.1"] = index[AGENT]["1.1.1"].clone()
        });
    })
    .await;
    assert!(
        read.error()
            .contains("a case `99.1.1`, which the suite does not have")
    );
}

#[tokio::test]
async fn of_several_agents_one_is_named() {
    let copy = TempDir::new().unwrap();
    let mut index: Value =
        serde_json::from_slice(&fs::read(recorded().join("index.json")).unwrap()).unwrap();
    index["another"] = index[AGENT].clone();
    fs::write(copy.path().join("index.json"), index.to_string()).unwrap();
    let mut report = ReportDir::new(copy.path());
    let error = read(&report).await.error();
    assert!(
        error.contains("several agents: `another`, `echo-server`"),
        "{error}"
    );
    report.agent = Some("another".to_owned());
    assert!(read(&report).await.result.is_ok());
}

#[tokio::test]
async fn a_report_names_no_path() {
    let read = read_changed(|directory| {
        fs::remove_file(directory.join("echo_server_case_2_5.json")).unwrap();
        change_index(directory, |index| {
            index[AGENT]["2.5"]["reportfile"] = "/etc/passwd".into();
        });
    })
    .await;
    assert_eq!(read.outcome("2.5").verdict.to_string(), "OK/OK");
    assert!(read.outcome("2.5").transcript.is_empty());
}
