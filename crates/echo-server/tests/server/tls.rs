//! `wss://`: the handshake, the end, and clients that speak otherwise.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use echo_server::{Config, Identity};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, pem::PemObject},
    },
};
use tokio_tungstenite::{client_async, tungstenite::Message};

use crate::{
    client::{BINARY, Client, REQUEST, frame, start},
    scratch::Scratch,
};

/// A certificate and its key, in files of their own.
pub(crate) struct Pair {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    _directory: Scratch,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let directory = Scratch::new();
        Self {
            certificate: directory.file("cert.pem", &made.cert.pem()),
            key: directory.file("key.pem", &made.signing_key.serialize_pem()),
            _directory: directory,
        }
    }

    fn config(&self) -> Config {
        Config {
            tls: Some(Identity::from_pem_files(&self.certificate, &self.key).unwrap()),
            ..Config::default()
        }
    }

    /// Connects as a client that trusts this certificate.
    pub(crate) async fn connect(&self, server: SocketAddr) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(&self.certificate).unwrap();
        roots.add(certificate).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(server).await.unwrap();
        TlsConnector::from(Arc::new(config))
            .connect("localhost".try_into().unwrap(), stream)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn messages_come_back_over_tls() {
    let pair = Pair::new();
    let server = start(pair.config()).await;
    assert_eq!(server.url(), format!("wss://{}", server.local_addr()));
    let stream = pair.connect(server.local_addr()).await;
    let (mut client, _) = client_async("ws://localhost/", stream).await.unwrap();
    for length in [0, 1, 100_000, 3_000_000] {
        let message = Message::binary(vec![b'*'; length]);
        client.send(message.clone()).await.unwrap();
        assert_eq!(client.next().await.unwrap().unwrap(), message);
    }
    client.close(None).await.unwrap();
    while let Some(message) = client.next().await {
        message.unwrap();
    }
}

#[tokio::test]
async fn tls_ends_with_close_notify() {
    let pair = Pair::new();
    let server = start(pair.config()).await;
    let mut client = pair.connect(server.local_addr()).await;
    // A protocol error: the Close has to arrive, and TLS to end in an orderly way.
    client
        .write_all(&[REQUEST, b"\x83\x80\0\0\0\0"].concat())
        .await
        .unwrap();
    let mut received = Vec::new();
    // rustls reports an end without close_notify as an error.
    client.read_to_end(&mut received).await.unwrap();
    let head = received
        .windows(4)
        .position(|end| end == b"\r\n\r\n")
        .unwrap()
        + 4;
    assert_eq!(received[head], 0x88);
    assert_eq!(received[head + 2..][..2], 1002u16.to_be_bytes());
}

#[tokio::test]
async fn a_client_without_tls_learns_what_this_port_speaks() {
    let pair = Pair::new();
    let server = start(pair.config()).await;
    let mut client = Client::tcp(server.local_addr()).await;
    client.write(REQUEST).await;
    let response = client.whole_response().await;
    assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
    assert!(
        response.contains("use wss:// instead of ws://"),
        "{response}"
    );
}

#[tokio::test]
async fn a_client_with_tls_learns_that_this_port_speaks_none() {
    let server = start(Config::default()).await;
    let mut client = Client::tcp(server.local_addr()).await;
    // The first octets of a ClientHello.
    client.write(b"\x16\x03\x01\x02\0\x01").await;
    let response = client.whole_response().await;
    assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
    assert!(
        response.contains("use ws:// instead of wss://"),
        "{response}"
    );
}

#[tokio::test]
async fn the_deadline_holds_for_tls_and_the_opening_handshake_together() {
    let pair = Pair::new();
    let config = Config {
        handshake_timeout: Duration::from_secs(1),
        ..pair.config()
    };
    let server = start(config).await;
    for octets in [b"".as_slice(), b"\x16\x03"] {
        let mut client = Client::tcp(server.local_addr()).await;
        client.write(octets).await;
        client.0.get_ref().readable().await.unwrap();
        let mut rest = Vec::new();
        // FIN or RST: nothing can be said without TLS.
        let _ = client.0.read_to_end(&mut rest).await;
        assert_eq!(rest, b"");
    }
    let mut client = pair.connect(server.local_addr()).await;
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn a_failed_tls_handshake_leaves_the_server_alone() {
    let pair = Pair::new();
    let server = start(pair.config()).await;
    let mut client = Client::tcp(server.local_addr()).await;
    // A ClientHello without content.
    client.write(b"\x16\x03\x01\0\x04\x01\0\0\0").await;
    let mut alert = Vec::new();
    client.0.read_to_end(&mut alert).await.unwrap();
    // RFC 8446, 6: a record of type alert, and fatal.
    assert_eq!((alert[0], alert[5]), (0x15, 2), "{alert:?}");
    pair.connect(server.local_addr()).await;
}

#[tokio::test]
async fn a_flood_over_tls_is_held_back() {
    let pair = Pair::new();
    let server = start(pair.config()).await;
    let mut client = pair.connect(server.local_addr()).await;
    client.write_all(REQUEST).await.unwrap();
    let octets = frame(BINARY, &[0; 100_000]);
    let mut written = 0;
    while timeout(Duration::from_millis(500), client.write_all(&octets))
        .await
        .is_ok()
    {
        written += octets.len();
        assert!(written < 64 << 20, "the server hoards its echoes");
    }
}
