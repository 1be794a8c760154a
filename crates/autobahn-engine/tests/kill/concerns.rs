//! Which cases each fault is played with.

use autobahn_cases::{Pattern, autobahn};
use faulty_server::Fault;

use crate::cell::Cell;

/// How often a cell may be played until it is killed.
pub(crate) fn tries(fault: Fault) -> usize {
    match fault {
        // Octets that are sent one by one may be read together. The official suite shows this
        // fault about every other time, and so does the engine.
        Fault::NeedsWholeHeaders => 20,
        _ => 1,
    }
}

/// The cells of a fault.
pub(crate) fn cells(fault: Fault) -> impl Iterator<Item = Cell> {
    let patterns: Vec<Pattern> = concerns(fault)
        .iter()
        .map(|pattern| pattern.parse().unwrap())
        .collect();
    let ids = autobahn().cases().map(|case| case.id);
    ids.filter(move |id| patterns.iter().any(|pattern| pattern.matches(*id)))
        .map(move |id| Cell { id, fault })
}

/// The cases that a fault is played with: sections in which it kills some cases and not others,
/// and for what is legal, those where it might be taken for wrong.
fn concerns(fault: Fault) -> &'static [&'static str] {
    match fault {
        Fault::Correct => &["*"],

        // These complete no opening handshake, or not for long.
        Fault::NotFound
        | Fault::NoHandshake
        | Fault::CloseBefore101
        | Fault::BadAccept
        | Fault::UnsolicitedDeflate
        | Fault::UnsolicitedSubprotocol
        | Fault::CloseOnOpenDrop
        | Fault::CrashAt
        | Fault::StopAcceptingAt => &[],
        // These kill all of a section, or all but one case.
        Fault::Silent
        | Fault::Blackhole
        | Fault::NoCloseTcp
        | Fault::IgnoreClose
        | Fault::PongOnOpen
        | Fault::AcceptsRsv
        | Fault::AcceptsReservedOpcodes
        | Fault::WrongCloseCode
        | Fault::ReservedStatus
        | Fault::CloseLengthOne
        | Fault::BadCloseReason
        | Fault::DeflateDeclines
        | Fault::DeflateNoRsv1
        | Fault::DeflateCorrupt
        | Fault::DeflateTruncated
        | Fault::DeflateWrongContent => &[],
        // The cases that this could kill would wait for minutes.
        Fault::Swallow => &[],
        // What arrives before the reset is a matter of time.
        Fault::ResetsTcp => &[],

        // Legal, or nothing that a case looks for.
        Fault::FragmentedEcho => &["1", "5", "6.2", "9.1.1"],
        Fault::AcceptsUnmasked | Fault::AcceptsNonminimalLength | Fault::AcceptsCloseLengthOne => {
            &["1", "7"]
        }
        Fault::DeflateUncompressed | Fault::DeflateRestrictsClient => &["12.1", "12.2", "13.7"],
        // The pong that it gets may fall into the frame that 6.4.3 and 6.4.4 send in parts.
        Fault::PingOnOpen => &["1", "2", "5", "6", "7"],

        Fault::Plain | Fault::EchoClose | Fault::PlainLateUtf8 => &["2", "5", "6", "7"],

        Fault::LengthLimitsTooLow | Fault::LengthSignExtended => &["1"],
        // Whole frames, and frames that are sent octet by octet.
        Fault::NeedsWholeHeaders => &[
            "2.2", "2.6", "2.10", "2.11", "3.2", "3.3", "3.4", "4.1.3", "4.1.4", "4.1.5", "4.2.3",
            "4.2.4", "4.2.5", "5.3", "5.4", "5.5", "5.6", "5.7", "5.8",
        ],
        Fault::LengthLimitsTooHigh => &["1", "10"],
        Fault::SwallowsEmpty => &["1", "6"],
        Fault::BinaryAsText => &["1", "9", "12"],
        Fault::TextAsBinary => &["1", "3", "4", "5", "6", "7", "9", "10", "12"],
        Fault::Corrupt | Fault::Truncate => &["1", "3", "4", "5", "6", "7", "10"],
        Fault::NonminimalLengthEcho => &["1", "3", "4", "5", "6", "7"],
        Fault::TruncatesFragmented => &["1", "5", "6", "9", "10", "12"],
        Fault::TruncatesLong => &["1", "9", "10", "12"],
        Fault::DoubleEcho | Fault::MaskedEcho | Fault::RsvEcho | Fault::InvalidUtf8Echo => {
            &["3", "4", "5", "6", "7"]
        }

        Fault::NoPongToEmpty | Fault::PongThroughText | Fault::AnswersPong | Fault::RefusesPong => {
            &["2"]
        }
        Fault::NoPong
        | Fault::PongWrongPayload
        | Fault::PongEmpty
        | Fault::PongOfPrevious
        | Fault::PongEveryOther => &["2", "5"],
        Fault::RefusesLongestControl | Fault::AcceptsLongControl => &["2", "7"],

        Fault::AcceptsRsv1
        | Fault::AcceptsRsv2And3
        | Fault::AcceptsRsvOnBinary
        | Fault::AcceptsRsvOnClose => &["3"],
        Fault::AcceptsReservedDataOpcodes | Fault::AcceptsReservedControlOpcodes => &["4"],

        Fault::PongAfterMessage
        | Fault::AcceptsBadFragmentation
        | Fault::AcceptsFragmentedControl
        | Fault::AcceptsOrphanContinuation
        | Fault::AcceptsInterruptedMessage
        | Fault::AssemblesControl
        | Fault::RefusesPingWithinMessage => &["5"],
        Fault::LastFragmentOnly => &["1", "5", "6", "10"],

        Fault::NoUtf8Check
        | Fault::LateUtf8
        | Fault::Utf8PerFragment
        | Fault::TextAsAscii
        | Fault::IgnoresEmptyFragments
        | Fault::AcceptsSurrogates
        | Fault::AcceptsOverlong
        | Fault::AcceptsBeyondUnicode
        | Fault::AcceptsLongSequences
        | Fault::AcceptsIncompleteEnd
        | Fault::AcceptsLoneContinuation
        | Fault::AcceptsLoneLead
        | Fault::AcceptsImpossibleOctets
        | Fault::RefusesControlCharacters
        | Fault::RefusesNoncharacters
        | Fault::RefusesSpecials
        | Fault::RefusesSupplementary
        | Fault::RefusesNextToSurrogates
        | Fault::Violations1002
        | Fault::KeepsTcpOpen => &["6"],

        Fault::Violations1007 => &["2", "5", "7"],
        Fault::NoCloseFrame
        | Fault::NoAnswerToClose
        | Fault::AnswersCloseWith1001
        | Fault::AnswersCloseWith4321 => &["5", "6", "7"],
        Fault::AcceptsBadCloseCode
        | Fault::AcceptsBadCloseReason
        | Fault::IgnoresEmptyClose
        | Fault::AnswersAfterClose
        | Fault::FailsAfterClose
        | Fault::RefusesCloseReason
        | Fault::RefusesProtocolCloseCodes
        | Fault::RefusesApplicationCloseCodes
        | Fault::AcceptsCloseCodesBelow1000
        | Fault::AcceptsReservedCloseCodes
        | Fault::AcceptsUndefinedCloseCodes
        | Fault::AcceptsCloseCodesFrom5000 => &["7"],

        Fault::MessageLimit32Kib => &["1", "7", "9", "10", "12"],
        Fault::FrameLimit64Kib => &["7", "9"],
        Fault::MessageLimit1Mib
        | Fault::MessageLimit8Mib
        | Fault::FragmentLimit1000
        | Fault::ClosesAfterTwo => &["9"],

        Fault::DeflateIgnoresTakeover
        | Fault::DeflateForgetsLong
        | Fault::DeflateWrongContentBinary
        | Fault::DeflateWrongContentText => &["12"],
        Fault::DeflateRsv1OnContinuations
        | Fault::DeflateNoRsv1Fragmented
        | Fault::DeflateTruncatedLong
        | Fault::DeflateCorruptShort => &["12", "13"],
        Fault::DeflateWrongWindow
        | Fault::DeflateExceedsWindow
        | Fault::DeflateKeepsContext
        | Fault::DeflateWrongContentWindow => &["13"],
    }
}
