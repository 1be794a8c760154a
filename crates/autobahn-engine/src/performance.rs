//! A case as it is being played: hears signals, acts on the session.

use autobahn_cases::Case;
use autobahn_cases::case::{Endpoint, OnMatch};
use autobahn_cases::event::Expected;
use autobahn_cases::play::{Play, Script, Step};

use crate::heard::{Heard, Seen};
use crate::session::{Session, Signal, State};
use crate::setting::Setting;

mod echo;
mod trips;

/// A case as it is being played.
#[derive(Debug)]
pub struct Performance<'a> {
    /// What it has heard.
    pub heard: Heard,
    case: &'a Case,
    part: Part<'a>,
}

/// What a performance keeps in mind.
#[derive(Debug)]
enum Part<'a> {
    Script { script: &'a Script, next: usize },
    Echo(echo::Echo<'a>),
    Trips(Box<trips::Trips<'a>>),
}

impl<'a> Performance<'a> {
    /// A case that is to be played.
    #[must_use]
    pub fn new(case: &'a Case, setting: &'a Setting) -> Self {
        let mut heard = Heard::default();
        let part = match &case.play {
            Play::Script(script) => Part::Script { script, next: 0 },
            Play::Echo(echo) => Part::Echo(echo::Echo::new(echo, &mut heard)),
            Play::RoundTrips(plan) => Part::Trips(Box::new(trips::Trips::plain(
                plan,
                setting.profile,
                &mut heard,
            ))),
            Play::Compressed(plan) => Part::Trips(Box::new(trips::Trips::compressed(
                plan, setting, &mut heard,
            ))),
        };
        Self { heard, case, part }
    }

    /// How many octets of a message are needed to judge it.
    #[must_use]
    pub fn keep(case: &Case) -> usize {
        let Play::Script(script) = &case.play else {
            return 0;
        };
        let lists = [Some(&script.ok), script.non_strict.as_ref()];
        let lengths = lists
            .into_iter()
            .flatten()
            .flatten()
            .map(|expected| match expected {
                Expected::Message { payload, .. } | Expected::Pong { payload } => payload.len(),
                Expected::Timeout { .. } => 0,
            });
        // The excerpt in the results needs a few in any case.
        lengths
            .max()
            .unwrap_or_default()
            .max(autobahn_cases::event::Excerpt::MAX)
    }

    /// Reacts to what happened.
    pub fn hear(&mut self, signal: Signal, session: &mut Session) {
        match (signal, &mut self.part) {
            (Signal::Opened, Part::Script { .. }) => self.go_on(session),
            (Signal::Opened, Part::Echo(echo)) => echo.open(session),
            (Signal::Opened, Part::Trips(trips)) => trips.open(session, &mut self.heard),
            (Signal::Message(message), Part::Script { .. }) => {
                self.heard.push(message.into());
                self.finish(session);
            }
            (Signal::Message(message), Part::Echo(echo)) => {
                echo.take(&message, session, &mut self.heard);
            }
            (Signal::Message(message), Part::Trips(trips)) => {
                trips.take(&message, session, &mut self.heard);
            }
            (Signal::Pong(payload), _) => {
                self.heard.push(Seen::Pong(payload));
                self.finish(session);
            }
            (Signal::Waited(None), _) => self.go_on(session),
            (Signal::Waited(Some(tag)), _) => {
                // A peer that has begun to close is spared the rest.
                if session.state() == State::Open {
                    self.heard.push(Seen::Timeout(tag));
                    self.go_on(session);
                }
            }
        }
    }

    /// Does the next steps, up to one that waits.
    fn go_on(&mut self, session: &mut Session) {
        let Part::Script { script, next } = &mut self.part else {
            return;
        };
        while let Some(step) = script.steps.get(*next) {
            *next += 1;
            match step {
                Step::Frame(frame) => session.send(frame),
                Step::Message(message) => session.send_message(message),
                Step::Begin { frame, octets } => session.begin(frame, *octets),
                Step::Resume { octets } => session.resume(*octets),
                Step::Octets(octets) => session.send_octets(octets.to_vec()),
                Step::Close { code, reason } => session.close(*code, &reason.to_vec()),
                Step::KillAfter(after) => session.kill_after(*after),
                Step::CloseAfter(after) => session.close_after(*after),
                Step::Wait(after) => return session.wait(*after, None),
                Step::Timeout { after, tag } => return session.wait(*after, Some(tag)),
            }
        }
    }

    /// Closes the connection if what was heard matches every list of expected
    /// events; a procedure has none, so that any pong of the peer closes it.
    fn finish(&self, session: &mut Session) {
        let matches = match &self.part {
            Part::Script { script, .. } => {
                let non_strict = script.non_strict.as_ref();
                self.heard.is(&script.ok) && non_strict.is_none_or(|events| self.heard.is(events))
            }
            Part::Echo(_) | Part::Trips(_) => true,
        };
        let closing = &self.case.closing;
        if matches && closing.by == Endpoint::Us && closing.on_match == OnMatch::Close {
            session.close(closing.codes.first().copied(), &[]);
        }
    }
}
