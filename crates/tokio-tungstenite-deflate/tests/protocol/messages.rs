//! Messages come out as they went in, however they are cut.

use std::pin::Pin;

use futures_util::{FutureExt, Sink, SinkExt, StreamExt, stream::FusedStream};
use proptest::{collection::vec, prelude::*, sample::Index};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::{Error, Message, error::ProtocolError, protocol::Role};
use tokio_tungstenite_deflate::{Agreement, Takeover, Window, default_config};

use crate::wire::{
    BINARY, CONTINUATION, FIN, PING, Pieces, RSV1, TEXT, compress, compressor, frame, plain,
    receive, receive_async, socket, window,
};

fn roles() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Server), Just(Role::Client)]
}

fn windows() -> impl Strategy<Value = Window> {
    let takeover = prop_oneof![Just(Takeover::Allowed), Just(Takeover::Refused)];
    (8_u8..=15, takeover).prop_map(|(bits, takeover)| window(bits, takeover))
}

fn agreements() -> impl Strategy<Value = Agreement> {
    (windows(), windows()).prop_map(|(server, client)| Agreement { server, client })
}

/// Text and binary messages, some of which compress well, badly, or consist of nothing.
fn messages() -> impl Strategy<Value = Vec<Message>> {
    let repeated = ("[a-zäß€𝄞]{0,20}", 1_usize..600).prop_map(|(text, n)| text.repeat(n));
    let message = prop_oneof![
        repeated.prop_map(Message::from),
        "\\PC{0,200}".prop_map(Message::from),
        vec(any::<u8>(), 0..6000).prop_map(Message::from),
        (any::<u8>(), 0_usize..100_000).prop_map(|(octet, n)| vec![octet; n].into()),
    ];
    vec(message, 0..8)
}

/// The sizes of what is read at once.
fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        vec(1_usize..20, 1..5),
        vec(1_usize..5000, 1..10),
        Just(vec![1 << 20]),
    ]
}

fn other(role: Role) -> Role {
    match role {
        Role::Server => Role::Client,
        Role::Client => Role::Server,
    }
}

/// How a message is put on the wire.
#[derive(Debug, Clone)]
struct Cut {
    compressed: bool,
    /// Where the payload is cut into frames.
    at: Vec<Index>,
    ping: bool,
}

fn cuts() -> impl Strategy<Value = Vec<Cut>> {
    let cut = (any::<bool>(), vec(any::<Index>(), 0..5), any::<bool>());
    vec(
        cut.prop_map(|(compressed, at, ping)| Cut {
            compressed,
            at,
            ping,
        }),
        8,
    )
}

proptest! {
    #[test]
    fn what_is_sent_is_received(
        messages in messages(),
        role in roles(),
        agreement in agreements(),
        sizes in sizes(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let sent = runtime.block_on(async {
            let mut socket = socket(Pieces::default(), role, Some(agreement), default_config()).await;
            for message in messages.clone() {
                socket.feed(message).await.unwrap();
            }
            socket.flush().await.unwrap();
            socket.into_inner().output
        });
        let (received, error) = receive(sent, sizes, other(role), Some(agreement));
        prop_assert!(error.is_none(), "{error:?}");
        prop_assert!(received == messages);
    }

    #[test]
    fn fragments_are_put_together(
        messages in messages(),
        cuts in cuts(),
        role in roles(),
        agreement in agreements(),
        sizes in sizes(),
    ) {
        let incoming = agreement.incoming(role);
        let mut zlib = compressor(incoming);
        let mut input = Vec::new();
        let mut expected = Vec::new();
        for (message, cut) in messages.into_iter().zip(cuts) {
            let opcode = if message.is_text() { TEXT } else { BINARY };
            let data = message.clone().into_data();
            let (mut first, payload) = match cut.compressed {
                true => (opcode | RSV1, compress(&mut zlib, &data)),
                false => (opcode, data.to_vec()),
            };
            if incoming.takeover == Takeover::Refused {
                zlib.reset();
            }
            let mut ends: Vec<_> = cut.at.iter().map(|at| at.index(payload.len() + 1)).collect();
            ends.sort_unstable();
            let mut start = 0;
            for end in ends {
                input.extend(frame(first, &payload[start..end], role));
                first = CONTINUATION;
                start = end;
                if cut.ping {
                    input.extend(frame(PING | FIN, b"ping", role));
                    expected.push(Message::Ping("ping".into()));
                }
            }
            input.extend(frame(first | FIN, &payload[start..], role));
            expected.push(message);
        }
        let (received, error) = receive(input, sizes, role, Some(agreement));
        prop_assert!(error.is_none(), "{error:?}");
        prop_assert!(received == expected);
    }
}

#[test]
fn every_cut_of_one_message_is_handed_on() {
    // The lengths around those of tungstenite's and our own buffers.
    let data: Vec<u8> = (0..66_000_u32)
        .map(|i| (i.wrapping_mul(i) >> 7) as u8)
        .collect();
    for length in [4080, 4088, 4096, 65_527, 65_535, 65_536] {
        for more in 0..8 {
            let message = &data[..length + more];
            let payload = compress(&mut compressor(Window::default()), message);
            for role in [Role::Server, Role::Client] {
                let input = frame(BINARY | RSV1 | FIN, &payload, role);
                let (received, error) = receive(input, vec![1 << 20], role, Some(plain()));
                assert!(error.is_none(), "{error:?}");
                assert_eq!(received, [Message::binary(message.to_vec())]);
            }
        }
    }
}

#[test]
fn a_first_fragment_of_nothing_begins_the_message() {
    for rest in [&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..], &[]] {
        let mut input = frame(TEXT | RSV1, &[], Role::Server);
        input.extend(frame(PING | FIN, b"", Role::Server));
        input.extend(frame(CONTINUATION | FIN, rest, Role::Server));
        let (received, error) = receive(input, vec![1], Role::Server, Some(plain()));
        assert!(error.is_none(), "{error:?}");
        let text = if rest.is_empty() { "" } else { "Hello" };
        assert_eq!(received, [Message::Ping("".into()), text.into()]);
    }
}

#[tokio::test]
async fn a_message_that_finds_no_room_comes_back_and_is_not_referred_to() {
    for role in [Role::Server, Role::Client] {
        no_room(role).await;
    }
}

async fn no_room(role: Role) {
    let config = default_config()
        .write_buffer_size(0)
        .max_write_buffer_size(150);
    // Nothing gets out: the other end is full.
    let (stream, mut far) = tokio::io::duplex(1);
    let mut socket = socket(stream, role, Some(plain()), config).await;
    // Noise, which does not get smaller.
    let noise = |factor: u8| -> Message {
        let noise = (0..120_u8).map(|i| i.wrapping_mul(factor) ^ i.rotate_left(3));
        noise.collect::<Vec<_>>().into()
    };
    let (sent, refused) = (noise(167), noise(59));
    Pin::new(&mut socket).start_send(sent.clone()).unwrap();
    let error = Pin::new(&mut socket)
        .start_send(refused.clone())
        .unwrap_err();
    let Error::WriteBufferFull(back) = error else {
        panic!("{error}");
    };
    assert_eq!(*back, refused);

    let read = async {
        let mut output = Vec::new();
        far.read_to_end(&mut output).await.unwrap();
        output
    };
    let again = refused.clone();
    let write = async move {
        socket.flush().await.unwrap();
        socket.send(again).await.unwrap();
    };
    let (output, ()) = tokio::join!(read, write);
    let (received, error) = receive_async(
        output,
        vec![100],
        other(role),
        Some(plain()),
        default_config(),
    )
    .await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(received, [sent, refused]);
}

#[tokio::test]
async fn a_ping_is_answered_though_messages_go_on_and_nothing_is_sent() {
    let ping = frame(PING | FIN, b"?", Role::Server);
    let message = frame(BINARY | FIN, b"!", Role::Server);
    let input = [&ping[..], &message, &message].concat();
    let pieces = Pieces::new(input, vec![1 << 20]);
    let mut socket = socket(pieces, Role::Server, None, default_config()).await;
    assert!(socket.next().await.unwrap().unwrap().is_ping());
    assert!(socket.next().await.unwrap().unwrap().is_binary());
    assert_eq!(socket.get_ref().output, b"\x8a\x01?");
    assert!(socket.next().await.unwrap().unwrap().is_binary());
}

#[tokio::test]
async fn after_an_error_nothing_comes_and_a_close_can_be_sent() {
    for invalid in [
        frame(TEXT | FIN, b"\xff", Role::Server),
        frame(0x0b | FIN, b"", Role::Server),
    ] {
        let message = frame(BINARY | FIN, b"!", Role::Server);
        let pieces = Pieces::new([invalid, message].concat(), vec![1 << 20]);
        let mut socket = socket(pieces, Role::Server, None, default_config()).await;
        socket.next().await.unwrap().unwrap_err();
        assert!(socket.is_terminated());
        assert!(socket.next().await.is_none());
        socket.close(None).await.unwrap();
        assert_eq!(socket.get_ref().output, b"\x88\x00");
    }
}

/// The messages of one frame, of which some is missing.
fn parts() -> [Vec<u8>; 3] {
    let payload = compress(&mut compressor(Window::default()), b"Hello");
    [
        frame(BINARY | FIN, b"Hello", Role::Server),
        frame(TEXT | FIN, b"Hello", Role::Server),
        frame(TEXT | RSV1 | FIN, &payload, Role::Server),
    ]
}

#[tokio::test]
async fn a_message_goes_on_after_a_close_was_sent_in_its_midst() {
    for mut part in parts() {
        let rest = part.split_off(8);
        let (near, mut far) = tokio::io::duplex(1000);
        let mut socket = socket(near, Role::Server, Some(plain()), default_config()).await;
        far.write_all(&part).await.unwrap();
        assert!(socket.next().now_or_never().is_none(), "it is not complete");
        socket.close(None).await.unwrap();
        far.write_all(&rest).await.unwrap();
        far.write_all(&frame(0x88, b"", Role::Server))
            .await
            .unwrap();
        let message = socket.next().await.unwrap().unwrap();
        assert_eq!(message.into_data()[..], *b"Hello");
        assert!(socket.next().await.unwrap().unwrap().is_close());
        assert!(socket.next().await.is_none());
    }
}

#[tokio::test]
async fn a_connection_that_ends_within_a_message_was_reset() {
    for part in parts() {
        for end in 0..part.len() {
            let (near, mut far) = tokio::io::duplex(1000);
            let mut socket = socket(near, Role::Server, Some(plain()), default_config()).await;
            far.write_all(&part[..end]).await.unwrap();
            drop(far);
            let error = socket.next().await.unwrap().unwrap_err();
            let reset = Error::Protocol(ProtocolError::ResetWithoutClosingHandshake);
            assert_eq!(error.to_string(), reset.to_string(), "after {end} octets");
            assert!(socket.next().await.is_none());
        }
    }
}
