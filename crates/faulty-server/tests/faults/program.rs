//! The binary: its one line on stdout, its exit codes.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Command, Stdio},
};

use crate::client::{Client, TEXT, masked, unmasked};

fn faulty_server() -> Command {
    Command::new(env!("CARGO_BIN_EXE_faulty-server"))
}

#[test]
fn it_says_where_it_listens_and_crashes_when_asked() {
    let mut process = faulty_server()
        .args(["crash_at", "--at", "2", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(process.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let address: SocketAddr = line.trim().strip_prefix("ws://").unwrap().parse().unwrap();
    let (mut client, _) = Client::open(address, "/", "");
    client.write(&masked(TEXT, b"x"));
    assert_eq!(client.see().octets, unmasked(TEXT, b"x"));
    Client::open(address, "/", "");
    assert!(!process.wait().unwrap().success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn an_unknown_fault_is_a_usage_error() {
    let output = faulty_server().arg("unheard_of").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
