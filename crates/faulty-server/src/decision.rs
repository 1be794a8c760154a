//! The points where a server decides, and the ways in which it can.

use std::time::Duration;

/// The answer to an opening handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handshake {
    Correct,
    WrongAccept,
    UnsolicitedDeflate,
    UnsolicitedSubprotocol,
    NotFound,
    ClosesTcp,
    NoAnswer,
}

/// What becomes of an offer of permessage-deflate, and of the echo after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deflate {
    Correct,
    Declines,
    Uncompressed,
    IgnoresTakeover,
    WrongWindow,
    NoRsv1,
    CorruptData,
    TruncatedData,
    WrongContent,
}

/// What is done right after the opening handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    Nothing,
    Ping,
    Pong,
    Close,
}

/// How messages are made of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assembly {
    /// As RFC 6455, 5.4 has it. A tolerated reserved opcode is skipped, a tolerated continuation
    /// of nothing starts a text, a tolerated message within a message replaces that.
    Standard,
    /// Every frame that is no control frame is appended to a buffer, which starts anew with
    /// opcodes 1 and 2 only, and which is a message of the last such opcode (0 at first) at FIN.
    Naive,
}

/// When a text is checked for UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextCheck {
    FailFast,
    AtEnd,
    Never,
}

/// What a frame is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Ping,
    Close,
}

/// The answer to a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pong {
    SamePayload,
    OtherPayload,
}

/// What is sent back for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echo {
    Same,
    Twice,
    EveryOther,
    BitFlipped,
    Truncated,
    AsBinary,
    InvalidUtf8,
}

/// How the frames of an echo look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Whole,
    /// Three fragments, a ping between the first two.
    Fragmented,
    Masked,
    ReservedBit,
    NonMinimalLength,
}

/// The end of a connection: a Close frame, then the end of TCP.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goodbye {
    pub(crate) frame: CloseFrame,
    pub(crate) end: End,
}

/// The Close frame of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloseFrame {
    /// The code of the client's Close, or that of its violation.
    Fitting,
    /// The body of the client's Close.
    Received,
    /// This code.
    Code(u16),
    /// This body.
    Body(&'static [u8]),
    /// No Close frame at all.
    Omitted,
}

/// The end of TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// FIN, and what the client still sends is read.
    Orderly,
    /// The same, but later.
    After(Duration),
    /// RST.
    Reset,
}
