//! Section 3: reserved bits without an extension that gives them a meaning
//! (RFC 6455, section 5.2).

use crate::case::{Case, Requirement, text_message};
use crate::frame::{FrameSpec, Opcode, Write, binary, ping, text};

const HINTS: &[&str] = &[
    "reserved bits are masked away and never looked at: without an extension any of them must fail the connection",
    "RSV1 is taken for compression although permessage-deflate was not negotiated",
    "only data frames are checked, or only the first frame of a message",
];
const AFTER_ECHO: &[&str] = &[
    "reserved bits are masked away and never looked at: without an extension any of them must fail the connection",
    "NON-STRICT: the echo of the first text was still queued when the connection was failed, or was lost with a TCP reset",
];

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("3.1", "Text with RSV3 fails the connection")
            .cites(Requirement::Must, "6455#5.2")
            .hints(HINTS)
            .send(text("Hello, world!").rsv(1))
            .kill_after(1.0)
            .ok([])
            .peer_fails(1002),
        after_echo(
            "3.2",
            "Text with RSV2 fails the connection, after the text before it came back",
            2,
            Write::Plain,
        ),
        after_echo(
            "3.3",
            "Text with RSV2 and RSV3 in a write of its own fails the connection, after the text before it came back",
            3,
            Write::Sync,
        ),
        after_echo(
            "3.4",
            "Text with RSV1, sent octet by octet, fails the connection, after the text before it came back",
            4,
            Write::Chop(1),
        ),
        Case::new(
            "3.5",
            "Binary message with RSV1 and RSV3 fails the connection",
        )
        .cites(Requirement::Must, "6455#5.2")
        .hints(HINTS)
        .send(binary(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff").rsv(5))
        .kill_after(1.0)
        .ok([])
        .peer_fails(1002),
        // The suite calls it a ping and sends a binary frame.
        Case::new(
            "3.6",
            "Binary message with RSV1 and RSV2 fails the connection",
        )
        .cites(Requirement::Must, "6455#5.2")
        .hints(HINTS)
        .send(binary("Hello, world!").rsv(6))
        .kill_after(1.0)
        .ok([])
        .peer_fails(1002),
        // A frame and no closing handshake: the peer is to be the one that closes.
        Case::new(
            "3.7",
            "Close frame with all reserved bits fails the connection",
        )
        .cites(Requirement::Must, "6455#5.2")
        .hints(HINTS)
        .send(FrameSpec::new(Opcode::CLOSE, "").rsv(7))
        .kill_after(1.0)
        .ok([])
        .peer_fails(1002),
    ]
}

fn after_echo(id: &str, title: &'static str, rsv: u8, write: Write) -> Case {
    Case::new(id, title)
        .cites(Requirement::Must, "6455#5.2")
        .hints(AFTER_ECHO)
        .send(text("Hello, world!").written(write))
        .send(text("Hello, world!").rsv(rsv).written(write))
        .send(ping("").written(write))
        .kill_after(1.0)
        .ok([text_message("Hello, world!")])
        .or_non_strict([])
        .peer_fails(1002)
}
