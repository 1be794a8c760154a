//! Section 5: fragmented messages, and control frames between the fragments
//! (RFC 6455, section 5.4).

use super::manner;
use crate::case::{Case, Requirement, pong_with, text_message};
use crate::frame::{FrameSpec, Write, continuation, ping, pong, text};

const CONTROL: &[&str] = &[
    "FIN is not checked in control frames: a fragmented ping or pong must fail the connection",
    "the first fragment of a control frame is answered at once",
];
const WHOLE: &[&str] = &[
    "a fragment is delivered as a message of its own",
    "the echo carries the opcode of the last fragment, which is a continuation",
];
const INTERJECTED: &[&str] = &[
    "a control frame between fragments ends or corrupts the message: they share a buffer or an opcode",
    "the ping is answered only after the message is complete, so the order is wrong",
];
const ORPHAN: &[&str] = &[
    "a continuation frame without a message is taken for the start of one, or ignored",
    "whether a message is open is not remembered after its last fragment",
];
const INSIDE: &[&str] = &[
    "a text or binary frame inside a fragmented message starts another message instead of failing the connection",
];
const AFTER_ECHO: &[&str] = &[
    "a continuation frame without a message is taken for the start of one, or ignored",
    "NON-STRICT: the echo of the first message was still queued when the connection was failed, or was lost with a TCP reset",
];

/// The three ways in which the suite writes some families.
const WAYS: [Write; 3] = [Write::Plain, Write::Sync, Write::Chop(1)];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        must("5.1", "Fragmented ping fails the connection", CONTROL)
            .send(ping("fragment1").more())
            .send(continuation("fragment2"))
            .kill_after(1.0)
            .ok([])
            .peer_fails(1002)
            .cites(Requirement::Must, "6455#5.5"),
        must("5.2", "Fragmented pong fails the connection", CONTROL)
            .send(pong("fragment1").more())
            .send(continuation("fragment2"))
            .kill_after(1.0)
            .ok([])
            .peer_fails(1002)
            .cites(Requirement::Must, "6455#5.5"),
    ];
    cases.extend(family(["5.3", "5.4", "5.5"], two_fragments));
    cases.extend(family(["5.6", "5.7", "5.8"], ping_between));
    cases.extend(family(["5.9", "5.10", "5.11"], final_orphan));
    cases.extend(family(["5.12", "5.13", "5.14"], unfinished_orphan));
    cases.extend([
        must(
            "5.15",
            "Unfinished continuation outside a message and a text after it fail the connection, after the text before them came back",
            AFTER_ECHO,
        )
        .send(text("fragment1").more())
        .send(continuation("fragment2"))
        .send(continuation("fragment3").more())
        .send(text("fragment4"))
        .kill_after(1.0)
        .ok([text_message("fragment1fragment2")])
        .or_non_strict([])
        .peer_fails(1002),
        twice(
            "5.16",
            "Unfinished continuation outside a message before each of two fragmented texts fails the connection",
            continuation("fragment1").more(),
        ),
        twice(
            "5.17",
            "Final continuation outside a message before each of two fragmented texts fails the connection",
            continuation("fragment1"),
        ),
        must(
            "5.18",
            "Second text frame inside a fragmented text fails the connection",
            INSIDE,
        )
        .send(text("fragment1").more())
        .send(text("fragment2"))
        .kill_after(1.0)
        .ok([])
        .peer_fails(1002),
        five_fragments("5.19", Write::Plain),
        five_fragments("5.20", Write::Sync),
    ]);
    cases
}

fn must(id: &str, title: impl Into<String>, hints: &'static [&'static str]) -> Case {
    Case::new(id, title.into())
        .cites(Requirement::Must, "6455#5.4")
        .hints(hints)
}

/// The same case in three ways of writing.
fn family(ids: [&'static str; 3], case: fn(&str, Write) -> Case) -> impl Iterator<Item = Case> {
    ids.into_iter()
        .zip(WAYS)
        .map(move |(id, write)| case(id, write))
}

fn two_fragments(id: &str, write: Write) -> Case {
    let title = format!("Text in two fragments comes back whole{}", manner(write));
    must(id, title, WHOLE)
        .send(text("fragment1").more().written(write))
        .send(continuation("fragment2").written(write))
        .close_after(1)
        .ok([text_message("fragment1fragment2")])
}

fn ping_between(id: &str, write: Write) -> Case {
    let title = format!(
        "Ping between two fragments is answered before the text comes back{}",
        manner(write)
    );
    must(id, title, INTERJECTED)
        .send(text("fragment1").more().written(write))
        .send(ping("ping payload").written(write))
        .send(continuation("fragment2").written(write))
        .close_after(1)
        .ok([
            pong_with("ping payload"),
            text_message("fragment1fragment2"),
        ])
}

fn final_orphan(id: &str, write: Write) -> Case {
    let title = format!(
        "Final continuation outside a message fails the connection{}",
        manner(write)
    );
    orphan(id, title, write, continuation("non-continuation payload"))
}

fn unfinished_orphan(id: &str, write: Write) -> Case {
    let title = format!(
        "Unfinished continuation outside a message fails the connection{}",
        manner(write)
    );
    let first = continuation("non-continuation payload").more();
    orphan(id, title, write, first)
}

fn orphan(id: &str, title: String, write: Write, first: FrameSpec) -> Case {
    must(id, title, ORPHAN)
        .send(first.written(write))
        .send(text("Hello, world!").written(write))
        .kill_after(1.0)
        .ok([])
        .peer_fails(1002)
}

fn twice(id: &str, title: &'static str, first: FrameSpec) -> Case {
    let case = must(id, title, ORPHAN);
    (0..2)
        .fold(case, |case, _| {
            case.send(first.clone())
                .send(text("fragment2").more())
                .send(continuation("fragment3"))
        })
        .kill_after(1.0)
        .ok([])
        .peer_fails(1002)
}

fn five_fragments(id: &str, write: Write) -> Case {
    let title = format!(
        "Text in five fragments with two pings and a pause between them comes back whole{}",
        manner(write)
    );
    must(id, title, INTERJECTED)
        .send(text("fragment1").more().written(write))
        .send(continuation("fragment2").more().written(write))
        .send(ping("pongme 1!").written(write))
        .wait(1)
        .send(continuation("fragment3").more().written(write))
        .send(continuation("fragment4").more().written(write))
        .send(ping("pongme 2!").written(write))
        .send(continuation("fragment5").written(write))
        .close_after(1)
        .ok([
            pong_with("pongme 1!"),
            pong_with("pongme 2!"),
            text_message("fragment1fragment2fragment3fragment4fragment5"),
        ])
}
