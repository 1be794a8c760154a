//! Section 4: opcodes without a meaning, 3 to 7 for data and 11 to 15 for
//! control (RFC 6455, section 5.2).

use crate::case::{Case, Requirement, text_message};
use crate::frame::{Write, frame, ping, text};

const HINTS: &[&str] = &[
    "the opcode is looked up in a table that falls back to text, binary or nothing: an unknown one must fail the connection",
    "reserved control opcodes, 11 to 15, are skipped as if they were pongs",
];
const AFTER_ECHO: &[&str] = &[
    "the opcode is looked up in a table that falls back to text, binary or nothing: an unknown one must fail the connection",
    "NON-STRICT: the echo of the first text was still queued when the connection was failed, or was lost with a TCP reset",
];

/// Id, opcode, payload.
const ALONE: [(&str, u8, &str); 4] = [
    ("4.1.1", 3, ""),
    ("4.1.2", 4, "reserved opcode payload"),
    ("4.2.1", 11, ""),
    ("4.2.2", 12, "reserved opcode payload"),
];

/// Id, opcode, payload, how all frames are written.
const AFTER_TEXT: [(&str, u8, &str, Write); 6] = [
    ("4.1.3", 5, "", Write::Plain),
    ("4.1.4", 6, "Hello, world!", Write::Plain),
    ("4.1.5", 7, "Hello, world!", Write::Chop(1)),
    ("4.2.3", 13, "", Write::Plain),
    ("4.2.4", 14, "Hello, world!", Write::Plain),
    ("4.2.5", 15, "Hello, world!", Write::Chop(1)),
];

pub(super) fn cases() -> Vec<Case> {
    let alone = ALONE.map(|(id, opcode, payload)| {
        Case::new(id, title(opcode, payload, ""))
            .cites(Requirement::Must, "6455#5.2")
            .hints(HINTS)
            .send(frame(opcode, payload))
            .kill_after(1.0)
            .ok([])
            .peer_fails(1002)
    });
    let after_text = AFTER_TEXT.map(|(id, opcode, payload, write)| {
        let before = match write {
            Write::Chop(_) => ", after the text before it came back, all sent octet by octet",
            Write::Plain | Write::Sync => ", after the text before it came back",
        };
        Case::new(id, title(opcode, payload, before))
            .cites(Requirement::Must, "6455#5.2")
            .hints(AFTER_ECHO)
            .send(text("Hello, world!").written(write))
            .send(frame(opcode, payload).written(write))
            .send(ping("").written(write))
            .kill_after(1.0)
            .ok([text_message("Hello, world!")])
            .or_non_strict([])
            .peer_fails(1002)
    });
    alone.into_iter().chain(after_text).collect()
}

fn title(opcode: u8, payload: &str, before: &str) -> String {
    let kind = if opcode < 8 { "data" } else { "control" };
    let with = if payload.is_empty() {
        "without payload"
    } else {
        "with payload"
    };
    format!("Reserved {kind} opcode {opcode} {with} fails the connection{before}")
}
