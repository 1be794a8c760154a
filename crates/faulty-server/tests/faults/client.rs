//! A client that writes octets and tells what came back.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use faulty_server::{Fault, FaultyServer};

pub(crate) const CONTINUATION: u8 = 0x80;
pub(crate) const TEXT: u8 = 0x81;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;

/// Nothing more comes from a server that is silent for this long.
const SILENCE: Duration = Duration::from_millis(200);

/// How a connection stands once the server has said everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Open,
    Fin,
    Rst,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) octets: Vec<u8>,
    pub(crate) then: Then,
}

pub(crate) struct Client(TcpStream);

impl Client {
    pub(crate) fn connect(server: SocketAddr) -> Self {
        Self(TcpStream::connect(server).unwrap())
    }

    /// Connects and completes the opening handshake; returns the head of the response too.
    pub(crate) fn open(server: SocketAddr, path: &str, extensions: &str) -> (Self, String) {
        let mut client = Self::connect(server);
        let offer = match extensions {
            "" => String::new(),
            offers => format!("Sec-WebSocket-Extensions: {offers}\r\n"),
        };
        client.write(request(path, &offer).as_bytes());
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut octet = [0];
            client.0.read_exact(&mut octet).unwrap();
            head.push(octet[0]);
        }
        (client, String::from_utf8(head).unwrap())
    }

    pub(crate) fn write(&mut self, octets: &[u8]) {
        self.0.write_all(octets).unwrap();
    }

    /// Reads until the server has nothing more to say.
    pub(crate) fn see(&mut self) -> Seen {
        self.0.set_read_timeout(Some(SILENCE)).unwrap();
        let mut octets = Vec::new();
        let then = match self.0.read_to_end(&mut octets) {
            Ok(_) => Then::Fin,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Then::Rst,
            Err(error) if error.kind() == ErrorKind::WouldBlock => Then::Open,
            Err(error) => panic!("{error}"),
        };
        Seen { octets, then }
    }
}

/// What comes back for these octets after the opening handshake.
pub(crate) fn see(fault: Fault, extensions: &str, sent: &[u8]) -> Seen {
    let server = FaultyServer::start(fault).unwrap();
    let (mut client, head) = Client::open(server.local_addr(), "/", extensions);
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    client.write(sent);
    client.see()
}

/// The request of RFC 6455, 1.2, with these lines.
pub(crate) fn request(path: &str, lines: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{lines}\r\n"
    )
}

/// A frame of a client whose masking key is 0, so that payloads stay readable.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut octets = unmasked(first, payload);
    octets[1] |= 0x80;
    let header = octets.len() - payload.len();
    octets.splice(header..header, [0; 4]);
    octets
}

/// A frame of a server.
pub(crate) fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut octets = vec![first];
    match payload.len() {
        length @ 0..126 => octets.push(length as u8),
        length @ 126..0x1_0000 => {
            octets.push(126);
            octets.extend((length as u16).to_be_bytes());
        }
        length => {
            octets.push(127);
            octets.extend((length as u64).to_be_bytes());
        }
    }
    octets.extend(payload);
    octets
}

/// A Close frame of a server that tells of a violation.
pub(crate) fn failed(code: u16, reason: &str) -> Vec<u8> {
    unmasked(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}
