//! Messages come back as they were sent; pings are answered.

use echo_server::Config;

use crate::client::{BINARY, Client, PING, PONG, REQUEST, TEXT, frame, start};

#[tokio::test]
async fn messages_come_back_with_their_type() {
    let server = start(Config::default()).await;
    let mut client = Client::connect(server.local_addr()).await;
    for length in [0, 1, 125, 126, 65_535, 65_536, 1 << 20] {
        let payload = vec![b'*'; length];
        client.send(TEXT, &payload).await;
        client.expect(TEXT, &payload).await;
        client.send(BINARY, &payload).await;
        client.expect(BINARY, &payload).await;
    }
}

#[tokio::test]
async fn a_fragmented_message_comes_back_whole_after_the_pong() {
    let server = start(Config::default()).await;
    let mut client = Client::connect(server.local_addr()).await;
    client.send(0x01, "κό".as_bytes()).await;
    client.send(PING, b"in between").await;
    client.send(0x80, "σμε".as_bytes()).await;
    client.expect(PONG, b"in between").await;
    client.expect(TEXT, "κόσμε".as_bytes()).await;
}

#[tokio::test]
async fn pings_that_arrive_together_are_all_answered() {
    let server = start(Config::default()).await;
    let mut client = Client::connect(server.local_addr()).await;
    let pings: Vec<u8> = (0..10u8).flat_map(|n| frame(PING, &[n])).collect();
    client.write(&pings).await;
    for n in 0..10u8 {
        client.expect(PONG, &[n]).await;
    }
    client.send(PONG, b"unsolicited").await;
    client.send(TEXT, b"still here").await;
    client.expect(TEXT, b"still here").await;
}

#[tokio::test]
async fn frames_that_come_with_the_request_are_echoed() {
    let server = start(Config::default()).await;
    let mut client = Client::tcp(server.local_addr()).await;
    client
        .write(&[REQUEST, &frame(TEXT, b"hasty")].concat())
        .await;
    assert!(client.response().await.starts_with("HTTP/1.1 101 "));
    client.expect(TEXT, b"hasty").await;
}

#[tokio::test]
async fn a_client_of_tungstenite_is_served() {
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::{client_async, tungstenite::Message};

    let server = start(Config::default()).await;
    let stream = tokio::net::TcpStream::connect(server.local_addr())
        .await
        .unwrap();
    let (mut client, _) = client_async(server.url(), stream).await.unwrap();
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(
        client.next().await.unwrap().unwrap(),
        Message::text("hello")
    );
    client.close(None).await.unwrap();
    while let Some(message) = client.next().await {
        message.unwrap();
    }
}
