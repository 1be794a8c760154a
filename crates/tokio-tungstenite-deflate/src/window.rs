//! The LZ77 sliding window of one direction (RFC 7692, 7.1).

use std::fmt;

/// How one side compresses: how far back it refers, and whether into earlier messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// How far back a message may refer.
    pub bits: WindowBits,
    /// Whether it may refer to earlier messages.
    pub takeover: Takeover,
}

impl Default for Window {
    /// What RFC 7692 assumes where nothing is said: 32 KiB, across messages.
    fn default() -> Self {
        Self {
            bits: WindowBits::MAX,
            takeover: Takeover::Allowed,
        }
    }
}

/// Whether a message may refer to the messages before it (RFC 7692, 7.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Takeover {
    /// Messages compress better, and each side keeps its window as long as the connection lives.
    Allowed,
    /// Each message stands for itself (`no_context_takeover`), and memory is needed only while
    /// one is under way.
    Refused,
}

/// The base-2 logarithm of a window's size in octets: 8 to 15 (RFC 7692, 7.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowBits(u8);

impl WindowBits {
    /// A window of 256 octets.
    pub const MIN: Self = Self(8);
    /// A window of 32 KiB.
    pub const MAX: Self = Self(15);

    /// The size with this logarithm; `None` when it is not between 8 and 15.
    pub const fn new(bits: u8) -> Option<Self> {
        match bits {
            8..=15 => Some(Self(bits)),
            _ => None,
        }
    }

    /// What zlib is to be told, which takes 9 to 15 for raw deflate.
    ///
    /// A compressor of 9 bits is fit for a window of 8: it keeps a distance from the window's end
    /// that is as long as the longest match, so that it refers back by 250 octets at most. That
    /// zlib refuses 8 all the same is history.
    pub(crate) fn zlib(self) -> u8 {
        self.0.max(9)
    }

    /// Reads the value of a `max_window_bits` parameter.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        // RFC 7692, 7.1.2.1: a decimal integer without leading zeroes between 8 to 15 inclusive.
        match value {
            "8" => Some(Self(8)),
            "9" => Some(Self(9)),
            _ => value
                .strip_prefix('1')
                .filter(|digit| matches!(digit.as_bytes(), [b'0'..=b'5']))
                .and_then(|digit| digit.parse::<u8>().ok())
                .map(|digit| Self(10 + digit)),
        }
    }
}

impl From<WindowBits> for u8 {
    fn from(bits: WindowBits) -> Self {
        bits.0
    }
}

impl fmt::Display for WindowBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_plain_number_from_8_to_15() {
        for bits in 8..=15 {
            assert_eq!(
                WindowBits::parse(&bits.to_string()),
                WindowBits::new(bits),
                "{bits}"
            );
        }
        for value in [
            "", "0", "7", "16", "08", "008", "+9", "-9", "9 ", "1", "1a", "1é", "100", "15.0",
        ] {
            assert_eq!(WindowBits::parse(value), None, "{value:?}");
        }
        assert_eq!(WindowBits::new(7), None);
        assert_eq!(WindowBits::new(16), None);
    }
}
