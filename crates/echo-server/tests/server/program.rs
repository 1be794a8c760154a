//! The binary: its one line on stdout, its exit codes, its signals.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::client::{CLOSE, Client, TEXT};

/// A running binary, killed when dropped.
struct Program {
    process: Child,
    address: SocketAddr,
}

impl Program {
    fn start(command: &mut Command) -> Self {
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .strip_prefix("ws://")
            .expect("a URL on stdout")
            .trim()
            .parse()
            .unwrap();
        Self { process, address }
    }

    /// Sends a signal by its name.
    fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// What the process wrote after the first line of stdout, and on stderr, once it has ended.
    fn end(mut self) -> (bool, String, String) {
        let status = self.process.wait().unwrap();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.process
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut stdout)
            .unwrap();
        self.process
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        (status.success(), stdout, stderr)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn echo_server() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_echo-server"));
    command
        .env("ECHO_SERVER_LISTEN", "127.0.0.1:0")
        .env_remove("ECHO_SERVER_LOG");
    command
}

async fn signal_ends(name: &str) {
    let program = Program::start(&mut echo_server());
    let mut mute = Client::connect(program.address).await;
    mute.send(TEXT, b"hi").await;
    mute.expect(TEXT, b"hi").await;
    let began = Instant::now();
    program.signal(name);
    let (first, payload) = mute.frame().await;
    assert_eq!(
        (first, &payload[..2]),
        (CLOSE, 1001u16.to_be_bytes().as_slice())
    );
    let (success, stdout, stderr) = program.end();
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    assert!(success, "{stderr}");
    assert_eq!(stdout, "");
    for logged in [
        "listening address=127.0.0.1:",
        "opening handshake completed",
        "peer=127.0.0.1:",
        name,
    ] {
        assert!(stderr.contains(logged), "{logged:?} in {stderr}");
    }
}

#[tokio::test]
async fn sigterm_ends_it_within_two_seconds() {
    signal_ends("TERM").await;
}

#[tokio::test]
async fn sigint_ends_it_within_two_seconds() {
    signal_ends("INT").await;
}

#[test]
fn a_port_in_use_is_one_line_and_exit_code_1() {
    let first = Program::start(&mut echo_server());
    let address = first.address.to_string();
    let second = echo_server().args(["--listen", &address]).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert_eq!(second.stdout, b"");
    let stderr = String::from_utf8(second.stderr).unwrap();
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(
        stderr.starts_with(&format!("error: cannot listen on `{address}`: ")),
        "{stderr}"
    );
}

#[tokio::test]
async fn messages_are_logged_at_debug_level_with_escapes() {
    let program = Program::start(echo_server().args(["--log", "echo_server=debug"]));
    let mut client = Client::connect(program.address).await;
    client.send(TEXT, b"a\nb").await;
    client.expect(TEXT, b"a\nb").await;
    client.send(0xc1, b"RSV1").await;
    client.expect_close(1002).await;
    drop(client);
    program.signal("TERM");
    let (_, _, stderr) = program.end();
    for logged in [
        r#"text peer="#,
        r#"length=3 preview="a\nb""#,
        "connection failed",
        "Reserved bits",
    ] {
        assert!(stderr.contains(logged), "{logged:?} in {stderr}");
    }
}

#[tokio::test]
async fn running_out_of_descriptors_is_survived() {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "ulimit -n 24; exec \"$0\"",
            env!("CARGO_BIN_EXE_echo-server"),
        ])
        .env("ECHO_SERVER_LISTEN", "127.0.0.1:0");
    let program = Program::start(&mut command);
    let mut clients = Vec::new();
    for _ in 0..24 {
        clients.push(Client::tcp(program.address).await);
    }
    // The last ones wait in the queue of the listener until descriptors are free again.
    clients.drain(..20);
    let mut client = Client::connect(program.address).await;
    client.send(TEXT, b"hi").await;
    client.expect(TEXT, b"hi").await;
    program.signal("TERM");
    let (_, _, stderr) = program.end();
    assert!(stderr.contains("cannot accept a connection"), "{stderr}");
}
