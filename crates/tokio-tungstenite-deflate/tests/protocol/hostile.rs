//! Peers that break the rules are found out early, with the right close code and in little memory.

use flate2::{Compress, Compression, FlushCompress};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    error::{CapacityError, ProtocolError},
    protocol::Role,
};
use tokio_tungstenite_deflate::{Window, close_code, default_config};

use crate::wire::{
    BINARY, CONTINUATION, FIN, PING, RSV1, TEXT, compress, compressor, frame, plain, receive,
    receive_with,
};

const SERVER: Role = Role::Server;

/// `Hello`, compressed.
const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

/// The close code for the error that the input ends with.
#[track_caller]
fn code(input: Vec<u8>) -> u16 {
    let codes = [vec![1], vec![3, 5], vec![1 << 20]].map(|sizes| {
        let (_, error) = receive(input.clone(), sizes, SERVER, Some(plain()));
        let error = error.expect("the input is refused");
        close_code(&error).expect("the peer can be told").into()
    });
    assert!(codes.iter().all(|code| *code == codes[0]), "{codes:?}");
    codes[0]
}

#[test]
fn a_bomb_is_stopped_at_the_size_limit() {
    // As dense as deflate gets: 1030 to 1.
    let zeros = vec![0; 64 << 20];
    let bomb = compress(&mut compressor(Window::default()), &zeros);
    assert!(zeros.len() / bomb.len() > 1000);
    for kind in [TEXT, BINARY] {
        for limit in [0, 1, 64, 1 << 20] {
            let input = frame(kind | RSV1 | FIN, &bomb, SERVER);
            let config = default_config().max_message_size(Some(limit));
            let (messages, error) = receive_with(input, vec![1000], SERVER, Some(plain()), config);
            assert!(messages.is_empty());
            let Some(Error::Capacity(CapacityError::MessageTooLong { size, max_size })) = error
            else {
                panic!("{error:?}");
            };
            assert_eq!(max_size, limit);
            // It is stopped at once, and not when it is there.
            assert!(size <= limit + 4096, "{size}");
        }
    }
}

#[test]
fn a_bomb_in_many_fragments_is_stopped_too() {
    let zeros = vec![0; 1 << 20];
    let mut zlib = compressor(Window::default());
    let mut input = frame(BINARY | RSV1, &[], SERVER);
    let mut octets = Vec::with_capacity(10_000);
    for _ in 0..64 {
        octets.clear();
        zlib.compress_vec(&zeros, &mut octets, FlushCompress::Sync)
            .unwrap();
        input.extend(frame(CONTINUATION, &octets, SERVER));
        input.extend(frame(PING | FIN, b"", SERVER));
    }
    let config = default_config().max_message_size(Some(2 << 20));
    let (messages, error) = receive_with(input, vec![1000], SERVER, Some(plain()), config);
    assert_eq!(messages, vec![Message::Ping("".into()); 2]);
    assert_eq!(close_code(&error.unwrap()).unwrap(), 1009.into());
}

#[test]
fn frame_limits_hold_for_rewritten_frames() {
    let config = default_config().max_frame_size(Some(1000));
    for first in [TEXT | RSV1 | FIN, TEXT | FIN, BINARY | FIN] {
        for sizes in [vec![1], vec![1 << 20]] {
            let input = frame(first, &[b'a'; 1001], SERVER);
            let (_, error) = receive_with(input, sizes, SERVER, Some(plain()), config);
            assert!(
                matches!(
                    error,
                    Some(Error::Capacity(CapacityError::MessageTooLong {
                        size: 1001,
                        max_size: 1000
                    }))
                ),
                "{error:?}"
            );
        }
    }
    // The limit is one for the wire: more may come out of a frame.
    let payload = compress(&mut compressor(Window::default()), &[b'a'; 5000]);
    let input = frame(TEXT | RSV1 | FIN, &payload, SERVER);
    let (messages, error) = receive_with(input, vec![1], SERVER, Some(plain()), config);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(messages, ["a".repeat(5000).into()]);
}

#[test]
fn corrupt_data_is_a_protocol_error() {
    for payload in [
        &[0x07, 0x00][..],
        &[0xff; 10],
        &HELLO[..5],
        // A distance before the first octet.
        &[0xf2, 0x00, 0x11, 0x00, 0x00],
        // 00 00 ff ff was not removed.
        &[
            0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff,
        ],
    ] {
        assert_eq!(
            code(frame(BINARY | RSV1 | FIN, payload, SERVER)),
            1002,
            "{payload:?}"
        );
    }
}

#[test]
fn what_came_before_corrupt_data_is_not_lost() {
    let first = frame(TEXT | FIN, b"Hello", SERVER);
    let second = frame(TEXT | RSV1 | FIN, &HELLO, SERVER);
    let third = frame(TEXT | RSV1 | FIN, &[0x07], SERVER);
    let input = [first, second, third].concat();
    for size in [1, 10, 1000] {
        let (messages, error) = receive(input.clone(), vec![size], SERVER, Some(plain()));
        assert_eq!(messages, vec![Message::from("Hello"); 2]);
        assert_eq!(close_code(&error.unwrap()).unwrap(), 1002.into());
    }
}

#[test]
fn corrupt_data_says_so() {
    let input = frame(BINARY | RSV1 | FIN, &[0x07], SERVER);
    let (_, error) = receive(input, vec![1], SERVER, Some(plain()));
    let error = error.unwrap().to_string();
    assert_eq!(
        error,
        "IO error: invalid compressed message: invalid block type"
    );
}

#[test]
fn any_single_flipped_bit_leads_to_a_clean_end() {
    let message = b"Hello, hello, hello! The quick brown fox jumps over the lazy dog.".repeat(30);
    let payload = compress(&mut Compress::new(Compression::best(), false), &message);
    for bit in 0..payload.len() * 8 {
        let mut payload = payload.clone();
        payload[bit / 8] ^= 1 << (bit % 8);
        let input = frame(BINARY | RSV1 | FIN, &payload, SERVER);
        let (messages, error) = receive(input, vec![7], SERVER, Some(plain()));
        match error {
            Some(error) => assert_eq!(close_code(&error).unwrap(), 1002.into()),
            None => assert_eq!(messages.len(), 1),
        }
    }
}

#[test]
fn invalid_utf_8_is_found_before_its_frame_is_complete() {
    let bad = "Hello-µ@ßöäüàá-UTF-8!!".bytes().chain([0xed, 0xa0, 0x80]);
    let bad = bad.chain(*b"edited").collect::<Vec<_>>();

    // Complete but for the last octets, with and without compression agreed on.
    for agreement in [None, Some(plain())] {
        for first in [TEXT | FIN, TEXT] {
            let mut input = frame(first, &bad, SERVER);
            input.truncate(input.len() - 3);
            let (_, error) = receive(input, vec![1], SERVER, agreement);
            assert!(matches!(error, Some(Error::Utf8(_))), "{error:?}");
        }
    }
    let mut input = frame(TEXT, b"\xce", SERVER);
    input.extend(&frame(CONTINUATION | FIN, b"\xba\xe1\xff and more", SERVER)[..9]);
    let (_, error) = receive(input, vec![1 << 20], SERVER, None);
    assert!(matches!(error, Some(Error::Utf8(_))), "{error:?}");

    let text = [&bad[..], &[b'a'; 1000]].concat();
    let payload = compress(&mut Compress::new(Compression::none(), false), &text);
    let mut input = frame(TEXT | RSV1 | FIN, &payload, SERVER);
    input.truncate(100);
    let (_, error) = receive(input, vec![1], SERVER, Some(plain()));
    assert!(matches!(error, Some(Error::Utf8(_))), "{error:?}");
}

#[test]
fn text_that_ends_within_a_character_is_invalid() {
    let payload = compress(&mut compressor(Window::default()), b"a\xe2\x82");
    assert_eq!(code(frame(TEXT | RSV1 | FIN, &payload, SERVER)), 1007);
    assert_eq!(code(frame(TEXT | FIN, b"a\xe2\x82", SERVER)), 1007);
}

#[test]
fn rsv1_where_it_must_not_be_fails_the_connection() {
    let start = || frame(TEXT | RSV1, &HELLO[..3], SERVER);
    // RFC 7692, 6.1: not on a control frame, and only on the first fragment.
    assert_eq!(code(frame(PING | RSV1 | FIN, b"", SERVER)), 1002);
    assert_eq!(code(frame(CONTINUATION | RSV1 | FIN, &HELLO, SERVER)), 1002);
    let again = frame(CONTINUATION | RSV1 | FIN, &HELLO[3..], SERVER);
    assert_eq!(code([start(), again].concat()), 1002);
    for rsv in [0x20, 0x10, 0x60, 0x70] {
        assert_eq!(code(frame(TEXT | rsv | FIN, &HELLO, SERVER)), 1002);
    }
    // A new message within another, and a continuation of none.
    for first in [TEXT | FIN, BINARY | FIN, TEXT | RSV1 | FIN] {
        assert_eq!(code([start(), frame(first, &HELLO, SERVER)].concat()), 1002);
        let plain = frame(BINARY, b"a", SERVER);
        assert_eq!(code([plain, frame(first, &HELLO, SERVER)].concat()), 1002);
    }
    // Also where nothing has come out of the first fragment yet.
    let nothing = frame(TEXT | RSV1, &[], SERVER);
    assert_eq!(
        code([nothing, frame(TEXT | FIN, b"a", SERVER)].concat()),
        1002
    );
    assert_eq!(code(frame(CONTINUATION | FIN, &HELLO, SERVER)), 1002);
    // A frame that is not masked.
    assert_eq!(code(frame(TEXT | RSV1 | FIN, &HELLO, Role::Client)), 1002);
}

#[test]
fn rsv1_without_an_agreement_is_a_reserved_bit() {
    for role in [Role::Server, Role::Client] {
        let (_, error) = receive(frame(TEXT | RSV1 | FIN, &HELLO, role), vec![1], role, None);
        assert!(
            matches!(
                error,
                Some(Error::Protocol(ProtocolError::NonZeroReservedBits))
            ),
            "{error:?}"
        );
    }
}

#[test]
fn a_client_refuses_masked_frames_compressed_or_not() {
    for first in [TEXT | RSV1 | FIN, TEXT | FIN] {
        let input = frame(first, &HELLO, Role::Server);
        let (_, error) = receive(input, vec![2], Role::Client, Some(plain()));
        assert!(matches!(error, Some(Error::Protocol(_))), "{error:?}");
    }
}

#[test]
fn unmasked_frames_are_read_where_that_is_configured() {
    let config = default_config().accept_unmasked_frames(true);
    let mut input = frame(TEXT | RSV1 | FIN, &HELLO, Role::Client);
    input.extend(frame(TEXT | RSV1 | FIN, &HELLO, Role::Server));
    input.extend(frame(TEXT | FIN, b"Hello", Role::Client));
    let (messages, error) = receive_with(input, vec![3], SERVER, Some(plain()), config);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(messages, vec![Message::from("Hello"); 3]);
}
