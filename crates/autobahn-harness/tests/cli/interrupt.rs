//! SIGINT, SIGTERM and SIGHUP: a run ends, says so, and never passes.
#![cfg(unix)]

use std::fs::File;
use std::io::{BufRead, BufReader, Lines};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::fixture::Fixture;

#[track_caller]
fn check(signal: Signal, code: i32) {
    let fixture = Fixture::new();
    // These cases wait for two seconds in all.
    let mut child = fixture
        .command(&["run", "6.4.1", "6.4.3"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let mut lines = stderr.lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line.contains("Starting 2 cases")));
    kill_process(Pid::from_child(&child), signal).unwrap();
    let rest: Vec<_> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(code), "{rest:#?}");
    let told = "interrupted: 0 of 2 cases had ended and are kept";
    assert!(rest.iter().any(|line| line.starts_with(told)), "{rest:#?}");
    let results = fixture.read("reports/results.json");
    assert!(results.contains("\"finished\": false"), "{results}");
    fixture
        .run(&["gate", "reports/results.json"])
        .with(101, &["interrupted"]);
}

#[test]
fn sigint_ends_a_run() {
    check(Signal::INT, 130);
}

#[test]
fn sigterm_ends_a_run() {
    check(Signal::TERM, 143);
}

#[test]
#[cfg(target_os = "linux")]
fn sighup_ends_a_run() {
    check(Signal::HUP, 129);
}

#[test]
#[cfg(target_os = "linux")]
fn who_ignores_sighup_goes_on() {
    let fixture = Fixture::new();
    let program = fixture.command(&["run", "6.4.1"]);
    // A process passes on what it ignores, as `nohup` does.
    let mut child = Command::new("sh")
        .args(["-c", r#"trap "" HUP; exec "$0" "$@""#])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(program.get_current_dir().unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let mut lines = stderr.lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line.contains("Starting 1 case")));
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    assert!(lines.any(|line| line.contains("1 passed")));
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// A command whose server is behind a wrapper, in `sh`; the server writes to a pipe
/// if it lives too long.
struct Wrapped {
    child: Child,
    pipe: Lines<BufReader<File>>,
}

impl Wrapped {
    fn start(fixture: &Fixture, command: &[&str], wrapper: &str) -> Self {
        let pipe = fixture.path("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let script =
            format!("exec 3>pipe; echo started >&3; (sleep 20; echo alive >&3) & {wrapper}");
        let child = fixture
            .command(&[command, &["--", "sh", "-c", &script]].concat())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pipe = BufReader::new(File::open(pipe).unwrap()).lines();
        let mut wrapped = Self { child, pipe };
        assert_eq!(wrapped.said(), "started");
        wrapped
    }

    /// The next line of the wrapper.
    fn said(&mut self) -> String {
        self.pipe.next().unwrap().unwrap()
    }

    fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end of the program, and of all whom the server has started.
    #[track_caller]
    fn ends_with(mut self, code: i32) -> Vec<String> {
        let stderr = BufReader::new(self.child.stderr.take().unwrap());
        let told: Vec<_> = stderr.lines().map(Result::unwrap).collect();
        assert_eq!(self.child.wait().unwrap().code(), Some(code), "{told:#?}");
        let rest: Vec<_> = self.pipe.map(Result::unwrap).collect();
        assert!(rest.is_empty(), "{rest:?}");
        told
    }
}

#[test]
fn a_signal_ends_a_run_whose_server_starts() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let fixture = Fixture::new();
        let wrapped = Wrapped::start(&fixture, &["run"], "wait");
        wrapped.send(signal);
        let told = wrapped.ends_with(code);
        let words = "interrupted: server was still starting";
        assert!(told.iter().any(|line| line.starts_with(words)), "{told:#?}");
        let results = fixture.read("reports/results.json");
        assert!(results.contains("\"finished\": false"), "{results}");
    }
}

#[test]
fn a_signal_ends_init_whose_server_starts() {
    let fixture = Fixture::new();
    std::fs::remove_dir_all(fixture.path("autobahn")).unwrap();
    let wrapped = Wrapped::start(&fixture, &["init"], "wait");
    wrapped.send(Signal::TERM);
    let told = wrapped.ends_with(143);
    let words = "interrupted; nothing was written";
    assert!(told.iter().any(|line| line.contains(words)), "{told:#?}");
    assert!(!fixture.path("autobahn").exists());
}

#[test]
fn a_second_signal_ends_a_server_that_does_not_want_to_end() {
    let fixture = Fixture::new();
    // Nobody answers there, so that the run lasts until it is stopped.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stubborn = format!(
        "(trap '' TERM; sleep 20; echo alive >&3) & trap 'echo asked >&3' TERM; \
         echo playing >&3; echo ws://{address}; wait; wait"
    );
    let mut wrapped = Wrapped::start(&fixture, &["run", "1.1.1"], &stubborn);
    assert_eq!(wrapped.said(), "playing");
    let _probe = listener.accept().unwrap();
    wrapped.send(Signal::INT);
    assert_eq!(wrapped.said(), "asked");
    wrapped.send(Signal::INT);
    wrapped.ends_with(130);
}
