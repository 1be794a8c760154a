//! What is wrong with a server, and the verdict or the error that says so.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use autobahn_harness::engine::docker::{Docker, remove_containers};
use faulty_server::{Fault, FaultyServer};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;

use crate::{echo_server, plan, play};

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
