//! The opening handshake and what is none, over TCP.

use std::time::Duration;

use echo_server::Config;
use tokio::io::AsyncReadExt;

use crate::client::{Client, REQUEST, start};

#[tokio::test]
async fn the_sample_key_of_the_rfc_is_accepted() {
    let server = start(Config::default()).await;
    let mut client = Client::tcp(server.local_addr()).await;
    client.write(REQUEST).await;
    let response = client.response().await;
    assert_eq!(
        response,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    );
}

#[tokio::test]
async fn a_plain_request_learns_what_this_is() {
    let server = start(Config::default()).await;
    let mut client = Client::tcp(server.local_addr()).await;
    // A body that nobody reads must not cost the client the answer.
    let request = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n";
    client
        .write(&[request.as_slice(), &[b'x'; 100_000]].concat())
        .await;
    let mut answer = String::new();
    client.0.read_to_string(&mut answer).await.unwrap();
    for part in [
        "HTTP/1.1 426 Upgrade Required\r\n",
        "\r\nUpgrade: websocket\r\n",
        "\r\nSec-WebSocket-Version: 13\r\n",
        "\r\n\r\nThis is a WebSocket echo server",
    ] {
        assert!(answer.contains(part), "{part:?} in {answer:?}");
    }
}

#[tokio::test]
async fn a_silent_client_is_let_go() {
    let config = Config {
        handshake_timeout: Duration::from_millis(100),
        ..Config::default()
    };
    let server = start(config).await;
    let mut client = Client::tcp(server.local_addr()).await;
    assert!(client.response().await.starts_with("HTTP/1.1 408 "));
}
