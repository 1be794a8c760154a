//! The faults and their names.

use std::{fmt, str::FromStr};

use clap::ValueEnum;
use thiserror::Error;

/// One way to be wrong.
///
/// The first nine are those whose verdicts by the official suite are on record: servers without
/// any check, most of them wrong in many ways. All the others are a correct server with the one
/// fault that the name tells, so that exactly the cases that look for it should fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Fault {
    /// Checks nothing: echoes every frame that is no control frame, whatever it is
    Plain,
    /// Plain, but ignores every frame except Close
    Silent,
    /// Plain, but ignores every frame, Close too
    Blackhole,
    /// Plain, but keeps TCP open for five seconds after its Close
    #[value(name = "noclosetcp")]
    NoCloseTcp,
    /// Plain, but ignores Close
    #[value(name = "ignoreclose")]
    IgnoreClose,
    /// Plain, but answers Close with the body it came with
    #[value(name = "echoclose")]
    EchoClose,
    /// Plain, but sends Close right after the opening handshake and closes TCP
    CloseOnOpenDrop,
    /// Plain, but a text message that is not UTF-8 fails once it is complete
    #[value(name = "lateutf8")]
    PlainLateUtf8,
    /// Answers every opening handshake with 404
    #[value(name = "h404")]
    NotFound,

    /// No fault at all
    Correct,

    /// Answers no opening handshake, and keeps TCP open
    NoHandshake,
    /// Closes TCP instead of answering the opening handshake
    #[value(name = "close_before_101")]
    CloseBefore101,
    /// Sends a Sec-WebSocket-Accept that does not fit the key
    BadAccept,
    /// Sends a permessage-deflate response that nobody asked for
    UnsolicitedDeflate,
    /// Sends a subprotocol that nobody asked for
    UnsolicitedSubprotocol,

    /// Sends a ping right after the opening handshake, which is legal
    PingOnOpen,
    /// Sends a pong right after the opening handshake, which is legal
    PongOnOpen,

    /// Echoes every message twice
    DoubleEcho,
    /// Does not echo every second message of a connection
    Swallow,
    /// Echoes with one bit changed
    Corrupt,
    /// Echoes without the last octet
    Truncate,
    /// Echoes text as binary
    TextAsBinary,
    /// Echoes in fragments with a ping between them, which is legal
    FragmentedEcho,
    /// Masks the frames of its echo
    MaskedEcho,
    /// Sets a reserved bit in the frames of its echo
    RsvEcho,
    /// Encodes the length of its echo in more octets than needed
    NonminimalLengthEcho,
    /// Echoes text that is not UTF-8, whatever came
    InvalidUtf8Echo,
    /// Does not echo empty messages
    SwallowsEmpty,
    /// Echoes messages of 65536 octets and more without the last one
    TruncatesLong,
    /// Echoes binary messages as text
    BinaryAsText,
    /// Echoes text with a question mark for every character that is not ASCII
    TextAsAscii,
    /// Echoes messages that came in fragments without the last octet
    TruncatesFragmented,
    /// Fails the connection at the third message
    ClosesAfterTwo,
    /// Writes the lengths 125 and 65535 in the form that begins after them
    LengthLimitsTooLow,
    /// Writes the lengths 126, 127 and 65536 in the form that ends before them
    LengthLimitsTooHigh,
    /// Writes a length with 255 before its last octet if that is 128 or more
    LengthSignExtended,

    /// Answers no ping
    NoPong,
    /// Answers a ping with other data
    PongWrongPayload,
    /// Answers no ping without data
    NoPongToEmpty,
    /// Answers a ping without its data
    PongEmpty,
    /// Answers a ping with its data as far as it is UTF-8
    PongThroughText,
    /// Answers every ping but the first with the data of the one before
    PongOfPrevious,
    /// Does not answer every second ping of a connection
    PongEveryOther,
    /// Answers a ping within a message after that message
    PongAfterMessage,
    /// Refuses control frames of 125 octets
    RefusesLongestControl,
    /// Answers a pong with a pong
    AnswersPong,
    /// Refuses pongs that nobody asked for
    RefusesPong,

    /// Accepts text that is not UTF-8
    NoUtf8Check,
    /// Finds out at the end of a message that it is not UTF-8
    LateUtf8,
    /// Accepts surrogates in text
    AcceptsSurrogates,
    /// Accepts characters of text in more octets than needed
    AcceptsOverlong,
    /// Accepts four octets for numbers beyond U+10FFFF in text
    AcceptsBeyondUnicode,
    /// Accepts characters of five and six octets in text
    AcceptsLongSequences,
    /// Accepts text that ends within a character
    AcceptsIncompleteEnd,
    /// Accepts continuation octets of nothing in text
    AcceptsLoneContinuation,
    /// Accepts characters in text that break off
    AcceptsLoneLead,
    /// Accepts the octets 254 and 255 in text
    AcceptsImpossibleOctets,
    /// Refuses U+0000 and U+007F in text
    RefusesControlCharacters,
    /// Refuses noncharacters in text
    RefusesNoncharacters,
    /// Refuses U+FFF0 to U+FFFD in text
    RefusesSpecials,
    /// Refuses characters beyond U+FFFF in text
    RefusesSupplementary,
    /// Refuses U+D7FF and U+E000 in text, the neighbors of the surrogates
    RefusesNextToSurrogates,
    /// Checks each fragment of a text as if it were a text
    #[value(name = "utf8_per_fragment")]
    Utf8PerFragment,
    /// Accepts reserved bits
    AcceptsRsv,
    /// Ignores frames with a reserved opcode
    AcceptsReservedOpcodes,
    /// Accepts frames that are not masked
    AcceptsUnmasked,
    /// Accepts lengths in more octets than needed
    AcceptsNonminimalLength,
    /// Accepts continuations of nothing and messages within messages
    AcceptsBadFragmentation,
    /// Accepts fragmented control frames
    AcceptsFragmentedControl,
    /// Accepts control frames of more than 125 octets
    AcceptsLongControl,
    /// Accepts Close with a code that must not be sent
    AcceptsBadCloseCode,
    /// Accepts Close with a reason that is not UTF-8
    AcceptsBadCloseReason,
    /// Accepts Close with a body of one octet
    AcceptsCloseLengthOne,

    /// Accepts the first reserved bit
    AcceptsRsv1,
    /// Accepts the second and the third reserved bit
    #[value(name = "accepts_rsv2_and_3")]
    AcceptsRsv2And3,
    /// Accepts reserved bits of binary messages
    AcceptsRsvOnBinary,
    /// Accepts reserved bits of Close, and answers with code 1000
    AcceptsRsvOnClose,
    /// Ignores frames with a reserved opcode below 8
    AcceptsReservedDataOpcodes,
    /// Ignores frames with a reserved opcode of 8 and more
    AcceptsReservedControlOpcodes,
    /// Accepts continuations of nothing
    AcceptsOrphanContinuation,
    /// Accepts messages within messages
    AcceptsInterruptedMessage,
    /// Accepts fragmented control frames and puts them together
    AssemblesControl,
    /// Forgets all fragments of a message but the last
    LastFragmentOnly,
    /// Ignores continuations without data, FIN too
    IgnoresEmptyFragments,
    /// Refuses pings within a message
    RefusesPingWithinMessage,

    /// Closes TCP without a Close frame
    NoCloseFrame,
    /// Closes with a code that is legal and does not fit
    WrongCloseCode,
    /// Closes with a code that must not be sent
    ReservedStatus,
    /// Closes with a body of one octet
    CloseLengthOne,
    /// Closes with a reason that is not UTF-8
    BadCloseReason,
    /// Keeps TCP open for five seconds after its Close
    KeepsTcpOpen,
    /// Resets TCP after its Close
    ResetsTcp,
    /// Fails connections with code 1002 whatever the violation
    #[value(name = "violations_1002")]
    Violations1002,
    /// Fails connections with code 1007 whatever the violation
    #[value(name = "violations_1007")]
    Violations1007,
    /// Answers Close with code 1001
    #[value(name = "answers_close_with_1001")]
    AnswersCloseWith1001,
    /// Answers Close with code 4321
    #[value(name = "answers_close_with_4321")]
    AnswersCloseWith4321,
    /// Closes TCP without an answer to Close
    NoAnswerToClose,
    /// Ignores Close without a code
    IgnoresEmptyClose,
    /// Goes on with what comes after Close
    AnswersAfterClose,
    /// Sends another Close, with code 1002, for what comes after Close
    FailsAfterClose,
    /// Refuses Close with a reason
    RefusesCloseReason,
    /// Refuses Close with the codes 1001 to 1011
    RefusesProtocolCloseCodes,
    /// Refuses Close with the codes 3000 to 4999
    RefusesApplicationCloseCodes,
    /// Accepts Close with a code below 1000
    #[value(name = "accepts_close_codes_below_1000")]
    AcceptsCloseCodesBelow1000,
    /// Accepts Close with the codes 1004, 1005, 1006 and 1015
    AcceptsReservedCloseCodes,
    /// Accepts Close with the codes 1016 to 2999
    AcceptsUndefinedCloseCodes,
    /// Accepts Close with a code of 5000 and more
    #[value(name = "accepts_close_codes_from_5000")]
    AcceptsCloseCodesFrom5000,

    /// Stops with all its connections at the Nth connection
    CrashAt,
    /// Refuses connections from the Nth on
    StopAcceptingAt,

    /// Takes it for an error that a read ends within the header of a frame
    NeedsWholeHeaders,
    /// Refuses messages of more than 32 KiB
    #[value(name = "message_limit_32_kib")]
    MessageLimit32Kib,
    /// Refuses messages of more than 1 MiB
    #[value(name = "message_limit_1_mib")]
    MessageLimit1Mib,
    /// Refuses messages of more than 8 MiB
    #[value(name = "message_limit_8_mib")]
    MessageLimit8Mib,
    /// Refuses frames of more than 64 KiB
    #[value(name = "frame_limit_64_kib")]
    FrameLimit64Kib,
    /// Refuses messages of more than 1000 fragments
    #[value(name = "fragment_limit_1000")]
    FragmentLimit1000,

    /// Negotiates no permessage-deflate, which is legal
    DeflateDeclines,
    /// Negotiates permessage-deflate and compresses nothing, which is legal
    DeflateUncompressed,
    /// Promises server_no_context_takeover and keeps its context
    DeflateIgnoresTakeover,
    /// Promises a window of 9 bits and uses one of 15
    DeflateWrongWindow,
    /// Compresses without setting RSV1
    DeflateNoRsv1,
    /// Sends compressed data that cannot be inflated
    DeflateCorrupt,
    /// Sends the first half of the compressed data
    DeflateTruncated,
    /// Compresses other content of the same length
    DeflateWrongContent,
    /// Asks for no context and a window of 9 bits, which is legal
    DeflateRestrictsClient,
    /// Uses a window of 15 bits when fewer were asked for and promised
    DeflateExceedsWindow,
    /// Keeps its context when it was asked and promised not to
    DeflateKeepsContext,
    /// Forgets the client's context after messages of more than 4096 octets
    DeflateForgetsLong,
    /// Sends compressed messages in fragments with RSV1 on all of them, for 8192 octets and more
    #[value(name = "deflate_rsv1_on_continuations")]
    DeflateRsv1OnContinuations,
    /// Echoes what came in fragments compressed and without RSV1
    #[value(name = "deflate_no_rsv1_fragmented")]
    DeflateNoRsv1Fragmented,
    /// Sends half the compressed data for messages of 4096 octets and more
    DeflateTruncatedLong,
    /// Sends compressed data that cannot be inflated for messages of up to 1024 octets
    DeflateCorruptShort,
    /// Compresses other content of the same length when that is binary
    DeflateWrongContentBinary,
    /// Compresses other content of the same length when that is text
    DeflateWrongContentText,
    /// Compresses other content of the same length when a window was asked for
    DeflateWrongContentWindow,
}

impl Fault {
    /// Every fault, in the order of the declaration.
    pub fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// The name in URLs and on the command line: `close_on_open_drop`.
    pub fn name(self) -> String {
        let value = self.to_possible_value().expect("no fault is hidden");
        value.get_name().to_owned()
    }

    /// The first line of the description, for tables: what a server with this fault does.
    pub fn description(self) -> String {
        let value = self.to_possible_value().expect("no fault is hidden");
        value
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        <Self as ValueEnum>::from_str(name, false).map_err(|_| UnknownFault(name.to_owned()))
    }
}

/// No fault has this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown fault `{0}`")]
pub struct UnknownFault(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for &fault in Fault::all() {
            assert_eq!(fault.to_string().parse(), Ok(fault));
            assert!(!fault.description().is_empty(), "{fault}");
        }
        assert_eq!(
            "no_such".parse::<Fault>(),
            Err(UnknownFault("no_such".to_owned()))
        );
    }

    #[test]
    fn recorded_faults_have_the_names_of_the_record() {
        let names: Vec<_> = Fault::all()[..9].iter().map(|fault| fault.name()).collect();
        assert_eq!(
            names,
            [
                "plain",
                "silent",
                "blackhole",
                "noclosetcp",
                "ignoreclose",
                "echoclose",
                "close_on_open_drop",
                "lateutf8",
                "h404"
            ]
        );
    }
}
