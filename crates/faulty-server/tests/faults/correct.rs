//! The server without a fault: every check, as early as it can be made.

use faulty_server::Fault;

use crate::client::{
    BINARY, CLOSE, CONTINUATION, PING, Seen, TEXT, Then, failed, masked, see, unmasked,
};

#[track_caller]
fn check(sent: &[Vec<u8>], received: &[Vec<u8>], then: Then) {
    let seen = Seen {
        octets: received.concat(),
        then,
    };
    assert_eq!(see(Fault::Correct, "", &sent.concat()), seen);
}

#[track_caller]
fn fails(sent: &[Vec<u8>], code: u16, reason: &str) {
    // The echo of what was sent before must not be lost, and what follows is of no effect.
    let before = [masked(TEXT, b"before")];
    let after = [masked(TEXT, &[b'x'; 50_000]), masked(CLOSE, b"")];
    let received = [unmasked(TEXT, b"before"), failed(code, reason)];
    check(&[&before, sent, &after].concat(), &received, Then::Fin);
}

#[test]
fn legal_frames_are_answered() {
    check(&[masked(TEXT, b"")], &[unmasked(TEXT, b"")], Then::Open);
    check(
        &[masked(BINARY, &[255; 300])],
        &[unmasked(BINARY, &[255; 300])],
        Then::Open,
    );
    check(
        &[
            masked(0x01, b"\xce"),
            masked(PING, b"x"),
            masked(0x00, b""),
            masked(CONTINUATION, b"\xba"),
        ],
        &[unmasked(0x8a, b"x"), unmasked(TEXT, b"\xce\xba")],
        Then::Open,
    );
    check(&[masked(CLOSE, b"")], &[unmasked(CLOSE, b"")], Then::Fin);
    check(
        &[masked(CLOSE, b"\x0f\xa0why"), masked(PING, b"")],
        &[failed(4000, "")],
        Then::Fin,
    );
}

#[test]
fn illegal_frames_fail_the_connection() {
    for rsv in 1..8 {
        fails(&[masked(TEXT | rsv << 4, b"")], 1002, "reserved bit set");
    }
    for opcode in (3..8).chain(11..16) {
        fails(&[masked(0x80 | opcode, b"x")], 1002, "reserved opcode");
    }
    fails(&[unmasked(TEXT, b"x")], 1002, "frame not masked");
    fails(
        &[b"\x81\xfe\0\x7d\0\0\0\0".to_vec()],
        1002,
        "length not minimal",
    );
    fails(
        &[b"\x81\xff\0\0\0\0\0\0\xff\xff\0\0\0\0".to_vec()],
        1002,
        "length not minimal",
    );
    fails(
        &[b"\x81\xff\x80\0\0\0\0\0\0\0\0\0\0\0".to_vec()],
        1002,
        "length of more than 63 bits",
    );
    fails(&[masked(0x09, b"")], 1002, "fragmented control frame");
    fails(
        &[masked(PING, &[0; 126])],
        1002,
        "control frame of more than 125 octets",
    );
    fails(
        &[masked(CONTINUATION, b"")],
        1002,
        "continuation of nothing",
    );
    fails(
        &[masked(0x01, b""), masked(TEXT, b"")],
        1002,
        "message within a message",
    );
    fails(&[masked(CLOSE, b"\x03")], 1002, "close body of one octet");
    for code in [0u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        let close = masked(CLOSE, &code.to_be_bytes());
        fails(&[close], 1002, "close code that must not be sent");
    }
    fails(
        &[masked(CLOSE, b"\x03\xe8\xff")],
        1007,
        "close reason is not UTF-8",
    );
}

#[test]
fn text_fails_within_a_frame_that_is_not_complete() {
    for text in [b"a\xff".as_slice(), b"\xf4\x90", b"\xed\xa0"] {
        // A frame of 100 octets, of which the first few have come.
        let begin = [b"\x01\xe4\0\0\0\0".as_slice(), text].concat();
        check(&[begin], &[failed(1007, "text is not UTF-8")], Then::Fin);
    }
    fails(&[masked(TEXT, b"\xce")], 1007, "text is not UTF-8");
}

#[test]
fn compressed_messages_are_answered_compressed() {
    let deflate = "permessage-deflate";
    let hello = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
    let seen = see(Fault::Correct, deflate, &masked(0xc1, hello).repeat(2));
    let again = b"\xf2\x00\x11\x00\x00";
    assert_eq!(
        seen.octets,
        [unmasked(0xc1, hello), unmasked(0xc1, again)].concat()
    );

    // In fragments, RSV1 on the first; and not compressed at all.
    let fragments = [masked(0x41, &hello[..3]), masked(CONTINUATION, &hello[3..])].concat();
    assert_eq!(
        see(Fault::Correct, deflate, &fragments).octets,
        unmasked(0xc1, hello)
    );
    let seen = see(Fault::Correct, deflate, &masked(TEXT, b"Hello"));
    assert_eq!(seen.octets, unmasked(0xc1, hello));

    for (sent, code, reason) in [
        (masked(0xc9, b""), 1002, "reserved bit set"),
        (
            [masked(0x01, b""), masked(0xc0, b"")].concat(),
            1002,
            "reserved bit set",
        ),
        (masked(0xa1, b""), 1002, "reserved bit set"),
        (
            masked(0xc1, b"\x06"),
            1007,
            "compressed data cannot be inflated",
        ),
    ] {
        assert_eq!(
            see(Fault::Correct, deflate, &sent).octets,
            failed(code, reason)
        );
    }
}
