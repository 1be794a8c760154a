//! Messages one after the other, each sent after the echo of the one before
//! (sections 9.7, 9.8, 12 and 13).

use std::time::Duration;

use autobahn_cases::frame::MessageKind;
use autobahn_cases::play::{Compressed, Message, RoundTrips};
use autobahn_cases::verdict::Behavior;

use super::echo::{check_content, differs};
use crate::content::Content;
use crate::heard::{Heard, Procedure};
use crate::inbox::Incoming;
use crate::session::Session;
use crate::setting::{Profile, Setting};
use crate::stream::Stream;

/// Messages one after the other.
#[derive(Debug)]
pub(super) struct Trips<'a> {
    source: Source<'a>,
    kind: MessageKind,
    /// The length of the message that was sent last, in octets.
    len: usize,
    count: u32,
    sent: u32,
    within: Duration,
}

/// Where the messages come from.
#[derive(Debug)]
enum Source<'a> {
    Same(&'a Message),
    Compressed {
        plan: &'a Compressed,
        setting: &'a Setting,
        stream: Option<Box<Stream>>,
    },
}

impl<'a> Trips<'a> {
    pub(super) fn plain(plan: &'a RoundTrips, profile: Profile, heard: &mut Heard) -> Self {
        let trips = Self {
            source: Source::Same(&plan.message),
            kind: plan.message.kind,
            len: plan.message.payload.len(),
            count: profile.messages(plan.count),
            sent: 0,
            within: plan.within,
        };
        heard.procedure = Some(trips.unfinished());
        trips
    }

    pub(super) fn compressed(
        plan: &'a Compressed,
        setting: &'a Setting,
        heard: &mut Heard,
    ) -> Self {
        let trips = Self {
            source: Source::Compressed {
                plan,
                setting,
                stream: None,
            },
            kind: plan.kind,
            len: 0,
            count: setting.profile.messages(plan.count),
            sent: 0,
            within: plan.within,
        };
        heard.procedure = Some(trips.unfinished());
        trips
    }

    pub(super) fn open(&mut self, session: &mut Session, heard: &mut Heard) {
        match &mut self.source {
            Source::Same(message) => {
                session.inbox.expected = Some(Content::from(&message.payload));
            }
            Source::Compressed {
                plan,
                setting,
                stream,
            } => {
                let Some(deflate) = session.deflate else {
                    heard.procedure = Some(Procedure {
                        behavior: Behavior::Unimplemented,
                        reason: "the peer did not accept permessage-deflate".to_owned(),
                    });
                    return session.close(Some(1000), &[]);
                };
                *stream = Some(Box::new(setting.stream(plan, deflate)));
                session.inbox.course = setting.replies.course(plan, deflate, self.count);
            }
        }
        session.close_after(self.within);
        self.send(session);
    }

    pub(super) fn take(&mut self, message: &Incoming, session: &mut Session, heard: &mut Heard) {
        if self.sent == 0 {
            // Compression was not negotiated: nothing was sent.
            return;
        }
        let is_same = message.kind == self.kind && message.len == self.len as u64;
        let is_wrong = match self.source {
            // Only type and length count.
            Source::Same(_) => false,
            Source::Compressed { .. } => message.is_expected == Some(false),
        };
        if is_same {
            check_content(message, session);
        }
        if is_same && !is_wrong && self.sent < self.count {
            return self.send(session);
        }
        let (behavior, reason) = match (is_same, is_wrong) {
            (false, _) => (Behavior::Failed, differs(message, self.kind, self.len)),
            (true, true) => (
                Behavior::Failed,
                format!("message {} came back with other octets", self.sent),
            ),
            (true, false) => (
                Behavior::Ok,
                format!("all {} messages came back in time", self.count),
            ),
        };
        if let (Behavior::Ok, Source::Compressed { plan, setting, .. }, Some(deflate)) =
            (behavior, &self.source, session.deflate)
        {
            let course = &mut session.inbox.course;
            setting.replies.keep(plan, deflate, course);
        }
        heard.procedure = Some(Procedure { behavior, reason });
        session.close(Some(1000), &[]);
    }

    fn send(&mut self, session: &mut Session) {
        self.sent += 1;
        match &mut self.source {
            // The suite writes these as a frame, whatever the state.
            Source::Same(message) => {
                let payload = message.payload.clone();
                session.send(&autobahn_cases::frame::FrameSpec::new(
                    message.kind.opcode(),
                    payload,
                ));
            }
            Source::Compressed { plan, stream, .. } => {
                let stream = stream.as_mut().expect("a stream is made before it is sent");
                let (octets, content) = stream.next_message();
                self.len = content.len();
                session.inbox.expected = Some(content);
                session.send_compressed(plan.kind.opcode(), octets, plan.fragment);
            }
        }
    }

    fn unfinished(&self) -> Procedure {
        Procedure::failed(format!(
            "the {} messages did not all come back within {} s",
            self.count,
            self.within.as_secs()
        ))
    }
}
