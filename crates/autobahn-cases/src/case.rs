//! A case: what we do, what we accept.
//!
//! Built as a transcript: `Case::new(id, title).send(..).send(..).ok([..])`.

use std::borrow::Cow;
use std::time::Duration;

use crate::event::Expected;
use crate::frame::{FrameSpec, MessageKind, Payload};
use crate::id::CaseId;
use crate::play::{Message, Play, Script, Step};
use crate::verdict::Verdict;

/// One case of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub id: CaseId,
    /// What it checks, in a sentence of ours without a full stop.
    pub title: Cow<'static, str>,
    /// How binding the RFC is here.
    pub requirement: Requirement,
    /// RFC and section, such as `6455#5.2`.
    pub citation: Option<&'static str>,
    /// What we do.
    pub play: Play,
    /// How the connection must end.
    pub closing: Closing,
    /// Whether there is anything to judge.
    pub judged: Judged,
    /// Why implementations usually fail it, the likeliest cause first.
    pub hints: &'static [&'static str],
}

/// How binding a rule is (RFC 2119).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// MUST, MUST NOT.
    Must,
    /// SHOULD, SHOULD NOT.
    Should,
    /// The RFC demands nothing: a matter of quality.
    Informational,
}

/// A section of the suite: the first number of its ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Section {
    /// The number.
    pub number: u16,
    /// A name for modules, tests and anchors.
    pub slug: &'static str,
    /// A name for people.
    pub name: &'static str,
}

/// Which endpoint does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// The engine.
    Us,
    /// The implementation under test.
    Peer,
}

/// How the connection must end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// Who sends the first Close frame.
    pub by: Endpoint,
    /// The close codes that the peer may send; none at all is accepted too.
    pub codes: Vec<u16>,
    /// Whether both Close frames must have been seen.
    pub clean: bool,
    /// When events match: whether we start the closing handshake by ourselves.
    pub on_match: OnMatch,
    /// What a close code outside `codes` does to the behavior.
    pub wrong_code: Offence,
    /// What a close by the wrong endpoint does to the behavior.
    pub wrong_endpoint: Offence,
}

/// What we do as soon as the events match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnMatch {
    /// Start the closing handshake with the first accepted code, if closing is ours.
    Close,
    /// Nothing: the script closes by itself.
    Wait,
}

/// What a fault in closing does to the verdict on the behavior.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// Nothing: the verdict on closing tells it.
    Noted,
    /// It makes the behavior FAILED.
    Fails,
}

/// Whether a case judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It does.
    Yes,
    /// It only records: INFORMATIONAL, whatever happens.
    Informational,
}

impl Case {
    /// A script without steps that expects no event and nothing special at the end.
    ///
    /// # Panics
    ///
    /// If `id` is no case id.
    #[must_use]
    pub fn new(id: impl AsRef<str>, title: impl Into<Cow<'static, str>>) -> Self {
        Self {
            id: id.as_ref().parse().expect("ids in the catalogue are valid"),
            title: title.into(),
            requirement: Requirement::Must,
            citation: None,
            play: Play::Script(Script::default()),
            closing: Closing::by_us(),
            judged: Judged::Yes,
            hints: &[],
        }
    }

    /// What a correct peer's verdict is.
    #[must_use]
    pub fn expectation(&self) -> Verdict {
        match self.judged {
            Judged::Yes => Verdict::OK,
            Judged::Informational => Verdict::INFORMATIONAL,
        }
    }

    /// The same case with another thing to do.
    #[must_use]
    pub fn play(self, play: Play) -> Self {
        Self { play, ..self }
    }

    /// Cites `rfc#section` for a rule of that weight.
    #[must_use]
    pub fn cites(self, requirement: Requirement, citation: &'static str) -> Self {
        Self {
            requirement,
            citation: Some(citation),
            ..self
        }
    }

    /// Is of that weight, whatever RFC and section.
    #[must_use]
    pub fn weighs(self, requirement: Requirement) -> Self {
        Self {
            requirement,
            ..self
        }
    }

    /// Is usually failed for these reasons.
    #[must_use]
    pub fn hints(self, hints: &'static [&'static str]) -> Self {
        Self { hints, ..self }
    }

    /// Then sends a frame.
    #[must_use]
    pub fn send(self, frame: FrameSpec) -> Self {
        self.step(Step::Frame(frame))
    }

    /// Then sends a message in fragments of so many octets.
    #[must_use]
    pub fn send_message(self, message: Message) -> Self {
        self.step(Step::Message(message))
    }

    /// Then does this.
    #[must_use]
    pub fn step(mut self, step: Step) -> Self {
        self.script().steps.push(step);
        self
    }

    /// Then starts the closing handshake.
    #[must_use]
    pub fn close(self, code: impl Into<Option<u16>>, reason: impl Into<Payload>) -> Self {
        let (code, reason) = (code.into(), reason.into());
        self.step(Step::Close { code, reason })
    }

    /// Then waits, and goes on unless the connection is closed.
    #[must_use]
    pub fn wait(self, seconds: u64) -> Self {
        self.step(Step::Wait(Duration::from_secs(seconds)))
    }

    /// Then waits, records the event and goes on if the connection is still open.
    #[must_use]
    pub fn timeout(self, seconds: u64, tag: &'static str) -> Self {
        let after = Duration::from_secs(seconds);
        self.step(Step::Timeout { after, tag })
    }

    /// From here on, fails the connection with 1001 after so many seconds.
    #[must_use]
    pub fn kill_after(self, seconds: f64) -> Self {
        self.step(Step::KillAfter(Duration::from_secs_f64(seconds)))
    }

    /// From here on, starts the closing handshake after so many seconds.
    #[must_use]
    pub fn close_after(self, seconds: u64) -> Self {
        self.step(Step::CloseAfter(Duration::from_secs(seconds)))
    }

    /// These events are what a strict peer causes.
    #[must_use]
    pub fn ok(mut self, events: impl IntoIterator<Item = Expected>) -> Self {
        self.script().ok = events.into_iter().collect();
        self
    }

    /// These events are tolerated.
    #[must_use]
    pub fn or_non_strict(mut self, events: impl IntoIterator<Item = Expected>) -> Self {
        self.script().non_strict = Some(events.into_iter().collect());
        self
    }

    /// The connection must end like this.
    #[must_use]
    pub fn ends(self, closing: Closing) -> Self {
        Self { closing, ..self }
    }

    /// The peer must fail the connection, with this code or none.
    #[must_use]
    pub fn peer_fails(self, code: u16) -> Self {
        self.ends(Closing::by_peer(code))
    }

    /// Only records what happens.
    #[must_use]
    pub fn informational(self) -> Self {
        Self {
            judged: Judged::Informational,
            requirement: Requirement::Informational,
            ..self
        }
    }

    fn script(&mut self) -> &mut Script {
        match &mut self.play {
            Play::Script(script) => script,
            _ => panic!("steps belong to a script"),
        }
    }
}

impl Closing {
    /// We close with 1000 as soon as the events match; the peer answers with 1000.
    #[must_use]
    pub fn by_us() -> Self {
        Self {
            by: Endpoint::Us,
            codes: vec![1000],
            clean: true,
            on_match: OnMatch::Close,
            wrong_code: Offence::Noted,
            wrong_endpoint: Offence::Noted,
        }
    }

    /// The peer fails the connection with this code or none, in whatever way.
    #[must_use]
    pub fn by_peer(code: u16) -> Self {
        Self {
            by: Endpoint::Peer,
            codes: vec![code],
            clean: false,
            ..Self::by_us()
        }
    }

    /// The same, and the closing handshake is among the steps of the script: no
    /// match of events starts it.
    #[must_use]
    pub fn in_script(self) -> Self {
        Self {
            on_match: OnMatch::Wait,
            ..self
        }
    }
}

/// A complete message.
#[must_use]
pub fn message(kind: MessageKind, payload: impl Into<Payload>) -> Expected {
    Expected::Message {
        kind,
        payload: payload.into(),
    }
}

/// A complete text message.
#[must_use]
pub fn text_message(payload: impl Into<Payload>) -> Expected {
    message(MessageKind::Text, payload)
}

/// A complete binary message.
#[must_use]
pub fn binary_message(payload: impl Into<Payload>) -> Expected {
    message(MessageKind::Binary, payload)
}

/// A pong with this application data.
#[must_use]
pub fn pong_with(payload: impl Into<Payload>) -> Expected {
    Expected::Pong {
        payload: payload.into(),
    }
}

/// A wait that ran out while the connection was open.
#[must_use]
pub fn timed_out(tag: &'static str) -> Expected {
    Expected::Timeout { tag }
}

impl Requirement {
    /// As RFC 2119 writes it, or `informational`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::Informational => "informational",
        }
    }
}
