//! What a case waits for, and a bounded excerpt of what really came.

use serde::{Deserialize, Serialize};

use crate::frame::{MessageKind, Payload};

/// An event that a case expects, with all its octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A complete message.
    Message {
        /// Its type.
        kind: MessageKind,
        /// All octets of all fragments.
        payload: Payload,
    },
    /// A pong.
    Pong {
        /// Its application data.
        payload: Payload,
    },
    /// A wait that ran out while the connection was open.
    Timeout {
        /// The name of the wait.
        tag: &'static str,
    },
}

/// An event that was seen: what stands in results and reports. Pings of the
/// peer are no events: they are answered and otherwise ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// A complete message.
    Message {
        /// Its type.
        kind: MessageKind,
        /// The beginning of its payload.
        payload: Excerpt,
    },
    /// A pong.
    Pong {
        /// The beginning of its application data.
        payload: Excerpt,
    },
    /// A wait that ran out while the connection was open.
    Timeout {
        /// The name of the wait.
        tag: String,
    },
}

/// The beginning of a payload, at most [`Excerpt::MAX`] octets of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Excerpt {
    /// The length of the whole payload in octets; absent where only the suite's
    /// shortened text is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub len: Option<u64>,
    /// The first octets in hexadecimal digits.
    #[serde(with = "hex")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub hex: Vec<u8>,
}

impl Excerpt {
    /// The most octets that an excerpt keeps.
    pub const MAX: usize = 64;

    /// The beginning of `octets`.
    #[must_use]
    pub fn of(octets: &[u8]) -> Self {
        Self {
            len: Some(octets.len() as u64),
            hex: octets[..octets.len().min(Self::MAX)].to_vec(),
        }
    }

    /// Whether there is more than the excerpt shows, or may be.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.len.is_none_or(|len| len > self.hex.len() as u64)
    }

    /// The octets as text in quotes, or in hexadecimal digits where they are no
    /// UTF-8. Control characters and everything that could break a line or a
    /// terminal are escaped.
    #[must_use]
    pub fn display(&self) -> String {
        let whole = match std::str::from_utf8(&self.hex) {
            Ok(text) => Some(text),
            // A cut may have gone through a character.
            Err(error) if self.is_cut() && error.error_len().is_none() => {
                std::str::from_utf8(&self.hex[..error.valid_up_to()]).ok()
            }
            Err(_) => None,
        };
        let mut text = match whole {
            Some(text) => format!("\"{}\"", text.escape_debug()),
            None => format!("0x{}", hex::encode(&self.hex)),
        };
        if self.is_cut() {
            text.push('…');
        }
        text
    }
}

/// Octets as hexadecimal digits.
pub mod hex {
    use std::borrow::Cow;
    use std::fmt::Write;

    use serde::{Deserialize, Deserializer, Serializer, de};

    /// Two lower-case digits an octet.
    #[must_use]
    pub fn encode(octets: &[u8]) -> String {
        octets.iter().fold(
            String::with_capacity(octets.len() * 2),
            |mut text, octet| {
                write!(text, "{octet:02x}").expect("a string takes all");
                text
            },
        )
    }

    /// The octets of `text`, or `None` where it is not pairs of digits.
    #[must_use]
    pub fn decode(text: &str) -> Option<Vec<u8>> {
        let digit = |octet: u8| char::from(octet).to_digit(16).map(|digit| digit as u8);
        let mut pairs = text.as_bytes().chunks_exact(2);
        let octets = pairs
            .by_ref()
            .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?));
        let octets = octets.collect::<Option<Vec<u8>>>()?;
        pairs.remainder().is_empty().then_some(octets)
    }

    pub(super) fn serialize<S: Serializer>(
        octets: &[u8],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(octets))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        decode(&text).ok_or_else(|| de::Error::custom("expected pairs of hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_bounded_and_says_how_long_the_whole_is() {
        let excerpt = Excerpt::of(&[b'*'; 100]);
        assert_eq!(excerpt.hex.len(), 64);
        assert_eq!(excerpt.len, Some(100));
        assert!(excerpt.display().ends_with("*\"…"));
    }

    #[test]
    fn hostile_octets_are_escaped() {
        assert_eq!(
            Excerpt::of(b"\x1b[31m\n\"").display(),
            r#""\u{1b}[31m\n\"""#
        );
        assert_eq!(Excerpt::of(b"\xff\x00").display(), "0xff00");
    }

    #[test]
    fn hex_reads_what_it_writes() {
        let excerpt = Excerpt::of(b"\x00\xfeab");
        let json = serde_json::to_string(&excerpt).unwrap();
        assert_eq!(json, r#"{"len":4,"hex":"00fe6162"}"#);
        assert_eq!(serde_json::from_str::<Excerpt>(&json).unwrap(), excerpt);
        for text in ["0", "0g", "é0", "+1"] {
            assert_eq!(hex::decode(text), None, "{text}");
        }
    }
}
