//! The program's gate with the official suite: for each server that is wrong on
//! purpose the exit code, and the words that say what is wrong with it.

use std::net::{Ipv4Addr, SocketAddr};

use faulty_server::{Fault, FaultyServer};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, UnixStream};
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::program;

/// Plays against a server; it must end so, say all of this, and never that it passed.
async fn check(url: &str, cases: &[&str], code: i32, words: &[&str]) {
    let directory = TempDir::new().unwrap();
    ends(&mut program(directory.path(), url, cases), code, words).await;
}

async fn ends(program: &mut Command, code: i32, words: &[&str]) {
    let ended = program.output().await.unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(code), "{stderr}");
    for words in words {
        assert!(stderr.contains(words), "no {words:?} in:\n{stderr}");
    }
}

/// A fault that shows as a verdict.
async fn regression(fault: Fault, case: &str, got: &str) {
    let server = FaultyServer::start(fault).unwrap();
    let url = server.url(fault);
    let expected = format!("verdict: expected OK/OK, got {got}\n");
    let again = format!("reproduce: autobahn run {case} --url {url} --engine docker");
    let gate = "conformance gate failed: 1 regression (exit 100)";
    check(&url, &[case], 100, &[&expected, &again, gate]).await;
}

/// A server that is gone, or not there, from a connection on.
async fn no_verdict(fault: Fault, number: u32, words: &[&str]) {
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = FaultyServer::start_on(local, fault, number.into()).unwrap();
    check(&server.url(fault), &["1.1.1", "1.1.2", "1.1.3"], 101, words).await;
}

#[tokio::test]
async fn wrong_echoes_are_regressions() {
    regression(Fault::DoubleEcho, "1.1.2", "FAILED/OK").await;
    regression(Fault::Corrupt, "1.1.2", "FAILED/WRONG CODE").await;
    regression(Fault::Silent, "1.1.2", "FAILED/OK").await;
}

#[tokio::test]
async fn unchecked_text_is_a_regression() {
    regression(Fault::NoUtf8Check, "6.3.1", "FAILED/FAILED").await;
}

#[tokio::test]
async fn wrong_endings_are_regressions() {
    regression(Fault::NoCloseFrame, "1.1.1", "OK/UNCLEAN").await;
    regression(Fault::WrongCloseCode, "1.1.1", "OK/WRONG CODE").await;
}

#[tokio::test]
async fn a_server_that_crashes_is_no_verdict() {
    let words = [
        "stopped accepting connections after case 1.1",
        "no longer answers",
        "(exit 101)",
    ];
    no_verdict(Fault::CrashAt, 3, &words).await;
    no_verdict(Fault::StopAcceptingAt, 3, &words).await;
}

#[tokio::test]
async fn a_server_that_is_none_is_no_verdict() {
    let server = FaultyServer::start(Fault::NotFound).unwrap();
    let words = ["answered the opening handshake with `HTTP/1.1 404"];
    check(&server.url(Fault::NotFound), &["1.1.1"], 101, &words).await;
    let words = ["cannot connect"];
    check("ws://127.0.0.1:1", &["1.1.1"], 101, &words).await;
}

/// The container engine of this machine at an address of TCP, behind which it may
/// be anywhere: containers are then on a bridge.
async fn far_engine() -> (JoinSet<()>, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let mut relay = JoinSet::new();
    relay.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = UnixStream::connect("/var/run/docker.sock").await.unwrap();
            connections.spawn(async move { copy_bidirectional(&mut near, &mut far).await });
        }
    });
    (relay, address)
}

#[tokio::test]
async fn a_server_on_loopback_only_is_no_verdict_where_containers_are_on_a_bridge() {
    let (_relay, engine) = far_engine().await;
    let server = FaultyServer::start(Fault::Correct).unwrap();
    let directory = TempDir::new().unwrap();
    let url = server.url(Fault::Correct);
    let mut program = program(directory.path(), &url, &["1.1.1"]);
    let words = ["does not reach the server", "listen on 0.0.0.0"];
    ends(program.env("DOCKER_HOST", engine), 101, &words).await;
}
