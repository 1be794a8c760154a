//! There are as many WebSockets as there may be, and no more.

use std::time::{Duration, Instant};

use echo_server::Config;

use crate::client::{CLOSE, Client, REQUEST, TEXT, start};

fn config() -> Config {
    Config {
        max_connections: 3,
        ..Config::default()
    }
}

#[tokio::test]
async fn a_connection_beyond_is_told_to_come_again() {
    let server = start(config()).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(Client::connect(server.local_addr()).await);
    }
    let mut beyond = Client::tcp(server.local_addr()).await;
    beyond.write(REQUEST).await;
    let response = beyond.whole_response().await;
    for part in [
        "HTTP/1.1 503 Service Unavailable\r\n",
        "\r\nRetry-After: 5\r\n",
        "all 3 places are taken",
    ] {
        assert!(response.contains(part), "{part:?} in {response:?}");
    }
    // A full server is not a sick one.
    let mut probe = Client::tcp(server.local_addr()).await;
    probe
        .write(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        .await;
    assert!(probe.response().await.starts_with("HTTP/1.1 200 "));
    for client in &mut clients {
        client.send(TEXT, b"hi").await;
        client.expect(TEXT, b"hi").await;
    }
}

#[tokio::test]
async fn a_place_is_free_again_after_the_end() {
    let server = start(config()).await;
    for _ in 0..3 {
        let mut first = Client::connect(server.local_addr()).await;
        let second = Client::connect(server.local_addr()).await;
        let mut third = Client::connect(server.local_addr()).await;
        first.send(CLOSE, b"").await;
        first.expect(CLOSE, b"").await;
        first.expect_end().await;
        // The second leaves without a Close, the third with RST, for there is an echo that is not read.
        third.send(TEXT, b"hi").await;
        third.0.get_ref().readable().await.unwrap();
        drop((first, second, third));
        let began = Instant::now();
        while !has_place(&server).await {
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "no place is free"
            );
        }
    }
}

async fn has_place(server: &echo_server::ServerHandle) -> bool {
    // All three have to be free.
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = Client::tcp(server.local_addr()).await;
        client.write(REQUEST).await;
        if !client.response().await.starts_with("HTTP/1.1 101 ") {
            return false;
        }
        clients.push(client);
    }
    for client in &mut clients {
        client.send(CLOSE, b"").await;
        client.expect(CLOSE, b"").await;
        client.expect_end().await;
    }
    true
}

#[tokio::test]
async fn silent_connections_take_no_place_of_a_websocket() {
    let server = start(config()).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(Client::tcp(server.local_addr()).await);
    }
    let mut client = Client::connect(server.local_addr()).await;
    client.send(TEXT, b"hi").await;
    client.expect(TEXT, b"hi").await;
}
