//! A card a case of a target: what it does and accepts, and what came of it with
//! each engine.

use autobahn_cases::{CaseId, Description, describe};

use crate::deviation::{self, Deviation};
use crate::gate::{Judged, Status};

use super::closing::{closing, demanded};
use super::detail::Cut;
use super::frames::Frames;
use super::handshake::{Handshakes, Shown};
use super::sheet::{Column, Sheet, TargetColumns, class, verdict};
use super::timeline::Timelines;

/// The cards of a section.
#[derive(Debug)]
pub(super) struct CardSection {
    pub(super) number: String,
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) cards: Vec<Card>,
}

/// A case of a target.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) anchor: String,
    pub(super) id: String,
    pub(super) title: String,
    /// The target, where there are several.
    pub(super) target: Option<String>,
    pub(super) disagrees: bool,
    /// The class of the gravest status in it, and whether that is red.
    pub(super) class: &'static str,
    pub(super) red: bool,
    pub(super) open: bool,
    pub(super) spec: Option<String>,
    pub(super) level: &'static str,
    /// Whether the verdict is worth a line: a pass says it already.
    pub(super) tells_verdict: bool,
    pub(super) sends: Vec<String>,
    pub(super) accepts: Vec<String>,
    pub(super) ends: String,
    pub(super) parts: Vec<Part>,
}

/// What came of it with one engine.
#[derive(Debug)]
pub(super) struct Part {
    /// The engine, where there are several.
    pub(super) engine: Option<String>,
    pub(super) class: &'static str,
    pub(super) word: &'static str,
    pub(super) verdict: String,
    pub(super) expected: String,
    pub(super) got: String,
    pub(super) observed: String,
    pub(super) closing: String,
    pub(super) took: String,
    pub(super) explanation: Vec<String>,
    pub(super) earlier: Vec<String>,
    pub(super) hints: &'static [&'static str],
    pub(super) entry: Option<EntryNote>,
    pub(super) timeline: Option<usize>,
    pub(super) frames: Frames,
    pub(super) handshake: Shown,
    pub(super) reproduce: String,
}

/// What the baseline says of it.
#[derive(Debug)]
pub(super) struct EntryNote {
    pub(super) id: String,
    pub(super) line: usize,
    pub(super) reason: String,
}

/// More red cards than this are not opened from the start.
const MOST_OPEN: usize = 5;

/// What the cards share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) cut: Cut,
    pub(super) handshakes: Handshakes,
    pub(super) timelines: Timelines,
}

/// All cards, by section.
pub(super) fn sections(sheet: &Sheet<'_>, shared: &mut Shared) -> Vec<CardSection> {
    let mut sections = Vec::new();
    let targets = sheet.targets();
    let judged = sheet.rows.values().flatten().flatten();
    let red = judged.filter(|judged| judged.status.is_red()).count();
    for chapter in sheet.chapters() {
        let mut cards = Vec::new();
        for id in &chapter.cases {
            for target in &targets {
                cards.extend(card(sheet, *id, target, shared));
            }
        }
        for card in &mut cards {
            card.open &= red <= MOST_OPEN;
        }
        sections.push(CardSection {
            number: chapter.number,
            slug: chapter.slug,
            name: chapter.name,
            cards,
        });
    }
    sections
}

fn card(
    sheet: &Sheet<'_>,
    id: CaseId,
    target: &TargetColumns<'_>,
    shared: &mut Shared,
) -> Option<Card> {
    let row = sheet.rows.get(&id)?;
    let found: Vec<(&Column<'_>, &Judged<'_>)> = target
        .columns
        .iter()
        .filter_map(|at| Some((&sheet.columns[*at], row[*at]?)))
        .collect();
    let gravest = found
        .iter()
        .min_by_key(|(_, judged)| judged.status.rank())?;
    let status = gravest.1.status;
    let case = sheet.case(id);
    let words = case.map_or(
        Description {
            sends: Vec::new(),
            accepts: Vec::new(),
            ends: String::new(),
        },
        describe,
    );
    let several = found.len() > 1;
    Some(Card {
        anchor: format!("{}-{id}", target.slug),
        id: id.to_string(),
        title: case.map_or(String::from("a case that the catalogue lacks"), |case| {
            case.title.to_string()
        }),
        target: (sheet.targets().len() > 1).then(|| target.name.to_owned()),
        disagrees: sheet.disagrees(id, target),
        class: class(status),
        red: status.is_red(),
        open: status.is_red(),
        spec: case.and_then(|case| case.citation).map(deviation::spec),
        level: case.map_or("", |case| case.requirement.name()),
        tells_verdict: several || status != Status::Pass,
        sends: words.sends,
        accepts: words.accepts,
        ends: case.map_or(String::new(), demanded),
        parts: found
            .into_iter()
            .map(|(column, judged)| part(column, judged, several, shared))
            .collect(),
    })
}

fn part(column: &Column<'_>, judged: &Judged<'_>, several: bool, shared: &mut Shared) -> Part {
    let deviation = Deviation::of(column.judgement, judged);
    let outcome = judged.outcome();
    let detail = shared.cut.detail(judged.case, judged.status);
    let transcript = outcome.map(|outcome| &outcome.transcript);
    let timeline = transcript.and_then(|transcript| shared.timelines.draw(transcript));
    let as_expected = matches!(judged.status, Status::Pass | Status::Expected);
    let handshake = match transcript {
        Some(transcript) if as_expected => shared.handshakes.share(transcript),
        Some(transcript) => Shown::here(transcript),
        None => Shown::Nowhere,
    };
    let earlier = deviation.earlier.into_iter();
    Part {
        engine: several.then(|| column.engine.clone()),
        class: class(judged.status),
        word: judged.status.name(),
        verdict: verdict(judged),
        expected: deviation.expected,
        observed: outcome.map_or(String::new(), |outcome| {
            match deviation::received(judged.case, outcome) {
                counted if counted.is_empty() => outcome.explanation.behavior.clone(),
                kept => kept,
            }
        }),
        closing: outcome.map_or(String::new(), |outcome| closing(&outcome.ending)),
        took: deviation.duration.map_or(String::new(), super::plot::time),
        explanation: match judged.status {
            // That all is well is told by the verdict.
            Status::Pass => Vec::new(),
            Status::Expected
            | Status::Flaky
            | Status::Stale
            | Status::Changed
            | Status::Regression
            | Status::Error(_) => telling(deviation.explanation),
        },
        earlier: earlier.filter(|before| *before != deviation.got).collect(),
        got: deviation.got,
        hints: match judged.status {
            Status::Regression | Status::Changed => deviation.hints,
            Status::Pass | Status::Expected | Status::Flaky | Status::Stale | Status::Error(_) => {
                &[]
            }
        },
        entry: deviation.entry.map(|entry| EntryNote {
            id: entry.id.clone(),
            line: entry.line,
            reason: match detail.reason {
                true => entry.reason.clone(),
                false => String::new(),
            },
        }),
        timeline,
        frames: transcript.map_or(Frames::default(), |transcript| {
            Frames::of(transcript, detail)
        }),
        handshake,
        reproduce: deviation.reproduce,
    }
}

/// The sentences that say something which none before them says.
fn telling(sentences: Vec<String>) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for sentence in sentences {
        let said = told.iter().any(|before| before.contains(&sentence));
        if !said && sentence != "OK" {
            told.push(sentence);
        }
    }
    told
}
