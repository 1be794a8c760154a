//! The file of one case, under the names that the official suite uses.

use std::collections::BTreeMap;

use autobahn_cases::case::{Endpoint, Offence};
use autobahn_cases::event::{Event, Excerpt, Expected};
use autobahn_cases::frame::{MessageKind, Payload};
use autobahn_cases::outcome::ConnectionTimeout;
use autobahn_cases::play::Play;
use autobahn_cases::{Behavior, Case, CloseBehavior, Outcome};
use serde::Serialize;
use serde_json::{Value, json};

use super::wirelog::{CUT, rows, shown};
use crate::gate::Judged;

/// What the suite's readers look for. What we do not count is `null`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Detail<'a> {
    agent: &'a str,
    behavior: Behavior,
    behavior_close: CloseBehavior,
    /// The place in the catalogue, from 1.
    case: Option<usize>,
    closed_by_me: bool,
    create_stats: bool,
    create_wirelog: bool,
    description: &'a str,
    dropped_by_me: bool,
    duration: Option<u64>,
    expectation: &'static str,
    expected: BTreeMap<&'static str, Vec<Value>>,
    expected_close: Option<Closing<'a>>,
    failed_by_me: bool,
    http_request: &'a str,
    http_response: &'a str,
    id: String,
    is_server: bool,
    local_close_code: Option<u16>,
    local_close_reason: Option<&'a str>,
    received: Vec<Value>,
    remote_close_code: Option<u16>,
    remote_close_reason: Option<String>,
    report_compression_ratio: bool,
    report_time: bool,
    result: &'a str,
    result_close: &'a str,
    rx_frame_stats: Option<Value>,
    rx_octet_stats: Option<Value>,
    /// When the run began: when each case did is not recorded.
    started: &'a str,
    traffic_stats: Option<Value>,
    tx_frame_stats: Option<Value>,
    tx_octet_stats: Option<Value>,
    was_clean: bool,
    was_close_handshake_timeout: bool,
    was_not_clean_reason: Option<&'a str>,
    was_open_handshake_timeout: bool,
    was_server_connection_drop_timeout: bool,
    wirelog: Vec<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Closing<'a> {
    close_code: &'a [u16],
    closed_by_me: bool,
    closed_by_wrong_endpoint_is_fatal: bool,
    require_clean: bool,
}

impl<'a> Detail<'a> {
    pub(super) fn of(
        agent: &'a str,
        judged: &Judged<'a>,
        outcome: &'a Outcome,
        number: Option<usize>,
        started: &'a str,
    ) -> Self {
        let ending = &outcome.ending;
        let reason = ending.remote_reason.as_ref();
        Self {
            agent,
            behavior: outcome.verdict.behavior,
            behavior_close: outcome.verdict.close,
            case: number,
            closed_by_me: ending.closed_by_us,
            create_stats: false,
            create_wirelog: true,
            description: judged.case.map_or("", |case| &case.title),
            dropped_by_me: ending.dropped_by_us,
            duration: super::millis(outcome),
            expectation: "",
            expected: judged.case.map(expected).unwrap_or_default(),
            expected_close: judged.case.map(closing),
            failed_by_me: ending.failed_by_us,
            http_request: &outcome.transcript.request,
            http_response: &outcome.transcript.response,
            id: judged.id.to_string(),
            is_server: false,
            local_close_code: ending.local_code,
            local_close_reason: None,
            received: outcome.received.iter().map(received).collect(),
            remote_close_code: ending.remote_code,
            remote_close_reason: reason.map(|reason| {
                let cut = if reason.is_cut() { CUT } else { "" };
                String::from_utf8_lossy(&reason.hex).into_owned() + cut
            }),
            report_compression_ratio: false,
            report_time: false,
            result: &outcome.explanation.behavior,
            result_close: &outcome.explanation.close,
            rx_frame_stats: None,
            rx_octet_stats: None,
            started,
            traffic_stats: None,
            tx_frame_stats: None,
            tx_octet_stats: None,
            was_clean: ending.clean,
            was_close_handshake_timeout: ending.timeout
                == Some(ConnectionTimeout::ClosingHandshake),
            was_not_clean_reason: ending.unclean_reason.as_deref(),
            was_open_handshake_timeout: ending.timeout == Some(ConnectionTimeout::OpeningHandshake),
            was_server_connection_drop_timeout: ending.timeout
                == Some(ConnectionTimeout::ServerDrop),
            wirelog: rows(&outcome.transcript),
        }
    }
}

/// The events that the case accepts, by the verdict that they bring.
fn expected(case: &Case) -> BTreeMap<&'static str, Vec<Value>> {
    let Play::Script(script) = &case.play else {
        return BTreeMap::new();
    };
    let events = |events: &[Expected]| events.iter().map(expected_event).collect();
    let non_strict = script.non_strict.as_deref();
    let non_strict = non_strict.map(|list| (Behavior::NonStrict.as_str(), events(list)));
    let mut expected = BTreeMap::from([(Behavior::Ok.as_str(), events(&script.ok))]);
    expected.extend(non_strict);
    expected
}

fn expected_event(event: &Expected) -> Value {
    let excerpt = |payload: &Payload| Excerpt {
        len: Some(payload.len() as u64),
        hex: payload.slice(0, payload.len().min(Excerpt::MAX)),
    };
    received(&match event {
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

fn received(event: &Event) -> Value {
    match event {
        Event::Message { kind, payload } => {
            json!(["message", shown(payload), *kind == MessageKind::Binary])
        }
        Event::Pong { payload } => json!(["pong", shown(payload)]),
        Event::Timeout { tag } => json!(["timeout", tag]),
    }
}

fn closing(case: &Case) -> Closing<'_> {
    let closing = &case.closing;
    Closing {
        close_code: &closing.codes,
        closed_by_me: closing.by == Endpoint::Us,
        closed_by_wrong_endpoint_is_fatal: closing.wrong_endpoint == Offence::Fails,
        require_clean: closing.clean,
    }
}
