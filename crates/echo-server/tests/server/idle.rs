//! Silent peers are pinged; those that do not answer, and those that take nothing, are let go.

use std::time::{Duration, Instant};

use echo_server::Config;
use futures_util::{SinkExt, StreamExt};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite_deflate::{Budget, DeflateConfig, client_async};

use crate::client::{BINARY, Client, PING, PONG, TEXT, frame, start};

/// Long enough for a client on a busy machine to answer in.
const LIMIT: Duration = Duration::from_millis(700);

fn config() -> Config {
    Config {
        idle_timeout: Some(LIMIT),
        ..Config::default()
    }
}

#[tokio::test]
async fn a_silent_peer_is_pinged_and_let_go_when_it_does_not_answer() {
    let server = start(config()).await;
    let began = Instant::now();
    let mut client = Client::connect(server.local_addr()).await;
    client.expect(PING, b"").await;
    let reason = client.expect_close(1011).await;
    assert!(reason.contains("has not answered a ping"), "{reason}");
    assert!(began.elapsed() >= 2 * LIMIT, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_silent_peer_that_answers_stays() {
    let server = start(config()).await;
    let mut client = Client::connect(server.local_addr()).await;
    for _ in 0..4 {
        client.expect(PING, b"").await;
        client.send(PONG, b"").await;
    }
    client.send(TEXT, b"still here").await;
    client.expect(TEXT, b"still here").await;
}

#[tokio::test]
async fn the_compressor_of_a_silent_peer_is_freed() {
    let budget = Budget::new(1 << 20);
    let server = start(Config {
        deflate: Some(DeflateConfig::default().budget(budget.clone())),
        ..config()
    });
    let server = server.await;
    let stream = TcpStream::connect(server.local_addr()).await.unwrap();
    let (mut client, _) = client_async(server.url(), stream, &DeflateConfig::default())
        .await
        .unwrap();
    for _ in 0..2 {
        let message = Message::text("again and ".repeat(100));
        client.send(message.clone()).await.unwrap();
        assert_eq!(client.next().await.unwrap().unwrap(), message);
        assert!(budget.left() < 1 << 20, "a compressor is kept");
        let ping = client.next().await.unwrap().unwrap();
        assert_eq!(ping, Message::Ping(Default::default()));
        assert_eq!(budget.left(), 1 << 20, "the compressor is kept no longer");
    }
}

#[tokio::test]
async fn a_peer_that_takes_nothing_is_let_go() {
    let server = start(config()).await;
    let mut client = Client::connect(server.local_addr()).await;
    let octets = frame(BINARY, &[0; 100_000]);
    // RST ends this, once the server has waited for long enough.
    let flood = async { while client.0.write_all(&octets).await.is_ok() {} };
    let ended = timeout(Duration::from_secs(10), flood).await;
    ended.expect("the server lets a peer go that takes nothing");
}
