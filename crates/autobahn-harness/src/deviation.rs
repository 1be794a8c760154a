//! A deviation: everything that somebody needs who wants to know why a case is
//! red. All of it is text that is safe to print: what came from a peer is escaped.

use std::time::Duration;

use autobahn_cases::event::{Event, Excerpt, Expected};
use autobahn_cases::frame::Payload;
use autobahn_cases::play::Play;
use autobahn_cases::{Case, CaseId, Outcome};

use crate::baseline::Entry;
use crate::escape::{line, shell};
use crate::gate::{Judged, Judgement, Origin, Status, Trouble};
use crate::official::{premises, said};
use crate::report::wire::{self, WireLog};
use crate::run::{CaseResult, Provenance, Run};

/// A case that is not as it must be, or wavers.
#[derive(Clone, Debug)]
pub struct Deviation<'a> {
    /// The target's name.
    pub target: String,
    /// The case.
    pub id: CaseId,
    /// What it came to.
    pub status: Status,
    /// What the case checks.
    pub title: String,
    /// The section of the RFC: `RFC 6455 §5.4`.
    pub spec: Option<String>,
    /// The verdict that was expected: `OK/OK`, or what an entry lists.
    pub expected: String,
    /// The verdict, or why there is none.
    pub got: String,
    /// The entry of the baseline that speaks of the case.
    pub entry: Option<&'a Entry>,
    /// Whose doing it is, where there is a base to compare with.
    pub origin: Option<Origin>,
    /// What the case was on the base, where there is one.
    pub was: Option<String>,
    /// Where the entry stands: `autobahn/baseline.toml:18`.
    pub place: Option<String>,
    /// How long it took, where it is known.
    pub duration: Option<Duration>,
    /// What a strict peer sends, in words.
    pub events_expected: Option<String>,
    /// What was received, in words.
    pub events_observed: Option<String>,
    /// Why the verdict is what it is, a sentence a line.
    pub explanation: Vec<String>,
    /// Why implementations usually fail it.
    pub hints: &'static [&'static str],
    /// What it came to when it was played before.
    pub earlier: Vec<String>,
    /// The end of what happened on the wire.
    pub wire: WireLog,
    /// The command that plays just this case.
    pub reproduce: String,
}

impl<'a> Deviation<'a> {
    /// All that is known of a case of the judgement.
    #[must_use]
    pub fn of(judgement: &Judgement<'a>, judged: &Judged<'a>) -> Self {
        let outcome = judged.outcome();
        let earlier = judged.record.map_or(&[][..], |record| &record.earlier);
        let title = judged
            .case
            .map_or("a case that the catalogue lacks", |case| &case.title);
        let place = |entry: &Entry| format!("{}:{}", judgement.baseline.path(), entry.line);
        Self {
            target: line(judged.target),
            id: judged.id,
            status: judged.status,
            title: line(title),
            spec: judged.case.and_then(|case| case.citation).map(spec),
            expected: expected(judged),
            got: got(judged),
            entry: judged.entry,
            origin: judgement.origin(judged),
            was: judgement.base.map(|base| base.was(judgement, judged)),
            place: judged.entry.map(place).map(|place| line(&place)),
            events_expected: judged.case.and_then(events_expected),
            events_observed: outcome.map(|outcome| events_observed(judged.case, outcome)),
            duration: outcome.and_then(|outcome| outcome.duration),
            explanation: outcome.map(explanation).unwrap_or_default(),
            hints: judged.case.map_or(&[], |case| case.hints),
            earlier: earlier
                .iter()
                .map(|before| result(before, judged.entry))
                .collect(),
            wire: outcome
                .map(|outcome| wire::last(&outcome.transcript, LAST))
                .unwrap_or_default(),
            reproduce: reproduce(judgement.run, judged.target, judged.id),
        }
    }
}

/// How many of the last events on the wire are shown.
const LAST: usize = 8;

/// `6455#5.4` as people write it: `RFC 6455 §5.4`.
pub(crate) fn spec(citation: &str) -> String {
    match citation.split_once('#') {
        Some((rfc, section)) => format!("RFC {rfc} §{section}"),
        None => format!("RFC {citation}"),
    }
}

/// What the case had to come to.
#[must_use]
pub fn expected(judged: &Judged<'_>) -> String {
    expected_of(judged.case, judged.entry)
}

/// What a case has to come to where this entry speaks of it.
pub(crate) fn expected_of(case: Option<&Case>, entry: Option<&Entry>) -> String {
    let Some(case) = case else {
        return String::from("a verdict");
    };
    let Some(entry) = entry else {
        return case.expectation().to_string();
    };
    let listed = entry.expected.iter().map(|one| match one.close_code {
        Some(code) => format!("{} with close code {code}", one.verdict(case)),
        None => one.verdict(case).to_string(),
    });
    listed.collect::<Vec<_>>().join(" or ")
}

/// What the case came to, or why it has no verdict.
fn got(judged: &Judged<'_>) -> String {
    match (judged.status, judged.record) {
        (Status::Error(trouble @ (Trouble::TwoRecords | Trouble::UnknownCase)), _) => {
            trouble.to_string()
        }
        (_, Some(record)) => result(&record.result, judged.entry),
        (_, None) => Trouble::Missing.to_string(),
    }
}

/// What came of a case, in a word or two; with the close code where one is pinned.
fn result(result: &CaseResult, entry: Option<&Entry>) -> String {
    match result {
        CaseResult::Played(outcome) => {
            let pinned = entry
                .is_some_and(|entry| entry.expected.iter().any(|one| one.close_code.is_some()));
            match (pinned, outcome.ending.remote_code) {
                (true, Some(code)) => format!("{} with close code {code}", outcome.verdict),
                (true, None) => format!("{} without a close code", outcome.verdict),
                (false, _) => outcome.verdict.to_string(),
            }
        }
        CaseResult::NotPlayed { error } => format!("not played: {}", line(error)),
    }
}

/// The two halves of the explanation and the findings.
fn explanation(outcome: &Outcome) -> Vec<String> {
    let explanation = &outcome.explanation;
    let halves = [&explanation.behavior, &explanation.close].into_iter();
    let halves = halves
        .filter(|half| !half.is_empty())
        .map(|half| line(half));
    let findings = outcome.findings.iter().map(|finding| line(&finding.detail));
    let mut sentences: Vec<String> = Vec::new();
    for sentence in halves.chain(findings) {
        // One half of a verdict often tells the other, and a finding both.
        if !sentences.iter().any(|told| told.contains(&sentence)) {
            sentences.push(sentence);
        }
    }
    sentences
}

/// What a strict peer sends, where the case says it.
fn events_expected(case: &Case) -> Option<String> {
    let mut words = match &case.play {
        Play::Script(script) if script.steps.is_empty() => return None,
        Play::Script(script) => script.ok.iter().map(expected_event).collect(),
        Play::Echo(echo) => vec![format!(
            "a message of {} octets back",
            echo.message.payload.len()
        )],
        Play::RoundTrips(trips) => vec![format!("{} messages back", trips.count)],
        Play::Compressed(trips) => {
            vec![format!("permessage-deflate, {} messages back", trips.count)]
        }
    };
    let codes: Vec<String> = case.closing.codes.iter().map(u16::to_string).collect();
    if !codes.is_empty() {
        words.push(format!("close {}", codes.join(" or ")));
    }
    Some(words.join(", "))
}

fn expected_event(event: &Expected) -> String {
    let excerpt = |payload: &Payload| Excerpt {
        len: Some(payload.len() as u64),
        hex: payload.slice(0, payload.len().min(Excerpt::MAX)),
    };
    match event {
        Expected::Message { kind, payload } => {
            format!("{} {}", kind.name(), line(&excerpt(payload).display()))
        }
        Expected::Pong { payload } => format!("pong {}", line(&excerpt(payload).display())),
        Expected::Timeout { tag } => format!("still open ({tag})"),
    }
}

/// What was received, and how it ended.
fn events_observed(case: Option<&Case>, outcome: &Outcome) -> String {
    let mut words = events(case, outcome);
    let ending = &outcome.ending;
    words.push(match ending.remote_code {
        Some(code) => format!("close {code}"),
        None if !ending.opened => String::from("the opening handshake was not completed"),
        None if ending.clean => String::from("close without a code"),
        None => String::from("no close code"),
    });
    if let Some(reason) = &ending.unclean_reason {
        words.push(line(reason));
    }
    words.join(", ")
}

/// What was received, without the end; empty where messages are counted, not kept.
pub(crate) fn received(case: Option<&Case>, outcome: &Outcome) -> String {
    events(case, outcome).join(", ")
}

fn events(case: Option<&Case>, outcome: &Outcome) -> Vec<String> {
    let mut words: Vec<String> = outcome
        .received
        .iter()
        .take(MOST_EVENTS)
        .map(event)
        .collect();
    if outcome.received.len() > MOST_EVENTS {
        words.push(format!("{} more", outcome.received.len() - MOST_EVENTS));
    }
    // The messages of the long cases are counted, not kept.
    let are_kept = case.is_none_or(|case| matches!(case.play, Play::Script(_)));
    if words.is_empty() && are_kept {
        words.push(String::from("nothing"));
    }
    words
}

fn event(event: &Event) -> String {
    match event {
        Event::Message { kind, payload } => {
            format!("{} {}", kind.name(), line(&payload.display()))
        }
        Event::Pong { payload } => format!("pong {}", line(&payload.display())),
        Event::Timeout { tag } => format!("still open ({})", line(tag)),
    }
}

const MOST_EVENTS: usize = 6;

/// The command that plays just this case of the run again.
#[must_use]
pub fn reproduce(run: &Run, target: &str, id: CaseId) -> String {
    reproduce_all(run, target, &[id])
}

/// The command that plays just these cases of a target again.
#[must_use]
pub fn reproduce_all(run: &Run, target: &str, ids: &[CaseId]) -> String {
    let Provenance {
        engine,
        targets,
        command,
        ..
    } = &run.provenance;
    let mut words = vec![String::from("autobahn run")];
    words.extend(ids.iter().map(CaseId::to_string));
    // One of a list by its name, and a server that was there by its address.
    let url = targets
        .iter()
        .find(|known| known.name == target && target == "url" && !known.url.is_empty())
        .map(|known| known.url.as_str());
    let is_report = engine.name.starts_with("report");
    let starts = command.iter().any(|word| word == "--");
    if said(command, "--target").is_some() {
        words.push(format!("--target {}", shell(target)));
    } else if let Some(url) = url.or(said(command, "--url")) {
        words.push(format!("--url {}", shell(url)));
    } else if is_report && !starts {
        // Only its reader knows where that server is; it is not the bundled one.
        words.push(String::from("--url ws://HOST:PORT"));
    }
    if matches!(engine.name.as_str(), "docker" | "process") {
        words.push(format!("--engine {}", engine.name));
    }
    words.extend(premises(command));
    // A server that was started is started again.
    let server = command.iter().skip_while(|word| *word != "--");
    words.extend(server.map(|word| shell(word)));
    words.join(" ")
}
