//! What is sent arrives in the order in which it was sent, whichever way it goes.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{
            Role,
            frame::{
                Frame,
                coding::{Data, OpCode},
            },
        },
    },
};
use tokio_tungstenite_deflate::default_config;

use crate::wire::{self, FIN, PING, plain, receive_async, socket};

/// Messages of all kinds and sizes, recognizable by their number.
fn message(number: usize) -> Message {
    let text = format!("{number} ");
    match number % 7 {
        0 => text.into(),
        1 => text.repeat(40_000).into(),
        2 => Message::Ping(text.into()),
        3 => text.repeat(3000).into_bytes().into(),
        4 => Message::Frame(Frame::message(text, OpCode::Data(Data::Binary), true)),
        5 => Message::Pong(text.into()),
        _ => text.into_bytes().into(),
    }
}

/// As it arrives.
fn received(message: Message) -> Message {
    match message {
        Message::Frame(frame) => Message::Binary(frame.into_payload()),
        message => message,
    }
}

#[tokio::test]
async fn messages_arrive_in_the_order_in_which_they_were_sent() {
    const MESSAGES: usize = 500;
    for flushed_every in [1, 3, 16, MESSAGES] {
        let (near, far) = duplex(1000);
        let mut server = socket(near, Role::Server, None, default_config()).await;
        let mut client = WebSocketStream::from_raw_socket(far, Role::Client, None).await;
        let send = async {
            for number in 0..MESSAGES {
                server.feed(message(number)).await.unwrap();
                // A Pong that tungstenite has not sent yet gives way to the next one.
                if number % flushed_every == 0 || number % 7 == 5 {
                    server.flush().await.unwrap();
                }
            }
            server.close(None).await.unwrap();
        };
        let receive = async {
            for number in 0..MESSAGES {
                let next = client.next().await.unwrap().unwrap();
                assert!(next == received(message(number)), "{number}: {next:?}");
            }
            assert!(client.next().await.unwrap().unwrap().is_close());
        };
        tokio::join!(send, receive);
    }
}

#[tokio::test]
async fn a_pong_comes_after_what_was_sent_before_it() {
    let (near, far) = duplex(1 << 20);
    let mut server = socket(near, Role::Server, Some(plain()), default_config()).await;
    let mut client = WebSocketStream::from_raw_socket(far, Role::Client, None).await;
    client.send(Message::Ping("?".into())).await.unwrap();
    // Empty messages are not compressed.
    server.feed(Message::text("")).await.unwrap();
    assert!(server.next().await.unwrap().unwrap().is_ping());
    server.feed(Message::binary("")).await.unwrap();
    server.flush().await.unwrap();
    server.send(Message::text("")).await.unwrap();
    let mut kinds = Vec::new();
    for _ in 0..4 {
        let message = client.next().await.unwrap().unwrap();
        kinds.push((message.is_text(), message.is_pong()));
    }
    let (text, binary, pong) = ((true, false), (false, false), (false, true));
    assert_eq!(kinds, [text, binary, pong, text]);
}

#[tokio::test]
async fn a_peer_that_ends_its_own_direction_still_gets_what_waits_for_it() {
    for messages in [1, 100] {
        let (near, far) = duplex(1000);
        let mut server = socket(near, Role::Server, Some(plain()), default_config()).await;
        let (mut read, mut write) = tokio::io::split(far);
        for _ in 0..messages {
            server.feed(Message::binary(vec![7; 1000])).await.unwrap();
        }
        write.shutdown().await.unwrap();
        server.next().await.unwrap().unwrap_err();
        let (flushed, octets) = tokio::join!(
            async {
                server.flush().await.unwrap();
                server.get_mut().shutdown().await
            },
            async {
                let mut octets = Vec::new();
                read.read_to_end(&mut octets).await.unwrap();
                octets
            }
        );
        flushed.unwrap();
        let (arrived, _) = receive_async(
            octets,
            vec![1000],
            Role::Client,
            Some(plain()),
            default_config(),
        )
        .await;
        assert_eq!(arrived, vec![Message::binary(vec![7; 1000]); messages]);
    }
}

/// The reader answers pings while the writer waits for a peer that reads nothing; whoever of
/// them is woken, all gets there.
#[tokio::test]
async fn a_task_that_reads_and_one_that_writes_do_not_forget_each_other() {
    const MESSAGES: usize = 100;
    let (near, far) = duplex(1000);
    let server = socket(near, Role::Server, None, default_config()).await;
    let client = WebSocketStream::from_raw_socket(far, Role::Client, None).await;
    let (mut sink, mut stream) = server.split();
    let (mut far_sink, mut far_stream) = client.split();
    let writer = tokio::spawn(async move {
        for _ in 0..MESSAGES {
            sink.send(Message::binary(vec![0; 50_000])).await.unwrap();
        }
        sink
    });
    let reader = tokio::spawn(async move {
        let mut pings = 0;
        while let Some(Ok(message)) = stream.next().await {
            pings += usize::from(message.is_ping());
        }
        pings
    });
    let far_writer = tokio::spawn(async move {
        for _ in 0..MESSAGES {
            far_sink.send(Message::Ping("?".into())).await.unwrap();
            tokio::task::yield_now().await;
        }
        far_sink
    });
    let mut messages = 0;
    while messages < MESSAGES {
        messages += usize::from(far_stream.next().await.unwrap().unwrap().is_binary());
    }
    let _sink = writer.await.unwrap();
    far_writer.await.unwrap().close().await.unwrap();
    while !far_stream.next().await.unwrap().unwrap().is_close() {}
    assert_eq!(reader.await.unwrap(), MESSAGES);
}

#[tokio::test]
async fn a_pong_that_finds_no_room_leaves_with_the_same_flush() {
    let (near, mut far) = duplex(64);
    let config = default_config()
        .write_buffer_size(0)
        .max_write_buffer_size(130);
    let mut server = socket(near, Role::Server, None, config).await;
    let frame = Frame::message(vec![0; 120], OpCode::Data(Data::Binary), true);
    server.feed(Message::Frame(frame)).await.unwrap();
    // What is left of the frame leaves no room for the Pong, and can be written at once.
    far.read_exact(&mut [0; 64]).await.unwrap();
    let ping = wire::frame(PING | FIN, &[b'?'; 100], Role::Server);
    let (sent, ping) = tokio::join!(far.write_all(&ping), server.next());
    sent.unwrap();
    assert!(ping.unwrap().unwrap().is_ping());
    let mut octets = [0; 122 - 64 + 102];
    let read = async {
        let read = far.read_exact(&mut octets);
        tokio::time::timeout(Duration::from_secs(10), read).await
    };
    let (flushed, read) = tokio::join!(server.flush(), read);
    flushed.unwrap();
    read.unwrap().unwrap();
    assert_eq!(octets[122 - 64..][..3], [0x8a, 100, b'?']);
}
