//! The program's gate with the official suite: for each server that is wrong on
//! purpose the exit code, and the words that say what is wrong with it.

use std::net::{Ipv4Addr, SocketAddr};

use faulty_server::{Fault, FaultyServer};
use tempfile::TempDir;

use crate::program;

/// Plays against a server; it must end so, say all of this, and never that it passed.
async fn check(url: &str, cases: &[&str], code: i32, words: &[&str]) {
    let directory = TempDir::new().unwrap();
    let ended = program(directory.path(), url, cases)
        .output()
        .await
        .unwrap();
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
    let server = FaultyServer::start_on(local, fault, number.try_into().unwrap()).unwrap();
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
