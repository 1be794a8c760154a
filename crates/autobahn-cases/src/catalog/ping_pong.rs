//! Section 2: pings and pongs (RFC 6455, sections 5.5.2 and 5.5.3).

use crate::case::{Case, Closing, Requirement, pong_with};
use crate::frame::{Payload, Write, ping, pong, repeat};

const ANSWER: &[&str] = &[
    "pings are left to an application that does not answer them",
    "the pong does not carry the octets of the ping, or treats them as text",
    "a pong is queued and not flushed until something else is sent",
];
const TOO_LONG: &[&str] = &[
    "the length of control frames is not checked: more than 125 octets must fail the connection",
    "the ping is answered before its length is checked",
];
const UNSOLICITED: &[&str] =
    &["a pong that answers no ping is taken for an error, or is answered; it is to be ignored"];
const MANY: &[&str] = &[
    "only the latest ping is answered: the RFC allows that, the suite does not",
    "pongs overtake each other because each one is sent by a task of its own",
];

const OCTETS: &[u8] = b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("2.1", "Ping without payload is answered")
            .cites(Requirement::Must, "6455#5.5.2")
            .hints(ANSWER)
            .send(ping(""))
            .close_after(1)
            .ok([pong_with("")]),
        Case::new("2.2", "Ping with text is answered with the same text")
            .cites(Requirement::Must, "6455#5.5.3")
            .hints(ANSWER)
            .send(ping("Hello, world!"))
            .close_after(1)
            .ok([pong_with("Hello, world!")]),
        Case::new(
            "2.3",
            "Ping with octets that are no UTF-8 is answered with the same octets",
        )
        .cites(Requirement::Must, "6455#5.5.3")
        .hints(ANSWER)
        .send(ping(OCTETS))
        .close_after(1)
        .ok([pong_with(OCTETS)]),
        Case::new(
            "2.4",
            "Ping of 125 octets, the most there can be, is answered",
        )
        .cites(Requirement::Must, "6455#5.5.3")
        .hints(ANSWER)
        .send(ping(repeat(b"\xfe", 125)))
        .close_after(1)
        .ok([pong_with(repeat(b"\xfe", 125))]),
        Case::new("2.5", "Ping of 126 octets fails the connection")
            .cites(Requirement::Must, "6455#5.5")
            .hints(TOO_LONG)
            .send(ping(repeat(b"\xfe", 126)))
            .kill_after(1.0)
            .ok([])
            .peer_fails(1002),
        Case::new(
            "2.6",
            "Ping of 125 octets, sent octet by octet, is answered",
        )
        .cites(Requirement::Must, "6455#5.5.3")
        .hints(ANSWER)
        .send(ping(repeat(b"\xfe", 125)).chop(1))
        .close_after(2)
        .ok([pong_with(repeat(b"\xfe", 125))]),
        Case::new("2.7", "Unsolicited pong without payload is ignored")
            .cites(Requirement::Must, "6455#5.5.3")
            .hints(UNSOLICITED)
            .send(pong(""))
            .close(1000, "")
            .close_after(1)
            .ok([])
            .ends(Closing::by_us().in_script()),
        Case::new("2.8", "Unsolicited pong with payload is ignored")
            .cites(Requirement::Must, "6455#5.5.3")
            .hints(UNSOLICITED)
            .send(pong("unsolicited pong payload"))
            .close(1000, "")
            .close_after(1)
            .ok([])
            .ends(Closing::by_us().in_script()),
        Case::new(
            "2.9",
            "Unsolicited pong is ignored and the ping after it answered",
        )
        .cites(Requirement::Must, "6455#5.5.3")
        .hints(UNSOLICITED)
        .send(pong("unsolicited pong payload"))
        .send(ping("ping payload"))
        .close_after(1)
        .ok([pong_with("ping payload")]),
        ten_pings("2.10", "Ten pings are answered in order", Write::Plain),
        ten_pings(
            "2.11",
            "Ten pings, sent octet by octet, are answered in order",
            Write::Chop(1),
        ),
    ]
}

// RFC 6455, 5.5.3: an endpoint may answer the latest ping alone. The suite wants
// an answer to each.
fn ten_pings(id: &str, title: &'static str, write: Write) -> Case {
    let payload = |index| Payload::from(format!("payload-{index}"));
    let case = Case::new(id, title)
        .cites(Requirement::Informational, "6455#5.5.3")
        .hints(MANY);
    (0..10)
        .fold(case, |case, index| {
            case.send(ping(payload(index)).written(write))
        })
        .close_after(3)
        .ok((0..10).map(|index| pong_with(payload(index))))
}
