//! What a client can do wrong.

use thiserror::Error;

/// A breach of RFC 6455 or RFC 7692 by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum Violation {
    /// RFC 6455, 5.2: a reserved bit that no extension has given a meaning.
    #[error("reserved bit set")]
    ReservedBit { rsv: u8, opcode: u8 },
    /// RFC 6455, 5.2.
    #[error("reserved opcode")]
    ReservedOpcode(u8),
    /// RFC 6455, 5.1: a server closes the connection upon a frame that is not masked.
    #[error("frame not masked")]
    Unmasked,
    /// RFC 6455, 5.2: the minimal number of octets encodes the length.
    #[error("length not minimal")]
    NonMinimalLength,
    /// RFC 6455, 5.2: the most significant bit of a 64-bit length is 0.
    #[error("length of more than 63 bits")]
    LengthOutOfRange,
    /// RFC 6455, 5.5.
    #[error("fragmented control frame")]
    FragmentedControl(u8),
    /// RFC 6455, 5.5.
    #[error("control frame of more than 125 octets")]
    LongControl,
    /// RFC 6455, 5.4.
    #[error("continuation of nothing")]
    OrphanContinuation,
    /// RFC 6455, 5.4.
    #[error("message within a message")]
    InterruptedMessage,
    /// RFC 6455, 8.1.
    #[error("text is not UTF-8")]
    InvalidText,
    /// RFC 6455, 5.5.1.
    #[error("close body of one octet")]
    CloseLengthOne,
    /// RFC 6455, 7.4.
    #[error("close code that must not be sent")]
    BadCloseCode(u16),
    /// RFC 6455, 5.5.1.
    #[error("close reason is not UTF-8")]
    BadCloseReason,
    /// RFC 7692, 7.2.2.
    #[error("compressed data cannot be inflated")]
    BadCompression,
    /// Nothing wrong, but not what this server wants.
    #[error("not accepted here")]
    Refused,
    /// RFC 6455, 10.4: a server may have limits.
    #[error("too large")]
    TooLarge,
    /// RFC 6455, 5.5.1: the client must not send any more frames.
    #[error("frame after Close")]
    AfterClose,
}

impl Violation {
    /// The close code that fits (RFC 6455, 7.4.1).
    pub(crate) fn close_code(self) -> u16 {
        match self {
            Self::InvalidText | Self::BadCloseReason | Self::BadCompression => 1007,
            Self::TooLarge => 1009,
            Self::ReservedBit { .. }
            | Self::ReservedOpcode(_)
            | Self::Unmasked
            | Self::NonMinimalLength
            | Self::LengthOutOfRange
            | Self::FragmentedControl(_)
            | Self::LongControl
            | Self::OrphanContinuation
            | Self::InterruptedMessage
            | Self::CloseLengthOne
            | Self::BadCloseCode(_)
            | Self::Refused
            | Self::AfterClose => 1002,
        }
    }
}
