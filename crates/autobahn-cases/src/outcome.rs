//! What came of one case: the verdict, and the evidence for it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::{Event, Excerpt};
use crate::transcript::Transcript;
use crate::verdict::Verdict;

/// What came of playing a case once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Outcome {
    /// The part that is compared.
    pub verdict: Verdict,
    /// How the connection ended.
    #[serde(flatten)]
    pub ending: Ending,
    /// From the opening handshake to the end of TCP; absent where the opening
    /// handshake failed.
    #[serde(
        rename = "duration_ms",
        with = "millis",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schema", schemars(with = "Option<f64>"))]
    pub duration: Option<Duration>,
    /// Why the verdict is what it is.
    pub explanation: Explanation,
    /// What was received, in order, as far as it is kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub received: Vec<Event>,
    /// What the peer did wrong besides, whether or not the verdict shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What happened on the wire.
    #[serde(default, skip_serializing_if = "Transcript::is_empty")]
    pub transcript: Transcript,
}

/// How a connection ended: what Autobahn records beside its verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Ending {
    /// Whether the opening handshake was completed.
    pub opened: bool,
    /// Whether we sent the first Close frame.
    pub closed_by_us: bool,
    /// Whether we failed the connection.
    pub failed_by_us: bool,
    /// Whether we dropped TCP.
    pub dropped_by_us: bool,
    /// Whether Close frames went both ways, and TCP ended in time after them.
    pub clean: bool,
    /// The code of the peer's Close frame; absent without a frame or a code.
    #[serde(rename = "close_code", skip_serializing_if = "Option::is_none")]
    pub remote_code: Option<u16>,
    /// The reason in the peer's Close frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_reason: Option<Excerpt>,
    /// The code of our Close frame; absent without a frame or a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_code: Option<u16>,
    /// Why the end was not clean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unclean_reason: Option<String>,
    /// Which deadline of the connection itself ran out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<ConnectionTimeout>,
}

/// The deadlines of a connection, whatever the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionTimeout {
    /// The opening handshake, 5 seconds.
    OpeningHandshake,
    /// The answer to our Close frame, 1 second.
    ClosingHandshake,
    /// The end of TCP after both Close frames, 1 second.
    ServerDrop,
}

/// Why a verdict is what it is, in a sentence for each half of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// On what was received.
    pub behavior: String,
    /// On how the connection ended.
    pub close: String,
}

/// Something wrong that the peer did, named apart from the compared verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// What it did.
    pub rule: Misbehavior,
    /// With which values, in words.
    pub detail: String,
}

/// What a peer can do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Misbehavior {
    /// Its opening handshake is not what RFC 6455, section 4.2.2, demands.
    OpeningHandshake,
    /// A reserved bit without an extension that gives it a meaning.
    ReservedBits,
    /// An opcode without a meaning.
    ReservedOpcode,
    /// A masked frame from a server, or an unmasked one from a client.
    Masking,
    /// A control frame that is fragmented or too long.
    ControlFrame,
    /// A fragment that belongs to no message, or a message inside another.
    Fragmentation,
    /// A length that is not written in the fewest octets.
    LengthForm,
    /// Text or a close reason that is not UTF-8.
    InvalidUtf8,
    /// A Close frame with a code that may not be sent, or half a code.
    CloseCode,
    /// Compressed data that cannot be decompressed within what was negotiated.
    Deflate,
    /// A response that is not an answer to what was offered.
    IgnoredOffer,
    /// A message with the right length and the wrong octets.
    WrongContent,
    /// A pong that nothing asked for.
    UnsolicitedPong,
    /// More than the engine is willing to hold.
    ExceedsLimit,
    /// TCP was reset: what was on its way may be lost.
    Reset,
    /// It did nothing until the deadline of the case ended it.
    Hung,
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de};

    /// The most that is read: eleven days. No case is open for so long, and what is
    /// summed over all of them stays a duration.
    const LONGEST: f64 = 1e9;

    #[expect(clippy::ref_option, reason = "the signature is serde's")]
    pub(super) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            // Whole microseconds, so that the text is short.
            Some(duration) => serializer.serialize_f64(duration.as_micros() as f64 / 1000.0),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let Some(millis) = Option::<f64>::deserialize(deserializer)? else {
            return Ok(None);
        };
        if !(0.0..=LONGEST).contains(&millis) {
            let message = format!("`duration_ms` must be from 0 to {LONGEST}, not {millis}");
            return Err(de::Error::custom(message));
        }
        Ok(Some(Duration::from_secs_f64(millis / 1000.0)))
    }
}
