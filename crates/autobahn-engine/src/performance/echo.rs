//! One large message: only type and length of its echo count (sections 9.1 to
//! 9.6). Its octets are compared too, for a finding beside the verdict.

use autobahn_cases::outcome::Misbehavior;
use autobahn_cases::play;
use autobahn_cases::verdict::Behavior;

use crate::content::Content;
use crate::heard::{Heard, Procedure};
use crate::inbox::Incoming;
use crate::session::Session;

/// One large message.
#[derive(Debug)]
pub(super) struct Echo<'a>(&'a play::Echo);

impl<'a> Echo<'a> {
    pub(super) fn new(echo: &'a play::Echo, heard: &mut Heard) -> Self {
        let reason = format!("no message came back within {} s", echo.within.as_secs());
        heard.procedure = Some(Procedure::failed(reason));
        Self(echo)
    }

    pub(super) fn open(&self, session: &mut Session) {
        let message = &self.0.message;
        session.inbox.expected = Some(Content::from(&message.payload));
        session.send_message(message);
        session.close_after(self.0.within);
    }

    pub(super) fn take(&self, message: &Incoming, session: &mut Session, heard: &mut Heard) {
        let sent = &self.0.message;
        let procedure = heard.procedure.get_or_insert_with(|| Procedure::failed(""));
        if message.kind == sent.kind && message.len == sent.payload.len() as u64 {
            procedure.behavior = Behavior::Ok;
            procedure.reason = format!(
                "the {} message of {} octets came back",
                message.kind.name(),
                message.len
            );
            check_content(message, session);
        } else {
            procedure.reason = differs(message, sent.kind, sent.payload.len());
        }
        session.close(Some(1000), &[]);
    }
}

/// Says what is wrong with an echo of the wrong type or length.
pub(super) fn differs(
    message: &Incoming,
    kind: autobahn_cases::frame::MessageKind,
    len: usize,
) -> String {
    format!(
        "expected a {} message of {len} octets; got a {} message of {} octets",
        kind.name(),
        message.kind.name(),
        message.len
    )
}

/// Notes octets that are not those that were sent.
pub(super) fn check_content(message: &Incoming, session: &mut Session) {
    if message.is_expected == Some(false) {
        let detail = format!(
            "a {} message of {} octets came back with other octets",
            message.kind.name(),
            message.len
        );
        session.find(Misbehavior::WrongContent, detail);
    }
}
