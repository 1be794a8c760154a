//! The life of a connection as a value: octets, timers and commands in, signals
//! and octets out. Knows no socket and no clock.
//!
//! A violation by the peer does not end the reading: we fail the connection and
//! take what comes, as the official suite does.

use autobahn_cases::Ending;
use autobahn_cases::frame::Write;
use autobahn_cases::outcome::{ConnectionTimeout, Finding, Misbehavior};
use autobahn_cases::transcript::Timer;
use std::time::Duration;

use crate::codec::{Decoder, Header};
use crate::deflate::Inflater;
use crate::extension::Deflate;
use crate::handshake::{InvalidResponse, MAX_HEAD, Request, head_len};
use crate::inbox::{Inbox, Incoming};
use crate::outbox::{Outbox, Turn};
use crate::recorder::{Direction, Head, Recorder};
use crate::role::Role;
use crate::timers::{Alarm, Time, Timers};

mod closing;
mod receiving;
mod sending;

pub use self::closing::Loss;

/// How long the opening handshake may take.
const OPENING_HANDSHAKE: Duration = Duration::from_secs(5);
/// How long after its last timer a case may last.
const GRACE: Duration = Duration::from_secs(15);
/// The most findings of a connection.
const MAX_FINDINGS: usize = 32;

/// The states of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The opening handshake is under way.
    Connecting,
    /// Messages may be sent.
    Open,
    /// One of the two has sent a Close frame.
    Closing,
    /// TCP has ended, or will as soon as possible.
    Closed,
}

/// What becomes of TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tcp {
    /// It stays.
    Up,
    /// It ends after what has been written.
    Finish,
    /// It is reset; what has been written is lost.
    Abort,
}

/// What a case hears of.
#[derive(Debug)]
pub enum Signal {
    /// The opening handshake is complete.
    Opened,
    /// A message of the peer is complete.
    Message(Incoming),
    /// A pong came with these octets.
    Pong(Vec<u8>),
    /// A wait is over.
    Waited(Option<&'static str>),
}

/// Whether a timer ran out.
#[derive(Debug)]
pub enum Expiry {
    /// None has.
    Pending,
    /// One has, and nobody else need know.
    Handled,
    /// One has that the case waits for.
    Signal(Signal),
}

/// One connection.
#[derive(Debug)]
pub struct Session {
    /// Time since TCP was connected; whoever drives the session moves it on.
    pub now: Time,
    /// How the connection ends, as far as it is known.
    pub ending: Ending,
    /// What the peer did wrong.
    pub findings: Vec<Finding>,
    /// What happened on the wire.
    pub recorder: Recorder,
    /// The messages of the peer.
    pub inbox: Inbox,
    /// What of permessage-deflate is in use.
    pub deflate: Option<Deflate>,
    /// When the opening handshake was complete.
    pub opened: Option<Time>,
    role: Role,
    state: State,
    tcp: Tcp,
    timers: Timers,
    outbox: Outbox,
    request: Request,
    response: Vec<u8>,
    decoder: Decoder,
    frame: Option<Header>,
    head: Head,
    control: Vec<u8>,
    /// The payloads of our pings that no pong has answered.
    pings: Vec<Vec<u8>>,
    /// Whether there were too many pings to answer them all.
    has_left_pings: bool,
    /// Since when nothing but the end of TCP and a kill is to come.
    over_since: Option<Time>,
    streamed: Option<sending::Streamed>,
}

impl Session {
    /// A connection whose TCP has just been established; `keep` octets of every
    /// message are kept.
    #[must_use]
    pub fn new(role: Role, request: Request, keep: usize, random: fastrand::Rng) -> Self {
        let mut session = Self {
            now: Time::ZERO,
            ending: Ending::default(),
            findings: Vec::new(),
            recorder: Recorder::default(),
            inbox: Inbox::new(keep),
            deflate: None,
            opened: None,
            role,
            state: State::Connecting,
            tcp: Tcp::Up,
            timers: Timers::default(),
            outbox: Outbox::new(role, random),
            request,
            response: Vec::new(),
            decoder: Decoder::default(),
            frame: None,
            head: Head::default(),
            control: Vec::new(),
            pings: Vec::new(),
            has_left_pings: false,
            over_since: None,
            streamed: None,
        };
        let alarm = Alarm::Connection(ConnectionTimeout::OpeningHandshake);
        session.timers.set(OPENING_HANDSHAKE, alarm);
        session.recorder.request = session.request.encode();
        let request = session.recorder.request.clone();
        session.outbox.octets(request);
        session
    }

    /// The state of the connection.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// What is to become of TCP.
    #[must_use]
    pub fn tcp(&self) -> Tcp {
        self.tcp
    }

    /// When the next timer runs out.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        self.timers.next()
    }

    /// When the case must have ended, whatever the peer does. A connection that
    /// has no timer left and does not end would last for ever.
    #[must_use]
    pub fn last_deadline(&self) -> Time {
        // A Close that would be ours is of no effect any more.
        let latest = match self.over_since {
            Some(since) => since.max(self.timers.latest_pending_but(Alarm::Close)),
            None => self.timers.latest(),
        };
        latest + GRACE
    }

    /// Puts the octets of the next write into `out`, which is empty; leaves it
    /// so where nothing is to be written.
    pub fn next_write(&mut self, out: &mut Vec<u8>) -> Turn {
        self.outbox.next(out, &mut self.recorder, self.now)
    }

    /// Takes the opening handshake of the peer out of `input`.
    fn take_response(&mut self, input: &mut &mut [u8]) -> Option<Signal> {
        let before = self.response.len();
        self.response.extend_from_slice(input);
        // The blank line may have begun in what came before.
        let from = before.saturating_sub(3);
        let Some(end) = head_len(&self.response[from..]).map(|end| from + end) else {
            *input = &mut [];
            if self.response.len() > MAX_HEAD {
                self.response.truncate(MAX_HEAD);
                self.refuse(&InvalidResponse::TooLong, Misbehavior::ExceedsLimit);
            }
            return None;
        };
        *input = &mut std::mem::take(input)[end - before..];
        self.response.truncate(end);
        self.record_response();
        match self.request.check(&self.response) {
            Ok(deflate) => {
                self.open(deflate);
                Some(Signal::Opened)
            }
            Err(invalid) => {
                self.refuse(&invalid, Misbehavior::OpeningHandshake);
                None
            }
        }
    }

    fn open(&mut self, deflate: Option<Deflate>) {
        self.state = State::Open;
        self.ending.opened = true;
        self.opened = Some(self.now);
        let alarm = Alarm::Connection(ConnectionTimeout::OpeningHandshake);
        self.timers.cancel(alarm);
        self.deflate = deflate;
        self.inbox.inflater = deflate.map(|deflate| deflate.inflater());
        let ignored = deflate.and_then(|deflate| deflate.ignored(self.request.offers));
        if let Some(ignored) = ignored {
            self.find(Misbehavior::IgnoredOffer, ignored);
        }
    }

    fn refuse(&mut self, invalid: &InvalidResponse, rule: Misbehavior) {
        self.record_response();
        self.find(rule, invalid.to_string());
        self.ending.unclean_reason = Some(invalid.to_string());
        match invalid {
            // The suite does not survive this, so that it is not it that drops.
            InvalidResponse::NotUtf8 => self.give_up(),
            _ => self.drop_tcp(Tcp::Abort),
        }
    }

    fn record_response(&mut self) {
        self.recorder.response = String::from_utf8_lossy(&self.response).into_owned();
    }

    /// Notes what the peer did wrong.
    pub fn find(&mut self, rule: Misbehavior, detail: impl Into<String>) {
        let detail = detail.into();
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(Finding { rule, detail });
        }
    }

    /// Takes the next timer that has run out.
    pub fn expire(&mut self) -> Expiry {
        let Some(alarm) = self.timers.expire(self.now) else {
            return Expiry::Pending;
        };
        self.decide();
        if self.state == State::Closed {
            return Expiry::Handled;
        }
        match alarm {
            Alarm::Connection(timeout) => self.time_out(timeout),
            Alarm::Kill => {
                self.recorder.timer_fired(self.now, Timer::KillAfter);
                self.fail(1001, "Going Away");
            }
            Alarm::Close => {
                self.recorder.timer_fired(self.now, Timer::CloseAfter);
                self.close(None, &[]);
            }
            Alarm::Wait(tag) => {
                let timer = Timer::Wait(tag.map(str::to_owned));
                self.recorder.timer_fired(self.now, timer);
                self.outbox.is_timed(true);
                return Expiry::Signal(Signal::Waited(tag));
            }
        }
        Expiry::Handled
    }

    /// Notes what is only known at the end.
    pub fn conclude(&mut self) {
        let distance = self
            .inbox
            .inflater
            .as_ref()
            .and_then(Inflater::longest_distance);
        if let Some((longest, window)) = distance.filter(|(longest, window)| longest > window) {
            let detail =
                format!("compressed data refers {longest} octets back; the window has {window}");
            self.find(Misbehavior::Deflate, detail);
        }
    }

    fn record_received(&mut self, header: Header) {
        let head = std::mem::take(&mut self.head);
        let now = self.now;
        self.recorder
            .frame(now, Direction::Received, header, head, Write::Plain);
    }
}

#[cfg(test)]
mod tests;
