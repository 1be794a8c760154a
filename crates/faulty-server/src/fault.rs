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

    /// Answers no ping
    NoPong,
    /// Answers a ping with other data
    PongWrongPayload,

    /// Accepts text that is not UTF-8
    NoUtf8Check,
    /// Finds out at the end of a message that it is not UTF-8
    LateUtf8,
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

    /// Stops with all its connections at the Nth connection
    CrashAt,
    /// Refuses connections from the Nth on
    StopAcceptingAt,

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
