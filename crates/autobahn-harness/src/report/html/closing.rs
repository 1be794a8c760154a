//! How a connection must end and how it ended, in words.

use autobahn_cases::case::{Closing, Endpoint, Judged, Offence};
use autobahn_cases::event::Excerpt;
use autobahn_cases::outcome::ConnectionTimeout;
use autobahn_cases::{Case, Ending};

/// How it must end: as the case says it, in fewer words.
pub(super) fn demanded(case: &Case) -> String {
    match case.judged {
        Judged::Yes => {}
        Judged::Informational => return String::from("in any way"),
    }
    let Closing {
        by,
        codes,
        clean,
        wrong_code,
        wrong_endpoint,
        ..
    } = &case.closing;
    let codes: Vec<String> = codes.iter().map(u16::to_string).collect();
    let codes = codes.join(", ");
    let mut text = match by {
        Endpoint::Us => format!("we close, the peer answers {codes} or no code"),
        Endpoint::Peer => format!("the peer closes with {codes} or no code"),
    };
    if !clean {
        text.push_str(", or drops TCP");
    }
    if *wrong_code == Offence::Fails {
        text.push_str("; another code is FAILED");
    }
    if *wrong_endpoint == Offence::Fails {
        text.push_str("; a close by the other endpoint is FAILED");
    }
    text
}

/// How it ended, in a sentence without a full stop.
pub(super) fn closing(ending: &Ending) -> String {
    if !ending.opened {
        let why = match ending.timeout {
            Some(timeout) => late(timeout),
            None => ending
                .unclean_reason
                .as_deref()
                .map_or(String::new(), |reason| format!(": {reason}")),
        };
        return format!("the opening handshake was never completed{why}");
    }
    let peer = match (ending.remote_code, &ending.remote_reason) {
        (Some(code), Some(reason)) if !reason.hex.is_empty() => {
            format!("{code} {}", text(reason))
        }
        (Some(code), _) => code.to_string(),
        (None, _) => String::from("no code"),
    };
    let ours = match ending.local_code {
        Some(code) => code.to_string(),
        None => String::from("no code"),
    };
    let answered = ending.clean || ending.remote_code.is_some();
    let mut words = vec![match (ending.closed_by_us, answered) {
        (true, true) => format!("we closed with {ours}, answer {peer}"),
        (true, false) => format!("we closed with {ours}, no answer"),
        (false, true) => format!("the peer closed with {peer}, our answer {ours}"),
        (false, false) => String::from("no closing handshake"),
    }];
    if ending.failed_by_us {
        words.push(String::from("we failed the connection"));
    }
    if ending.dropped_by_us {
        words.push(String::from("we dropped TCP"));
    }
    match (&ending.unclean_reason, ending.timeout) {
        (_, Some(timeout)) => words.push(format!("not clean{}", late(timeout))),
        (Some(reason), None) => words.push(format!("not clean: {reason}")),
        (None, None) if ending.clean => {
            let last = words.pop().unwrap_or_default();
            words.push(format!("{last}, clean"));
        }
        (None, None) => words.push(String::from("not clean")),
    }
    words.join("; ")
}

fn late(timeout: ConnectionTimeout) -> String {
    String::from(match timeout {
        ConnectionTimeout::OpeningHandshake => ": the opening handshake took over 5 s",
        ConnectionTimeout::ClosingHandshake => ": no answer to our Close frame within 1 s",
        ConnectionTimeout::ServerDrop => ": the peer did not end TCP within 1 s",
    })
}

fn text(reason: &Excerpt) -> String {
    reason.display()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ending: Ending, expected: &str) {
        assert_eq!(closing(&ending), expected);
    }

    #[test]
    fn who_closed_is_said_first() {
        let clean = Ending {
            opened: true,
            closed_by_us: true,
            clean: true,
            remote_code: Some(1000),
            local_code: Some(1000),
            ..Ending::default()
        };
        check(clean.clone(), "we closed with 1000, answer 1000, clean");
        let by_peer = Ending {
            closed_by_us: false,
            remote_code: Some(1007),
            remote_reason: Some(Excerpt::of(b"bad")),
            ..clean
        };
        check(
            by_peer,
            "the peer closed with 1007 \"bad\", our answer 1000, clean",
        );
    }

    #[test]
    fn what_did_not_happen_is_said_too() {
        check(
            Ending::default(),
            "the opening handshake was never completed",
        );
        check(
            Ending {
                opened: true,
                closed_by_us: true,
                dropped_by_us: true,
                local_code: Some(1000),
                timeout: Some(ConnectionTimeout::ClosingHandshake),
                ..Ending::default()
            },
            "we closed with 1000, no answer; we dropped TCP; not clean: no answer to our Close frame within 1 s",
        );
    }
}
