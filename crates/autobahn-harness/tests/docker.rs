//! The official suite in containers against servers of known faults: each gives
//! the verdict or the error that names it. Asked for by name (`cargo test --test
//! docker`); fails without a container engine.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use autobahn_harness::engine::docker::{self, Docker, Network, remove_containers, sweep};
use autobahn_harness::engine::{Engine, EngineError, Jobs, Plan, Progress};
use autobahn_harness::run::{CaseResult, EngineInfo, Profile, Record};
use echo_server::ServerHandle;
use faulty_server::{Fault, FaultyServer};
use futures_util::{SinkExt, StreamExt};
use testcontainers::runners::AsyncRunner;
use testcontainers::{GenericImage, ImageExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

fn plan(url: &str, cases: &str) -> Plan {
    Plan {
        target: "faulty".to_owned(),
        url: url.to_owned(),
        cases: cases.split(' ').map(|id| id.parse().unwrap()).collect(),
        profile: Profile::Full,
        jobs: Jobs::ByCores,
    }
}

struct Played {
    result: Result<EngineInfo, EngineError>,
    records: Vec<Record>,
    warnings: Vec<String>,
}

impl Played {
    /// Each case with its verdict, or `-` where it has none.
    fn verdicts(&self) -> String {
        let verdicts = self.records.iter().map(|record| match record.outcome() {
            Some(outcome) => format!("{} {}", record.id, outcome.verdict),
            None => format!("{} -", record.id),
        });
        verdicts.collect::<Vec<_>>().join(", ")
    }

    #[track_caller]
    fn error_of(&self, id: &str) -> &str {
        let record = self
            .records
            .iter()
            .find(|record| record.id.to_string() == id);
        match &record.unwrap().result {
            CaseResult::NotPlayed { error } => error,
            CaseResult::Played(outcome) => panic!("{id} {}", outcome.verdict),
        }
    }

    #[track_caller]
    fn error(&self) -> String {
        self.result.as_ref().unwrap_err().to_string()
    }
}

async fn play(engine: &Docker, plan: &Plan) -> Played {
    let (sender, mut progress) = mpsc::unbounded_channel();
    let result = engine.play(plan, sender).await;
    let (mut records, mut warnings) = (Vec::new(), Vec::new());
    while let Ok(seen) = progress.try_recv() {
        match seen {
            Progress::Finished(record) => records.push(*record),
            Progress::Warning(text) => warnings.push(text),
            Progress::Preparing(_) | Progress::Started(_) => {}
        }
    }
    records.sort_by_key(|record| record.id);
    Played {
        result,
        records,
        warnings,
    }
}

async fn echo_server() -> ServerHandle {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    echo_server::serve(listener, echo_server::Config::default()).unwrap()
}

/// A fault that shows as a verdict.
async fn check(fault: Fault, cases: &str, verdicts: &str) {
    let server = FaultyServer::start(fault).unwrap();
    let played = play(&Docker::default(), &plan(&server.url(fault), cases)).await;
    assert!(played.result.is_ok(), "{:?}", played.result);
    assert_eq!(played.verdicts(), verdicts);
}

#[tokio::test]
async fn a_server_without_faults_passes() {
    let server = echo_server().await;
    let engine = Docker::default();
    let played = play(
        &engine,
        &plan(&server.url(), "1.1.1 2.5 6.3.1 7.13.1 9.1.1"),
    )
    .await;
    let info = played.result.as_ref().unwrap();
    assert_eq!((&*info.name, &*info.suite), ("docker", "25.10.1"));
    assert!(info.digest.as_ref().unwrap().starts_with("sha256:"));
    assert_eq!(
        played.verdicts(),
        "1.1.1 OK/OK, 2.5 OK/OK, 6.3.1 OK/OK, 7.13.1 INFORMATIONAL/INFORMATIONAL, 9.1.1 OK/OK"
    );
    assert!(played.warnings.is_empty(), "{:?}", played.warnings);
    // The details are there, and lone surrogates as the octets that they were.
    let transcript = &played.records[2].outcome().unwrap().transcript;
    assert!(transcript.response.starts_with("HTTP/1.1 101"));
    assert!(!transcript.entries.is_empty());
    assert_eq!(remove_containers(&engine.run).await.unwrap(), 0);
}

#[tokio::test]
async fn cases_are_divided_among_containers() {
    let server = echo_server().await;
    // Compression is what makes these cases costly; this server declines it.
    let cases = "1.1.1 12.3.10 12.3.15 13.3.10 13.5.15";
    let played = play(&Docker::default(), &plan(&server.url(), cases)).await;
    let verdicts = cases.split(' ').map(|id| match id {
        "1.1.1" => format!("{id} OK/OK"),
        _ => format!("{id} UNIMPLEMENTED/OK"),
    });
    assert_eq!(played.verdicts(), verdicts.collect::<Vec<_>>().join(", "));
}

#[tokio::test]
async fn faults_in_an_echo_are_failures() {
    check(Fault::DoubleEcho, "1.1.2", "1.1.2 FAILED/OK").await;
    // The suite waits for the right echo, and the server answers its Close 1001.
    check(Fault::Corrupt, "1.1.2", "1.1.2 FAILED/WRONG CODE").await;
}

#[tokio::test]
async fn a_server_that_swallows_messages_is_warned_of_and_fails() {
    let server = FaultyServer::start(Fault::Silent).unwrap();
    let played = play(
        &Docker::default(),
        &plan(&server.url(Fault::Silent), "1.1.2"),
    )
    .await;
    assert!(
        played.warnings[0].contains("does not echo"),
        "{:?}",
        played.warnings
    );
    assert_eq!(played.verdicts(), "1.1.2 FAILED/OK");
}

#[tokio::test]
async fn a_server_that_checks_no_text_fails() {
    check(Fault::NoUtf8Check, "6.3.1", "6.3.1 FAILED/FAILED").await;
}

#[tokio::test]
async fn faults_in_closing_are_seen() {
    check(Fault::NoCloseFrame, "1.1.1", "1.1.1 OK/UNCLEAN").await;
    check(Fault::WrongCloseCode, "1.1.1", "1.1.1 OK/WRONG CODE").await;
}

#[tokio::test]
async fn a_server_that_crashes_is_an_error_that_names_the_case() {
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    // The first connection is ours, the third that of 1.1.2.
    let server = FaultyServer::start_on(local, Fault::CrashAt, 3).unwrap();
    let url = server.url(Fault::CrashAt);
    let played = play(&Docker::default(), &plan(&url, "1.1.1 1.1.2 1.1.3")).await;
    assert_eq!(
        played.verdicts(),
        "1.1.1 OK/OK, 1.1.2 FAILED/FAILED, 1.1.3 -"
    );
    let error = played.error();
    assert!(
        error.contains("stopped accepting connections after case 1.1"),
        "{error}"
    );
    assert!(error.contains("no longer answers"), "{error}");
}

#[tokio::test]
async fn a_server_that_stops_accepting_is_an_error_for_what_is_left() {
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = FaultyServer::start_on(local, Fault::StopAcceptingAt, 3).unwrap();
    let url = server.url(Fault::StopAcceptingAt);
    let played = play(&Docker::default(), &plan(&url, "1.1.1 1.1.2 1.1.3")).await;
    assert_eq!(played.verdicts(), "1.1.1 OK/OK, 1.1.2 -, 1.1.3 -");
    for id in ["1.1.2", "1.1.3"] {
        let error = played.error_of(id);
        assert!(
            error.contains("stopped accepting connections after case 1.1.1"),
            "{error}"
        );
    }
    assert!(played.error().contains("no longer answers"));
}

#[tokio::test]
async fn a_server_that_answers_404_is_refused_at_once() {
    let server = FaultyServer::start(Fault::NotFound).unwrap();
    let start = Instant::now();
    let played = play(
        &Docker::default(),
        &plan(&server.url(Fault::NotFound), "1.1.1"),
    )
    .await;
    assert!(
        played.error().contains("`HTTP/1.1 404"),
        "{}",
        played.error()
    );
    assert!(played.records.is_empty() && start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_server_on_loopback_is_not_reached_through_a_bridge() {
    let server = echo_server().await;
    let engine = Docker {
        network: Some(Network::Bridge),
        ..Docker::default()
    };
    let played = play(&engine, &plan(&server.url(), "1.1.1")).await;
    let error = played.error();
    assert!(error.contains("out of its container, but we do"), "{error}");
    assert!(error.contains("listen on 0.0.0.0"), "{error}");
    assert!(played.records.is_empty());
}

#[tokio::test]
async fn a_server_on_all_addresses_is_reached_through_a_bridge() {
    let listener = TcpListener::bind((Network::Bridge.listen(), 0))
        .await
        .unwrap();
    let url = format!("ws://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let _server = echo_server::serve(listener, echo_server::Config::default()).unwrap();
    let engine = Docker {
        network: Some(Network::Bridge),
        ..Docker::default()
    };
    let played = play(&engine, &plan(&url, "1.1.1")).await;
    assert_eq!(played.verdicts(), "1.1.1 OK/OK");
}

/// Echoes, but answers a text with `ß` by a Close frame and keeps TCP open.
async fn keep_open(stream: TcpStream) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else {
        return;
    };
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Text(text) if text.contains('ß') => {
                let _ = socket.close(None).await;
                std::future::pending().await
            }
            Message::Text(_) => drop(socket.send(message).await),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_case_that_hangs_is_named_and_the_others_are_salvaged() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(keep_open(stream));
        }
    });
    let engine = Docker {
        case_deadline: Some(Duration::from_secs(3)),
        ..Docker::default()
    };
    let played = play(&engine, &plan(&url, "1.1.2 6.2.1 6.2.4")).await;
    assert!(played.result.is_ok(), "{:?}", played.result);
    assert_eq!(played.verdicts(), "1.1.2 OK/OK, 6.2.1 -, 6.2.4 OK/OK");
    let error = played.error_of("6.2.1");
    assert!(error.contains("did not end within 3 s"), "{error}");
    assert!(error.contains("closes first and keeps TCP open"), "{error}");
    assert_eq!(remove_containers(&engine.run).await.unwrap(), 0);
}

#[tokio::test]
async fn an_image_that_is_nowhere_is_an_error_with_the_cure() {
    let server = echo_server().await;
    let engine = Docker {
        // Port 1 of this machine is no registry, so that nobody is asked.
        image: Some("127.0.0.1:1/autobahn:none".to_owned()),
        ..Docker::default()
    };
    let played = play(&engine, &plan(&server.url(), "1.1.1")).await;
    let error = played.error();
    assert!(
        error.contains("cannot pull the image 127.0.0.1:1/autobahn:none"),
        "{error}"
    );
    assert!(error.contains("ci/autobahn-image"), "{error}");
    assert_eq!(played.warnings.len(), 2, "{:?}", played.warnings);
}

/// Runs itself again, for the environment is the whole process's.
#[tokio::test]
async fn without_a_container_engine_there_is_an_error_with_the_cure() {
    const NOWHERE: &str = "tcp://127.0.0.1:1";
    if std::env::var("DOCKER_HOST").is_ok_and(|host| host == NOWHERE) {
        let error = docker::version().await.unwrap_err();
        assert!(
            error.message.starts_with("no container engine answers"),
            "{error}"
        );
        assert!(error.cure.unwrap().contains("DOCKER_HOST"));
        return;
    }
    let mut again = tokio::process::Command::new(std::env::current_exe().unwrap());
    let name = "without_a_container_engine_there_is_an_error_with_the_cure";
    let ended = again
        .args(["--exact", name])
        .env("DOCKER_HOST", NOWHERE)
        .output()
        .await
        .unwrap();
    let stdout = String::from_utf8_lossy(&ended.stdout);
    assert!(
        ended.status.success() && stdout.contains("1 passed"),
        "{stdout}"
    );
}

#[tokio::test]
async fn what_a_doctor_asks_is_answered() {
    assert!(docker::version().await.unwrap().starts_with("Docker "));
    assert!(!docker::network().await.unwrap().reason.is_empty());
    assert!(docker::find_image(None).await.unwrap().is_some());
    assert!(
        docker::find_image(Some("no-such-image:1"))
            .await
            .unwrap()
            .is_none()
    );
}

/// A run against a server that never answers a message, with containers that play.
async fn hanging(engine: Docker) {
    let server = FaultyServer::start(Fault::Blackhole).unwrap();
    let plan = plan(&server.url(Fault::Blackhole), "1.1.6 1.1.7 1.1.8 1.2.6");
    let (sender, mut progress) = mpsc::unbounded_channel();
    let begun =
        async { while !matches!(progress.recv().await, Some(Progress::Started(_)) | None) {} };
    tokio::select! {
        result = engine.play(&plan, sender) => panic!("{result:?}"),
        () = begun => {}
    }
}

#[tokio::test]
async fn a_run_that_is_dropped_leaves_no_container() {
    let engine = Docker::default();
    timeout(Duration::from_secs(60), hanging(engine.clone()))
        .await
        .unwrap();
    assert_eq!(remove_containers(&engine.run).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_dropped_on_many_threads_leaves_no_container() {
    let engine = Docker::default();
    timeout(Duration::from_secs(60), hanging(engine.clone()))
        .await
        .unwrap();
    assert_eq!(remove_containers(&engine.run).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_dropped_while_a_container_starts_leaves_none() {
    let server = echo_server().await;
    for millis in [50, 150, 300, 450, 600] {
        let engine = Docker::default();
        let (sender, _progress) = mpsc::unbounded_channel();
        let plan = plan(&server.url(), "1.1.1");
        let early = timeout(Duration::from_millis(millis), engine.play(&plan, sender)).await;
        assert!(early.is_err(), "too late to be interrupted");
        assert_eq!(
            remove_containers(&engine.run).await.unwrap(),
            0,
            "{millis} ms"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_leaves_no_container() {
    let engine = Docker::default();
    let run = engine.run.clone();
    let panicking = tokio::spawn(async move {
        let server = FaultyServer::start(Fault::Blackhole).unwrap();
        let plan = plan(&server.url(Fault::Blackhole), "1.1.6");
        let (sender, mut progress) = mpsc::unbounded_channel();
        let begun = async {
            while !matches!(progress.recv().await, Some(Progress::Started(_)) | None) {}
            panic!("on purpose");
        };
        let _ = tokio::join!(engine.play(&plan, sender), begun);
    });
    assert!(panicking.await.unwrap_err().is_panic());
    assert_eq!(remove_containers(&run).await.unwrap(), 0);
}

#[tokio::test]
async fn what_a_killed_run_has_left_is_swept_up() {
    let image = docker::find_image(None).await.unwrap().unwrap();
    let (name, tag) = image.name.split_once(':').unwrap();
    let left = GenericImage::new(name, tag)
        .with_cmd(["sleep", "60"])
        .with_labels([("autobahn.run", "killed"), ("autobahn.until", "1")]);
    let left = left.start().await.unwrap();
    assert!(sweep().await.unwrap() >= 1);
    assert!(left.is_running().await.is_err());
}
