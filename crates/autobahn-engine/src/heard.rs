//! What a case has heard: the events by which it is judged, with as many octets
//! as judging needs.

use autobahn_cases::event::{Event, Excerpt, Expected};
use autobahn_cases::frame::MessageKind;
use autobahn_cases::verdict::Behavior;

use crate::inbox::Incoming;

/// An event, with its octets as far as they are kept.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A complete message.
    Message {
        /// Its type.
        kind: MessageKind,
        /// Its length in octets.
        len: u64,
        /// Its octets, as many as are kept.
        octets: Vec<u8>,
    },
    /// A pong.
    Pong(Vec<u8>),
    /// A wait that ran out while the connection was open.
    Timeout(&'static str),
}

/// All that a case has heard.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// The events in order, the first [`Heard::MAX`] of them.
    pub events: Vec<Seen>,
    /// How many events came after these.
    pub dropped: u64,
    /// How a case judges that does not compare events.
    pub procedure: Option<Procedure>,
}

/// What a case that sends messages one after the other found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// Its verdict.
    pub behavior: Behavior,
    /// Why, in a sentence.
    pub reason: String,
}

impl Heard {
    /// The most events that are kept; no case expects a tenth of them.
    pub const MAX: usize = 128;

    /// Adds an event.
    pub fn push(&mut self, seen: Seen) {
        match self.events.len() < Self::MAX {
            true => self.events.push(seen),
            false => self.dropped += 1,
        }
    }

    /// Whether exactly the expected events came.
    #[must_use]
    pub fn is(&self, expected: &[Expected]) -> bool {
        let mut pairs = self.events.iter().zip(expected);
        self.dropped == 0
            && self.events.len() == expected.len()
            && pairs.all(|(seen, expected)| seen.is(expected))
    }
}

impl Seen {
    /// Whether the event is what was expected.
    #[must_use]
    pub fn is(&self, expected: &Expected) -> bool {
        match (self, expected) {
            (Self::Message { kind, len, octets }, Expected::Message { kind: own, payload }) => {
                kind == own && *len == payload.len() as u64 && payload.matches(octets)
            }
            (Self::Pong(octets), Expected::Pong { payload }) => payload.matches(octets),
            (Self::Timeout(tag), Expected::Timeout { tag: own }) => tag == own,
            (Self::Message { .. } | Self::Pong(_) | Self::Timeout(_), _) => false,
        }
    }

    /// The event as results show it.
    #[must_use]
    pub fn event(&self) -> Event {
        match self {
            Self::Message { kind, len, octets } => Event::Message {
                kind: *kind,
                payload: Excerpt {
                    len: Some(*len),
                    ..Excerpt::of(octets)
                },
            },
            Self::Pong(octets) => Event::Pong {
                payload: Excerpt::of(octets),
            },
            Self::Timeout(tag) => Event::Timeout {
                tag: (*tag).to_owned(),
            },
        }
    }
}

impl From<Incoming> for Seen {
    fn from(message: Incoming) -> Self {
        Self::Message {
            kind: message.kind,
            len: message.len,
            octets: message.octets,
        }
    }
}

impl Procedure {
    /// A procedure that has not finished.
    #[must_use]
    pub fn failed(reason: impl Into<String>) -> Self {
        Self {
            behavior: Behavior::Failed,
            reason: reason.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use autobahn_cases::case::{binary_message, pong_with, text_message, timed_out};

    use super::*;

    fn message(kind: MessageKind, octets: &[u8]) -> Seen {
        Seen::Message {
            kind,
            len: octets.len() as u64,
            octets: octets.to_vec(),
        }
    }

    #[test]
    fn events_are_the_same_when_kind_octets_and_order_are() {
        let mut heard = Heard::default();
        assert!(heard.is(&[]));
        heard.push(message(MessageKind::Text, b"a"));
        heard.push(Seen::Pong(b"b".to_vec()));
        heard.push(Seen::Timeout("A"));
        assert!(heard.is(&[text_message("a"), pong_with("b"), timed_out("A")]));
        assert!(!heard.is(&[text_message("a"), pong_with("b")]));
        assert!(!heard.is(&[pong_with("b"), text_message("a"), timed_out("A")]));
        assert!(!heard.is(&[binary_message("a"), pong_with("b"), timed_out("A")]));
        assert!(!heard.is(&[text_message("a"), pong_with("c"), timed_out("A")]));
        assert!(!heard.is(&[text_message("a"), pong_with("b"), timed_out("B")]));
    }

    #[test]
    fn a_message_that_is_not_kept_whole_is_not_what_was_expected() {
        let mut seen = message(MessageKind::Text, b"abc");
        assert!(seen.is(&text_message("abc")));
        if let Seen::Message { len, .. } = &mut seen {
            *len = 4;
        }
        assert!(!seen.is(&text_message("abc")));
    }

    #[test]
    fn too_many_events_are_counted_and_match_nothing() {
        let mut heard = Heard::default();
        for _ in 0..=Heard::MAX {
            heard.push(Seen::Timeout("A"));
        }
        assert_eq!((heard.events.len(), heard.dropped), (Heard::MAX, 1));
        assert!(!heard.is(&vec![timed_out("A"); Heard::MAX]));
    }
}
