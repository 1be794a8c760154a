//! What each fault is, as a value of [`Behavior`].

use std::time::Duration;

use super::Behavior;
use crate::{
    Fault,
    decision::{
        Assembly, CloseFrame, Deflate, Dialect, Echo, End, Goodbye, Handshake, Kind, Layout,
        Opening, Pong, Refusal, Scope, TextCheck, UnaskedPong,
    },
    frame::{BINARY, CLOSE, RSV1},
    violation::Violation,
};

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
            Fault::SwallowsEmpty => Self::echoing(Echo::Swallowed).only(Scope::AtMost(0)),
            Fault::TruncatesLong => Self::echoing(Echo::Truncated).only(Scope::AtLeast(65_536)),
            Fault::BinaryAsText => Self::echoing(Echo::AsText).only(Scope::Binary),
            Fault::TextAsAscii => Self::echoing(Echo::Ascii).only(Scope::Text),
            Fault::TruncatesFragmented => Self::echoing(Echo::Truncated).only(Scope::Fragmented),
            Fault::ClosesAfterTwo => Self::refusing(Refusal::ThirdMessage),
            Fault::LengthLimitsTooLow => Self::framing(Layout::LengthLimitsTooLow),
            Fault::LengthLimitsTooHigh => Self::framing(Layout::LengthLimitsTooHigh),
            Fault::LengthSignExtended => Self::framing(Layout::LengthSignExtended),

            Fault::NoPong => Self {
                ignored: &[Kind::Ping],
                ..correct
            },
            Fault::PongWrongPayload => Self {
                pong: Pong::OtherPayload,
                ..correct
            },
            Fault::NoPongToEmpty => Self::ponging(Pong::NotToEmpty),
            Fault::PongEmpty => Self::ponging(Pong::Empty),
            Fault::PongThroughText => Self::ponging(Pong::ThroughText),
            Fault::PongOfPrevious => Self::ponging(Pong::OfPrevious),
            Fault::PongEveryOther => Self::ponging(Pong::EveryOther),
            Fault::PongAfterMessage => Self::ponging(Pong::AfterMessage),
            Fault::RefusesLongestControl => Self::refusing(Refusal::LongestControl),
            Fault::AnswersPong => Self {
                unasked_pong: UnaskedPong::Answered,
                ..correct
            },
            Fault::RefusesPong => Self {
                unasked_pong: UnaskedPong::Refused,
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
            Fault::AcceptsSurrogates => Self::reading(Dialect::Surrogates),
            Fault::AcceptsOverlong => Self::reading(Dialect::Overlong),
            Fault::AcceptsBeyondUnicode => Self::reading(Dialect::BeyondUnicode),
            Fault::AcceptsLongSequences => Self::reading(Dialect::LongSequences),
            Fault::AcceptsIncompleteEnd => Self::reading(Dialect::IncompleteEnd),
            Fault::AcceptsLoneContinuation => Self::reading(Dialect::LoneContinuation),
            Fault::AcceptsLoneLead => Self::reading(Dialect::LoneLead),
            Fault::AcceptsImpossibleOctets => Self::reading(Dialect::ImpossibleOctets),
            Fault::RefusesControlCharacters => Self::reading(Dialect::NoControlCharacters),
            Fault::RefusesNoncharacters => Self::reading(Dialect::NoNoncharacters),
            Fault::RefusesSpecials => Self::reading(Dialect::NoSpecials),
            Fault::RefusesSupplementary => Self::reading(Dialect::NoSupplementary),
            Fault::RefusesNextToSurrogates => Self::reading(Dialect::NoNeighborsOfSurrogates),
            Fault::Utf8PerFragment => Self {
                text: TextCheck::EachFragment,
                ..correct
            },
            Fault::AcceptsRsv => Self::tolerating(|it| matches!(it, Violation::ReservedBit { .. })),
            Fault::AcceptsReservedOpcodes => {
                Self::tolerating(|it| matches!(it, Violation::ReservedOpcode(_)))
            }
            Fault::AcceptsUnmasked => Self::tolerating(|it| matches!(it, Violation::Unmasked)),
            Fault::AcceptsNonminimalLength => {
                Self::tolerating(|it| matches!(it, Violation::NonMinimalLength))
            }
            Fault::AcceptsBadFragmentation => Self::tolerating(|it| {
                matches!(
                    it,
                    Violation::OrphanContinuation | Violation::InterruptedMessage
                )
            }),
            Fault::AcceptsFragmentedControl => {
                Self::tolerating(|it| matches!(it, Violation::FragmentedControl(_)))
            }
            Fault::AcceptsLongControl => {
                Self::tolerating(|it| matches!(it, Violation::LongControl))
            }
            Fault::AcceptsBadCloseCode => {
                Self::tolerating(|it| matches!(it, Violation::BadCloseCode(_)))
            }
            Fault::AcceptsBadCloseReason => {
                Self::tolerating(|it| matches!(it, Violation::BadCloseReason))
            }
            Fault::AcceptsCloseLengthOne => {
                Self::tolerating(|it| matches!(it, Violation::CloseLengthOne))
            }

            Fault::AcceptsRsv1 => {
                Self::tolerating(|it| matches!(it, Violation::ReservedBit { rsv: RSV1, .. }))
            }
            Fault::AcceptsRsv2And3 => {
                Self::tolerating(|it| matches!(it, Violation::ReservedBit { rsv: ..RSV1, .. }))
            }
            Fault::AcceptsRsvOnBinary => {
                Self::tolerating(|it| matches!(it, Violation::ReservedBit { opcode: BINARY, .. }))
            }
            Fault::AcceptsRsvOnClose => Self {
                tolerates: |it| matches!(it, Violation::ReservedBit { opcode: CLOSE, .. }),
                ..Self::answering(CloseFrame::Code(1000))
            },
            Fault::AcceptsReservedDataOpcodes => {
                Self::tolerating(|it| matches!(it, Violation::ReservedOpcode(..8)))
            }
            Fault::AcceptsReservedControlOpcodes => {
                Self::tolerating(|it| matches!(it, Violation::ReservedOpcode(8..)))
            }
            Fault::AcceptsOrphanContinuation => {
                Self::tolerating(|it| matches!(it, Violation::OrphanContinuation))
            }
            Fault::AcceptsInterruptedMessage => {
                Self::tolerating(|it| matches!(it, Violation::InterruptedMessage))
            }
            Fault::AssemblesControl => Self {
                assembly: Assembly::ControlToo,
                ..Self::tolerating(|it| matches!(it, Violation::FragmentedControl(_)))
            },
            Fault::LastFragmentOnly => Self {
                assembly: Assembly::LastFragment,
                ..correct
            },
            Fault::IgnoresEmptyFragments => Self {
                assembly: Assembly::NoEmptyFragments,
                ..correct
            },
            Fault::RefusesPingWithinMessage => Self::refusing(Refusal::PingWithinMessage),

            Fault::NoCloseFrame => Self::closing(CloseFrame::Omitted),
            // No case accepts this code, which anybody may use (RFC 6455, 7.4.2).
            Fault::WrongCloseCode => Self::closing(CloseFrame::Code(4321)),
            Fault::ReservedStatus => Self::closing(CloseFrame::Code(1005)),
            Fault::CloseLengthOne => Self::closing(CloseFrame::Body(b"\x03")),
            Fault::BadCloseReason => Self::closing(CloseFrame::Body(b"\x03\xe8\xed\xa0\x80")),
            Fault::KeepsTcpOpen => Self::ending(FIVE_SECONDS),
            Fault::ResetsTcp => Self::ending(End::Reset),
            Fault::Violations1002 => Self::failing(1002),
            Fault::Violations1007 => Self::failing(1007),
            Fault::AnswersCloseWith1001 => Self::answering(CloseFrame::Code(1001)),
            Fault::AnswersCloseWith4321 => Self::answering(CloseFrame::Code(4321)),
            Fault::NoAnswerToClose => Self::answering(CloseFrame::Omitted),
            Fault::IgnoresEmptyClose => Self {
                ignored: &[Kind::EmptyClose],
                ..correct
            },
            Fault::AnswersAfterClose => Self::going_on(End::Answers),
            Fault::FailsAfterClose => Self::going_on(End::Fails),
            Fault::RefusesCloseReason => Self::refusing(Refusal::CloseReason),
            Fault::RefusesProtocolCloseCodes => Self::refusing(Refusal::CloseCodes(1001, 1011)),
            Fault::RefusesApplicationCloseCodes => Self::refusing(Refusal::CloseCodes(3000, 4999)),
            Fault::AcceptsCloseCodesBelow1000 => {
                Self::tolerating(|it| matches!(it, Violation::BadCloseCode(..1000)))
            }
            Fault::AcceptsReservedCloseCodes => {
                Self::tolerating(|it| matches!(it, Violation::BadCloseCode(1004..=1006 | 1015)))
            }
            Fault::AcceptsUndefinedCloseCodes => {
                Self::tolerating(|it| matches!(it, Violation::BadCloseCode(1016..3000)))
            }
            Fault::AcceptsCloseCodesFrom5000 => {
                Self::tolerating(|it| matches!(it, Violation::BadCloseCode(5000..)))
            }

            Fault::NeedsWholeHeaders => Self::refusing(Refusal::PartOfHeader),
            Fault::MessageLimit32Kib => Self::refusing(Refusal::MessagesOver(32 << 10)),
            Fault::MessageLimit1Mib => Self::refusing(Refusal::MessagesOver(1 << 20)),
            Fault::MessageLimit8Mib => Self::refusing(Refusal::MessagesOver(8 << 20)),
            Fault::FrameLimit64Kib => Self::refusing(Refusal::FramesOver(64 << 10)),
            Fault::FragmentLimit1000 => Self::refusing(Refusal::FragmentsOver(1000)),

            Fault::DeflateDeclines => Self::deflating(Deflate::Declines),
            Fault::DeflateUncompressed => Self::deflating(Deflate::Uncompressed),
            Fault::DeflateIgnoresTakeover => Self::deflating(Deflate::IgnoresTakeover),
            Fault::DeflateWrongWindow => Self::deflating(Deflate::WrongWindow),
            Fault::DeflateNoRsv1 => Self::deflating(Deflate::NoRsv1),
            Fault::DeflateCorrupt => Self::deflating(Deflate::CorruptData),
            Fault::DeflateTruncated => Self::deflating(Deflate::TruncatedData),
            Fault::DeflateWrongContent => Self::deflating(Deflate::WrongContent),
            Fault::DeflateRestrictsClient => Self::deflating(Deflate::RestrictsClient),
            Fault::DeflateExceedsWindow => Self::deflating(Deflate::ExceedsWindow),
            Fault::DeflateKeepsContext => Self::deflating(Deflate::KeepsContext),
            Fault::DeflateForgetsLong => Self::deflating(Deflate::ForgetsLong),
            Fault::DeflateRsv1OnContinuations => Self {
                layout: Layout::Rsv1OnContinuations,
                scope: Scope::AtLeast(8192),
                ..correct
            },
            Fault::DeflateNoRsv1Fragmented => {
                Self::deflating(Deflate::NoRsv1).only(Scope::Fragmented)
            }
            Fault::DeflateTruncatedLong => {
                Self::deflating(Deflate::TruncatedData).only(Scope::AtLeast(4096))
            }
            Fault::DeflateCorruptShort => {
                Self::deflating(Deflate::CorruptData).only(Scope::AtMost(1024))
            }
            Fault::DeflateWrongContentBinary => {
                Self::deflating(Deflate::WrongContent).only(Scope::Binary)
            }
            Fault::DeflateWrongContentText => {
                Self::deflating(Deflate::WrongContent).only(Scope::Text)
            }
            Fault::DeflateWrongContentWindow => {
                Self::deflating(Deflate::WrongContent).only(Scope::WindowAsked)
            }
        }
    }
}
