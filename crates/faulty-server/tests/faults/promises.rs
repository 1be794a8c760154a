//! What the negotiation of permessage-deflate promises, and what is kept of it.

use faulty_server::{Fault, FaultyServer};

use crate::client::{BINARY, Client, masked, see};

const DEFLATE: &str = "permessage-deflate";

#[test]
fn the_window_that_was_promised_is_exceeded() {
    // Octets that cannot be compressed, then the same again at a distance of 1000.
    let mut state = 1u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(1000)
    .collect();
    let sent = masked(BINARY, &noise.repeat(2));
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
