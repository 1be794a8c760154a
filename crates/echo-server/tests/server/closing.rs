//! Each failure is told with its close code, and TCP ends in an orderly way, the server first.

use std::time::{Duration, Instant};

use echo_server::Config;
use flate2::{Compress, Compression, FlushCompress};
use tokio::io::AsyncWriteExt;

use crate::client::{BINARY, CLOSE, Client, PING, TEXT, frame, request_with, start};

/// Sends frames after an echo and expects the echo, then the code.
async fn check(frames: &[u8], code: u16) {
    let server = start(Config::default()).await;
    let mut client = Client::connect(server.local_addr()).await;
    // What was sent before is echoed, and what was sent after does not turn FIN into RST.
    let after = frame(BINARY, &[0; 100_000]);
    client
        .write(&[&frame(TEXT, b"before"), frames, &after].concat())
        .await;
    client.expect(TEXT, b"before").await;
    client.expect_close(code).await;
}

#[tokio::test]
async fn protocol_errors_are_1002() {
    check(&frame(0x91, b"RSV3"), 1002).await;
    check(&frame(0xc1, b"RSV1"), 1002).await;
    check(&frame(0x83, b"reserved opcode"), 1002).await;
    check(&frame(0x8b, b"reserved opcode"), 1002).await;
    check(&frame(0x09, b"fragmented ping"), 1002).await;
    check(&frame(PING, &[0; 126]), 1002).await;
    check(&frame(0x80, b"orphan"), 1002).await;
    check(&[frame(0x01, b"a"), frame(TEXT, b"b")].concat(), 1002).await;
    check(&frame(CLOSE, &[3]), 1002).await;
    check(&frame(CLOSE, &999u16.to_be_bytes()), 1002).await;
    check(b"\x81\x01a", 1002).await;
}

#[tokio::test]
async fn text_that_is_not_utf8_is_1007() {
    check(&frame(TEXT, b"\xed\xa0\x80"), 1007).await;
    check(&frame(CLOSE, b"\x03\xe8\xff"), 1007).await;
    // The rest of this message never comes.
    check(&frame(0x01, b"\xf4\x90"), 1007).await;
}

#[tokio::test]
async fn what_is_too_long_is_1009() {
    let config = Config {
        max_message_size: 1000,
        max_frame_size: 500,
        ..Config::default()
    };
    let server = start(config).await;
    let mut client = Client::connect(server.local_addr()).await;
    let half = [frame(0x02, &[0; 500]), frame(0x80, &[0; 500])].concat();
    client.write(&half).await;
    client.expect(BINARY, &[0; 1000]).await;
    // The announced length is enough.
    client.write(&frame(BINARY, &[0; 501])[..8]).await;
    let reason = client.expect_close(1009).await;
    assert!(reason.contains("501") && reason.contains("500"), "{reason}");

    let mut client = Client::connect(server.local_addr()).await;
    client
        .write(&[half, frame(0x02, &[0; 500]), frame(0x00, &[0; 500])].concat())
        .await;
    client.expect(BINARY, &[0; 1000]).await;
    client.send(0x80, &[0]).await;
    client.expect_close(1009).await;
}

/// Connects with permessage-deflate, sends the payload as a compressed message, and expects the code.
async fn check_compressed(payload: &[u8], code: u16) {
    let config = Config {
        max_message_size: 1 << 20,
        ..Config::default()
    };
    let server = start(config).await;
    let mut client = Client::tcp(server.local_addr()).await;
    let request = request_with("Sec-WebSocket-Extensions: permessage-deflate");
    client.write(&request).await;
    let response = client.response().await;
    assert!(response.contains("permessage-deflate"), "{response}");
    // What comes after does not turn FIN into RST.
    let after = frame(BINARY, &[0; 100_000]);
    client.write(&[frame(0xc2, payload), after].concat()).await;
    client.expect_close(code).await;
}

#[tokio::test]
async fn what_cannot_be_decompressed_is_1002() {
    // RFC 1951, 3.2.3: a block of type 3 does not exist.
    check_compressed(&[0x06, 0, 0], 1002).await;
    // RFC 1951, 3.2.4: the length of a stored block and its complement do not agree.
    check_compressed(&[0, 1, 0, 1, 0, 0], 1002).await;
}

#[tokio::test]
async fn what_is_too_long_once_decompressed_is_1009() {
    let mut compressor = Compress::new(Compression::best(), false);
    let mut bomb = Vec::with_capacity(1 << 20);
    let zeros = vec![0; 8 << 20];
    let flush = FlushCompress::Sync;
    compressor.compress_vec(&zeros, &mut bomb, flush).unwrap();
    assert!(bomb.len() < zeros.len() / 900, "{}", bomb.len());
    check_compressed(&bomb[..bomb.len() - 4], 1009).await;
}

#[tokio::test]
async fn a_close_is_answered_with_its_code_and_tcp_ended_at_once() {
    let server = start(Config::default()).await;
    for code in [1000u16, 1001, 1011, 3000, 4999] {
        let mut client = Client::connect(server.local_addr()).await;
        let began = Instant::now();
        client.send(CLOSE, &code.to_be_bytes()).await;
        // Frames after Close are of no effect.
        client.send(PING, b"too late").await;
        client.expect_close(code).await;
        assert!(
            began.elapsed() < Duration::from_millis(500),
            "{:?}",
            began.elapsed()
        );
    }
    let mut client = Client::connect(server.local_addr()).await;
    client.send(CLOSE, b"").await;
    client.expect(CLOSE, b"").await;
    client.expect_end().await;
}

#[tokio::test]
async fn a_client_that_ends_its_own_direction_gets_all_its_echoes() {
    let server = start(Config::default()).await;
    for length in [1, 100, 10_000, 1 << 20] {
        let mut client = Client::connect(server.local_addr()).await;
        let message = frame(BINARY, &vec![7; length]);
        client.write(&message.repeat(3)).await;
        client.0.shutdown().await.unwrap();
        for _ in 0..3 {
            client.expect(BINARY, &vec![7; length]).await;
        }
        client.expect_end().await;
    }
}

#[tokio::test]
async fn a_stopping_server_says_1001_and_waits_for_nobody() {
    let server = start(Config::default()).await;
    let mut polite = Client::connect(server.local_addr()).await;
    let mut mute = Client::connect(server.local_addr()).await;
    let mut silent = Client::tcp(server.local_addr()).await;
    mute.send(TEXT, b"hi").await;
    mute.expect(TEXT, b"hi").await;

    let address = server.local_addr();
    let began = Instant::now();
    let stopped = tokio::spawn(server.shutdown());
    let (first, payload) = polite.frame().await;
    assert_eq!((first, &payload[..2]), (CLOSE, [3, 233].as_slice()));
    polite.send(CLOSE, &[3, 233]).await;
    polite.expect_end().await;
    silent.expect_end().await;
    mute.expect_close(1001).await;
    stopped.await.unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    tokio::net::TcpStream::connect(address).await.unwrap_err();
}

#[tokio::test]
async fn dropping_the_handle_stops_the_server() {
    let server = start(Config::default()).await;
    let mut client = Client::connect(server.local_addr()).await;
    drop(server);
    client.expect_close(1001).await;
}
