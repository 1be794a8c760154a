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
    RestrictsClient,
    Uncompressed,
    IgnoresTakeover,
    /// As `IgnoresTakeover`, but only when it was asked for.
    KeepsContext,
    WrongWindow,
    /// As `WrongWindow`, but only when one was asked for.
    ExceedsWindow,
    /// The client's context is lost with every message of more than 4096 octets.
    ForgetsLong,
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
    /// As standard, and the fragments of control frames are put together in the same way.
    ControlToo,
    /// As standard, but each fragment replaces those before.
    LastFragment,
    /// As standard, but an empty continuation is nothing, not even the end of its message.
    NoEmptyFragments,
}

/// When a text is checked for UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextCheck {
    FailFast,
    /// Fast too, but no character goes on in the next fragment.
    EachFragment,
    AtEnd,
    Never,
}

/// What is taken for UTF-8: RFC 3629, or that with one thing more (the first group) or less.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Dialect {
    #[default]
    Utf8,

    Surrogates,
    /// Two to four octets where fewer would do.
    Overlong,
    /// Numbers beyond U+10FFFF in four octets.
    BeyondUnicode,
    /// Five and six octets, whatever the number.
    LongSequences,
    IncompleteEnd,
    LoneContinuation,
    LoneLead,
    /// 0xFE and 0xFF.
    ImpossibleOctets,

    /// Neither U+0000 nor U+007F.
    NoControlCharacters,
    NoNoncharacters,
    /// No U+FFF0 to U+FFFD.
    NoSpecials,
    /// Nothing beyond U+FFFF.
    NoSupplementary,
    /// Neither U+D7FF nor U+E000.
    NoNeighborsOfSurrogates,
}

/// What a frame is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Ping,
    Close,
    /// A Close without a body.
    EmptyClose,
}

/// The answer to a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pong {
    SamePayload,
    OtherPayload,
    Empty,
    /// What is not UTF-8 becomes U+FFFD.
    ThroughText,
    /// The payload of the ping before; the first ping is answered with its own.
    OfPrevious,
    EveryOther,
    NotToEmpty,
    /// Not before the end of the message that the ping is within.
    AfterMessage,
}

/// What is done about a pong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnaskedPong {
    Ignored,
    /// With a pong of the same payload.
    Answered,
    Refused,
}

/// What is refused although it is allowed. The lengths are octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Nothing,
    /// Control frames of 125 octets.
    LongestControl,
    PingWithinMessage,
    /// A read that ends within the header of a frame.
    PartOfHeader,
    FramesOver(u64),
    MessagesOver(u64),
    FragmentsOver(u64),
    ThirdMessage,
    CloseReason,
    /// From the first to the last.
    CloseCodes(u16, u16),
}

/// Which messages of a client are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    Text,
    Binary,
    /// Of so many octets or more.
    AtLeast(usize),
    /// Of so many octets or less.
    AtMost(usize),
    /// Those in more than one frame.
    Fragmented,
    /// All of a connection for which a window was asked of the server.
    WindowAsked,
}

/// What is sent back for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echo {
    Same,
    Twice,
    EveryOther,
    Swallowed,
    BitFlipped,
    Truncated,
    AsBinary,
    AsText,
    /// With `?` for what is not ASCII.
    Ascii,
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
    /// The lengths 125 and 65535 in the next longer form.
    LengthLimitsTooLow,
    /// The lengths 126, 127 and 65536 in the next shorter form.
    LengthLimitsTooHigh,
    /// The second octet of a 16-bit length overwrites the first when it is negative.
    LengthSignExtended,
    /// Two fragments, with RSV1 on the second if it is on the first.
    Rsv1OnContinuations,
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
    /// FIN, but later, and until then what comes is answered.
    Answers,
    /// FIN, but later, or after another Close if anything comes.
    Fails,
}
