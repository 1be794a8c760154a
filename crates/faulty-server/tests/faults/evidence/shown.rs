//! For each fault, what a client sees of it.

use faulty_server::Fault;

use super::{
    AGAIN, CORRUPT, DEFLATE, Evidence, HELLN, HELLO, NO_TEXT, REFUSED, accepted, close, deflated,
    deflated_is_refused, frames, hello, long, no_text, pings, refused, text, too_large,
};
use crate::client::{
    BINARY, CLOSE, CONTINUATION, PING, PONG, Seen, TEXT, Then, failed, masked, unmasked,
};

pub(super) fn evidence(fault: Fault) -> Evidence {
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
        Fault::PongOnOpen => frames(vec![], unmasked(PONG, b"opening"), Open),

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
            [unmasked(PONG, b"`"), unmasked(0x8a, b"?")].concat(),
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
        Fault::AcceptsFragmentedControl => frames(masked(0x09, b"x"), unmasked(PONG, b"x"), Open),
        Fault::AcceptsLongControl => frames(
            masked(PING, &[b'x'; 126]),
            unmasked(PONG, &[b'x'; 126]),
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

        Fault::SwallowsEmpty => frames(
            [masked(TEXT, b""), masked(TEXT, b"x")].concat(),
            unmasked(TEXT, b"x"),
            Open,
        ),
        Fault::TruncatesLong => long(65_536, b"\x82\x7e\xff\xff", 65_535),
        Fault::BinaryAsText => frames(masked(BINARY, b"x"), unmasked(TEXT, b"x"), Open),
        Fault::TextAsAscii => frames(
            masked(TEXT, "a\u{e9}\u{1f600}".as_bytes()),
            unmasked(TEXT, b"a??"),
            Open,
        ),
        Fault::TruncatesFragmented => frames(
            [
                masked(TEXT, b"ab"),
                masked(0x01, b"a"),
                masked(CONTINUATION, b"b"),
            ]
            .concat(),
            [unmasked(TEXT, b"ab"), unmasked(TEXT, b"a")].concat(),
            Open,
        ),
        Fault::ClosesAfterTwo => frames(
            masked(TEXT, b"x").repeat(3),
            [unmasked(TEXT, b"x").repeat(2), failed(1002, REFUSED)].concat(),
            Fin,
        ),
        Fault::LengthLimitsTooLow => long(125, b"\x82\x7e\0\x7d", 125),
        Fault::LengthLimitsTooHigh => long(127, b"\x82\x7f", 127),
        Fault::LengthSignExtended => long(128, b"\x82\x7e\xff\x80", 128),

        Fault::NoPongToEmpty => pings(&[b"", b"a"], &[b"a"]),
        Fault::PongEmpty => pings(&[b"a"], &[b""]),
        Fault::PongThroughText => pings(&[b"a\xff"], &["a\u{fffd}".as_bytes()]),
        Fault::PongOfPrevious => pings(&[b"a", b"b", b"c"], &[b"a", b"a", b"b"]),
        Fault::PongEveryOther => pings(&[b"a", b"b", b"c"], &[b"a", b"c"]),
        Fault::PongAfterMessage => frames(
            [
                masked(PING, b"a"),
                masked(0x01, b"x"),
                masked(PING, b"b"),
                masked(CONTINUATION, b"y"),
            ]
            .concat(),
            [
                unmasked(PONG, b"a"),
                unmasked(TEXT, b"xy"),
                unmasked(PONG, b"b"),
            ]
            .concat(),
            Open,
        ),
        Fault::RefusesLongestControl => frames(
            [masked(PING, &[b'x'; 124]), masked(PING, &[b'x'; 125])].concat(),
            [
                unmasked(PONG, &[b'x'; 124]),
                failed(1002, "control frame of more than 125 octets"),
            ]
            .concat(),
            Fin,
        ),
        Fault::AnswersPong => frames(masked(PONG, b"a"), unmasked(PONG, b"a"), Open),
        Fault::RefusesPong => frames(masked(PONG, b"a"), failed(1002, REFUSED), Fin),

        Fault::AcceptsSurrogates => text(b"\xed\xa0\x80"),
        Fault::AcceptsOverlong => text(b"\xc0\xaf"),
        Fault::AcceptsBeyondUnicode => text(b"\xf4\x90\x80\x80"),
        Fault::AcceptsLongSequences => text(b"\xf8\x88\x80\x80\x80"),
        Fault::AcceptsIncompleteEnd => text(b"\xce"),
        Fault::AcceptsLoneContinuation => text(b"\x80"),
        Fault::AcceptsLoneLead => text(b"\xc3 "),
        Fault::AcceptsImpossibleOctets => text(b"\xff"),
        Fault::RefusesControlCharacters => no_text("\u{7f}"),
        Fault::RefusesNoncharacters => no_text("\u{1fffe}"),
        Fault::RefusesSpecials => no_text("\u{fff9}"),
        Fault::RefusesSupplementary => no_text("\u{10000}"),
        Fault::RefusesNextToSurrogates => no_text("\u{d7ff}"),
        Fault::Utf8PerFragment => frames(
            [masked(0x01, b"\xce"), masked(CONTINUATION, b"\xba")].concat(),
            failed(1007, NO_TEXT),
            Fin,
        ),

        Fault::AcceptsRsv1 => frames(masked(0xc1, b"x"), unmasked(TEXT, b"x"), Open),
        Fault::AcceptsRsv2And3 => frames(masked(0xb1, b"x"), unmasked(TEXT, b"x"), Open),
        Fault::AcceptsRsvOnBinary => frames(masked(0xf2, b"x"), unmasked(BINARY, b"x"), Open),
        Fault::AcceptsRsvOnClose => frames(masked(0xf8, b""), failed(1000, ""), Fin),
        Fault::AcceptsReservedDataOpcodes => frames(
            [masked(0x83, b"x"), masked(TEXT, b"x")].concat(),
            unmasked(TEXT, b"x"),
            Open,
        ),
        Fault::AcceptsReservedControlOpcodes => frames(
            [masked(0x8b, b"x"), masked(TEXT, b"x")].concat(),
            unmasked(TEXT, b"x"),
            Open,
        ),
        Fault::AcceptsOrphanContinuation => {
            frames(masked(CONTINUATION, b"a"), unmasked(TEXT, b"a"), Open)
        }
        Fault::AcceptsInterruptedMessage => frames(
            [masked(0x01, b"a"), masked(BINARY, b"b")].concat(),
            unmasked(BINARY, b"b"),
            Open,
        ),
        Fault::AssemblesControl => frames(
            [masked(0x09, b"a"), masked(CONTINUATION, b"b")].concat(),
            unmasked(PONG, b"ab"),
            Open,
        ),
        Fault::LastFragmentOnly => frames(
            [masked(0x01, b"a"), masked(CONTINUATION, b"b")].concat(),
            unmasked(TEXT, b"b"),
            Open,
        ),
        Fault::IgnoresEmptyFragments => frames(
            [masked(0x01, b"a"), masked(CONTINUATION, b"")].concat(),
            vec![],
            Open,
        ),
        Fault::RefusesPingWithinMessage => frames(
            [masked(0x01, b"a"), masked(PING, b"")].concat(),
            failed(1002, REFUSED),
            Fin,
        ),

        Fault::Violations1002 => frames(masked(TEXT, b"\xff"), failed(1002, ""), Fin),
        Fault::Violations1007 => frames(masked(0x83, b""), failed(1007, ""), Fin),
        Fault::AnswersCloseWith1001 => close(&failed(1001, ""), Fin),
        Fault::AnswersCloseWith4321 => close(&failed(4321, ""), Fin),
        Fault::NoAnswerToClose => close(b"", Fin),
        Fault::IgnoresEmptyClose => frames(
            [masked(CLOSE, b""), masked(TEXT, b"x")].concat(),
            unmasked(TEXT, b"x"),
            Open,
        ),
        Fault::AnswersAfterClose => frames(
            [masked(CLOSE, b"\x03\xe8"), masked(PING, b"x")].concat(),
            [failed(1000, ""), unmasked(PONG, b"x")].concat(),
            Open,
        ),
        Fault::FailsAfterClose => frames(
            [masked(CLOSE, b"\x03\xe8"), masked(PING, b"x")].concat(),
            [failed(1000, ""), failed(1002, "frame after Close")].concat(),
            Fin,
        ),
        Fault::RefusesCloseReason => refused(b"\x03\xe8why"),
        Fault::RefusesProtocolCloseCodes => refused(b"\x03\xe9"),
        Fault::RefusesApplicationCloseCodes => refused(b"\x0f\xa0"),
        Fault::AcceptsCloseCodesBelow1000 => accepted(999),
        Fault::AcceptsReservedCloseCodes => accepted(1005),
        Fault::AcceptsUndefinedCloseCodes => accepted(2999),
        Fault::AcceptsCloseCodesFrom5000 => accepted(5000),

        // A header as it would arrive octet by octet.
        Fault::NeedsWholeHeaders => frames(b"\x81".to_vec(), failed(1002, REFUSED), Fin),
        Fault::MessageLimit32Kib => too_large(&masked(BINARY, &[0; (32 << 10) + 1])),
        // Frames that are too large as soon as their header is there.
        Fault::MessageLimit1Mib => too_large(b"\x82\xff\0\0\0\0\0\x10\0\x01\0\0\0\0"),
        Fault::MessageLimit8Mib => too_large(b"\x82\xff\0\0\0\0\0\x80\0\x01\0\0\0\0"),
        Fault::FrameLimit64Kib => too_large(b"\x82\xff\0\0\0\0\0\x01\0\x01\0\0\0\0"),
        Fault::FragmentLimit1000 => {
            too_large(&[masked(0x01, b""), masked(0, b"").repeat(1000)].concat())
        }

        // Without the extension, RSV1 is a violation.
        Fault::DeflateDeclines => deflated_is_refused(),
        Fault::DeflateUncompressed => deflated(unmasked(TEXT, b"Hello")),
        Fault::DeflateIgnoresTakeover => Evidence::Frames {
            offer: "permessage-deflate; server_no_context_takeover",
            sent: masked(0xc1, HELLO).repeat(2),
            seen: Seen {
                octets: [unmasked(0xc1, HELLO), unmasked(0xc1, AGAIN)].concat(),
                then: Open,
            },
        },
        Fault::DeflateWrongWindow => Evidence::Elsewhere,
        Fault::DeflateNoRsv1 => deflated(unmasked(TEXT, HELLO)),
        Fault::DeflateCorrupt => deflated(unmasked(0xc1, CORRUPT)),
        Fault::DeflateTruncated => deflated(unmasked(0xc1, b"\xf2\x48\xcd")),
        Fault::DeflateWrongContent => deflated(unmasked(0xc1, HELLN)),

        Fault::DeflateRestrictsClient => Evidence::Elsewhere,
        Fault::DeflateExceedsWindow => Evidence::Elsewhere,
        Fault::DeflateKeepsContext => Evidence::Frames {
            offer: "permessage-deflate; server_no_context_takeover",
            sent: masked(0xc1, HELLO).repeat(2),
            seen: Seen {
                octets: [unmasked(0xc1, HELLO), unmasked(0xc1, AGAIN)].concat(),
                then: Open,
            },
        },
        Fault::DeflateForgetsLong => Evidence::Elsewhere,
        Fault::DeflateRsv1OnContinuations => Evidence::Elsewhere,
        Fault::DeflateNoRsv1Fragmented => Evidence::Frames {
            offer: DEFLATE,
            sent: [masked(0x41, &HELLO[..3]), masked(CONTINUATION, &HELLO[3..])].concat(),
            seen: Seen {
                octets: unmasked(TEXT, HELLO),
                then: Open,
            },
        },
        Fault::DeflateTruncatedLong => Evidence::Elsewhere,
        Fault::DeflateCorruptShort => deflated(unmasked(0xc1, CORRUPT)),
        Fault::DeflateWrongContentBinary => Evidence::Frames {
            offer: DEFLATE,
            sent: masked(0xc2, HELLO),
            seen: Seen {
                octets: unmasked(0xc2, HELLN),
                then: Open,
            },
        },
        Fault::DeflateWrongContentText => deflated(unmasked(0xc1, HELLN)),
        Fault::DeflateWrongContentWindow => Evidence::Frames {
            offer: "permessage-deflate; server_max_window_bits=15",
            sent: masked(0xc1, HELLO),
            seen: Seen {
                octets: unmasked(0xc1, HELLN),
                then: Open,
            },
        },
    }
}
