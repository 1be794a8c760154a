//! What the negotiation of permessage-deflate promises, and what is kept of it.

use faulty_server::{Fault, FaultyServer};

use crate::client::{BINARY, Client, failed, masked, see};

const DEFLATE: &str = "permessage-deflate";

/// Octets that cannot be compressed.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1u32;
    let octets = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    octets.take(length).collect()
}

#[test]
fn the_window_that_was_promised_is_exceeded() {
    // Octets that cannot be compressed, then the same again at a distance of 1000.
    let sent = masked(BINARY, &noise(1000).repeat(2));
    let octets = |fault, offer| see(fault, offer, &sent).octets.len();
    let narrow = "permessage-deflate; server_max_window_bits=9";
    assert!(octets(Fault::Correct, narrow) > 2000);
    assert!(octets(Fault::Correct, DEFLATE) < 1500);
    assert!(octets(Fault::DeflateWrongWindow, DEFLATE) < 1500);

    let server = FaultyServer::start(Fault::DeflateWrongWindow).unwrap();
    let (_, head) = Client::open(server.local_addr(), "/", DEFLATE);
    assert!(
        head.contains(
            "\r\nSec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9\r\n"
        ),
        "{head}"
    );
}

#[test]
fn a_takeover_is_promised_away_and_kept() {
    let server = FaultyServer::start(Fault::DeflateIgnoresTakeover).unwrap();
    let (_, head) = Client::open(server.local_addr(), "/", DEFLATE);
    assert!(
        head.contains("permessage-deflate; server_no_context_takeover\r\n"),
        "{head}"
    );
}

#[test]
fn a_client_can_be_restricted() {
    let server = FaultyServer::start(Fault::DeflateRestrictsClient).unwrap();
    let (mut client, head) = Client::open(server.local_addr(), "/", DEFLATE);
    assert!(
        head.contains("; client_no_context_takeover; client_max_window_bits=9\r\n"),
        "{head}"
    );
    // "Hello", and the same again with the context that was ruled out.
    client.write(&masked(0xc1, b"\xf2\x48\xcd\xc9\xc9\x07\x00"));
    client.write(&masked(0xc1, b"\xf2\x00\x11\x00\x00"));
    let seen = client.see();
    let refusal = failed(1007, "compressed data cannot be inflated");
    assert!(seen.octets.ends_with(&refusal), "{seen:?}");
}

#[test]
fn a_window_is_exceeded_only_where_one_was_asked_for() {
    let (_, head) = {
        let server = FaultyServer::start(Fault::DeflateExceedsWindow).unwrap();
        Client::open(server.local_addr(), "/", DEFLATE)
    };
    assert!(head.contains(": permessage-deflate\r\n"), "{head}");
    let sent = masked(BINARY, &noise(1000).repeat(2));
    let narrow = "permessage-deflate; server_max_window_bits=9";
    assert!(see(Fault::DeflateExceedsWindow, narrow, &sent).octets.len() < 1500);
}

#[test]
fn long_messages_are_another_matter() {
    let octets = |fault, length| {
        let sent = masked(BINARY, &noise(length));
        see(fault, DEFLATE, &sent).octets
    };
    for (fault, length) in [
        (Fault::DeflateTruncatedLong, 4096),
        (Fault::DeflateRsv1OnContinuations, 8192),
    ] {
        assert_eq!(
            octets(fault, length - 1),
            octets(Fault::Correct, length - 1)
        );
        assert_ne!(
            octets(fault, length),
            octets(Fault::Correct, length),
            "{fault}"
        );
    }
    let fragments = octets(Fault::DeflateRsv1OnContinuations, 8192);
    assert_eq!(fragments[0], 0x42);
    let second = 4 + usize::from(fragments[2]) * 256 + usize::from(fragments[3]);
    assert_eq!(fragments[second], 0xc0);
}

#[test]
fn a_context_is_forgotten_after_a_long_message() {
    // A stored block (RFC 1951, 3.2.4), then "Hello" twice, the second time from the context.
    let stored = |length: u16| {
        let mut data = vec![0];
        data.extend(length.to_le_bytes());
        data.extend((!length).to_le_bytes());
        data.resize(data.len() + usize::from(length), b'x');
        masked(0xc2, &[data.as_slice(), b"\0"].concat())
    };
    // A copy of three octets at a distance of one.
    let copy = masked(0xc2, b"\x02\x02\x00\x00");
    let ends = |length| {
        let sent = [stored(length), copy.clone()].concat();
        let seen = see(Fault::DeflateForgetsLong, DEFLATE, &sent);
        let refusal = failed(1007, "compressed data cannot be inflated");
        seen.octets.ends_with(&refusal)
    };
    assert!(!ends(4096));
    assert!(ends(4097));
}
