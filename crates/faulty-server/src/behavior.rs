//! What a server does at each point where it decides: a fault is one value of this.

use std::time::Duration;

use crate::{
    Fault,
    decision::{
        Assembly, CloseFrame, Deflate, Echo, End, Goodbye, Handshake, Kind, Layout, Opening, Pong,
        TextCheck,
    },
    violation::Violation,
};

/// The decisions of a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behavior {
    pub(crate) handshake: Handshake,
    pub(crate) deflate: Deflate,
    pub(crate) opening: Opening,
    /// What the client may do although it must not.
    pub(crate) tolerated: &'static [Violation],
    pub(crate) assembly: Assembly,
    pub(crate) text: TextCheck,
    /// Frames that nothing is done about.
    pub(crate) ignored: &'static [Kind],
    pub(crate) pong: Pong,
    pub(crate) echo: Echo,
    pub(crate) layout: Layout,
    /// What is done about Close.
    pub(crate) answer: Goodbye,
    /// What is done about a violation that is not tolerated.
    pub(crate) failure: Goodbye,
}

impl Behavior {
    /// A server without a fault.
    pub(crate) const CORRECT: Self = Self {
        handshake: Handshake::Correct,
        deflate: Deflate::Correct,
        opening: Opening::Nothing,
        tolerated: &[],
        assembly: Assembly::Standard,
        text: TextCheck::FailFast,
        ignored: &[],
        pong: Pong::SamePayload,
        echo: Echo::Same,
        layout: Layout::Whole,
        answer: Goodbye {
            frame: CloseFrame::Fitting,
            end: End::Orderly,
        },
        failure: Goodbye {
            frame: CloseFrame::Fitting,
            end: End::Orderly,
        },
    };

    /// A server without checks, as the recorded verdicts have it.
    const PLAIN: Self = Self {
        deflate: Deflate::Declines,
        tolerated: &[
            Violation::ReservedBit,
            Violation::ReservedOpcode,
            Violation::Unmasked,
            Violation::NonMinimalLength,
            Violation::LengthOutOfRange,
            Violation::FragmentedControl,
            Violation::LongControl,
            Violation::OrphanContinuation,
            Violation::InterruptedMessage,
            Violation::CloseLengthOne,
            Violation::BadCloseCode,
            Violation::BadCloseReason,
        ],
        assembly: Assembly::Naive,
        text: TextCheck::Never,
        answer: Goodbye {
            frame: CloseFrame::Code(1000),
            end: End::Orderly,
        },
        ..Self::CORRECT
    };

    /// Ends every connection with this frame.
    const fn closing(frame: CloseFrame) -> Self {
        let goodbye = Goodbye {
            frame,
            end: End::Orderly,
        };
        Self {
            answer: goodbye,
            failure: goodbye,
            ..Self::CORRECT
        }
    }

    /// Ends every connection in this way after its Close.
    const fn ending(end: End) -> Self {
        let goodbye = Goodbye {
            frame: CloseFrame::Fitting,
            end,
        };
        Self {
            answer: goodbye,
            failure: goodbye,
            ..Self::CORRECT
        }
    }

    const fn tolerating(tolerated: &'static [Violation]) -> Self {
        Self {
            tolerated,
            ..Self::CORRECT
        }
    }

    const fn echoing(echo: Echo) -> Self {
        Self {
            echo,
            ..Self::CORRECT
        }
    }

    const fn framing(layout: Layout) -> Self {
        Self {
            layout,
            ..Self::CORRECT
        }
    }

    const fn deflating(deflate: Deflate) -> Self {
        Self {
            deflate,
            ..Self::CORRECT
        }
    }

    const fn shaking(handshake: Handshake) -> Self {
        Self {
            handshake,
            ..Self::CORRECT
        }
    }
}

impl From<Fault> for Behavior {
    fn from(fault: Fault) -> Self {
        const FIVE_SECONDS: End = End::After(Duration::from_secs(5));
        let plain = Self::PLAIN;
        let correct = Self::CORRECT;
        match fault {
            Fault::Plain => plain,
            Fault::Silent => Self {
                ignored: &[Kind::Message, Kind::Ping],
                ..plain
            },
            Fault::Blackhole => Self {
                ignored: &[Kind::Message, Kind::Ping, Kind::Close],
                ..plain
            },
            Fault::NoCloseTcp => Self {
                answer: Goodbye {
                    frame: CloseFrame::Code(1000),
                    end: FIVE_SECONDS,
                },
                ..plain
            },
            Fault::IgnoreClose => Self {
                ignored: &[Kind::Close],
                ..plain
            },
            Fault::EchoClose => {
                let answer = Goodbye {
                    frame: CloseFrame::Received,
                    end: End::Orderly,
                };
                Self { answer, ..plain }
            }
            Fault::CloseOnOpenDrop => Self {
                opening: Opening::Close,
                ..plain
            },
            Fault::PlainLateUtf8 => {
                let end = End::After(Duration::from_millis(20));
                let failure = Goodbye {
                    frame: CloseFrame::Fitting,
                    end,
                };
                Self {
                    text: TextCheck::AtEnd,
                    failure,
                    ..plain
                }
            }
            Fault::NotFound => Self {
                handshake: Handshake::NotFound,
                ..plain
            },

            // The last two are faults of the whole server.
            Fault::Correct | Fault::CrashAt | Fault::StopAcceptingAt => correct,

            Fault::NoHandshake => Self::shaking(Handshake::NoAnswer),
            Fault::CloseBefore101 => Self::shaking(Handshake::ClosesTcp),
            Fault::BadAccept => Self::shaking(Handshake::WrongAccept),
            Fault::UnsolicitedDeflate => Self::shaking(Handshake::UnsolicitedDeflate),
            Fault::UnsolicitedSubprotocol => Self::shaking(Handshake::UnsolicitedSubprotocol),

            Fault::PingOnOpen => Self {
                opening: Opening::Ping,
                ..correct
            },
            Fault::PongOnOpen => Self {
                opening: Opening::Pong,
                ..correct
            },

            Fault::DoubleEcho => Self::echoing(Echo::Twice),
            Fault::Swallow => Self::echoing(Echo::EveryOther),
            Fault::Corrupt => Self::echoing(Echo::BitFlipped),
            Fault::Truncate => Self::echoing(Echo::Truncated),
            Fault::TextAsBinary => Self::echoing(Echo::AsBinary),
            Fault::InvalidUtf8Echo => Self::echoing(Echo::InvalidUtf8),
            Fault::FragmentedEcho => Self::framing(Layout::Fragmented),
            Fault::MaskedEcho => Self::framing(Layout::Masked),
            Fault::RsvEcho => Self::framing(Layout::ReservedBit),
            Fault::NonminimalLengthEcho => Self::framing(Layout::NonMinimalLength),

            Fault::NoPong => Self {
                ignored: &[Kind::Ping],
                ..correct
            },
            Fault::PongWrongPayload => Self {
                pong: Pong::OtherPayload,
                ..correct
            },

            Fault::NoUtf8Check => Self {
                text: TextCheck::Never,
                ..correct
            },
            Fault::LateUtf8 => Self {
                text: TextCheck::AtEnd,
                ..correct
            },
            Fault::AcceptsRsv => Self::tolerating(&[Violation::ReservedBit]),
            Fault::AcceptsReservedOpcodes => Self::tolerating(&[Violation::ReservedOpcode]),
            Fault::AcceptsUnmasked => Self::tolerating(&[Violation::Unmasked]),
            Fault::AcceptsNonminimalLength => Self::tolerating(&[Violation::NonMinimalLength]),
            Fault::AcceptsBadFragmentation => {
                Self::tolerating(&[Violation::OrphanContinuation, Violation::InterruptedMessage])
            }
            Fault::AcceptsFragmentedControl => Self::tolerating(&[Violation::FragmentedControl]),
            Fault::AcceptsLongControl => Self::tolerating(&[Violation::LongControl]),
            Fault::AcceptsBadCloseCode => Self::tolerating(&[Violation::BadCloseCode]),
            Fault::AcceptsBadCloseReason => Self::tolerating(&[Violation::BadCloseReason]),
            Fault::AcceptsCloseLengthOne => Self::tolerating(&[Violation::CloseLengthOne]),

            Fault::NoCloseFrame => Self::closing(CloseFrame::Omitted),
            // No case accepts this code, which anybody may use (RFC 6455, 7.4.2).
            Fault::WrongCloseCode => Self::closing(CloseFrame::Code(4321)),
            Fault::ReservedStatus => Self::closing(CloseFrame::Code(1005)),
            Fault::CloseLengthOne => Self::closing(CloseFrame::Body(b"\x03")),
            Fault::BadCloseReason => Self::closing(CloseFrame::Body(b"\x03\xe8\xed\xa0\x80")),
            Fault::KeepsTcpOpen => Self::ending(FIVE_SECONDS),
            Fault::ResetsTcp => Self::ending(End::Reset),

            Fault::DeflateDeclines => Self::deflating(Deflate::Declines),
            Fault::DeflateUncompressed => Self::deflating(Deflate::Uncompressed),
            Fault::DeflateIgnoresTakeover => Self::deflating(Deflate::IgnoresTakeover),
            Fault::DeflateWrongWindow => Self::deflating(Deflate::WrongWindow),
            Fault::DeflateNoRsv1 => Self::deflating(Deflate::NoRsv1),
            Fault::DeflateCorrupt => Self::deflating(Deflate::CorruptData),
            Fault::DeflateTruncated => Self::deflating(Deflate::TruncatedData),
            Fault::DeflateWrongContent => Self::deflating(Deflate::WrongContent),
        }
    }
}
