//! The opening handshake and what is none, over TCP.

use std::time::{Duration, Instant};

use echo_server::Config;
use tokio::time::sleep;

use crate::client::{Client, REQUEST, TEXT, request_with, start};

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
    let answer = client.whole_response().await;
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
async fn a_handshake_may_have_all_the_time_there_is() {
    let config = Config {
        handshake_timeout: Duration::MAX,
        ..Config::default()
    };
    let server = start(config).await;
    let mut client = Client::connect(server.local_addr()).await;
    client.send(TEXT, b"hi").await;
    client.expect(TEXT, b"hi").await;
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

#[tokio::test]
async fn a_client_that_drips_is_let_go_when_its_time_is_up() {
    let config = Config {
        handshake_timeout: Duration::from_millis(500),
        ..Config::default()
    };
    let server = start(config).await;
    let mut client = Client::tcp(server.local_addr()).await;
    let began = Instant::now();
    // An octet now and then does not buy time.
    let drip = async {
        for octet in REQUEST {
            client.0.get_ref().writable().await.unwrap();
            let _ = client.0.get_ref().try_write(&[*octet]);
            sleep(Duration::from_millis(50)).await;
            let mut answered = [0; 1];
            if client.0.get_ref().try_read(&mut answered).is_ok() {
                return answered;
            }
        }
        panic!("the whole request was taken");
    };
    assert_eq!(&drip.await, b"H");
    let elapsed = began.elapsed();
    assert!(elapsed >= Duration::from_millis(500), "{elapsed:?}");
    let response = client.response().await;
    assert!(response.starts_with("TTP/1.1 408 "), "{response}");
}

#[tokio::test]
async fn health_is_answered_and_tcp_closed() {
    let server = start(Config::default()).await;
    for (request, status, body) in [
        ("GET /healthz HTTP/1.1\r\nHost: a", "200 OK", "ok\n"),
        ("GET /healthz?verbose HTTP/1.0", "200 OK", "ok\n"),
        ("HEAD /healthz HTTP/1.1\r\nHost: a", "200 OK", ""),
    ] {
        let mut client = Client::tcp(server.local_addr()).await;
        client.write(format!("{request}\r\n\r\n").as_bytes()).await;
        let response = client.whole_response().await;
        assert!(
            response.starts_with(&format!("HTTP/1.1 {status}\r\n")),
            "{response}"
        );
        assert!(response.ends_with(&format!("\r\n\r\n{body}")), "{response}");
    }
    for request in [
        "POST /healthz HTTP/1.1\r\nHost: a",
        "GET /health HTTP/1.1\r\nHost: a",
    ] {
        let mut client = Client::tcp(server.local_addr()).await;
        client.write(format!("{request}\r\n\r\n").as_bytes()).await;
        let response = client.whole_response().await;
        assert!(response.starts_with("HTTP/1.1 426 "), "{response}");
    }
}

#[tokio::test]
async fn pages_from_elsewhere_are_refused() {
    let config = Config {
        allowed_origins: vec!["https://example.com".parse().unwrap()],
        ..Config::default()
    };
    let server = start(config).await;
    for (request, status) in [
        (request_with("Origin: https://example.com"), "101"),
        (request_with("Origin: https://evil.example"), "403"),
        (request_with("Origin: null"), "403"),
        (REQUEST.to_vec(), "101"),
    ] {
        let mut client = Client::tcp(server.local_addr()).await;
        client.write(&request).await;
        let response = client.response().await;
        let expected = format!("HTTP/1.1 {status} ");
        assert!(response.starts_with(&expected), "{response}");
    }
}

#[tokio::test]
async fn a_subprotocol_is_agreed_on() {
    let config = Config {
        subprotocols: vec!["v1.echo".parse().unwrap(), "v2.echo".parse().unwrap()],
        ..Config::default()
    };
    let server = start(config).await;
    for (offer, agreed) in [
        ("v2.echo, v1.echo", Some("v2.echo")),
        ("mqtt, v1.echo", Some("v1.echo")),
        ("mqtt", None),
    ] {
        let mut client = Client::tcp(server.local_addr()).await;
        let offer = request_with(&format!("Sec-WebSocket-Protocol: {offer}"));
        client.write(&offer).await;
        let response = client.response().await;
        assert!(response.starts_with("HTTP/1.1 101 "), "{response}");
        let answer = response
            .lines()
            .find_map(|line| line.strip_prefix("Sec-WebSocket-Protocol: "));
        assert_eq!(answer, agreed);
        client.send(TEXT, b"hi").await;
        client.expect(TEXT, b"hi").await;
    }
}
