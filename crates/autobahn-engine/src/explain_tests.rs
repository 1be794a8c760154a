//! Tests of the sentences.

use autobahn_cases::case::{pong_with, text_message};
use autobahn_cases::frame::{MessageKind, ping, text};

use super::*;
use crate::heard::Seen;
use crate::judge::judge;
use crate::role::Role;

fn closed(by_us: bool, remote_code: Option<u16>) -> Ending {
    Ending {
        opened: true,
        closed_by_us: by_us,
        clean: true,
        remote_code,
        local_code: Some(1000),
        ..Ending::default()
    }
}

fn sentences(case: &Case, events: Vec<Seen>, ending: &Ending, findings: &[Finding]) -> [String; 2] {
    let heard = Heard {
        events,
        ..Heard::default()
    };
    let verdict = judge(case, Role::Client, &heard, ending);
    let explanation = explain(case, verdict, &heard, ending, findings);
    [explanation.behavior, explanation.close]
}

fn utf8() -> Case {
    let mut case = Case::new("6.3.1", "a test")
        .cites(autobahn_cases::Requirement::Must, "6455#8.1")
        .send(text(&b"\xff"[..]))
        .ok([])
        .peer_fails(1007);
    case.closing.wrong_endpoint = autobahn_cases::case::Offence::Fails;
    case
}

#[test]
fn a_wrong_code_names_both_codes_and_the_rule() {
    let [_, close] = sentences(&utf8(), vec![], &closed(false, Some(1000)), &[]);
    assert_eq!(
        close,
        "the peer answered the invalid UTF-8 with close code 1000; expected 1007 (RFC 6455, 8.1)"
    );
}

#[test]
fn an_offence_that_was_not_refused_is_named() {
    let ending = Ending {
        local_code: Some(1001),
        ..closed(true, None)
    };
    let [behavior, close] = sentences(&utf8(), vec![], &ending, &[]);
    assert_eq!(
        behavior,
        "the peer did not refuse the invalid UTF-8 (RFC 6455, 8.1)"
    );
    assert!(
        close.contains("so that we closed it with 1001; expected close code 1007"),
        "{close}"
    );
}

#[test]
fn the_first_difference_between_events_is_shown() {
    let case = Case::new("2.2", "a test")
        .send(ping("a"))
        .ok([pong_with("a"), text_message("b")]);
    let message = |octets: &[u8]| Seen::Message {
        kind: MessageKind::Text,
        len: octets.len() as u64,
        octets: octets.to_vec(),
    };
    let pong = || Seen::Pong(b"a".to_vec());
    let ending = closed(true, Some(1000));
    let behavior = |events| {
        let [behavior, _] = sentences(&case, events, &ending, &[]);
        behavior
    };
    assert_eq!(behavior(vec![]), "expected a pong with \"a\"; nothing came");
    assert_eq!(
        behavior(vec![pong(), message(b"c")]),
        "after 1 expected event(s) expected the text message \"b\"; got the text message \"c\""
    );
    assert_eq!(
        behavior(vec![pong(), message(b"b"), message(b"b")]),
        "after 2 expected event(s) expected nothing more; got the text message \"b\""
    );
    assert_eq!(
        behavior(vec![pong(), message(b"b")]),
        "as expected, 2 events came in order"
    );
}

#[test]
fn what_the_peer_did_wrong_stands_with_its_section() {
    let case = Case::new("1.1.2", "a test")
        .send(text("a"))
        .ok([text_message("a")]);
    let finding = Finding {
        rule: Misbehavior::Masking,
        detail: "the server sent a masked TEXT frame".into(),
    };
    let [behavior, _] = sentences(&case, vec![], &closed(true, None), &[finding]);
    assert_eq!(
        behavior,
        "expected the text message \"a\"; nothing came; the server sent a masked TEXT frame (RFC 6455, 5.1)"
    );
}

#[test]
fn an_opening_handshake_that_failed_explains_both_halves() {
    let ending = Ending {
        unclean_reason: Some("expected status 101; got 404".into()),
        ..Ending::default()
    };
    let [behavior, close] = sentences(&utf8(), vec![], &ending, &[]);
    assert_eq!(
        behavior,
        "the opening handshake was not completed: expected status 101; got 404"
    );
    assert_eq!(behavior, close);
}
