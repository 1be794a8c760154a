//! Section 10: what fits nowhere else.

use crate::case::{Case, Requirement, text_message};
use crate::frame::{MessageKind, repeat};
use crate::play::Message;

const HINTS: &[&str] = &[
    "a message is put together from its fragments with the wrong length, or the last fragment is lost",
    "the limit for a message is applied to the sum of its fragments and too small",
];

pub(super) fn cases() -> Vec<Case> {
    let payload = || repeat(b"*", 65_536);
    vec![
        Case::new(
            "10.1.1",
            "Text of 65536 octets in fragments of 1300 octets comes back",
        )
        .cites(Requirement::Must, "6455#5.4")
        .hints(HINTS)
        .send_message(Message::new(MessageKind::Text, payload()).fragments_of(1300))
        .kill_after(10.0)
        .ok([text_message(payload())]),
    ]
}
