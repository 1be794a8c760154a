use tokio_tungstenite::tungstenite::{error::CapacityError, protocol::WebSocketConfig};

use super::*;
use crate::{Takeover, close_code, inflate::Inflater};

const HELLO: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

fn reader(config: WebSocketConfig) -> Reader {
    let inflater = Inflater::new(Takeover::Allowed);
    Reader::new(Role::Client, &config, Some(inflater))
}

fn whole(input: &[u8]) -> (Next, usize) {
    let mut input = BytesMut::from(input);
    let next = reader(WebSocketConfig::default()).whole(&mut input, 0);
    (next, input.len())
}

#[track_caller]
fn message(input: &[u8]) -> Message {
    match whole(input) {
        (Next::Plain(message) | Next::Inflated(message), 0) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_of_one_frame_is_taken() {
    assert_eq!(message(b"\x82\x02ab"), Message::binary(&b"ab"[..]));
    assert_eq!(message(b"\x81\x02ab"), Message::text("ab"));
    assert_eq!(message(b"\x81\x00"), Message::text(""));
    let compressed = [&[0xc1, 7][..], HELLO].concat();
    assert_eq!(message(&compressed), Message::text("Hello"));
}

#[test]
fn a_masked_message_is_unmasked() {
    let mut input = BytesMut::from(&b"\x82\x82\x01\x02\x03\x04ab\x82"[..]);
    let mut reader = Reader::new(Role::Server, &WebSocketConfig::default(), None);
    let next = reader.whole(&mut input, 0);
    assert!(matches!(next, Next::Plain(Message::Binary(data)) if data[..] == [96, 96]));
    assert_eq!(input[..], [0x82]);
}

#[test]
fn what_may_be_wrong_is_left_as_it_is() {
    for input in [
        &b"\x02\x02ab"[..],            // a fragment
        b"\x80\x02ab",                 // the end of a message that has not begun
        b"\x89\x00",                   // a control frame
        b"\x83\x00",                   // a reserved opcode
        b"\xa2\x02ab",                 // RSV2
        b"\xc9\x00",                   // RSV1 on a control frame
        b"\x82\x82\x00\x00\x00\x00ab", // masked by a server
    ] {
        let (next, left) = whole(input);
        assert!(matches!(next, Next::Other), "{input:x?}: {next:?}");
        assert_eq!(left, input.len());
    }
    // RSV1 without an agreement.
    let mut reader = Reader::new(Role::Client, &WebSocketConfig::default(), None);
    let mut input = BytesMut::from(&b"\xc1\x00"[..]);
    assert!(matches!(reader.whole(&mut input, 0), Next::Other));
}

#[test]
fn it_says_how_much_is_missing() {
    assert!(matches!(whole(b""), (Next::More(1), 0)));
    assert!(matches!(whole(b"\x82\x7e\x01"), (Next::More(1), 3)));
    assert!(matches!(whole(b"\x82\x7e\x01\x00a"), (Next::More(255), 1)));
    assert!(matches!(
        whole(b"\xc2\x7e\x01\x00\xf2"),
        (Next::More(255), 0)
    ));
}

/// What comes of frames that arrive octet by octet.
fn dripped(reader: &mut Reader, octets: &[u8]) -> (Next, usize) {
    let header = Header::parse(octets).unwrap().size;
    let mut input = BytesMut::new();
    for (index, octet) in octets.iter().enumerate() {
        input.extend_from_slice(&[*octet]);
        match reader.whole(&mut input, 0) {
            Next::More(_) => assert_eq!(reader.midway(), index + 1 >= header, "{index}"),
            next => return (next, index + 1),
        }
    }
    panic!("{octets:x?} is no message");
}

#[test]
fn a_message_may_come_in_parts() {
    let text = [&b"\x81\x0c"[..], "gr\u{fc}\u{df} \u{1d11e}!".as_bytes()].concat();
    let compressed = [&[0xc1, 7][..], HELLO].concat();
    for (octets, expected) in [
        (&b"\x82\x03abc"[..], Message::binary(&b"abc"[..])),
        (&text, "gr\u{fc}\u{df} \u{1d11e}!".into()),
        (&compressed, "Hello".into()),
    ] {
        let mut reader = reader(WebSocketConfig::default());
        for _ in 0..2 {
            let (next, taken) = dripped(&mut reader, octets);
            let (Next::Plain(message) | Next::Inflated(message)) = next else {
                panic!("{next:?}");
            };
            assert_eq!((message, taken), (expected.clone(), octets.len()));
            assert!(!reader.midway());
        }
    }
}

#[test]
fn a_masked_message_may_come_in_parts() {
    let mut reader = Reader::new(Role::Server, &WebSocketConfig::default(), None);
    let (next, _) = dripped(&mut reader, b"\x82\x86\x01\x02\x03\x04abcdef");
    assert!(matches!(next, Next::Plain(Message::Binary(data)) if data[..] == *b"````dd"));
}

#[test]
fn invalid_text_fails_before_its_rest_arrives() {
    let plain = b"\x81\x05a\xffbcd";
    assert!(matches!(
        dripped(&mut reader(WebSocketConfig::default()), plain),
        (Next::Failed(Error::Utf8(_)), 4)
    ));
    // A stored block of 5 octets, of which the second is none of UTF-8.
    let compressed = b"\xc1\x0b\x00\x05\x00\xfa\xffa\xffbcd\x00";
    let (next, taken) = dripped(&mut reader(WebSocketConfig::default()), compressed);
    assert!(matches!(next, Next::Failed(Error::Utf8(_))), "{next:?}");
    assert_eq!(taken, 9);
}

#[test]
fn a_bomb_that_comes_in_parts_is_stopped_too() {
    const LIMIT: usize = 1 << 20;
    let mut zlib = flate2::Compress::new(flate2::Compression::best(), false);
    let mut bomb = Vec::with_capacity(1 << 20);
    zlib.compress_vec(&vec![0; 100 << 20], &mut bomb, flate2::FlushCompress::Sync)
        .unwrap();
    let mut frame = Vec::new();
    crate::header::write_unmasked(0xc2, bomb.len(), &mut frame);
    frame.extend(bomb);
    let config = WebSocketConfig::default().max_message_size(Some(LIMIT));
    let (next, taken) = dripped(&mut reader(config), &frame);
    let Next::Failed(Error::Capacity(CapacityError::MessageTooLong { size, .. })) = next else {
        panic!("{next:?}");
    };
    // No octet more is decompressed, or waited for, than it takes to know.
    assert_eq!(size, LIMIT + 1);
    assert!(taken < frame.len() / 90, "{taken}");
}

#[test]
fn nothing_is_taken_within_a_message() {
    let mut reader = reader(WebSocketConfig::default());
    let mut input = BytesMut::from(&b"\x02\x01a\x82\x01b"[..]);
    let mut room = [0; 64];
    let mut output = tokio::io::ReadBuf::new(&mut room);
    reader.read(&mut input, &mut output).unwrap();
    assert_eq!(output.filled(), b"\x02\x01a", "one frame at a time");
    assert!(matches!(reader.whole(&mut input, 0), Next::Other));
}

#[test]
fn limits_hold() {
    let config = WebSocketConfig::default().max_message_size(Some(4));
    let mut input = BytesMut::from(&b"\x82\x05abcde"[..]);
    assert!(matches!(reader(config).whole(&mut input, 0), Next::Other));
    let mut input = BytesMut::from(&[&[0xc1, 7][..], HELLO].concat()[..]);
    let next = reader(config).whole(&mut input, 0);
    let Next::Failed(Error::Capacity(CapacityError::MessageTooLong {
        size: 5,
        max_size: 4,
    })) = next
    else {
        panic!("{next:?}");
    };
    let config = WebSocketConfig::default().max_frame_size(Some(4));
    let mut input = BytesMut::from(&b"\x82\x05abcde"[..]);
    assert!(matches!(reader(config).whole(&mut input, 0), Next::Other));
}

#[test]
fn a_message_that_fails_the_connection_says_why() {
    for (input, code) in [
        (&b"\x81\x01\xff"[..], 1007),
        (b"\xc1\x02\x07\x00", 1002),
        (b"\xc1\x03\xf2\x48\xcd", 1002),
    ] {
        let (Next::Failed(error), _) = whole(input) else {
            panic!("{input:x?}");
        };
        assert_eq!(close_code(&error), Some(code.into()), "{error}");
    }
}

#[test]
fn a_small_message_does_not_keep_a_large_read_from_being_freed() {
    for (pinned, copied) in [(MAX_PINNED, false), (MAX_PINNED + 1, true)] {
        let mut input = BytesMut::from(&b"\x82\x02ab\x82"[..]);
        let next = reader(WebSocketConfig::default()).whole(&mut input, pinned);
        let Next::Plain(Message::Binary(data)) = next else {
            panic!("{next:?}");
        };
        assert_eq!(data.is_unique(), copied);
    }
}

#[test]
fn a_long_message_that_came_alone_leaves_its_buffer_to_the_next_one() {
    const LENGTH: usize = 64 << 10;
    let mut frame = Vec::new();
    crate::header::write_unmasked(0x82, LENGTH, &mut frame);
    frame.resize(frame.len() + LENGTH, b'a');
    for (first, beside, again) in [(frame.len(), 0, true), (1000, 0, true), (1000, 1, false)] {
        let mut input = BytesMut::with_capacity(frame.len() + 100);
        let (place, pinned) = (input.as_ptr(), input.capacity());
        input.extend_from_slice(&frame[..first]);
        let mut reader = reader(WebSocketConfig::default());
        let mut next = reader.whole(&mut input, pinned);
        if matches!(next, Next::More(_)) {
            input.extend_from_slice(&frame[first..]);
            input.extend_from_slice(&[0x82; 1][..beside]);
            next = reader.whole(&mut input, pinned);
        }
        let Next::Plain(Message::Binary(data)) = next else {
            panic!("{next:?}");
        };
        assert!(data.len() == LENGTH && data.iter().all(|&octet| octet == b'a'));
        assert_eq!(input.len(), beside);
        assert_eq!(recycled::take(LENGTH).capacity(), 0, "it is lent");
        drop(data);
        let next = recycled::take(LENGTH);
        assert_eq!(next.as_ptr() == place, again);
    }
}
