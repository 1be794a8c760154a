//! The common part of the servers on record: no check at all.

use faulty_server::Fault;

use crate::client::{CLOSE, CONTINUATION, PING, Seen, TEXT, Then, failed, masked, see, unmasked};

#[track_caller]
fn check(sent: &[Vec<u8>], received: &[Vec<u8>], then: Then) {
    let seen = Seen {
        octets: received.concat(),
        then,
    };
    assert_eq!(see(Fault::Plain, "", &sent.concat()), seen);
}

#[test]
fn any_frame_that_is_no_control_frame_is_echoed() {
    check(
        &[masked(0xf1, b"RSV")],
        &[unmasked(TEXT, b"RSV")],
        Then::Open,
    );
    check(
        &[masked(0x8b, b"x")],
        &[unmasked(CONTINUATION, b"x")],
        Then::Open,
    );
    check(&[unmasked(TEXT, b"x")], &[unmasked(TEXT, b"x")], Then::Open);
    check(
        &[masked(TEXT, b"\xff")],
        &[unmasked(TEXT, b"\xff")],
        Then::Open,
    );
    check(
        &[masked(0x01, b"a"), masked(TEXT, b"b")],
        &[unmasked(TEXT, b"b")],
        Then::Open,
    );
}

#[test]
fn the_buffer_and_its_opcode_outlive_the_message() {
    check(
        &[masked(TEXT, b"a"), masked(0x83, b"b")],
        &[unmasked(TEXT, b"a"), unmasked(TEXT, b"ab")],
        Then::Open,
    );
}

#[test]
fn control_frames_are_answered_however_they_look() {
    check(
        &[masked(PING, &[0; 126])],
        &[unmasked(0x8a, &[0; 126])],
        Then::Open,
    );
    check(&[masked(0x09, b"x")], &[unmasked(0x8a, b"x")], Then::Open);
    check(&[masked(0x8a, b"x")], &[], Then::Open);
    check(&[masked(0xf8, b"")], &[failed(1000, "")], Then::Fin);
    check(
        &[masked(CLOSE, b"x"), masked(PING, b"")],
        &[failed(1000, "")],
        Then::Fin,
    );
}

#[test]
fn an_offer_of_compression_is_not_taken() {
    let seen = see(Fault::Plain, "permessage-deflate", &masked(0xc1, b"x"));
    assert_eq!(seen.octets, unmasked(TEXT, b"x"));
}
