//! Why a verdict is what it is, in a sentence for each half of it: what the peer
//! did, what it should have done, and the rule of the RFC.

use autobahn_cases::case::Endpoint;
use autobahn_cases::event::Expected;
use autobahn_cases::outcome::{Finding, Misbehavior};
use autobahn_cases::play::{Play, Script};
use autobahn_cases::{Behavior, Case, CloseBehavior, Ending, Explanation, Verdict};

use self::events::{describe, describe_event, list};
use crate::heard::Heard;
use crate::judge::is_by_wrong_endpoint;

mod events;

/// Explains a verdict.
#[must_use]
pub fn explain(
    case: &Case,
    verdict: Verdict,
    heard: &Heard,
    ending: &Ending,
    findings: &[Finding],
) -> Explanation {
    if !ending.opened {
        let reason = format!("the opening handshake was not completed: {}", why(ending));
        return Explanation {
            behavior: reason.clone(),
            close: reason,
        };
    }
    let mut behavior = match &case.play {
        Play::Script(script) => explain_events(case, script, verdict, heard, ending),
        Play::Echo(_) | Play::RoundTrips(_) | Play::Compressed(_) => heard
            .procedure
            .as_ref()
            .map_or_else(String::new, |procedure| procedure.reason.clone()),
    };
    if verdict.behavior == Behavior::Failed {
        for finding in findings
            .iter()
            .filter(|finding| is_violation(finding.rule))
            .take(2)
        {
            behavior.push_str("; ");
            behavior.push_str(&finding.detail);
            if let Some(section) = section(finding.rule) {
                behavior.push_str(&format!(" (RFC {section})"));
            }
        }
    }
    let close = explain_close(case, verdict.close, ending);
    Explanation { behavior, close }
}

fn explain_events(
    case: &Case,
    script: &Script,
    verdict: Verdict,
    heard: &Heard,
    ending: &Ending,
) -> String {
    match verdict.behavior {
        Behavior::Ok => match &script.ok[..] {
            [] => "nothing came that should not have".to_owned(),
            [one] => format!("as expected, {} came", describe(one)),
            all => format!("as expected, {} events came in order", all.len()),
        },
        Behavior::NonStrict => {
            let strict = match script.ok.len() < heard.events.len() {
                true => "allowed, but a strict peer fails the connection earlier",
                false => "allowed, but a strict peer answers what came before the fault first",
            };
            format!("{strict}; got {}", list(heard))
        }
        Behavior::Informational => format!("this case only records; got {}", list(heard)),
        Behavior::Unimplemented | Behavior::Failed => {
            let closing = &case.closing;
            if !heard.is(&script.ok) {
                return difference(&script.ok, heard);
            }
            if is_by_wrong_endpoint(closing, ending) {
                return format!(
                    "the peer did not refuse {}{}",
                    offence(&closing.codes),
                    rule(case)
                );
            }
            wrong_code(case, ending)
        }
    }
}

/// Says where what came leaves what was expected.
fn difference(expected: &[Expected], heard: &Heard) -> String {
    let same = heard
        .events
        .iter()
        .zip(expected)
        .take_while(|(seen, expected)| seen.is(expected));
    let index = same.count();
    let before = match index {
        0 => String::new(),
        count => format!("after {count} expected event(s) "),
    };
    match (expected.get(index), heard.events.get(index)) {
        (Some(expected), Some(seen)) => {
            let (expected, got) = (describe(expected), describe_event(&seen.event()));
            format!("{before}expected {expected}; got {got}")
        }
        (Some(expected), None) => {
            format!("{before}expected {}; nothing came", describe(expected))
        }
        (None, Some(seen)) => {
            let more = heard.events.len() as u64 + heard.dropped - index as u64 - 1;
            let more = match more {
                0 => String::new(),
                count => format!(" and {count} more"),
            };
            format!(
                "{before}expected nothing more; got {}{more}",
                describe_event(&seen.event())
            )
        }
        (None, None) => "expected other events".to_owned(),
    }
}

fn explain_close(case: &Case, close: CloseBehavior, ending: &Ending) -> String {
    let code = match (ending.remote_code, ending.clean) {
        (Some(code), _) => format!("close code {code}"),
        (None, true) => "a Close frame without a code".to_owned(),
        (None, false) => "no Close frame".to_owned(),
    };
    match close {
        CloseBehavior::Ok => match case.closing.by {
            Endpoint::Us => format!("we closed, the peer answered with {code}"),
            Endpoint::Peer => format!("the peer failed the connection with {code}"),
        },
        CloseBehavior::Informational => {
            let who = if ending.closed_by_us {
                "we"
            } else {
                "the peer"
            };
            format!("{who} closed first; the peer sent {code}")
        }
        CloseBehavior::Failed => match case.closing.by {
            Endpoint::Us => format!(
                "the peer ended the connection, with {code}; expected it to stay until we close it{}",
                unclean(ending)
            ),
            Endpoint::Peer => format!(
                "the peer did not fail the connection because of {}, so that we closed it with {}; \
                 expected close code {} from the peer, or the end of TCP{}",
                offence(&case.closing.codes),
                ending
                    .local_code
                    .map_or_else(|| "no code".to_owned(), |code| code.to_string()),
                codes(&case.closing.codes),
                rule(case)
            ),
        },
        CloseBehavior::Unclean => format!(
            "{}; expected a Close frame in answer to ours, and the end of TCP (RFC 6455, 7.1.2)",
            why(ending)
        ),
        CloseBehavior::WrongCode => wrong_code(case, ending),
        CloseBehavior::FailedByClient => {
            "we had to end TCP; expected the server to end it first (RFC 6455, 7.1.1)".to_owned()
        }
    }
}

fn wrong_code(case: &Case, ending: &Ending) -> String {
    let got = ending
        .remote_code
        .map_or_else(|| "none".to_owned(), |code| code.to_string());
    let expected = codes(&case.closing.codes);
    match case.closing.by {
        Endpoint::Peer => format!(
            "the peer answered {} with close code {got}; expected {expected}{}",
            offence(&case.closing.codes),
            rule(case)
        ),
        Endpoint::Us => format!(
            "the peer answered our Close frame with close code {got}; expected {expected}{}",
            rule(case)
        ),
    }
}

fn why(ending: &Ending) -> &str {
    let reason = ending.unclean_reason.as_deref();
    reason.unwrap_or("the connection did not end as it should")
}

fn unclean(ending: &Ending) -> String {
    match &ending.unclean_reason {
        Some(reason) => format!("; {reason}"),
        None => String::new(),
    }
}

/// What the peer should have refused, by the code that says so.
fn offence(codes: &[u16]) -> &'static str {
    match codes {
        [1007, ..] => "the invalid UTF-8",
        [1002, ..] => "the protocol error",
        _ => "what was sent",
    }
}

fn codes(codes: &[u16]) -> String {
    let codes: Vec<_> = codes.iter().map(ToString::to_string).collect();
    codes.join(" or ")
}

/// The rule that a case is about: ` (RFC 6455, 8.1)`.
fn rule(case: &Case) -> String {
    match case.citation.and_then(|citation| citation.split_once('#')) {
        Some((rfc, section)) => format!(" (RFC {rfc}, {section})"),
        None => String::new(),
    }
}

/// Whether a finding explains why a case failed.
fn is_violation(rule: Misbehavior) -> bool {
    !matches!(
        rule,
        Misbehavior::IgnoredOffer | Misbehavior::Reset | Misbehavior::WrongContent
    )
}

/// Where the RFC has the rule.
fn section(rule: Misbehavior) -> Option<&'static str> {
    match rule {
        Misbehavior::OpeningHandshake => Some("6455, 4.1"),
        Misbehavior::ReservedBits | Misbehavior::ReservedOpcode | Misbehavior::LengthForm => {
            Some("6455, 5.2")
        }
        Misbehavior::Masking => Some("6455, 5.1"),
        Misbehavior::ControlFrame => Some("6455, 5.5"),
        Misbehavior::Fragmentation => Some("6455, 5.4"),
        Misbehavior::InvalidUtf8 => Some("6455, 8.1"),
        Misbehavior::CloseCode => Some("6455, 7.4"),
        Misbehavior::Deflate => Some("7692, 7.2"),
        Misbehavior::IgnoredOffer => Some("7692, 7.1"),
        Misbehavior::WrongContent
        | Misbehavior::UnsolicitedPong
        | Misbehavior::ExceedsLimit
        | Misbehavior::Reset
        | Misbehavior::Hung => None,
    }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
