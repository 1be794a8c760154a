//! Plans played by a `wstest` that does as it is told.

use std::collections::BTreeMap;
use std::future;

use autobahn_report::INDEX;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::*;
use crate::engine::Jobs;
use crate::wstest::Broken;

/// What `wstest` does in a case.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Pass,
    Hang,
    Die,
    LoseConnection,
    StopServer,
}

#[derive(Default)]
struct Scripted {
    does: BTreeMap<CaseId, Does>,
    plays_besides: Option<&'static str>,
    reports_besides: Option<&'static str>,
    server: Option<JoinHandle<()>>,
}

impl Wstest for Scripted {
    async fn run(&self, shard: &Shard, lines: UnboundedSender<String>) -> Result<Files, Broken> {
        let ids = shard.cases.iter().map(ToString::to_string);
        let ids: Vec<_> = ids.chain(self.plays_besides.map(str::to_owned)).collect();
        lines
            .send(format!("Cases = ['{}']", ids.join("', '")))
            .unwrap();
        let mut rows = serde_json::Map::new();
        let row = serde_json::json!({"behavior": "OK", "behaviorClose": "OK", "duration": 1});
        for id in &shard.cases {
            let does = self.does.get(id).copied().unwrap_or(Does::Pass);
            if does == Does::LoseConnection {
                lines
                    .send("Connection to ws://x failed (refused)".to_owned())
                    .unwrap();
                break;
            }
            lines
                .send(format!("Running test case ID {id} for agent x"))
                .unwrap();
            match does {
                Does::Pass | Does::LoseConnection => {}
                Does::Hang => future::pending().await,
                Does::Die => return Err(Broken::Died("it died".to_owned())),
                Does::StopServer => self.server.as_ref().unwrap().abort(),
            }
            rows.insert(id.to_string(), row.clone());
        }
        rows.extend(self.reports_besides.map(|id| (id.to_owned(), row)));
        let index = match rows.is_empty() {
            true => serde_json::json!({}),
            false => serde_json::json!({ AGENT: rows }),
        };
        let index = (INDEX.to_owned(), index.to_string().into_bytes());
        Ok(Files::Memory([index].into()))
    }
}

/// A server that completes every opening handshake.
async fn server() -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let accepting = async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream
                .write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
                .await;
        }
    };
    (url, tokio::spawn(accepting))
}

fn id(text: &str) -> CaseId {
    text.parse().unwrap()
}

struct Played {
    result: Result<String, EngineError>,
    /// The cases with a verdict.
    passed: Vec<String>,
    /// The cases without, and why.
    errors: BTreeMap<String, String>,
    warnings: Vec<String>,
}

async fn played(mut wstest: Scripted, cases: &str, path: Path) -> Played {
    let (url, server) = server().await;
    wstest.server = Some(server);
    let plan = Plan {
        target: "x".to_owned(),
        url,
        cases: cases.split(' ').map(id).collect(),
        profile: Profile::Full,
        jobs: Jobs::AtMost(2),
    };
    let rules = Rules {
        longest: Some(Duration::from_millis(100)),
        path,
    };
    let (sender, mut progress) = mpsc::unbounded_channel();
    let result = play(&wstest, &plan, rules, &sender).await;
    let (mut passed, mut errors, mut warnings) = (Vec::new(), BTreeMap::new(), Vec::new());
    while let Ok(seen) = progress.try_recv() {
        match seen {
            Progress::Finished(record) => match record.result {
                CaseResult::Played(_) => passed.push(record.id.to_string()),
                CaseResult::NotPlayed { error } => {
                    drop(errors.insert(record.id.to_string(), error))
                }
            },
            Progress::Warning(text) => warnings.push(text),
            Progress::Started(_) | Progress::Preparing(_) => {}
        }
    }
    passed.sort();
    Played {
        result,
        passed,
        errors,
        warnings,
    }
}

fn doing<const N: usize>(does: [(&str, Does); N]) -> Scripted {
    Scripted {
        does: does.map(|(case, does)| (id(case), does)).into(),
        ..Scripted::default()
    }
}

#[tokio::test]
async fn every_case_of_every_shard_is_reported() {
    let cases = "1.1.1 9.3.1 9.4.1 9.5.1 9.6.1 12.3.10 12.3.15 13.5.10";
    let played = played(Scripted::default(), cases, Path::Ours).await;
    assert!(played.result.is_ok() && played.errors.is_empty());
    assert_eq!(played.passed.len(), 8);
    assert!(
        played.warnings[0].contains("does not echo"),
        "{:?}",
        played.warnings
    );
}

#[tokio::test]
async fn a_case_that_hangs_is_named_and_the_others_are_played_again() {
    let wstest = doing([("1.1.2", Does::Hang)]);
    let played = played(wstest, "1.1.1 1.1.2 1.1.3", Path::Ours).await;
    assert!(played.result.is_ok());
    assert_eq!(played.passed, ["1.1.1", "1.1.3"]);
    assert!(
        played.errors["1.1.2"].contains("did not end within 0 s"),
        "{:?}",
        played.errors
    );
}

#[tokio::test]
async fn a_suite_that_dies_loses_the_case_that_was_running() {
    let wstest = doing([("1.1.1", Does::Die)]);
    let played = played(wstest, "1.1.1 1.1.2", Path::Ours).await;
    assert!(played.result.is_ok());
    assert_eq!(played.passed, ["1.1.2"]);
    assert_eq!(played.errors["1.1.1"], "it died");
}

#[tokio::test]
async fn after_three_that_hang_no_further_one_is_tried_and_what_passed_is_kept() {
    let wstest = doing(["2.1", "2.2", "2.3", "2.4"].map(|case| (case, Does::Hang)));
    let played = played(wstest, "1.1.1 2.1 2.2 2.3 2.4 2.5", Path::Ours).await;
    assert!(played.result.is_ok());
    assert_eq!(played.passed, ["1.1.1"]);
    for case in ["2.4", "2.5"] {
        assert!(
            played.errors[case].contains("not tried"),
            "{:?}",
            played.errors
        );
    }
    assert_eq!(played.errors.len(), 5);
}

#[tokio::test]
async fn a_server_that_stops_accepting_is_an_error_for_what_is_left() {
    let wstest = doing([("1.1.2", Does::LoseConnection)]);
    let played = played(wstest, "1.1.1 1.1.2 1.1.3", Path::Ours).await;
    assert_eq!(played.passed, ["1.1.1"]);
    for case in ["1.1.2", "1.1.3"] {
        let error = "the server stopped accepting connections after case 1.1.1: refused";
        assert_eq!(played.errors[case], error);
    }
}

#[tokio::test]
async fn a_server_that_dies_is_an_error_that_names_the_case() {
    let wstest = doing([("1.1.2", Does::StopServer), ("1.1.3", Does::LoseConnection)]);
    let cut = played(wstest, "1.1.1 1.1.2 1.1.3", Path::Ours).await;
    let error = cut.result.unwrap_err().to_string();
    assert!(
        error.contains("after case 1.1.2") && error.contains("no longer answers"),
        "{error}"
    );
    assert_eq!(cut.passed, ["1.1.1", "1.1.2"]);

    let wstest = doing([("1.1.2", Does::StopServer)]);
    let last = played(wstest, "1.1.1 1.1.2", Path::Ours).await;
    assert!(
        last.result
            .unwrap_err()
            .to_string()
            .contains("no longer answers")
    );
}

#[tokio::test]
async fn a_server_that_the_suite_never_reaches_is_an_error_with_a_cure() {
    let wstest = doing([("1.1.1", Does::LoseConnection)]);
    let played = played(wstest, "1.1.1 1.1.2", Path::Another).await;
    let error = played.result.unwrap_err();
    assert!(
        error
            .message
            .contains("out of its container, but we do: refused"),
        "{error}"
    );
    assert!(error.cure.unwrap().contains("0.0.0.0"));
    assert!(played.passed.is_empty() && played.errors.is_empty());
}

#[tokio::test]
async fn a_suite_that_plays_or_reports_something_else_is_an_error() {
    let wstest = Scripted {
        plays_besides: Some("8.8.8"),
        ..Scripted::default()
    };
    let error = played(wstest, "1.1.1", Path::Ours)
        .await
        .result
        .unwrap_err();
    assert!(
        error
            .message
            .contains("would play 2; the first that differs is `8.8.8`"),
        "{error}"
    );
    let wstest = Scripted {
        reports_besides: Some("1.1.2"),
        ..Scripted::default()
    };
    let error = played(wstest, "1.1.1", Path::Ours)
        .await
        .result
        .unwrap_err();
    assert!(
        error
            .message
            .contains("`1.1.2`, which it was not told to play"),
        "{error}"
    );
}

#[tokio::test]
async fn the_quick_profile_is_refused() {
    let plan = Plan {
        target: String::new(),
        url: String::new(),
        cases: vec![],
        profile: Profile::Quick,
        jobs: Jobs::Serial,
    };
    let rules = Rules {
        longest: None,
        path: Path::Ours,
    };
    let (sender, _progress) = mpsc::unbounded_channel();
    let error = play(&Scripted::default(), &plan, rules, &sender).await;
    assert!(error.unwrap_err().message.contains("full profile only"));
}
