//! The catalogue against a recording of the official suite: `wire.json`, see README.md.

mod notation;

use std::collections::BTreeMap;

use autobahn_cases::case::{Case, Closing, Endpoint, Offence, OnMatch};
use autobahn_cases::frame::{FrameSpec, Write};
use autobahn_cases::play::{Message, Play, Step};
use autobahn_cases::{CaseId, autobahn};
use serde::Deserialize;

use crate::notation::{close_frame, event, frames, notation};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recording {
    id: CaseId,
    steps: Vec<String>,
    then_closes: bool,
    expected: BTreeMap<String, Vec<String>>,
    close: RecordedClose,
    frames: BTreeMap<u8, usize>,
    octets: usize,
    writes: usize,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedClose {
    by: String,
    codes: Vec<u16>,
    clean: bool,
    wrong_endpoint_fails: bool,
}

/// The server failed the connection before the last part of these was sent.
const CUT_SHORT: [&str; 4] = ["6.4.1", "6.4.2", "6.4.3", "6.4.4"];

fn recordings() -> Vec<(Recording, &'static Case)> {
    let recordings: Vec<Recording> =
        serde_json::from_str(include_str!("wire.json")).expect("wire.json has this form");
    let with_case = |recording: Recording| {
        let case = autobahn()
            .case(recording.id)
            .expect("every recorded case is in the catalogue");
        (recording, case)
    };
    recordings.into_iter().map(with_case).collect()
}

#[test]
fn every_case_without_compression_is_recorded() {
    let recorded: Vec<_> = recordings()
        .iter()
        .map(|(recording, _)| recording.id)
        .collect();
    let plain = autobahn()
        .cases()
        .filter(|case| !matches!(case.play, Play::Compressed(_)));
    assert_eq!(recorded, plain.map(|case| case.id).collect::<Vec<_>>());
    assert_eq!(recorded.len(), 301);
}

#[test]
fn frames_and_timers_are_the_suites_in_order() {
    for (recording, case) in recordings() {
        let id = recording.id;
        let mut ours = notation(&case.play);
        if CUT_SHORT.contains(&id.to_string().as_str()) {
            let rest = ours.split_off(recording.steps.len());
            assert_eq!(
                rest.last().map(String::as_str),
                Some("killAfter(1)"),
                "{id}"
            );
        }
        assert_eq!(ours, recording.steps, "{id}");
    }
}

#[test]
fn expected_events_are_the_suites() {
    for (recording, case) in recordings() {
        let Play::Script(script) = &case.play else {
            assert!(recording.expected.is_empty(), "{}", recording.id);
            continue;
        };
        let mut ours = BTreeMap::from([("OK".to_owned(), script.ok.iter().map(event).collect())]);
        if let Some(events) = &script.non_strict {
            ours.insert(
                "NON-STRICT".to_owned(),
                events.iter().map(event).collect::<Vec<_>>(),
            );
        }
        assert_eq!(ours, recording.expected, "{}", recording.id);
    }
}

#[test]
fn closing_is_the_suites() {
    for (recording, case) in recordings() {
        let Closing {
            by,
            codes,
            clean,
            wrong_endpoint,
            ..
        } = case.closing.clone();
        let by = match by {
            Endpoint::Us => "us".to_owned(),
            Endpoint::Peer => "peer".to_owned(),
        };
        let wrong_endpoint_fails = wrong_endpoint == Offence::Fails;
        let ours = RecordedClose {
            by,
            codes,
            clean,
            wrong_endpoint_fails,
        };
        assert_eq!(ours, recording.close, "{}", recording.id);

        // With a closing handshake among its steps, a case starts none by itself.
        let by_match = case.closing.by == Endpoint::Us && !has_close(&case.play);
        if by_match {
            assert_eq!(case.closing.on_match, OnMatch::Close, "{}", recording.id);
            assert!(recording.then_closes, "{}", recording.id);
        }
    }
}

#[test]
fn numbers_of_frames_octets_and_writes_are_the_suites() {
    for (recording, case) in recordings() {
        let id = recording.id;
        let mut sent = Sent::of(&case.play);
        if recording.then_closes {
            sent.frame(&close_frame(Some(1000), &"".into()));
        }
        match id.to_string().as_str() {
            // The last part is missing from the recording, and what is sent by
            // octets is not counted as frames.
            cut if CUT_SHORT.contains(&cut) => {
                assert!(sent.octets > recording.octets, "{id}");
                continue;
            }
            _ if sent.chopped && case.closing.by == Endpoint::Peer => {
                assert!(
                    sent.octets >= recording.octets && sent.writes >= recording.writes,
                    "{id}"
                );
            }
            _ => {
                assert_eq!(sent.octets, recording.octets, "{id}");
                assert_eq!(sent.writes, recording.writes, "{id}");
            }
        }
        assert_eq!(sent.frames, recording.frames, "{id}");
    }
}

fn has_close(play: &Play) -> bool {
    match play {
        Play::Script(script) => script
            .steps
            .iter()
            .any(|step| matches!(step, Step::Close { .. })),
        Play::Echo(_) | Play::RoundTrips(_) | Play::Compressed(_) => false,
    }
}

/// What goes to TCP.
#[derive(Default)]
struct Sent {
    frames: BTreeMap<u8, usize>,
    octets: usize,
    writes: usize,
    chopped: bool,
}

impl Sent {
    fn of(play: &Play) -> Self {
        let mut sent = Self::default();
        let message = |message| Step::Message(Message::clone(message));
        match play {
            Play::Script(script) => script.steps.iter().for_each(|step| sent.step(step)),
            Play::Echo(echo) => sent.step(&message(&echo.message)),
            Play::RoundTrips(trips) => {
                (0..trips.count).for_each(|_| sent.step(&message(&trips.message)));
            }
            Play::Compressed(_) => panic!("compressed cases are not recorded"),
        }
        sent
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Frame(spec) | Step::Begin { frame: spec, .. } => self.frame(spec),
            Step::Message(message) => frames(message).iter().for_each(|spec| self.frame(spec)),
            Step::Close { code, reason } => self.frame(&close_frame(*code, reason)),
            Step::Octets(_) => panic!("the suite sends frames only"),
            Step::Resume { .. }
            | Step::Wait(_)
            | Step::Timeout { .. }
            | Step::KillAfter(_)
            | Step::CloseAfter(_) => {}
        }
    }

    fn frame(&mut self, spec: &FrameSpec) {
        const MASK: usize = 4;
        let header = match spec.payload.len() {
            0..=125 => 2,
            126..=0xffff => 4,
            _ => 10,
        };
        let octets = header + MASK + spec.payload.len();
        *self.frames.entry(spec.opcode.0).or_default() += 1;
        self.octets += octets;
        self.writes += match spec.write {
            Write::Plain | Write::Sync => 1,
            Write::Chop(size) => octets.div_ceil(size),
        };
        self.chopped |= matches!(spec.write, Write::Chop(_));
    }
}
