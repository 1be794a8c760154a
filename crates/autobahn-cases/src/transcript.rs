//! What happened on the wire in one case, bounded.

use serde::{Deserialize, Serialize};

use crate::event::Excerpt;
use crate::frame::{Opcode, Write};

/// The opening handshake, and what came after it in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Transcript {
    /// The request of the opening handshake as it was sent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request: String,
    /// The response as it came; octets that are no UTF-8 replaced, cut at
    /// [`Transcript::MAX_RESPONSE`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub response: String,
    /// What happened then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
    /// How many entries were left out before the last ones.
    #[serde(skip_serializing_if = "is_zero")]
    pub omitted: u64,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entry {
    /// Microseconds since TCP was connected; the official suite records none.
    #[serde(default, rename = "us", skip_serializing_if = "Option::is_none")]
    pub micros: Option<u64>,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum What {
    /// We sent a frame.
    Sent(FrameEntry),
    /// The peer sent a frame.
    Received(FrameEntry),
    /// We sent octets that are no whole frame, or how a frame went to TCP.
    SentOctets {
        /// The octets.
        octets: Excerpt,
    },
    /// A read from TCP.
    ReceivedOctets {
        /// The octets.
        octets: Excerpt,
    },
    /// A timer of the case was set.
    TimerSet {
        /// Which.
        timer: Timer,
        /// Milliseconds from now.
        millis: u64,
    },
    /// A timer of the case ran out.
    TimerFired {
        /// Which.
        timer: Timer,
    },
    /// The end of TCP, an error, a decision: in words.
    Note {
        /// The words; may hold what a peer wrote.
        text: String,
    },
}

/// A frame in either direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FrameEntry {
    /// The FIN bit.
    pub fin: bool,
    /// The three reserved bits as a number: 4 is RSV1, 2 is RSV2, 1 is RSV3.
    #[serde(default, skip_serializing_if = "is_zero_bits")]
    pub rsv: u8,
    /// The opcode.
    pub opcode: Opcode,
    /// The masking key in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<String>,
    /// The payload after unmasking, as it was on the wire: compressed where it was.
    pub payload: Excerpt,
    /// How we wrote it.
    #[serde(default = "plain", skip_serializing_if = "is_plain")]
    pub write: Write,
}

/// A timer of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// Fails the connection.
    KillAfter,
    /// Starts the closing handshake.
    CloseAfter,
    /// Goes on with the script; with a name where it is an event.
    Wait(Option<String>),
}

impl Transcript {
    /// How many entries are kept: the first half of them and the last.
    pub const MAX_ENTRIES: usize = 128;
    /// How many octets of a response are kept.
    pub const MAX_RESPONSE: usize = 8 * 1024;

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.request.is_empty() && self.response.is_empty() && self.entries.is_empty()
    }

    /// Adds an entry; when there are too many, leaves out the oldest of the
    /// second half.
    pub fn push(&mut self, entry: Entry) {
        if self.entries.len() == Self::MAX_ENTRIES {
            self.entries.remove(Self::MAX_ENTRIES / 2);
            self.omitted += 1;
        }
        self.entries.push(entry);
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn is_zero_bits(bits: &u8) -> bool {
    *bits == 0
}

fn plain() -> Write {
    Write::Plain
}

fn is_plain(write: &Write) -> bool {
    *write == Write::Plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(index: usize) -> Entry {
        let what = What::Note {
            text: index.to_string(),
        };
        Entry { micros: None, what }
    }

    #[test]
    fn a_transcript_keeps_the_beginning_and_the_end() {
        let mut transcript = Transcript::default();
        for index in 0..1000 {
            transcript.push(note(index));
        }
        assert_eq!(transcript.entries.len(), Transcript::MAX_ENTRIES);
        assert_eq!(transcript.omitted, 1000 - Transcript::MAX_ENTRIES as u64);
        assert_eq!(transcript.entries[0], note(0));
        assert_eq!(transcript.entries[63], note(63));
        assert_eq!(transcript.entries[64], note(936));
        assert_eq!(transcript.entries[127], note(999));
    }

    #[test]
    fn entries_read_what_they_write() {
        let entry = Entry {
            micros: Some(12),
            what: What::Sent(FrameEntry {
                fin: true,
                rsv: 4,
                opcode: Opcode::TEXT,
                mask: Some("0ef24abe".into()),
                payload: Excerpt::of(b"Hello"),
                write: Write::Chop(1),
            }),
        };
        let json = serde_json::to_string(&entry).unwrap();
        assert_eq!(
            serde_json::from_str::<Entry>(&json).unwrap(),
            entry,
            "{json}"
        );
    }
}
