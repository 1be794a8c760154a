//! The evidence that each fault is what it is called, and that a correct server differs.

mod shown;

use std::thread;

use faulty_server::{Fault, FaultyServer};

use crate::client::{
    BINARY, CLOSE, CONTINUATION, Client, PING, PONG, Seen, TEXT, Then, failed, masked, request,
    see, unmasked,
};

/// How a fault shows.
enum Evidence {
    /// These octets come back for those, after an opening handshake with this offer.
    Frames {
        offer: &'static str,
        sent: Vec<u8>,
        seen: Seen,
    },
    /// The response to the opening handshake has this in it, and then the connection stands so.
    Response(&'static str, Then),
    /// A test of its own.
    Elsewhere,
}

const DEFLATE: &str = "permessage-deflate";

/// "Hello" as RFC 7692, 7.2.3.1 has it.
const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";

/// The same once more, which refers to the first (RFC 7692, 7.2.3.2).
const AGAIN: &[u8] = b"\xf2\x00\x11\x00\x00";

/// "Helln".
const HELLN: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x03\x00";

/// A block of a type that does not exist.
const CORRUPT: &[u8] = b"\xf6\x48\xcd\xc9\xc9\x07\x00";

/// The reasons of some Close frames.
const REFUSED: &str = "not accepted here";
const NO_TEXT: &str = "text is not UTF-8";

fn frames(sent: Vec<u8>, octets: Vec<u8>, then: Then) -> Evidence {
    Evidence::Frames {
        offer: "",
        sent,
        seen: Seen { octets, then },
    }
}

/// What a text of "Hello" gets.
fn hello(octets: &[u8]) -> Evidence {
    frames(masked(TEXT, b"Hello"), octets.to_vec(), Then::Open)
}

/// What a Close with code 1000 gets.
fn close(octets: &[u8], then: Then) -> Evidence {
    frames(masked(CLOSE, b"\x03\xe8"), octets.to_vec(), then)
}

/// What a compressed text gets that says "Hello".
fn deflated(octets: Vec<u8>) -> Evidence {
    let seen = Seen {
        octets,
        then: Then::Open,
    };
    Evidence::Frames {
        offer: DEFLATE,
        sent: masked(0xc1, HELLO),
        seen,
    }
}

/// What a Close with this body gets that is legal.
fn refused(body: &[u8]) -> Evidence {
    frames(masked(CLOSE, body), failed(1002, REFUSED), Then::Fin)
}

/// What a Close with a code gets that must not be sent.
fn accepted(code: u16) -> Evidence {
    frames(
        masked(CLOSE, &code.to_be_bytes()),
        failed(code, ""),
        Then::Fin,
    )
}

/// What pings get.
fn pings(sent: &[&[u8]], received: &[&[u8]]) -> Evidence {
    let sent: Vec<_> = sent.iter().map(|data| masked(PING, data)).collect();
    let received: Vec<_> = received.iter().map(|data| unmasked(PONG, data)).collect();
    frames(sent.concat(), received.concat(), Then::Open)
}

/// A text that is not UTF-8 and comes back.
fn text(octets: &[u8]) -> Evidence {
    frames(masked(TEXT, octets), unmasked(TEXT, octets), Then::Open)
}

/// A text that is UTF-8 and does not come back.
fn no_text(text: &str) -> Evidence {
    frames(
        masked(TEXT, text.as_bytes()),
        failed(1007, NO_TEXT),
        Then::Fin,
    )
}

/// What a binary message of so many octets gets: this header and so many octets.
fn long(length: usize, header: &[u8], received: usize) -> Evidence {
    let octets = [header, &vec![0; received]].concat();
    frames(masked(BINARY, &vec![0; length]), octets, Then::Open)
}

/// What exceeds a limit.
fn too_large(sent: &[u8]) -> Evidence {
    frames(sent.to_vec(), failed(1009, "too large"), Then::Fin)
}

fn deflated_is_refused() -> Evidence {
    let seen = Seen {
        octets: failed(1002, "reserved bit set"),
        then: Then::Fin,
    };
    Evidence::Frames {
        offer: DEFLATE,
        sent: masked(0xc1, HELLO),
        seen,
    }
}

#[test]
fn every_fault_shows_and_a_correct_server_shows_none() {
    // Most of the time is spent on waiting for nothing to come.
    thread::scope(|scope| {
        for &fault in Fault::all() {
            scope.spawn(move || check(fault));
        }
    });
}

fn check(fault: Fault) {
    match shown::evidence(fault) {
        Evidence::Frames { offer, sent, seen } => {
            assert_eq!(see(fault, offer, &sent), seen, "{fault}");
            assert_ne!(see(Fault::Correct, offer, &sent), seen, "{fault}");
        }
        Evidence::Response(part, then) => {
            let (head, end) = respond(fault);
            assert!(head.contains(part), "{fault}: {head}");
            assert_eq!(end, then, "{fault}");
            assert_ne!(respond(Fault::Correct).0, head, "{fault}");
        }
        Evidence::Elsewhere => {}
    }
}

/// The response to an opening handshake, and how the connection stands then.
fn respond(fault: Fault) -> (String, Then) {
    let server = FaultyServer::start(Fault::Correct).unwrap();
    let mut client = Client::connect(server.local_addr());
    client.write(request(&format!("/{fault}"), "").as_bytes());
    let seen = client.see();
    (String::from_utf8(seen.octets).unwrap(), seen.then)
}

#[test]
fn late_servers_do_find_out() {
    for fault in [Fault::PlainLateUtf8, Fault::LateUtf8] {
        let sent = [masked(0x01, b"\xff"), masked(CONTINUATION, b"")].concat();
        let seen = Seen {
            octets: failed(1007, "text is not UTF-8"),
            then: Then::Fin,
        };
        assert_eq!(see(fault, "", &sent), seen, "{fault}");
    }
}

#[test]
fn faults_of_closing_hold_for_violations_too() {
    for (fault, octets) in [
        (Fault::NoCloseFrame, b"".as_slice()),
        (Fault::WrongCloseCode, b"\x88\x02\x10\xe1"),
        (Fault::CloseLengthOne, b"\x88\x01\x03"),
    ] {
        let seen = Seen {
            octets: octets.to_vec(),
            then: Then::Fin,
        };
        assert_eq!(see(fault, "", &masked(0x83, b"")), seen, "{fault}");
    }
}
