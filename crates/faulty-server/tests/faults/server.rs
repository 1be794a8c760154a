//! Paths, and the faults of the whole server.

use std::net::{SocketAddr, TcpStream};

use faulty_server::{Fault, FaultyServer};

use crate::client::{Client, Seen, TEXT, Then, masked, request, unmasked};

fn start_at(fault: Fault, at: u64) -> FaultyServer {
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    FaultyServer::start_on(any_port, fault, at).unwrap()
}

#[track_caller]
fn echoes(client: &mut Client) {
    client.write(&masked(TEXT, b"x"));
    assert_eq!(
        client.see(),
        Seen {
            octets: unmasked(TEXT, b"x"),
            then: Then::Open
        }
    );
}

#[test]
fn one_server_has_every_fault_by_its_path() {
    let server = FaultyServer::start(Fault::Correct).unwrap();
    let path = |fault| {
        let url = server.url(fault);
        let authority = format!("ws://{}", server.local_addr());
        url.strip_prefix(&authority).unwrap().to_owned()
    };
    let (mut client, _) = Client::open(server.local_addr(), &path(Fault::DoubleEcho), "");
    client.write(&masked(TEXT, b"x"));
    assert_eq!(client.see().octets, unmasked(TEXT, b"x").repeat(2));
    let (mut client, _) = Client::open(server.local_addr(), "/", "");
    echoes(&mut client);
    let (_, head) = Client::open(server.local_addr(), "/unheard_of", "");
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
}

#[test]
fn what_is_no_opening_handshake_is_refused() {
    let server = FaultyServer::start(Fault::Correct).unwrap();
    for (from, to) in [
        ("websocket", "h2c"),
        ("b25jZQ==", "b25jZQ"),
        (": 13", ": 12"),
    ] {
        let mut client = Client::connect(server.local_addr());
        client.write(request("/", "").replace(from, to).as_bytes());
        let seen = client.see();
        assert!(seen.octets.starts_with(b"HTTP/1.1 426 "), "{seen:?}");
        assert_eq!(seen.then, Then::Fin);
    }
}

#[test]
fn a_crash_takes_everything_along() {
    let server = start_at(Fault::CrashAt, 3);
    let (mut first, _) = Client::open(server.local_addr(), "/", "");
    echoes(&mut first);
    let (mut second, _) = Client::open(server.local_addr(), "/", "");
    echoes(&mut second);
    let (mut third, head) = Client::open(server.local_addr(), "/", "");
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    for client in [&mut first, &mut second, &mut third] {
        let seen = client.see();
        assert_eq!(seen.octets, []);
        assert_ne!(seen.then, Then::Open);
    }
    TcpStream::connect(server.local_addr()).unwrap_err();
}

#[test]
fn a_server_that_stops_accepting_keeps_its_connections() {
    let server = start_at(Fault::StopAcceptingAt, 2);
    let (mut first, _) = Client::open(server.local_addr(), "/", "");
    echoes(&mut first);
    TcpStream::connect(server.local_addr()).unwrap_err();
    echoes(&mut first);
}

#[test]
fn dropping_a_server_ends_it() {
    let server = FaultyServer::start(Fault::Correct).unwrap();
    let (mut client, _) = Client::open(server.local_addr(), "/", "");
    drop(server);
    assert_eq!(client.see().then, Then::Fin);
}

#[tokio::test]
async fn a_stopped_server_is_gone() {
    let server = FaultyServer::start(Fault::Correct).unwrap();
    let address = server.local_addr();
    server.stop().await;
    TcpStream::connect(address).unwrap_err();
}
