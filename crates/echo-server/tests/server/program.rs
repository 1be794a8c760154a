//! The binary: its one line on stdout, its exit codes, its signals.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::JoinSet,
};

use crate::client::{CLOSE, Client, PING, TEXT, frame, request_with};

/// A running binary, killed when dropped.
pub(crate) struct Program {
    process: Child,
    /// `ws` or `wss`.
    pub(crate) scheme: String,
    pub(crate) address: SocketAddr,
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let (scheme, address) = line.split_once("://").expect("a URL on stdout");
        Self {
            process,
            scheme: scheme.to_owned(),
            address: address.trim().parse().unwrap(),
        }
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Its resident memory, in octets.
    pub(crate) fn memory(&self) -> u64 {
        let kib = self.status("VmRSS:");
        kib.strip_suffix(" kB").unwrap().parse::<u64>().unwrap() << 10
    }

    /// What the kernel says of it.
    fn status(&self, field: &str) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        line.unwrap().trim().to_owned()
    }

    /// What the process wrote after the first line of stdout, and on stderr, once it has ended.
    pub(crate) fn end(mut self) -> (bool, String, String) {
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

/// The binary, on a port that the system chooses.
pub(crate) fn echo_server() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_echo-server"));
    command
        .env("ECHO_SERVER_LISTEN", "127.0.0.1:0")
        .env_remove("ECHO_SERVER_LOG");
    command
}

async fn signal_ends(name: &str) {
    let program = Program::start(&mut echo_server());
    assert_eq!(program.scheme, "ws");
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
    let mut client = Client::tcp(program.address).await;
    client.write(b"\x16\x03\x01").await;
    client.whole_response().await;
    program.signal("TERM");
    let (_, _, stderr) = program.end();
    for logged in [
        r#"text peer="#,
        r#"length=3 preview="a\nb""#,
        "connection failed",
        "Reserved bits",
        "opening handshake failed",
        "the client speaks TLS and this port does not",
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
    let starved = Duration::from_millis(1500);
    tokio::time::sleep(starved).await;
    // The last ones wait in the queue of the listener until descriptors are free again.
    clients.drain(..20);
    let mut client = Client::connect(program.address).await;
    client.send(TEXT, b"hi").await;
    client.expect(TEXT, b"hi").await;
    program.signal("TERM");
    let (_, _, stderr) = program.end();
    assert!(
        stderr.contains("more connections are allowed than open files"),
        "{stderr}"
    );
    // 10, 20, 40 ms and so on up to a second: the log does not fill the disk meanwhile.
    let complaints = stderr.matches("cannot accept a connection").count();
    assert!((3..20).contains(&complaints), "{complaints} in {stderr}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_ends_it_within_two_seconds_of_much_work() {
    much_work(&mut echo_server()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_ends_it_within_two_seconds_of_much_work_for_one_thread() {
    much_work(echo_server().args(["--threads", "1"])).await;
}

async fn much_work(command: &mut Command) {
    let program = Program::start(command.env("ECHO_SERVER_LOG", "warn"));
    let mut busy = JoinSet::new();
    for number in 0..10 {
        let mut client = Client::connect(program.address).await;
        busy.spawn(async move {
            let octets = frame(TEXT, &[b'*'; 10_000]);
            // Half of them read their echoes; all of them send for as long as they may.
            let mut echoes = [0; 10_004];
            let mut count = 0;
            while client.0.write_all(&octets).await.is_ok() {
                if number % 2 == 0 && client.0.read_exact(&mut echoes).await.is_err() {
                    break;
                }
                count += 1;
            }
            count
        });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = Instant::now();
    program.signal("TERM");
    let (success, _, stderr) = program.end();
    let elapsed = began.elapsed();
    assert!(elapsed < Duration::from_secs(2), "{elapsed:?}");
    assert!(success, "{stderr}");
    let counts = busy.join_all().await;
    assert!(counts.iter().all(|count| *count > 10), "{counts:?}");
}

#[test]
fn an_option_that_makes_no_sense_is_refused_with_what_would() {
    for (option, value, cure) in [
        ("--allow-origin", "example.com", "https://example.com:8443"),
        ("--subprotocol", "a b", "letters, digits"),
        ("--max-connections", "-1", "invalid"),
        ("--handshake-timeout", "0", "1.."),
        ("--idle-timeout", "soon", "invalid"),
        ("--deflate-level", "10", "0..=9"),
        ("--threads", "0", "1..=1024"),
    ] {
        let output = echo_server()
            .arg(format!("{option}={value}"))
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(cure) && stderr.contains(option), "{stderr}");
    }
}

#[tokio::test]
async fn options_reach_the_server_from_the_environment_too() {
    let mut command = echo_server();
    command
        .env(
            "ECHO_SERVER_ALLOW_ORIGIN",
            "https://a.example,https://b.example",
        )
        .env("ECHO_SERVER_MAX_CONNECTIONS", "1")
        .env("ECHO_SERVER_IDLE_TIMEOUT", "1")
        .args(["--subprotocol", "v1", "--subprotocol", "v2"]);
    let program = Program::start(&mut command);
    let mut client = Client::tcp(program.address).await;
    client
        .write(&request_with(
            "Origin: https://b.example\r\nSec-WebSocket-Protocol: v2",
        ))
        .await;
    let response = client.response().await;
    assert!(
        response.contains("Sec-WebSocket-Protocol: v2"),
        "{response}"
    );
    for (origin, status) in [("https://c.example", "403"), ("https://a.example", "503")] {
        let mut client = Client::tcp(program.address).await;
        client
            .write(&request_with(&format!("Origin: {origin}")))
            .await;
        let response = client.response().await;
        assert!(
            response.starts_with(&format!("HTTP/1.1 {status} ")),
            "{response}"
        );
    }
    client.expect(PING, b"").await;
}

#[tokio::test]
async fn there_are_as_many_threads_as_wanted() {
    for (wanted, there) in [("1", "1"), ("3", "4")] {
        let program = Program::start(echo_server().args(["--threads", wanted]));
        let mut client = Client::connect(program.address).await;
        client.send(TEXT, b"hi").await;
        client.expect(TEXT, b"hi").await;
        // Where there are several, the first one of the process only waits for the end.
        assert_eq!(program.status("Threads:"), there);
    }
}

#[tokio::test]
async fn the_level_says_how_much_is_compressed() {
    let mut sizes = Vec::new();
    for level in ["0", "1", "9"] {
        let program = Program::start(echo_server().args(["--deflate-level", level]));
        let mut client = Client::tcp(program.address).await;
        let offer = "Sec-WebSocket-Extensions: permessage-deflate";
        client.write(&request_with(offer)).await;
        client.response().await;
        let text: String = (0..1000)
            .map(|number| format!("{} ", number * number))
            .collect();
        client.send(TEXT, text.as_bytes()).await;
        let (first, payload) = client.frame().await;
        assert_eq!(first, TEXT | 0x40, "RSV1: compressed");
        sizes.push(payload.len());
    }
    assert!(
        sizes[0] > 5000 && sizes.is_sorted_by(|a, b| a > b),
        "{sizes:?}"
    );
}

#[test]
fn a_check_says_whether_the_server_is_ready() {
    let program = Program::start(&mut echo_server());
    let address = program.address.to_string();
    let check = || {
        let mut command = echo_server();
        command.env("ECHO_SERVER_LISTEN", &address).arg("--check");
        command.output().unwrap()
    };
    let ready = check();
    assert!(ready.status.success(), "{ready:?}");
    assert_eq!((ready.stdout, ready.stderr), (vec![], vec![]));
    drop(program);
    let gone = check();
    assert_eq!(gone.status.code(), Some(1));
    let stderr = String::from_utf8(gone.stderr).unwrap();
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    let expected = format!("error: the server on `{address}` is not ready: cannot connect: ");
    assert!(stderr.starts_with(&expected), "{stderr}");
}
