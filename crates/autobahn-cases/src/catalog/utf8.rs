//! Section 6: text that is UTF-8 and text that is not, whole and in fragments
//! (RFC 6455, sections 5.6 and 8.1).

mod vectors;

use self::vectors::{Encoding, VECTORS};
use crate::case::{Case, Closing, Offence, Requirement, text_message, timed_out};
use crate::frame::{MessageKind, continuation, text};
use crate::play::{Message, Step};

const EMPTY: &[&str] = &[
    "an empty message or an empty fragment is taken for no message at all",
    "the end of a message is recognised by its octets and not by FIN",
];
const SPLIT: &[&str] = &[
    "each fragment is validated by itself: a character may be split between fragments",
    "the empty final fragment is lost, and with it the end of the message",
];
const INVALID: &[&str] = &[
    "text is not validated, or invalid octets are replaced instead of failing the connection",
    "the connection is failed with 1002 where 1007 is expected",
    "the validator accepts surrogates, overlong forms or numbers beyond U+10FFFF",
];
const VALID: &[&str] = &[
    "the validator refuses valid text: noncharacters and U+0000 are allowed",
    "text goes through a string type that cannot hold it or changes it",
];
const FAIL_FAST: &[&str] = &[
    "NON-STRICT: text is validated only when the message, or the frame, is complete; the RFC allows that",
    "validation per fragment forgets the state at the end of the fragment before",
    "the connection is failed too early: the first part is valid so far",
];

const GERMAN: &[u8] = b"Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!";
const GREEK: &[u8] = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
/// The Greek word, a surrogate, a word: invalid from octet 12 on, counted from 0.
const WITH_SURROGATE: &[u8] =
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65\x64\x69\x74\x65\x64";
/// The Greek word, a number beyond U+10FFFF, a word: invalid from octet 12 on.
const BEYOND: &[u8] =
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80\x65\x64\x69\x74\x65\x64";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = valid();
    cases.extend(invalid());
    cases.extend([
        fail_fast_by_fragments("6.4.1", "a sequence", [0, 11, 15, 21]),
        fail_fast_by_fragments("6.4.2", "an octet that leads", [0, 12, 13, 21]),
        fail_fast_by_octets("6.4.3", "a sequence", [11, 4, 6]),
        fail_fast_by_octets("6.4.4", "an octet that leads", [12, 1, 8]),
    ]);
    cases.extend(VECTORS.map(|(id, encoding, octets, what)| {
        match encoding {
            Encoding::Valid => Case::new(id, format!("Valid text: {what}"))
                .cites(Requirement::Must, "6455#5.6")
                .hints(VALID)
                .send(text(octets))
                .kill_after(0.5)
                .ok([text_message(octets)]),
            Encoding::Invalid => Case::new(id, format!("Invalid text: {what}"))
                .cites(Requirement::Must, "6455#8.1")
                .hints(INVALID)
                .send(text(octets))
                .kill_after(0.5)
                .ok([])
                .ends(failed_for_utf8()),
        }
    }));
    cases
}

fn valid() -> Vec<Case> {
    vec![
        Case::new("6.1.1", "Empty text comes back")
            .cites(Requirement::Must, "6455#5.6")
            .hints(EMPTY)
            .send(text(""))
            .close_after(1)
            .ok([text_message("")]),
        Case::new("6.1.2", "Text of three empty fragments comes back empty")
            .cites(Requirement::Must, "6455#5.4")
            .hints(EMPTY)
            .send(text("").more())
            .send(continuation("").more())
            .send(continuation(""))
            .close_after(1)
            .ok([text_message("")]),
        Case::new(
            "6.1.3",
            "Text between an empty first and an empty last fragment comes back",
        )
        .cites(Requirement::Must, "6455#5.4")
        .hints(EMPTY)
        .send(text("").more())
        .send(continuation("middle frame payload").more())
        .send(continuation(""))
        .close_after(1)
        .ok([text_message("middle frame payload")]),
        Case::new(
            "6.2.1",
            "Text with German characters in one frame comes back",
        )
        .cites(Requirement::Must, "6455#5.6")
        .hints(VALID)
        .send(text(GERMAN))
        .close_after(1)
        .ok([text_message(GERMAN)]),
        Case::new(
            "6.2.2",
            "Text with German characters, split between two of them, comes back",
        )
        .cites(Requirement::Must, "6455#5.6")
        .hints(SPLIT)
        .send(text(&GERMAN[..15]).more())
        .send(continuation(&GERMAN[15..]))
        .close_after(1)
        .ok([text_message(GERMAN)]),
        Case::new(
            "6.2.3",
            "Text with German characters in fragments of one octet comes back",
        )
        .cites(Requirement::Must, "6455#5.6")
        .hints(SPLIT)
        .send_message(Message::new(MessageKind::Text, GERMAN).fragments_of(1))
        .close_after(1)
        .ok([text_message(GERMAN)]),
        Case::new("6.2.4", "Greek word in fragments of one octet comes back")
            .cites(Requirement::Must, "6455#5.6")
            .hints(SPLIT)
            .send_message(Message::new(MessageKind::Text, GREEK).fragments_of(1))
            .close_after(1)
            .ok([text_message(GREEK)]),
    ]
}

fn invalid() -> Vec<Case> {
    vec![
        Case::new(
            "6.3.1",
            "Text with a surrogate in one frame fails the connection",
        )
        .cites(Requirement::Must, "6455#8.1")
        .hints(INVALID)
        .send(text(WITH_SURROGATE))
        .kill_after(1.0)
        .ok([])
        .ends(failed_for_utf8()),
        Case::new(
            "6.3.2",
            "Text with a surrogate in fragments of one octet fails the connection",
        )
        .cites(Requirement::Must, "6455#8.1")
        .hints(INVALID)
        .send_message(Message::new(MessageKind::Text, WITH_SURROGATE).fragments_of(1))
        .kill_after(1.0)
        .ok([])
        .ends(failed_for_utf8()),
    ]
}

/// Three fragments with pauses between them; `ends` are where they begin and end.
fn fail_fast_by_fragments(id: &str, what: &str, ends: [usize; 4]) -> Case {
    let part = |index: usize| &BEYOND[ends[index]..ends[index + 1]];
    let title = format!("Fragment with {what} beyond U+10FFFF fails the connection at once");
    fail_fast(
        id,
        title,
        text(part(0)).more().into(),
        continuation(part(1)).more().into(),
        [continuation(part(2)).into()],
    )
}

/// One frame whose payload comes in three parts with pauses between them; the
/// message has an empty final fragment after it.
fn fail_fast_by_octets(id: &str, what: &str, [first, then, last]: [usize; 3]) -> Case {
    let title = format!("Part of a frame with {what} beyond U+10FFFF fails the connection at once");
    let begin = Step::Begin {
        frame: text(BEYOND).more(),
        octets: first,
    };
    fail_fast(
        id,
        title,
        begin,
        Step::Resume { octets: then },
        [Step::Resume { octets: last }, continuation("").into()],
    )
}

// RFC 6455, 8.1, wants the connection failed, and does not say how soon: to fail
// it after the whole message conforms, and is NON-STRICT.
fn fail_fast(
    id: &str,
    title: String,
    valid: Step,
    invalid: Step,
    rest: impl IntoIterator<Item = Step>,
) -> Case {
    let case = Case::new(id, title)
        .cites(Requirement::Must, "6455#8.1")
        .hints(FAIL_FAST)
        .step(valid)
        .timeout(1, "A")
        .step(invalid)
        .timeout(1, "B");
    rest.into_iter()
        .fold(case, Case::step)
        .kill_after(1.0)
        .ok([timed_out("A")])
        .or_non_strict([timed_out("A"), timed_out("B")])
        .ends(failed_for_utf8())
}

/// The peer fails the connection with 1007 or no code; otherwise the case fails.
fn failed_for_utf8() -> Closing {
    Closing {
        wrong_endpoint: Offence::Fails,
        ..Closing::by_peer(1007)
    }
}
