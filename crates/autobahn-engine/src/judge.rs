//! The verdict on a case: a pure function of what was heard and how the
//! connection ended. The rules are those of the official suite.

use autobahn_cases::case::{Closing, Endpoint, Judged, Offence};
use autobahn_cases::play::Play;
use autobahn_cases::{Behavior, Case, CloseBehavior, Ending, Verdict};

use crate::heard::Heard;
use crate::role::Role;

/// Judges a case.
#[must_use]
pub fn judge(case: &Case, role: Role, heard: &Heard, ending: &Ending) -> Verdict {
    if case.judged == Judged::Informational {
        return Verdict::INFORMATIONAL;
    }
    let close = judge_close(&case.closing, role, ending);
    let by_wrong_endpoint = ending.opened && is_by_wrong_endpoint(&case.closing, ending);
    let behavior = match judge_behavior(case, heard, ending) {
        _ if by_wrong_endpoint && case.closing.wrong_endpoint == Offence::Fails => Behavior::Failed,
        _ if close == CloseBehavior::WrongCode && case.closing.wrong_code == Offence::Fails => {
            Behavior::Failed
        }
        behavior => behavior,
    };
    Verdict { behavior, close }
}

/// Whether the other endpoint closed the connection than should have.
#[must_use]
pub fn is_by_wrong_endpoint(closing: &Closing, ending: &Ending) -> bool {
    (closing.by == Endpoint::Us) != ending.closed_by_us
}

fn judge_behavior(case: &Case, heard: &Heard, ending: &Ending) -> Behavior {
    match &case.play {
        // Nothing can be expected of a connection that was never open.
        _ if !ending.opened => Behavior::Failed,
        Play::Script(script) if heard.is(&script.ok) => Behavior::Ok,
        Play::Script(script) => match &script.non_strict {
            Some(events) if heard.is(events) => Behavior::NonStrict,
            Some(_) | None => Behavior::Failed,
        },
        Play::Echo(_) | Play::RoundTrips(_) | Play::Compressed(_) => heard
            .procedure
            .as_ref()
            .map_or(Behavior::Failed, |procedure| procedure.behavior),
    }
}

fn judge_close(closing: &Closing, role: Role, ending: &Ending) -> CloseBehavior {
    if !ending.opened || is_by_wrong_endpoint(closing, ending) {
        return CloseBehavior::Failed;
    }
    if closing.clean && !ending.clean {
        return CloseBehavior::Unclean;
    }
    if ending
        .remote_code
        .is_some_and(|code| !closing.codes.contains(&code))
    {
        return CloseBehavior::WrongCode;
    }
    // RFC 6455, 7.1.1: the server closes TCP first.
    match role {
        Role::Client if ending.dropped_by_us => CloseBehavior::FailedByClient,
        Role::Client | Role::Server => CloseBehavior::Ok,
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
