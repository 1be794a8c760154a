//! The program is stopped while containers play: it says so, keeps what was
//! done, and leaves none of them. Where it is killed, its next run clears up.
#![cfg(unix)]

use std::collections::HashMap;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use autobahn_cases::{Verdict, autobahn};
use autobahn_harness::results;
use futures_util::{SinkExt, StreamExt};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::ListContainersOptionsBuilder;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::{echo_server, program};

/// What is played: one case by itself, then these in other containers.
const CASES: [&str; 5] = ["1.1.1", "9.1", "9.2", "9.3", "9.4"];

/// Longer messages are not answered, so that all cases but the first hang.
const LONGEST: usize = 60_000;

/// Where the program runs, and the server that it is told of.
struct Scene {
    directory: TempDir,
    url: String,
    long_message: Arc<Notify>,
}

impl Scene {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let long_message = Arc::new(Notify::new());
        let seen = Arc::clone(&long_message);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(echo_short(stream, Arc::clone(&seen)));
            }
        });
        Self {
            directory: TempDir::new().unwrap(),
            url,
            long_message,
        }
    }

    /// Starts the program, and waits until the second of its containers plays.
    async fn playing(&self) -> Child {
        let child = program(self.directory.path(), &self.url, &CASES)
            .spawn()
            .unwrap();
        let second = self.long_message.notified();
        timeout(Duration::from_secs(60), second).await.unwrap();
        // What the suite prints about the case comes another way than its message.
        sleep(Duration::from_millis(500)).await;
        assert!(containers(&child).await > 0);
        child
    }
}

async fn echo_short(stream: TcpStream, long_message: Arc<Notify>) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else {
        return;
    };
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Text(_) | Message::Binary(_) if message.len() > LONGEST => {
                long_message.notify_one();
            }
            Message::Text(_) | Message::Binary(_) => drop(socket.send(message).await),
            _ => {}
        }
    }
}

/// How many containers of this process there are, also stopped ones.
async fn containers(child: &Child) -> usize {
    containers_of(child.id().unwrap()).await
}

async fn containers_of(process: u32) -> usize {
    let docker = Docker::connect_with_defaults().unwrap();
    let label = format!("autobahn.process={process}");
    let filters = HashMap::from([("label", vec![label])]);
    let options = ListContainersOptionsBuilder::new()
        .all(true)
        .filters(&filters);
    let found = docker.list_containers(Some(options.build())).await;
    found.unwrap().len()
}

fn send(signal: Signal, child: &Child) {
    let pid = Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

async fn check(signal: Signal, code: i32) {
    let scene = Scene::new().await;
    let child = scene.playing().await;
    let process = child.id().unwrap();
    send(signal, &child);
    let ended = timeout(Duration::from_secs(30), child.wait_with_output());
    let Output { status, stderr, .. } = ended.await.unwrap().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(code), "{stderr}");
    assert_eq!(containers_of(process).await, 0, "{stderr}");
    for words in [
        "interrupted: 1 of 31 cases had ended and are kept; the last that began was 9.",
        &format!("(exit {code})"),
    ] {
        assert!(stderr.contains(words), "no {words:?} in {stderr}");
    }
    let path = scene.directory.path().join("reports/results.json");
    let run = results::read(&path, autobahn()).unwrap();
    assert!(!run.finished && run.selected.len() == 31);
    let [record] = &run.cases[..] else {
        panic!("one case had ended: {:?}", run.cases)
    };
    assert_eq!(record.id.to_string(), "1.1.1");
    assert_eq!(record.outcome().unwrap().verdict, Verdict::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn sigint_leaves_no_container_and_keeps_what_was_done() {
    check(Signal::INT, 130).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_leaves_no_container_and_keeps_what_was_done() {
    check(Signal::TERM, 143).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_program_leaves_its_next_run_sweeps_up() {
    let scene = Scene::new().await;
    let mut child = scene.playing().await;
    let process = child.id().unwrap();
    child.kill().await.unwrap();
    assert!(containers_of(process).await > 0);
    let server = echo_server().await;
    let mut next = program(scene.directory.path(), &server.url(), &["1.1.1"]);
    let ended = next.output().await.unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{stderr}");
    assert_eq!(containers_of(process).await, 0, "{stderr}");
}
