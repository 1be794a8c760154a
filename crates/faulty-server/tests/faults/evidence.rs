//! The evidence that each fault is what it is called, and that a correct server differs.

use std::thread;

use faulty_server::{Fault, FaultyServer};

use crate::client::{
    BINARY, CLOSE, CONTINUATION, Client, PING, Seen, TEXT, Then, failed, masked, request, see,
    unmasked,
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

fn evidence(fault: Fault) -> Evidence {
    use Then::{Fin, Open, Rst};
    match fault {
        Fault::Plain => frames(
            masked(CONTINUATION, b"x"),
            unmasked(CONTINUATION, b"x"),
            Open,
        ),
        Fault::Silent => frames(
            [masked(TEXT, b"x"), masked(PING, b"x"), masked(CLOSE, b"")].concat(),
            failed(1000, ""),
            Fin,
        ),
        Fault::Blackhole => frames(
            [masked(TEXT, b"x"), masked(CLOSE, b"\x03\xe8")].concat(),
            vec![],
            Open,
        ),
        Fault::NoCloseTcp | Fault::KeepsTcpOpen => close(&failed(1000, ""), Open),
        Fault::IgnoreClose => frames(
            [masked(CLOSE, b"\x03\xe8"), masked(TEXT, b"x")].concat(),
            unmasked(TEXT, b"x"),
            Open,
        ),
        Fault::EchoClose => frames(masked(CLOSE, b"a"), unmasked(CLOSE, b"a"), Fin),
        Fault::CloseOnOpenDrop => frames(vec![], failed(1000, ""), Fin),
        Fault::PlainLateUtf8 | Fault::LateUtf8 => frames(masked(0x01, b"\xff"), vec![], Open),
        Fault::NotFound => Evidence::Response("HTTP/1.1 404 Not Found\r\n", Fin),

        Fault::Correct | Fault::CrashAt | Fault::StopAcceptingAt => Evidence::Elsewhere,

        Fault::NoHandshake => Evidence::Response("", Open),
        Fault::CloseBefore101 => Evidence::Response("", Fin),
        Fault::BadAccept => Evidence::Response("Accept: Vrguz3TUn9ngPf9JpcYLpRwPtcc=\r\n", Open),
        Fault::UnsolicitedDeflate => {
            Evidence::Response("\r\nSec-WebSocket-Extensions: permessage-deflate\r\n", Open)
        }
        Fault::UnsolicitedSubprotocol => {
            Evidence::Response("\r\nSec-WebSocket-Protocol: unsolicited\r\n", Open)
        }

        Fault::PingOnOpen => frames(vec![], unmasked(PING, b"opening"), Open),
        Fault::PongOnOpen => frames(vec![], unmasked(0x8a, b"opening"), Open),

        Fault::DoubleEcho => hello(&unmasked(TEXT, b"Hello").repeat(2)),
        Fault::Swallow => frames(
            [masked(TEXT, b"1"), masked(TEXT, b"2"), masked(TEXT, b"3")].concat(),
            [unmasked(TEXT, b"1"), unmasked(TEXT, b"3")].concat(),
            Open,
        ),
        Fault::Corrupt => hello(b"\x81\x05Helln"),
        Fault::Truncate => hello(b"\x81\x04Hell"),
        Fault::TextAsBinary => hello(b"\x82\x05Hello"),
        Fault::FragmentedEcho => hello(b"\x01\x01H\x89\x11between fragments\x00\x02el\x80\x02lo"),
        Fault::MaskedEcho => hello(b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
        Fault::RsvEcho => hello(b"\xa1\x05Hello"),
        Fault::NonminimalLengthEcho => hello(b"\x81\x7f\0\0\0\0\0\0\0\x05Hello"),
        Fault::InvalidUtf8Echo => hello(b"\x81\x03\xed\xa0\x80"),

        Fault::NoPong => frames(
            [masked(PING, b"x"), masked(TEXT, b"x")].concat(),
            unmasked(TEXT, b"x"),
            Open,
        ),
        Fault::PongWrongPayload => frames(
            [masked(PING, b"a"), masked(PING, b"")].concat(),
            [unmasked(0x8a, b"`"), unmasked(0x8a, b"?")].concat(),
            Open,
        ),

        Fault::NoUtf8Check => frames(masked(TEXT, b"\xff"), unmasked(TEXT, b"\xff"), Open),
        Fault::AcceptsRsv => frames(masked(0xf1, b"x"), unmasked(TEXT, b"x"), Open),
        Fault::AcceptsReservedOpcodes => frames(
            [masked(0x83, b"x"), masked(0x8b, b"x"), masked(TEXT, b"x")].concat(),
            unmasked(TEXT, b"x"),
            Open,
        ),
        Fault::AcceptsUnmasked => frames(unmasked(TEXT, b"x"), unmasked(TEXT, b"x"), Open),
        Fault::AcceptsNonminimalLength => frames(
            b"\x81\xfe\0\x01\0\0\0\0x".to_vec(),
            unmasked(TEXT, b"x"),
            Open,
        ),
        Fault::AcceptsBadFragmentation => frames(
            [
                masked(CONTINUATION, b"a"),
                masked(0x02, b"b"),
                masked(BINARY, b"c"),
            ]
            .concat(),
            [unmasked(TEXT, b"a"), unmasked(BINARY, b"c")].concat(),
            Open,
        ),
        Fault::AcceptsFragmentedControl => frames(masked(0x09, b"x"), unmasked(0x8a, b"x"), Open),
        Fault::AcceptsLongControl => frames(
            masked(PING, &[b'x'; 126]),
            unmasked(0x8a, &[b'x'; 126]),
            Open,
        ),
        Fault::AcceptsBadCloseCode => frames(masked(CLOSE, b"\x03\xe7"), failed(999, ""), Fin),
        Fault::AcceptsBadCloseReason => {
            frames(masked(CLOSE, b"\x03\xe8\xff"), failed(1000, ""), Fin)
        }
        Fault::AcceptsCloseLengthOne => frames(masked(CLOSE, b"a"), unmasked(CLOSE, b""), Fin),

        Fault::NoCloseFrame => close(b"", Fin),
        Fault::WrongCloseCode => close(&failed(4321, ""), Fin),
        Fault::ReservedStatus => close(&failed(1005, ""), Fin),
        Fault::CloseLengthOne => close(b"\x88\x01\x03", Fin),
        Fault::BadCloseReason => close(b"\x88\x05\x03\xe8\xed\xa0\x80", Fin),
        Fault::ResetsTcp => close(&failed(1000, ""), Rst),

        // Without the extension, RSV1 is a violation.
        Fault::DeflateDeclines => deflated_is_refused(),
        Fault::DeflateUncompressed => deflated(unmasked(TEXT, b"Hello")),
        // RFC 7692, 7.2.3.2: the second "Hello" refers to the first.
        Fault::DeflateIgnoresTakeover => Evidence::Frames {
            offer: "permessage-deflate; server_no_context_takeover",
            sent: masked(0xc1, HELLO).repeat(2),
            seen: Seen {
                octets: [
                    unmasked(0xc1, HELLO),
                    unmasked(0xc1, b"\xf2\x00\x11\x00\x00"),
                ]
                .concat(),
                then: Open,
            },
        },
        Fault::DeflateWrongWindow => Evidence::Elsewhere,
        Fault::DeflateNoRsv1 => deflated(unmasked(TEXT, HELLO)),
        Fault::DeflateCorrupt => deflated(unmasked(0xc1, b"\xf6\x48\xcd\xc9\xc9\x07\x00")),
        Fault::DeflateTruncated => deflated(unmasked(0xc1, b"\xf2\x48\xcd")),
        // "Helln".
        Fault::DeflateWrongContent => deflated(unmasked(0xc1, b"\xf2\x48\xcd\xc9\xc9\x03\x00")),
    }
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
    match evidence(fault) {
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
