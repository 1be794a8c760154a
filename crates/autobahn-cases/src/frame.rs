//! A frame as it is to be written: whatever it is told to be. Legality is the
//! judge's business, not the writer's.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The opcode of a frame, 0 to 15 (RFC 6455, section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Opcode(pub u8);

/// A frame and how it goes to TCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameSpec {
    /// The FIN bit.
    pub fin: bool,
    /// The three reserved bits as a number: 4 is RSV1, 2 is RSV2, 1 is RSV3.
    pub rsv: u8,
    /// The opcode, legal or not.
    pub opcode: Opcode,
    /// What the frame carries, before masking.
    pub payload: Payload,
    /// The masking key.
    pub mask: Mask,
    /// How the length is written.
    pub length: LengthForm,
    /// How the octets go to TCP.
    pub write: Write,
}

/// The octets of a payload, without holding a long one in memory.
#[derive(Clone, Debug)]
pub enum Payload {
    /// These octets.
    Octets(Cow<'static, [u8]>),
    /// A pattern, repeated and cut to `len` octets.
    Repeat {
        /// At least one octet.
        pattern: &'static [u8],
        /// The length of the payload in octets.
        len: usize,
    },
}

/// The masking key of a frame (RFC 6455, section 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// As the role demands: a fresh random key from a client, none from a server.
    ByRole,
    /// This key.
    Fixed([u8; 4]),
    /// No mask, whatever the role.
    Absent,
}

/// How a payload length is written (RFC 6455, section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthForm {
    /// In the fewest octets, as the RFC demands.
    Minimal,
    /// In the 16 bit form.
    Bits16,
    /// In the 64 bit form.
    Bits64,
    /// In the 64 bit form, and not the length of what follows.
    Declared(u64),
}

/// How the octets of a frame go to TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Write {
    /// With what else is to be sent.
    Plain,
    /// In a write of its own.
    Sync,
    /// In writes of so many octets each.
    Chop(usize),
}

/// The type of a message (RFC 6455, section 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MessageKind {
    /// UTF-8 text.
    Text,
    /// Any octets.
    Binary,
}

impl Opcode {
    /// A further fragment of a message.
    pub const CONTINUATION: Self = Self(0);
    /// The first fragment of a text message.
    pub const TEXT: Self = Self(1);
    /// The first fragment of a binary message.
    pub const BINARY: Self = Self(2);
    /// The closing handshake.
    pub const CLOSE: Self = Self(8);
    /// A ping.
    pub const PING: Self = Self(9);
    /// A pong.
    pub const PONG: Self = Self(10);

    /// Whether frames of this opcode are control frames: those of 8 and above
    /// (RFC 6455, section 5.5).
    #[must_use]
    pub fn is_control(self) -> bool {
        self.0 >= 8
    }

    /// The name of the opcode, or `RESERVED` for one without a meaning.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CONTINUATION => "CONT",
            Self::TEXT => "TEXT",
            Self::BINARY => "BINARY",
            Self::CLOSE => "CLOSE",
            Self::PING => "PING",
            Self::PONG => "PONG",
            _ => "RESERVED",
        }
    }
}

impl FrameSpec {
    /// A final frame without reserved bits, masked and measured as the RFC wants.
    #[must_use]
    pub fn new(opcode: Opcode, payload: impl Into<Payload>) -> Self {
        Self {
            fin: true,
            rsv: 0,
            opcode,
            payload: payload.into(),
            mask: Mask::ByRole,
            length: LengthForm::Minimal,
            write: Write::Plain,
        }
    }

    /// The same frame with FIN=0: more fragments are to follow.
    #[must_use]
    pub fn more(self) -> Self {
        Self { fin: false, ..self }
    }

    /// The same frame with these reserved bits: 4 is RSV1, 2 is RSV2, 1 is RSV3.
    #[must_use]
    pub fn rsv(self, rsv: u8) -> Self {
        Self { rsv, ..self }
    }

    /// The same frame, written in pieces of `octets`.
    #[must_use]
    pub fn chop(self, octets: usize) -> Self {
        self.written(Write::Chop(octets))
    }

    /// The same frame in a write of its own.
    #[must_use]
    pub fn sync(self) -> Self {
        self.written(Write::Sync)
    }

    /// The same frame, written like this.
    #[must_use]
    pub fn written(self, write: Write) -> Self {
        Self { write, ..self }
    }
}

/// A text frame.
#[must_use]
pub fn text(payload: impl Into<Payload>) -> FrameSpec {
    FrameSpec::new(Opcode::TEXT, payload)
}

/// A binary frame.
#[must_use]
pub fn binary(payload: impl Into<Payload>) -> FrameSpec {
    FrameSpec::new(Opcode::BINARY, payload)
}

/// A continuation frame.
#[must_use]
pub fn continuation(payload: impl Into<Payload>) -> FrameSpec {
    FrameSpec::new(Opcode::CONTINUATION, payload)
}

/// A ping.
#[must_use]
pub fn ping(payload: impl Into<Payload>) -> FrameSpec {
    FrameSpec::new(Opcode::PING, payload)
}

/// A pong.
#[must_use]
pub fn pong(payload: impl Into<Payload>) -> FrameSpec {
    FrameSpec::new(Opcode::PONG, payload)
}

/// A frame of any opcode.
#[must_use]
pub fn frame(opcode: u8, payload: impl Into<Payload>) -> FrameSpec {
    FrameSpec::new(Opcode(opcode), payload)
}

/// `pattern`, repeated and cut to `len` octets.
#[must_use]
pub fn repeat(pattern: &'static [u8], len: usize) -> Payload {
    assert!(!pattern.is_empty(), "a pattern has octets");
    Payload::Repeat { pattern, len }
}

impl MessageKind {
    /// The opcode of the first frame of such a message.
    #[must_use]
    pub fn opcode(self) -> Opcode {
        match self {
            Self::Text => Opcode::TEXT,
            Self::Binary => Opcode::BINARY,
        }
    }

    /// `text` or `binary`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }
}

impl Payload {
    /// The length in octets.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Octets(octets) => octets.len(),
            Self::Repeat { len, .. } => *len,
        }
    }

    /// Whether there are no octets.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The octets from `start` up to `end`, both within the payload.
    #[must_use]
    pub fn slice(&self, start: usize, end: usize) -> Vec<u8> {
        match self {
            Self::Octets(octets) => octets[start..end].to_vec(),
            Self::Repeat { pattern, len } => {
                assert!(end <= *len, "a slice lies within its payload");
                let endless = pattern.iter().copied().cycle();
                endless
                    .skip(start % pattern.len())
                    .take(end - start)
                    .collect()
            }
        }
    }

    /// All octets.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.slice(0, self.len())
    }

    /// Whether the payload is exactly `octets`.
    #[must_use]
    pub fn matches(&self, octets: &[u8]) -> bool {
        match self {
            Self::Octets(own) => own.as_ref() == octets,
            Self::Repeat { pattern, len } => {
                let mut chunks = octets.chunks(pattern.len());
                octets.len() == *len && chunks.all(|chunk| pattern.starts_with(chunk))
            }
        }
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Octets(own), _) => other.matches(own),
            (_, Self::Octets(others)) => self.matches(others),
            (Self::Repeat { len: a, .. }, Self::Repeat { len: b, .. }) => {
                a == b && self.to_vec() == other.to_vec()
            }
        }
    }
}

impl Eq for Payload {}

impl From<&'static str> for Payload {
    fn from(text: &'static str) -> Self {
        Self::Octets(Cow::Borrowed(text.as_bytes()))
    }
}

impl From<&'static [u8]> for Payload {
    fn from(octets: &'static [u8]) -> Self {
        Self::Octets(Cow::Borrowed(octets))
    }
}

impl<const N: usize> From<&'static [u8; N]> for Payload {
    fn from(octets: &'static [u8; N]) -> Self {
        Self::Octets(Cow::Borrowed(octets))
    }
}

impl From<Vec<u8>> for Payload {
    fn from(octets: Vec<u8>) -> Self {
        Self::Octets(Cow::Owned(octets))
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_repeated_and_cut() {
        let payload = repeat(b"abc", 7);
        assert_eq!(payload.to_vec(), b"abcabca");
        assert_eq!(payload.slice(2, 5), b"cab");
        assert!(payload.matches(b"abcabca"));
        assert!(!payload.matches(b"abcabcb"));
        assert!(!payload.matches(b"abcabc"));
        assert!(repeat(b"abc", 0).matches(b""));
    }

    #[test]
    fn payloads_compare_by_their_octets() {
        assert_eq!(repeat(b"ab", 4), Payload::from("abab"));
        assert_eq!(Payload::from("abab"), repeat(b"abab", 4));
        assert_ne!(repeat(b"ab", 4), repeat(b"ab", 3));
    }
}
