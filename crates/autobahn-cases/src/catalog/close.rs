//! Section 7: the closing handshake and its codes (RFC 6455, sections 5.5.1, 7
//! and 7.4).

use crate::case::{Case, Closing, Endpoint, Offence, Requirement, text_message};
use crate::frame::{FrameSpec, Opcode, continuation, ping, repeat, text};

use Requirement::{Informational, Must, Should};

const ANSWER: &[&str] = &[
    "a Close frame is not answered with a Close frame, or TCP is closed before the answer is out",
    "TCP is left open after both Close frames: a server closes it at once",
];
const AFTERWARDS: &[&str] = &[
    "frames that come after a Close frame are still processed: they are to be discarded",
    "a second Close frame, or none that fits the state, is answered again",
];
const BODY: &[&str] = &[
    "the body of a Close frame is not checked: it is empty, or a code of two octets and a reason in UTF-8",
    "a Close frame may have 125 octets in all, so a reason may have 123",
];
const VALID_CODE: &[&str] = &[
    "a valid code is refused: the check knows too few of them, or forgets 3000 to 4999",
    "the answer has a code of its own; the same one, 1000 or none is expected",
];
const INVALID_CODE: &[&str] = &[
    "close codes are not checked, and the invalid one is echoed or answered with 1000",
    "only codes below 1000 are refused: 1004, 1005, 1006 and what is unassigned up to 2999 count as invalid too",
    "the connection is failed with another code than 1002",
];

const INVALID_REASON: &[u8] =
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65\x64\x69\x74\x65\x64";

/// Id, code, section of RFC 6455.
const VALID_CODES: [(&str, u16, &str); 13] = [
    ("7.7.1", 1000, "6455#7.4.1"),
    ("7.7.2", 1001, "6455#7.4.1"),
    ("7.7.3", 1002, "6455#7.4.1"),
    ("7.7.4", 1003, "6455#7.4.1"),
    ("7.7.5", 1007, "6455#7.4.1"),
    ("7.7.6", 1008, "6455#7.4.1"),
    ("7.7.7", 1009, "6455#7.4.1"),
    ("7.7.8", 1010, "6455#7.4.1"),
    ("7.7.9", 1011, "6455#7.4.1"),
    ("7.7.10", 3000, "6455#7.4.2"),
    ("7.7.11", 3999, "6455#7.4.2"),
    ("7.7.12", 4000, "6455#7.4.2"),
    ("7.7.13", 4999, "6455#7.4.2"),
];

/// Id, code, how binding it is to refuse it, section of RFC 6455.
///
/// Codes below 1000 are not used, so a frame with one is invalid data; 1005 and
/// 1006 must never be sent; the others are merely not defined yet.
const INVALID_CODES: [(&str, u16, Requirement, &str); 9] = [
    ("7.9.1", 0, Should, "6455#10.7"),
    ("7.9.2", 999, Should, "6455#10.7"),
    ("7.9.3", 1004, Informational, "6455#7.4.1"),
    ("7.9.4", 1005, Must, "6455#7.4.1"),
    ("7.9.5", 1006, Must, "6455#7.4.1"),
    ("7.9.6", 1016, Informational, "6455#7.4.2"),
    ("7.9.7", 1100, Informational, "6455#7.4.2"),
    ("7.9.8", 2000, Informational, "6455#7.4.2"),
    ("7.9.9", 2999, Informational, "6455#7.4.2"),
];

/// Id, code.
const UNDEFINED_CODES: [(&str, u16); 2] = [("7.13.1", 5000), ("7.13.2", 65_535)];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = afterwards();
    cases.extend(bodies());
    cases.extend(VALID_CODES.map(|(id, code, citation)| {
        Case::new(id, format!("Close code {code} is accepted"))
            .cites(Must, citation)
            .hints(VALID_CODE)
            .close(code, "")
            .kill_after(1.0)
            .ok([])
            .ends(
                clean(if code == 1000 {
                    vec![1000]
                } else {
                    vec![1000, code]
                })
                .in_script(),
            )
    }));
    cases.extend(INVALID_CODES.map(|(id, code, requirement, citation)| {
        Case::new(id, format!("Close code {code} is refused"))
            .cites(requirement, citation)
            .hints(INVALID_CODE)
            .close(code, "")
            .kill_after(1.0)
            .ok([])
            .ends(refused(vec![1002]).in_script())
    }));
    cases.extend(UNDEFINED_CODES.map(|(id, code)| {
        Case::new(
            id,
            format!("Close code {code}, for which there is no rule, ends in some way"),
        )
        .cites(Informational, "6455#7.4.2")
        .close(code, "")
        .kill_after(1.0)
        .ok([])
        .ends(Closing {
            wrong_code: Offence::Noted,
            ..refused(vec![1000, code, 1002]).in_script()
        })
        .informational()
    }));
    cases
}

/// What comes before, after and beside a Close frame.
fn afterwards() -> Vec<Case> {
    vec![
        Case::new("7.1.1", "Text comes back, then the connection is closed")
            .cites(Must, "6455#5.5.1")
            .hints(ANSWER)
            .send(text("Hello World!"))
            .kill_after(1.0)
            .ok([text_message("Hello World!")])
            .ends(clean(vec![1000])),
        Case::new("7.1.2", "Second Close frame is not answered")
            .cites(Must, "6455#5.5.1")
            .hints(AFTERWARDS)
            .close(1000, "")
            .send(FrameSpec::new(Opcode::CLOSE, ""))
            .kill_after(1.0)
            .ok([])
            .ends(clean(vec![1000]).in_script()),
        Case::new("7.1.3", "Ping after a Close frame is not answered")
            .cites(Must, "6455#5.5.1")
            .hints(AFTERWARDS)
            .close(1000, "")
            .send(ping(""))
            .kill_after(1.0)
            .ok([])
            .ends(clean(vec![1000]).in_script()),
        Case::new("7.1.4", "Text after a Close frame does not come back")
            .cites(Must, "6455#5.5.1")
            .hints(AFTERWARDS)
            .close(1000, "")
            .send(text("Hello World!"))
            .kill_after(1.0)
            .ok([])
            .ends(clean(vec![1000]).in_script()),
        Case::new(
            "7.1.5",
            "Close frame between two fragments ends the message",
        )
        .cites(Must, "6455#5.5.1")
        .hints(AFTERWARDS)
        .send(text("fragment1").more())
        .close(1000, "")
        .send(continuation("fragment2"))
        .kill_after(1.0)
        .ok([])
        .ends(clean(vec![1000]).in_script()),
        // The list of a strict peer lacks the echo of the long text, so that no
        // peer is strict here; only recorded.
        Case::new(
            "7.1.6",
            "Close frame right after a text of 262144 octets and a short one",
        )
        .cites(Informational, "6455#5.5.1")
        .send(text(repeat(b"BAsd7&jh23", 262_144)))
        .send(text("Hello World!"))
        .close(1000, "")
        .send(ping(""))
        .kill_after(1.0)
        .ok([text_message("Hello World!")])
        .or_non_strict([])
        .ends(Closing::by_us().in_script())
        .informational(),
    ]
}

/// The body of a Close frame.
fn bodies() -> Vec<Case> {
    vec![
        Case::new("7.3.1", "Close frame without a body is answered")
            .cites(Must, "6455#5.5.1")
            .hints(BODY)
            .close(None, "")
            .kill_after(1.0)
            .ok([])
            .ends(clean(vec![1000]).in_script()),
        // Half a code cannot be said as a code and a reason.
        Case::new("7.3.2", "Close frame with half a code is refused")
            .cites(Must, "6455#5.5.1")
            .hints(BODY)
            .close(None, "a")
            .kill_after(1.0)
            .ok([])
            .ends(refused(vec![1002]).in_script()),
        Case::new("7.3.3", "Close frame with a code is answered")
            .cites(Must, "6455#5.5.1")
            .hints(BODY)
            .close(1000, "")
            .kill_after(1.0)
            .ok([])
            .ends(clean(vec![1000]).in_script()),
        Case::new("7.3.4", "Close frame with a code and a reason is answered")
            .cites(Must, "6455#5.5.1")
            .hints(BODY)
            .close(1000, "Hello World!")
            .kill_after(1.0)
            .ok([])
            .ends(clean(vec![1000]).in_script()),
        Case::new(
            "7.3.5",
            "Close frame with a reason of 123 octets, the most there can be, is answered",
        )
        .cites(Must, "6455#5.5")
        .hints(BODY)
        .close(1000, repeat(b"*", 123))
        .kill_after(1.0)
        .ok([])
        .ends(clean(vec![1000]).in_script()),
        Case::new(
            "7.3.6",
            "Close frame with a reason of 124 octets, one too many, is refused",
        )
        .cites(Must, "6455#5.5")
        .hints(BODY)
        .close(1000, repeat(b"*", 124))
        .kill_after(1.0)
        .ok([])
        .ends(refused(vec![1002]).in_script()),
        Case::new(
            "7.5.1",
            "Close frame with a reason that is no UTF-8 is refused",
        )
        .cites(Must, "6455#8.1")
        .hints(BODY)
        .close(1000, INVALID_REASON)
        .kill_after(1.0)
        .ok([])
        .ends(refused(vec![1002, 1007]).in_script()),
    ]
}

/// We close, the peer answers with one of the codes or none.
fn clean(codes: Vec<u16>) -> Closing {
    Closing {
        by: Endpoint::Us,
        codes,
        wrong_code: Offence::Fails,
        ..Closing::by_us()
    }
}

/// We close, the peer answers with one of the codes, or with none, or not at all.
fn refused(codes: Vec<u16>) -> Closing {
    Closing {
        clean: false,
        ..clean(codes)
    }
}
