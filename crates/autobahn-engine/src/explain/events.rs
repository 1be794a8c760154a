//! Events in words.

use autobahn_cases::event::{Event, Excerpt, Expected};

use crate::heard::Heard;

pub(super) fn list(heard: &Heard) -> String {
    let events: Vec<_> = heard
        .events
        .iter()
        .take(3)
        .map(|seen| describe_event(&seen.event()))
        .collect();
    match (events.is_empty(), heard.events.len() > events.len()) {
        (true, _) => "nothing".to_owned(),
        (false, true) => format!("{} and more", events.join(", ")),
        (false, false) => events.join(", "),
    }
}

pub(super) fn describe(expected: &Expected) -> String {
    let excerpt = |payload: &autobahn_cases::frame::Payload| {
        let head = payload.slice(0, payload.len().min(Excerpt::MAX));
        Excerpt {
            len: Some(payload.len() as u64),
            ..Excerpt::of(&head)
        }
    };
    describe_event(&match expected {
        Expected::Message { kind, payload } => Event::Message {
            kind: *kind,
            payload: excerpt(payload),
        },
        Expected::Pong { payload } => Event::Pong {
            payload: excerpt(payload),
        },
        Expected::Timeout { tag } => Event::Timeout {
            tag: (*tag).to_owned(),
        },
    })
}

pub(super) fn describe_event(event: &Event) -> String {
    let octets = |payload: &Excerpt| match payload.len {
        Some(len) if payload.is_cut() => format!("{} ({len} octets)", payload.display()),
        _ => payload.display(),
    };
    match event {
        Event::Message { kind, payload } => {
            format!("the {} message {}", kind.name(), octets(payload))
        }
        Event::Pong { payload } => format!("a pong with {}", octets(payload)),
        Event::Timeout { tag } => format!("the end of wait {tag} on an open connection"),
    }
}
