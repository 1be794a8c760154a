//! How a connection ended, in words.

use autobahn_cases::outcome::ConnectionTimeout;
use autobahn_cases::{Ending, event::Excerpt};

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
            format!("with {code} {}", text(reason))
        }
        (Some(code), _) => format!("with {code}"),
        (None, _) => String::from("without a code"),
    };
    let ours = match ending.local_code {
        Some(code) => format!("with {code}"),
        None => String::from("without a code"),
    };
    let answered = ending.clean || ending.remote_code.is_some();
    let mut words = vec![match (ending.closed_by_us, answered) {
        (true, true) => format!("we closed {ours}, the peer {peer}"),
        (true, false) => format!("we closed {ours}, the peer did not answer"),
        (false, true) => format!("the peer closed {peer}, we {ours}"),
        (false, false) => String::from("nobody sent a Close frame that was answered"),
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
        (None, None) if ending.clean => words.push(String::from("cleanly")),
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
        check(
            clean.clone(),
            "we closed with 1000, the peer with 1000; cleanly",
        );
        let by_peer = Ending {
            closed_by_us: false,
            remote_code: Some(1007),
            remote_reason: Some(Excerpt::of(b"bad")),
            ..clean
        };
        check(
            by_peer,
            "the peer closed with 1007 \"bad\", we with 1000; cleanly",
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
            "we closed with 1000, the peer did not answer; we dropped TCP; not clean: no answer to our Close frame within 1 s",
        );
    }
}
