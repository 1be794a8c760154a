//! Section 12: messages of several kinds through permessage-deflate (RFC 7692).

use std::time::Duration;

use crate::case::{Case, Requirement};
use crate::frame::MessageKind;
use crate::play::{Compressed, Corpus, Offer, Play};

pub(super) const HINTS: &[&str] = &[
    "UNIMPLEMENTED: permessage-deflate was not negotiated; it is optional",
    "the compressor or decompressor is reset between messages although its context is kept, or kept although it is reset",
    "the four octets 00 00 ff ff at the end of a message are not removed, or not added again before inflating",
    "RSV1 belongs on the first frame of a compressed message only",
];

/// The offer that asks nothing of the server.
pub(super) const PLAIN: Offer = Offer {
    server_no_context_takeover: false,
    server_max_window_bits: None,
};

/// The last component of the id, the length of a message, seconds for all
/// messages, octets of a fragment.
pub(super) type Row = (u16, usize, u64, Option<usize>);

pub(super) const ROWS: [Row; 18] = [
    (1, 16, 60, None),
    (2, 64, 60, None),
    (3, 256, 120, None),
    (4, 1024, 240, None),
    (5, 4096, 480, None),
    (6, 8192, 480, None),
    (7, 16_384, 480, None),
    (8, 32_768, 480, None),
    (9, 65_536, 480, None),
    (10, 131_072, 480, None),
    (11, 8192, 480, Some(256)),
    (12, 16_384, 480, Some(256)),
    (13, 32_768, 480, Some(256)),
    (14, 65_536, 480, Some(256)),
    (15, 131_072, 480, Some(256)),
    (16, 131_072, 480, Some(1024)),
    (17, 131_072, 480, Some(4096)),
    (18, 131_072, 480, Some(32_768)),
];

/// The first components of the id, what is sent, what it is called.
const GROUPS: [(&str, Corpus, MessageKind, &str); 5] = [
    ("12.1", Corpus::Json, MessageKind::Text, "JSON"),
    ("12.2", Corpus::Picture, MessageKind::Binary, "picture"),
    ("12.3", Corpus::Prose, MessageKind::Binary, "prose"),
    ("12.4", Corpus::Html, MessageKind::Text, "HTML"),
    ("12.5", Corpus::Document, MessageKind::Binary, "document"),
];

pub(super) fn cases() -> Vec<Case> {
    let cases = GROUPS.into_iter().flat_map(|(group, corpus, kind, noun)| {
        ROWS.map(|row| {
            let title = format!("Compressed {noun} in {}", lengths(kind, row));
            Case::new(format!("{group}.{}", row.0), title)
                .cites(Requirement::Must, "7692#7.2")
                .hints(HINTS)
                .play(play(corpus, kind, row, &[PLAIN]))
        })
    });
    cases.collect()
}

pub(super) fn play(
    corpus: Corpus,
    kind: MessageKind,
    (_, len, seconds, fragment): Row,
    offers: &'static [Offer],
) -> Play {
    Play::Compressed(Compressed {
        corpus,
        kind,
        len,
        fragment,
        count: 1000,
        within: Duration::from_secs(seconds),
        offers,
    })
}

pub(super) fn lengths(kind: MessageKind, (_, len, _, fragment): Row) -> String {
    let unit = match kind {
        MessageKind::Text => "characters",
        MessageKind::Binary => "octets",
    };
    match fragment {
        Some(octets) => format!("messages of {len} {unit} and fragments of {octets} octets"),
        None => format!("messages of {len} {unit}"),
    }
}
