//! A client that writes any octets and reads frames, whether legal or not.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use echo_server::{Config, ServerHandle, serve};

/// What the server sends, at most this long after it could.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const TEXT: u8 = 0x81;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;

/// A server on a port of its own.
pub(crate) async fn start(config: Config) -> ServerHandle {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    serve(listener, config).unwrap()
}

pub(crate) struct Client(pub(crate) BufReader<TcpStream>);

impl Client {
    /// Completes the opening handshake.
    pub(crate) async fn connect(server: SocketAddr) -> Self {
        let mut client = Self::tcp(server).await;
        client.write(REQUEST).await;
        let response = client.response().await;
        assert!(response.starts_with("HTTP/1.1 101 "), "{response}");
        client
    }

    /// Connects without a word.
    pub(crate) async fn tcp(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) async fn write(&mut self, octets: &[u8]) {
        self.0.write_all(octets).await.unwrap();
    }

    /// Sends one masked frame; `first` is its first octet.
    pub(crate) async fn send(&mut self, first: u8, payload: &[u8]) {
        self.write(&frame(first, payload)).await;
    }

    /// Reads the head of an HTTP response.
    pub(crate) async fn response(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(PATIENCE, self.0.read_u8()).await.unwrap().unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    /// Reads an HTTP response to the end of TCP.
    pub(crate) async fn whole_response(&mut self) -> String {
        let mut response = String::new();
        let read = timeout(PATIENCE, self.0.read_to_string(&mut response)).await;
        read.expect("the server closes TCP").expect("no RST");
        response
    }

    /// Reads one unmasked frame: its first octet and its payload.
    pub(crate) async fn frame(&mut self) -> (u8, Vec<u8>) {
        let frame = timeout(PATIENCE, self.read_frame()).await;
        frame.expect("a frame arrives in time").unwrap()
    }

    async fn read_frame(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let first = self.0.read_u8().await?;
        let length = match self.0.read_u8().await? {
            126 => u64::from(self.0.read_u16().await?),
            127 => self.0.read_u64().await?,
            length => u64::from(length),
        };
        let mut payload = vec![0; length as usize];
        self.0.read_exact(&mut payload).await?;
        Ok((first, payload))
    }

    pub(crate) async fn expect(&mut self, first: u8, payload: &[u8]) {
        assert_eq!(self.frame().await, (first, payload.to_vec()));
    }

    /// Expects a Close with this code, then FIN without RST; returns the reason.
    pub(crate) async fn expect_close(&mut self, code: u16) -> String {
        let (first, payload) = self.frame().await;
        assert_eq!(first, CLOSE);
        assert_eq!(payload[..2], code.to_be_bytes(), "expected {code}");
        self.expect_end().await;
        String::from_utf8(payload[2..].to_vec()).unwrap()
    }

    /// Expects the end of TCP in an orderly way: nothing more, no RST.
    pub(crate) async fn expect_end(&mut self) {
        let mut rest = Vec::new();
        let ended = timeout(PATIENCE, self.0.read_to_end(&mut rest)).await;
        ended.expect("the server closes TCP").expect("no RST");
        assert_eq!(rest, []);
    }
}

/// The request of RFC 6455, 1.2, shortened.
pub(crate) const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

/// The request with another header line.
pub(crate) fn request_with(line: &str) -> Vec<u8> {
    let request = std::str::from_utf8(REQUEST).unwrap();
    request
        .replace(
            "Host: localhost\r\n",
            &format!("Host: localhost\r\n{line}\r\n"),
        )
        .into_bytes()
}

/// A masked frame in octets.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASKING_KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut octets = vec![first];
    match payload.len() {
        length @ 0..126 => octets.push(0x80 | length as u8),
        length @ 126..65536 => {
            octets.push(0x80 | 126);
            octets.extend((length as u16).to_be_bytes());
        }
        length => {
            octets.push(0x80 | 127);
            octets.extend((length as u64).to_be_bytes());
        }
    }
    octets.extend(MASKING_KEY);
    octets.extend(
        payload
            .iter()
            .zip(MASKING_KEY.iter().cycle())
            .map(|(octet, key)| octet ^ key),
    );
    octets
}
