//! A server that ends while it is tested: whatever answers in its place, no report of
//! the run passes.
#![cfg(unix)]

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::net::TcpListener;

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_ends_while_somebody_answers_in_its_place_is_no_pass() {
    let fixture = Fixture::new();
    let made = Command::new("mkfifo").arg(fixture.path("pipe")).status();
    assert!(made.unwrap().success());
    // Connections wait there until somebody serves.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let script = format!("exec 3>pipe; echo $$ >&3; echo ws://{address}; exec sleep 60");
    let mut child = fixture
        .command(&["run", "1.1.1", "--", "sh", "-c", &script])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = BufReader::new(File::open(fixture.path("pipe")).unwrap());
    let mut pid = String::new();
    pipe.read_line(&mut pid).unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let is_start = |line: io::Result<String>| line.unwrap().contains("Starting 1 case");
    assert!(stderr.by_ref().any(is_start));
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    assert_eq!(io::read_to_string(pipe).unwrap(), "", "it has ended");
    let _server = echo_server::serve(listener, echo_server::Config::default()).unwrap();

    let told: Vec<_> = stderr.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(101), "{told:#?}");
    let told = told.join("\n");
    assert!(told.contains("ended while it was tested"), "{told}");
    // All that is left of the run says so.
    let results = fixture.read("reports/results.json");
    assert!(results.contains("\"finished\": false"), "{results}");
    for report in ["reports/junit.xml", "reports/summary.md"] {
        let report = fixture.read(report);
        assert!(report.contains("did not come to its end"), "{report}");
    }
    fixture
        .run(&["gate", "reports/results.json"])
        .with(101, &["did not come to its end"]);
}
