//! A test for every rule of the judge.

use autobahn_cases::case::text_message;
use autobahn_cases::frame::{MessageKind, text};

use super::*;
use crate::heard::{Procedure, Seen};

/// The connection is closed by us with 1000, answered with 1000, ended by the peer.
fn good() -> Ending {
    Ending {
        opened: true,
        closed_by_us: true,
        clean: true,
        remote_code: Some(1000),
        local_code: Some(1000),
        ..Ending::default()
    }
}

/// The peer fails the connection with 1002.
fn failed_by_peer() -> Ending {
    Ending {
        closed_by_us: false,
        remote_code: Some(1002),
        ..good()
    }
}

fn echoing() -> Case {
    Case::new("1.1.1", "a test")
        .send(text("a"))
        .ok([text_message("a")])
}

fn failing() -> Case {
    Case::new("3.2", "a test")
        .send(text("a"))
        .ok([text_message("a")])
        .or_non_strict([])
        .peer_fails(1002)
}

fn heard(messages: &[&str]) -> Heard {
    let mut heard = Heard::default();
    for message in messages {
        heard.push(Seen::Message {
            kind: MessageKind::Text,
            len: message.len() as u64,
            octets: message.as_bytes().to_vec(),
        });
    }
    heard
}

#[track_caller]
fn check(case: &Case, messages: &[&str], ending: Ending, expected: (Behavior, CloseBehavior)) {
    let verdict = judge(case, Role::Client, &heard(messages), &ending);
    assert_eq!((verdict.behavior, verdict.close), expected, "{ending:?}");
}

#[test]
fn events_as_expected_are_ok_and_as_tolerated_non_strict() {
    let ok = CloseBehavior::Ok;
    check(&echoing(), &["a"], good(), (Behavior::Ok, ok));
    check(&echoing(), &[], good(), (Behavior::Failed, ok));
    check(&echoing(), &["b"], good(), (Behavior::Failed, ok));
    check(&echoing(), &["a", "a"], good(), (Behavior::Failed, ok));
    check(&failing(), &["a"], failed_by_peer(), (Behavior::Ok, ok));
    check(&failing(), &[], failed_by_peer(), (Behavior::NonStrict, ok));
    check(
        &failing(),
        &["a", "a"],
        failed_by_peer(),
        (Behavior::Failed, ok),
    );
}

#[test]
fn a_connection_that_was_never_open_fails_both_halves() {
    let expected = (Behavior::Failed, CloseBehavior::Failed);
    check(&echoing(), &[], Ending::default(), expected);
    let nothing = Case::new("2.5", "a test").ok([]).peer_fails(1002);
    check(&nothing, &[], Ending::default(), expected);
}

#[test]
fn the_wrong_endpoint_fails_the_close_and_nothing_else() {
    let ending = Ending {
        closed_by_us: false,
        ..good()
    };
    check(
        &echoing(),
        &["a"],
        ending,
        (Behavior::Ok, CloseBehavior::Failed),
    );
    check(
        &failing(),
        &["a"],
        good(),
        (Behavior::Ok, CloseBehavior::Failed),
    );
}

#[test]
fn the_wrong_endpoint_fails_a_case_about_utf8() {
    let mut case = failing();
    case.closing.wrong_endpoint = Offence::Fails;
    check(
        &case,
        &["a"],
        good(),
        (Behavior::Failed, CloseBehavior::Failed),
    );
    check(
        &case,
        &["a"],
        failed_by_peer(),
        (Behavior::Ok, CloseBehavior::Ok),
    );
}

#[test]
fn an_unclean_end_counts_where_a_clean_one_is_required() {
    let unclean = |ending| Ending {
        clean: false,
        ..ending
    };
    check(
        &echoing(),
        &["a"],
        unclean(good()),
        (Behavior::Ok, CloseBehavior::Unclean),
    );
    check(
        &failing(),
        &["a"],
        unclean(failed_by_peer()),
        (Behavior::Ok, CloseBehavior::Ok),
    );
}

#[test]
fn a_wrong_code_counts_and_no_code_does_not() {
    let coded = |code| Ending {
        remote_code: code,
        ..good()
    };
    check(
        &echoing(),
        &["a"],
        coded(Some(1001)),
        (Behavior::Ok, CloseBehavior::WrongCode),
    );
    check(
        &echoing(),
        &["a"],
        coded(None),
        (Behavior::Ok, CloseBehavior::Ok),
    );
}

#[test]
fn a_wrong_code_fails_a_case_about_codes() {
    let mut case = echoing();
    case.closing.wrong_code = Offence::Fails;
    let ending = Ending {
        remote_code: Some(1001),
        ..good()
    };
    check(
        &case,
        &["a"],
        ending,
        (Behavior::Failed, CloseBehavior::WrongCode),
    );
}

#[test]
fn a_server_should_end_tcp_and_a_client_need_not() {
    let ending = Ending {
        dropped_by_us: true,
        ..good()
    };
    check(
        &echoing(),
        &["a"],
        ending.clone(),
        (Behavior::Ok, CloseBehavior::FailedByClient),
    );
    let verdict = judge(&echoing(), Role::Server, &heard(&["a"]), &ending);
    assert_eq!(verdict, Verdict::OK);
}

#[test]
fn of_several_faults_in_closing_the_first_rule_decides() {
    let all = Ending {
        closed_by_us: false,
        clean: false,
        remote_code: Some(1001),
        dropped_by_us: true,
        ..good()
    };
    check(
        &echoing(),
        &["a"],
        all.clone(),
        (Behavior::Ok, CloseBehavior::Failed),
    );
    let ours = Ending {
        closed_by_us: true,
        ..all
    };
    check(
        &echoing(),
        &["a"],
        ours.clone(),
        (Behavior::Ok, CloseBehavior::Unclean),
    );
    let clean = Ending {
        clean: true,
        ..ours
    };
    check(
        &echoing(),
        &["a"],
        clean,
        (Behavior::Ok, CloseBehavior::WrongCode),
    );
}

#[test]
fn an_informational_case_judges_nothing() {
    let case = echoing().informational();
    let verdict = judge(&case, Role::Client, &heard(&[]), &Ending::default());
    assert_eq!(verdict, Verdict::INFORMATIONAL);
}

#[test]
fn a_procedure_judges_itself() {
    let case = autobahn_cases::autobahn()
        .cases()
        .find(|case| !matches!(case.play, Play::Script(_)));
    let case = case.expect("section 9 has procedures");
    let mut heard = Heard::default();
    let behavior = |heard: &Heard| judge(case, Role::Client, heard, &good()).behavior;
    assert_eq!(behavior(&heard), Behavior::Failed);
    heard.procedure = Some(Procedure {
        behavior: Behavior::Unimplemented,
        reason: String::new(),
    });
    assert_eq!(behavior(&heard), Behavior::Unimplemented);
}
