//! The file of one case: everything that the suite recorded.

use std::fmt;

use autobahn_cases::event::{Event, Excerpt};
use autobahn_cases::frame::MessageKind;
use autobahn_cases::outcome::ConnectionTimeout;
use autobahn_cases::{Behavior, CaseId, Ending, Explanation, Outcome, Transcript, Verdict};
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, SeqAccess, Visitor};

use crate::index::Row;
use crate::text::Text;
use crate::wirelog::Wirelog;

/// What the suite recorded of a case. All but the verdict may be absent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Detail<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    behavior: Text<'a>,
    #[serde(borrow)]
    behavior_close: Text<'a>,
    #[serde(default)]
    duration: Option<f64>,
    #[serde(default)]
    remote_close_code: Option<i64>,
    #[serde(default)]
    local_close_code: Option<i64>,
    #[serde(borrow, default)]
    remote_close_reason: Option<Text<'a>>,
    #[serde(default)]
    closed_by_me: bool,
    #[serde(default)]
    failed_by_me: bool,
    #[serde(default)]
    dropped_by_me: bool,
    #[serde(default)]
    was_clean: bool,
    #[serde(borrow, default)]
    was_not_clean_reason: Option<Text<'a>>,
    #[serde(default)]
    was_open_handshake_timeout: bool,
    #[serde(default)]
    was_close_handshake_timeout: bool,
    #[serde(default)]
    was_server_connection_drop_timeout: bool,
    #[serde(borrow, default)]
    result: Text<'a>,
    #[serde(borrow, default)]
    result_close: Text<'a>,
    /// When TCP was connected, RFC 3339 in UTC.
    #[serde(borrow, default)]
    started: Text<'a>,
    #[serde(borrow, default)]
    http_request: Text<'a>,
    #[serde(borrow, default)]
    http_response: Text<'a>,
    #[serde(default)]
    received: Vec<Received>,
    #[serde(default)]
    wirelog: Wirelog,
}

/// What is wrong with the file of a case.
#[derive(Debug, thiserror::Error)]
pub enum DetailError {
    /// It is no JSON, or not of this form.
    #[error("its file in the report is broken: {0}")]
    Broken(#[from] serde_json::Error),
    /// It says other than the index.
    #[error(
        "the report contradicts itself: `index.json` says {what} {index}, the file of the case {file}"
    )]
    Contradiction {
        /// Of what.
        what: &'static str,
        /// What stands in the index.
        index: String,
        /// What stands in the file of the case.
        file: String,
    },
}

impl<'a> Detail<'a> {
    /// Reads the file of a case.
    pub(crate) fn read(json: &'a [u8]) -> Result<Self, DetailError> {
        Ok(serde_json::from_slice(json)?)
    }

    /// When the case began: `2026-11-22T20:25:26.325Z`.
    pub(crate) fn started(&self) -> String {
        self.started.to_string_lossy()
    }

    /// The outcome, if the file agrees with the index.
    pub(crate) fn outcome(
        self,
        id: CaseId,
        verdict: Verdict,
        row: &Row,
    ) -> Result<Outcome, DetailError> {
        agree("the case", id.to_string(), self.id.to_string_lossy())?;
        let own = format!(
            "{}/{}",
            self.behavior.to_string_lossy(),
            self.behavior_close.to_string_lossy()
        );
        agree("the verdict", verdict.to_string(), own)?;
        let same = Row::new(self.duration, self.remote_close_code);
        agree("the duration", show(row.duration()), show(same.duration()))?;
        agree(
            "the close code",
            show(row.close_code()),
            show(same.close_code()),
        )?;
        let timeout = if self.was_open_handshake_timeout {
            Some(ConnectionTimeout::OpeningHandshake)
        } else if self.was_close_handshake_timeout {
            Some(ConnectionTimeout::ClosingHandshake)
        } else if self.was_server_connection_drop_timeout {
            Some(ConnectionTimeout::ServerDrop)
        } else {
            None
        };
        Ok(Outcome {
            verdict,
            ending: Ending {
                opened: row.duration().is_some(),
                closed_by_us: self.closed_by_me,
                failed_by_us: self.failed_by_me,
                dropped_by_us: self.dropped_by_me,
                clean: self.was_clean,
                remote_code: row.close_code(),
                remote_reason: self
                    .remote_close_reason
                    .map(|reason| Excerpt::of(&reason.0)),
                local_code: self.local_close_code.and_then(|code| code.try_into().ok()),
                unclean_reason: self
                    .was_not_clean_reason
                    .map(|reason| reason.to_string_lossy()),
                timeout,
            },
            duration: row.duration(),
            explanation: Explanation {
                behavior: explain(&self.result, verdict.behavior),
                close: self.result_close.to_string_lossy(),
            },
            received: self
                .received
                .into_iter()
                .map(|Received(event)| event)
                .collect(),
            findings: Vec::new(),
            transcript: Transcript {
                request: headers(&self.http_request),
                response: headers(&self.http_response),
                ..self.wirelog.0
            },
        })
    }
}

/// The suite's words on what was received, put right where they mislead.
pub(crate) fn explain(result: &Text, behavior: Behavior) -> String {
    let result = result.to_string_lossy();
    match behavior {
        Behavior::Unimplemented => "permessage-deflate was not negotiated".to_owned(),
        // Who closed, or with which code, has failed the case afterwards.
        Behavior::Failed if result.contains("match at least one expected") => {
            "The events are those expected, but the connection ended in a way that fails the case."
                .to_owned()
        }
        Behavior::Ok | Behavior::NonStrict | Behavior::Informational | Behavior::Failed => result,
    }
}

/// The block of headers; the suite writes `?` for none.
fn headers(text: &Text) -> String {
    let cut = &text.0[..text.0.len().min(Transcript::MAX_RESPONSE)];
    match cut {
        b"?" => String::new(),
        octets => String::from_utf8_lossy(octets).into_owned(),
    }
}

fn agree(what: &'static str, index: String, file: String) -> Result<(), DetailError> {
    if index == file {
        return Ok(());
    }
    let file = file.chars().take(64).collect();
    Err(DetailError::Contradiction { what, index, file })
}

fn show(value: Option<impl fmt::Debug>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("{value:?}"))
}

/// A received event: `["message", text, binary]`, `["pong", text]` or
/// `["timeout", tag]`.
#[derive(Debug)]
struct Received(Event);

impl<'de> Deserialize<'de> for Received {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cells;
        impl<'de> Visitor<'de> for Cells {
            type Value = Received;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<Received, A::Error> {
                let early = || de::Error::custom("an event ends too early");
                let kind: Text = cells.next_element()?.ok_or_else(early)?;
                let text: Text = cells.next_element()?.ok_or_else(early)?;
                let event = match &*kind.0 {
                    b"message" => Event::Message {
                        kind: match cells.next_element()?.ok_or_else(early)? {
                            true => MessageKind::Binary,
                            false => MessageKind::Text,
                        },
                        payload: text.payload(None),
                    },
                    b"pong" => Event::Pong {
                        payload: text.payload(None),
                    },
                    b"timeout" => Event::Timeout {
                        tag: text.to_string_lossy(),
                    },
                    _ => return Err(de::Error::custom("an event of an unknown kind")),
                };
                while cells.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Received(event))
            }
        }
        deserializer.deserialize_seq(Cells)
    }
}
