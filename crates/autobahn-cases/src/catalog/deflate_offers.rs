//! Section 13: permessage-deflate with parameters that ask something of the
//! server (RFC 7692, section 7.1). Whether it complied is not judged.

use super::deflate::{HINTS, PLAIN, ROWS, lengths, play};
use crate::case::{Case, Requirement};
use crate::frame::MessageKind;
use crate::play::{Corpus, Offer};

const NO_CONTEXT: Offer = Offer {
    server_no_context_takeover: true,
    ..PLAIN
};
const WINDOW_9: Offer = Offer {
    server_max_window_bits: Some(9),
    ..PLAIN
};
const WINDOW_15: Offer = Offer {
    server_max_window_bits: Some(15),
    ..PLAIN
};
const NO_CONTEXT_WINDOW_9: Offer = Offer {
    server_no_context_takeover: true,
    ..WINDOW_9
};
const NO_CONTEXT_WINDOW_15: Offer = Offer {
    server_no_context_takeover: true,
    ..WINDOW_15
};

/// The first components of the id, what is offered in order of preference, how
/// that is called, RFC and section.
const GROUPS: [(&str, &[Offer], &str, &str); 7] = [
    ("13.1", &[PLAIN], "nothing asked of the server", "7692#7.1"),
    (
        "13.2",
        &[NO_CONTEXT],
        "a server asked to keep no context",
        "7692#7.1.1.1",
    ),
    (
        "13.3",
        &[WINDOW_9],
        "a server asked for a window of 9 bits",
        "7692#7.1.2.1",
    ),
    (
        "13.4",
        &[WINDOW_15],
        "a server asked for a window of 15 bits",
        "7692#7.1.2.1",
    ),
    (
        "13.5",
        &[NO_CONTEXT_WINDOW_9],
        "a server asked to keep no context and for a window of 9 bits",
        "7692#7.1",
    ),
    (
        "13.6",
        &[NO_CONTEXT_WINDOW_15],
        "a server asked to keep no context and for a window of 15 bits",
        "7692#7.1",
    ),
    (
        "13.7",
        &[NO_CONTEXT_WINDOW_9, NO_CONTEXT, PLAIN],
        "a choice of three offers",
        "7692#5",
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let cases = GROUPS
        .into_iter()
        .flat_map(|(group, offers, asked, citation)| {
            ROWS.map(|row| {
                let lengths = lengths(MessageKind::Text, row);
                let title = format!("Compressed JSON in {lengths}, with {asked}");
                Case::new(format!("{group}.{}", row.0), title)
                    .cites(Requirement::Must, citation)
                    .hints(HINTS)
                    .play(play(Corpus::Json, MessageKind::Text, row, offers))
            })
        });
    cases.collect()
}
