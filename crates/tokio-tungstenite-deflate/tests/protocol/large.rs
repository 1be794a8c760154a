//! Messages that are read into buffers of their own, which are used again.

use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::{Error, Message, error::ProtocolError, protocol::Role};
use tokio_tungstenite_deflate::default_config;

use crate::wire::{BINARY, FIN, PING, TEXT, frame, receive, socket};

/// Octets of the rest of a message that gets a buffer of its own.
const LARGE: usize = 128 << 10;

/// Lengths around those of buffers and reads, large and small ones after each other.
const LENGTHS: [usize; 10] = [
    LARGE - 1,
    LARGE,
    3,
    LARGE + 16,
    1 << 20,
    (1 << 20) + 17,
    0,
    3 << 20,
    LARGE + 4096,
    200_000,
];

fn noise(length: usize) -> Vec<u8> {
    let noise = (0..length as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8);
    noise.collect()
}

/// Text whose characters are cut by every read of an odd size.
fn text(length: usize) -> String {
    let mut text = "a€𝄞ß".repeat(length / 10);
    text.extend(std::iter::repeat_n('.', length % 10));
    text
}

#[test]
fn large_messages_and_what_follows_them_come_whole() {
    for role in [Role::Server, Role::Client] {
        for sizes in [vec![4 << 20], vec![99_999, 7], vec![4096], vec![LARGE, 1]] {
            let (mut input, mut expected) = (Vec::new(), Vec::new());
            for length in LENGTHS {
                let (data, text) = (noise(length), text(length));
                input.extend(frame(BINARY | FIN, &data, role));
                input.extend(frame(TEXT | FIN, text.as_bytes(), role));
                expected.extend([Message::from(data), text.into()]);
            }
            input.extend(frame(PING | FIN, b"?", role));
            expected.push(Message::Ping("?".into()));
            let (received, error) = receive(input, sizes, role, None);
            assert!(error.is_none(), "{error:?}");
            assert!(received == expected);
        }
    }
}

#[test]
fn messages_that_are_kept_stay_as_they_came() {
    // Their buffers are not used for the messages after them.
    let data: Vec<_> = (0..8).map(|i| vec![i; LARGE + 5000]).collect();
    let input = data
        .iter()
        .map(|data| frame(BINARY | FIN, data, Role::Server));
    let (received, _) = receive(input.flatten().collect(), vec![50_000], Role::Server, None);
    let received: Vec<_> = received.into_iter().map(Message::into_data).collect();
    assert!(received == data);
}

#[test]
fn invalid_text_fails_before_its_rest_is_there() {
    let mut invalid = text(1 << 20).into_bytes();
    invalid[300_000] = 0xff;
    let mut input = frame(TEXT | FIN, &invalid, Role::Server);
    input.truncate(310_000);
    let (received, error) = receive(input, vec![10_000], Role::Server, None);
    assert!(received.is_empty());
    assert!(matches!(error, Some(Error::Utf8(_))), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_ends_within_a_large_message_was_reset() {
    let (near, mut far) = tokio::io::duplex(1 << 20);
    let mut socket = socket(near, Role::Server, None, default_config()).await;
    let message = frame(BINARY | FIN, &noise(1 << 20), Role::Server);
    far.write_all(&message[..500_000]).await.unwrap();
    drop(far);
    let error = socket.next().await.unwrap().unwrap_err();
    let reset = Error::Protocol(ProtocolError::ResetWithoutClosingHandshake);
    assert_eq!(error.to_string(), reset.to_string());
    assert!(socket.next().await.is_none());
}

#[tokio::test]
async fn a_message_may_be_dropped_by_another_thread() {
    let message = frame(BINARY | FIN, &noise(1 << 20), Role::Server);
    let (near, mut far) = tokio::io::duplex(4 << 20);
    let mut socket = socket(near, Role::Server, None, default_config()).await;
    for _ in 0..3 {
        far.write_all(&message).await.unwrap();
        let message = socket.next().await.unwrap().unwrap();
        let length = std::thread::spawn(move || message.len()).join().unwrap();
        assert_eq!(length, 1 << 20);
    }
}
