//! Section 9: long messages and many messages. Only the type and the length of
//! an echo count.

use std::time::Duration;

use super::{amount, manner};
use crate::case::{Case, Requirement};
use crate::frame::{MessageKind, Payload, Write, repeat};
use crate::play::{Echo, Message, Play, RoundTrips};

const LARGE: &[&str] = &[
    "a limit for frames or messages is smaller than 16 MiB: raise it for the test, the RFC allows limits",
    "echoing takes time that grows with the square of the length: data is copied or scanned again with every read",
];
const FRAGMENTS: &[&str] = &[
    "the limit for a message is smaller than 4 MiB, or there is a limit for the number of its fragments",
    "the buffer of the message is copied with every fragment",
];
const PIECES: &[&str] = &[
    "a frame is parsed again from its start with every read",
    "the buffer for reads is small and copied whenever it grows",
];
const TRIPS: &[&str] = &[
    "Nagle's algorithm together with delayed acknowledgements costs tens of milliseconds each round trip: set TCP_NODELAY",
    "an echo is not flushed until the next message comes",
];

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

const TEXT_PATTERN: &[u8] = b"BAsd7&jh23";
const BINARY_PATTERN: &[u8] = b"\x00\xfe\x23\xfa\xf0";

/// Id, octets, seconds.
const TEXTS: [(&str, usize, u64); 6] = [
    ("9.1.1", 64 * KIB, 10),
    ("9.1.2", 256 * KIB, 10),
    ("9.1.3", MIB, 100),
    ("9.1.4", 4 * MIB, 100),
    ("9.1.5", 8 * MIB, 100),
    ("9.1.6", 16 * MIB, 100),
];
const BINARIES: [(&str, usize, u64); 6] = [
    ("9.2.1", 64 * KIB, 10),
    ("9.2.2", 256 * KIB, 10),
    ("9.2.3", MIB, 10),
    ("9.2.4", 4 * MIB, 10),
    ("9.2.5", 8 * MIB, 100),
    ("9.2.6", 16 * MIB, 100),
];

/// Id, octets of a fragment.
const TEXT_FRAGMENTS: [(&str, usize); 9] = [
    ("9.3.1", 64),
    ("9.3.2", 256),
    ("9.3.3", KIB),
    ("9.3.4", 4 * KIB),
    ("9.3.5", 16 * KIB),
    ("9.3.6", 64 * KIB),
    ("9.3.7", 256 * KIB),
    ("9.3.8", MIB),
    ("9.3.9", 4 * MIB),
];
/// Id, octets of a fragment, what the message is full of.
const BINARY_FRAGMENTS: [(&str, usize, &[u8]); 9] = [
    ("9.4.1", 64, b"\xfe"),
    ("9.4.2", 256, b"*"),
    ("9.4.3", KIB, b"*"),
    ("9.4.4", 4 * KIB, b"*"),
    ("9.4.5", 16 * KIB, b"*"),
    ("9.4.6", 64 * KIB, b"*"),
    ("9.4.7", 256 * KIB, b"*"),
    ("9.4.8", MIB, b"*"),
    ("9.4.9", 4 * MIB, b"*"),
];

/// Id, octets of a write.
const TEXT_PIECES: [(&str, usize); 6] = [
    ("9.5.1", 64),
    ("9.5.2", 128),
    ("9.5.3", 256),
    ("9.5.4", 512),
    ("9.5.5", 1024),
    ("9.5.6", 2048),
];
const BINARY_PIECES: [(&str, usize); 6] = [
    ("9.6.1", 64),
    ("9.6.2", 128),
    ("9.6.3", 256),
    ("9.6.4", 512),
    ("9.6.5", 1024),
    ("9.6.6", 2048),
];

/// Id, octets of a message, seconds for all of them.
const TEXT_TRIPS: [(&str, usize, u64); 6] = [
    ("9.7.1", 0, 60),
    ("9.7.2", 16, 60),
    ("9.7.3", 64, 60),
    ("9.7.4", 256, 120),
    ("9.7.5", 1024, 240),
    ("9.7.6", 4096, 480),
];
const BINARY_TRIPS: [(&str, usize, u64); 6] = [
    ("9.8.1", 0, 60),
    ("9.8.2", 16, 60),
    ("9.8.3", 64, 60),
    ("9.8.4", 256, 120),
    ("9.8.5", 1024, 240),
    ("9.8.6", 4096, 480),
];

pub(super) fn cases() -> Vec<Case> {
    use MessageKind::{Binary, Text};

    let mut cases = Vec::new();
    cases.extend(TEXTS.map(|row| large(row, Text, TEXT_PATTERN)));
    cases.extend(BINARIES.map(|row| large(row, Binary, BINARY_PATTERN)));
    cases.extend(TEXT_FRAGMENTS.map(|(id, octets)| fragmented(id, Text, octets, b"*")));
    cases.extend(
        BINARY_FRAGMENTS.map(|(id, octets, pattern)| fragmented(id, Binary, octets, pattern)),
    );
    cases.extend(TEXT_PIECES.map(|row| chopped(row, Text, TEXT_PATTERN)));
    cases.extend(BINARY_PIECES.map(|row| chopped(row, Binary, BINARY_PATTERN)));
    cases.extend(TEXT_TRIPS.map(|row| round_trips(row, Text, b"*")));
    cases.extend(BINARY_TRIPS.map(|row| round_trips(row, Binary, b"\xfe")));
    cases
}

fn large(
    (id, octets, seconds): (&str, usize, u64),
    kind: MessageKind,
    pattern: &'static [u8],
) -> Case {
    let title = format!("{} of {} in one frame", noun(kind), amount(octets));
    Case::new(id, title)
        .cites(Requirement::Informational, "6455#10.4")
        .hints(LARGE)
        .play(echo(
            kind,
            repeat(pattern, octets),
            None,
            Write::Plain,
            seconds,
        ))
}

fn fragmented(id: &str, kind: MessageKind, octets: usize, pattern: &'static [u8]) -> Case {
    let title = format!("{} of 4 MiB in fragments of {}", noun(kind), amount(octets));
    Case::new(id, title)
        .cites(Requirement::Informational, "6455#10.4")
        .hints(FRAGMENTS)
        .play(echo(
            kind,
            repeat(pattern, 4 * MIB),
            Some(octets),
            Write::Plain,
            100,
        ))
}

fn chopped((id, octets): (&str, usize), kind: MessageKind, pattern: &'static [u8]) -> Case {
    let write = Write::Chop(octets);
    let title = format!("{} of 1 MiB in one frame{}", noun(kind), manner(write));
    Case::new(id, title)
        .weighs(Requirement::Informational)
        .hints(PIECES)
        .play(echo(kind, repeat(pattern, MIB), None, write, 1000))
}

fn round_trips(
    (id, octets, seconds): (&str, usize, u64),
    kind: MessageKind,
    pattern: &'static [u8],
) -> Case {
    let noun = match kind {
        MessageKind::Text => "texts",
        MessageKind::Binary => "binary messages",
    };
    let title = match octets {
        0 => format!("1000 empty {noun}, one after the other"),
        _ => format!("1000 {noun} of {octets} octets, one after the other"),
    };
    Case::new(id, title)
        .weighs(Requirement::Informational)
        .hints(TRIPS)
        .play(Play::RoundTrips(RoundTrips {
            message: Message::new(kind, repeat(pattern, octets)),
            count: 1000,
            within: Duration::from_secs(seconds),
        }))
}

fn echo(
    kind: MessageKind,
    payload: Payload,
    fragment: Option<usize>,
    write: Write,
    seconds: u64,
) -> Play {
    Play::Echo(Echo {
        message: Message {
            kind,
            payload,
            fragment,
            write,
        },
        within: Duration::from_secs(seconds),
    })
}

fn noun(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "Text",
        MessageKind::Binary => "Binary message",
    }
}
