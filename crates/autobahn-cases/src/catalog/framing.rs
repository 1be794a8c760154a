//! Section 1: messages of the lengths at which the form of a length changes
//! (RFC 6455, section 5.2).

use super::manner;
use crate::case::{Case, Requirement, message};
use crate::frame::{FrameSpec, MessageKind, Write, repeat};

const HINTS: &[&str] = &[
    "a length of 126 or 127 in the first seven bits is taken for the length itself, not for the form of what follows",
    "the 16 bit form ends at 65535, the 64 bit form begins at 65536: one of them is off by one or in the wrong byte order",
    "a frame is expected to come out of one read; it comes in as many as TCP likes",
    "the echo is sent with the wrong opcode",
];

/// The last component of the id, octets, how they are written, seconds.
const LENGTHS: [(u16, usize, Write, f64); 8] = [
    (1, 0, Write::Plain, 1.0),
    (2, 125, Write::Plain, 1.0),
    (3, 126, Write::Plain, 1.0),
    (4, 127, Write::Plain, 1.0),
    (5, 128, Write::Plain, 1.0),
    (6, 65_535, Write::Plain, 10.0),
    (7, 65_536, Write::Plain, 10.0),
    (8, 65_536, Write::Chop(997), 10.0),
];

pub(super) fn cases() -> Vec<Case> {
    let texts = LENGTHS.map(|row| case("1.1", MessageKind::Text, b"*", row));
    let binaries = LENGTHS.map(|row| case("1.2", MessageKind::Binary, b"\xfe", row));
    texts.into_iter().chain(binaries).collect()
}

fn case(
    group: &str,
    kind: MessageKind,
    pattern: &'static [u8],
    (last, octets, write, seconds): (u16, usize, Write, f64),
) -> Case {
    let noun = match kind {
        MessageKind::Text => "Text",
        MessageKind::Binary => "Binary message",
    };
    let title = match octets {
        0 => format!("{noun} without payload comes back"),
        _ => format!("{noun} of {octets} octets comes back{}", manner(write)),
    };
    let payload = repeat(pattern, octets);
    Case::new(format!("{group}.{last}"), title)
        .cites(Requirement::Must, "6455#5.2")
        .hints(HINTS)
        .send(FrameSpec::new(kind.opcode(), payload.clone()).written(write))
        .kill_after(seconds)
        .ok([message(kind, payload)])
}
