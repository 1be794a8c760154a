//! How fast it was: sections 9, 12 and 13, where messages are long or many.

use std::time::Duration;

use autobahn_cases::play::{Compressed, Play};
use autobahn_cases::transcript::{Transcript, What};
use autobahn_cases::{Behavior, Case, CaseId, Outcome};

use crate::run::{Profile, Run};

use super::plot::{Plot, Series, time};
use super::sheet::{Column, Sheet};
use super::sweep::{fragment, length, offers, size, title};

/// What was measured.
#[derive(Debug)]
pub(super) struct Performance {
    pub(super) groups: Vec<Group>,
    /// The columns, and the class of each in the drawings.
    pub(super) labels: Vec<(usize, String)>,
    /// When the run before began, where there is one.
    pub(super) previous: Option<String>,
    /// Whether messages were compressed that a run before or after could compare.
    pub(super) compressed: bool,
    /// Whether drawings have more than one line a series.
    pub(super) broken: bool,
}

/// Cases that differ in one length.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) number: String,
    pub(super) title: String,
    /// What the server is asked for in permessage-deflate, where the group is about it.
    pub(super) offers: String,
    pub(super) rows: Vec<Row>,
    pub(super) plot: Option<Plot>,
    pub(super) ratios: bool,
}

/// A case of such a group.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) anchor: String,
    pub(super) id: String,
    pub(super) size: String,
    pub(super) measures: Vec<Measure>,
}

/// What was measured of it in a column; empty where nothing was.
#[derive(Debug, Default)]
pub(super) struct Measure {
    pub(super) time: String,
    pub(super) rate: String,
    pub(super) ratio: String,
    pub(super) before: String,
    pub(super) change: String,
    value: Option<Duration>,
    value_before: Option<Duration>,
}

impl Performance {
    pub(super) fn of(sheet: &Sheet<'_>, previous: Option<&Run>) -> Self {
        let mut groups: Vec<(String, Vec<&Case>)> = Vec::new();
        for id in sheet.rows.keys() {
            let Some(case) = sheet.case(*id).filter(|case| length(case).is_some()) else {
                continue;
            };
            let parts = id.components();
            let number = format!("{}.{}", parts[0], parts.get(1).copied().unwrap_or_default());
            match groups.last_mut() {
                Some((last, cases)) if *last == number => cases.push(case),
                _ => groups.push((number, vec![case])),
            }
        }
        let groups = groups.into_iter();
        let groups: Vec<Group> = groups
            .filter_map(|(number, cases)| group(sheet, previous, number, &cases))
            .collect();
        let labels = sheet.columns.iter().enumerate();
        Self {
            labels: labels
                .map(|(at, column)| (at % 4, column.label.clone()))
                .collect(),
            previous: previous.map(|run| run.provenance.started.clone()),
            broken: groups.iter().any(|group| {
                let plot = group.plot.as_ref();
                plot.is_some_and(|plot| !plot.breaks.is_empty())
            }),
            compressed: groups.iter().any(|group| group.ratios),
            groups,
        }
    }
}

/// A group, if anything of it was measured.
fn group(
    sheet: &Sheet<'_>,
    previous: Option<&Run>,
    number: String,
    cases: &[&Case],
) -> Option<Group> {
    let mut rows = Vec::new();
    let first = sheet.columns.first()?;
    for case in cases {
        let measures: Vec<Measure> = sheet
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| measure(sheet, at, column, previous, case))
            .collect();
        rows.push(Row {
            anchor: format!("{}-{}", first.slug, case.id),
            id: case.id.to_string(),
            size: size(case),
            measures,
        });
    }
    let labels: Vec<String> = cases.iter().filter_map(|case| length(case)).collect();
    // What differs in both lengths is another line.
    let both = |a: &Case, b: &Case| fragment(a) != fragment(b) && length(a) != length(b);
    let breaks = (1..cases.len()).filter(|at| both(cases[*at], cases[at - 1]));
    let breaks: Vec<usize> = breaks.collect();
    let mut series = Vec::new();
    for at in 0..sheet.columns.len() {
        let of = |value: fn(&Measure) -> Option<Duration>| {
            rows.iter()
                .map(|row| row.measures.get(at).and_then(value))
                .collect()
        };
        series.push(Series {
            class: format!("b k{}", at % 4),
            values: of(|measure| measure.value_before),
        });
        series.push(Series {
            class: format!("k{}", at % 4),
            values: of(|measure| measure.value),
        });
    }
    series.retain(|one| one.values.iter().any(Option::is_some));
    let plot = Plot::of(&labels, &breaks, &series)?;
    let ratios = rows.iter().flat_map(|row| &row.measures);
    Some(Group {
        number,
        title: title(cases.first()?),
        offers: offers(cases.first()?),
        ratios: ratios.into_iter().any(|measure| !measure.ratio.is_empty()),
        rows,
        plot: Some(plot),
    })
}

fn measure(
    sheet: &Sheet<'_>,
    at: usize,
    column: &Column<'_>,
    previous: Option<&Run>,
    case: &Case,
) -> Measure {
    let judged = sheet.rows.get(&case.id).and_then(|row| row[at]);
    let Some(outcome) = judged.and_then(|judged| judged.outcome()) else {
        return Measure::default();
    };
    let Some(value) = measured(outcome) else {
        return Measure::default();
    };
    let provenance = &column.judgement.run.provenance;
    // A run of another engine or with fewer messages says nothing about speed.
    let comparable = previous.filter(|run| {
        run.provenance.engine.name == provenance.engine.name
            && run.provenance.profile == provenance.profile
    });
    let before = comparable.and_then(|run| before(run, column.target, case.id));
    Measure {
        time: time(value),
        rate: rate(case, provenance.profile, value),
        ratio: match &case.play {
            Play::Compressed(compressed) => ratio(compressed, &outcome.transcript),
            Play::Script(_) | Play::Echo(_) | Play::RoundTrips(_) => String::new(),
        },
        before: before.map_or(String::new(), time),
        change: before.map_or(String::new(), |before| change(before, value)),
        value: Some(value),
        value_before: before,
    }
}

/// How long it took, if the messages came back.
fn measured(outcome: &Outcome) -> Option<Duration> {
    match outcome.verdict.behavior {
        Behavior::Ok | Behavior::NonStrict => outcome.duration,
        Behavior::Informational | Behavior::Unimplemented | Behavior::Failed => None,
    }
}

fn before(run: &Run, target: &str, id: CaseId) -> Option<Duration> {
    let mut records = run.cases.iter();
    let record = records.find(|record| record.target == target && record.id == id)?;
    measured(record.outcome()?)
}

fn change(before: Duration, now: Duration) -> String {
    let (before, now) = (before.as_secs_f64(), now.as_secs_f64());
    if before <= 0.0 {
        return String::new();
    }
    format!("{:+.0} %", (now / before - 1.0) * 100.0)
}

/// How much came back in a second.
fn rate(case: &Case, profile: Profile, value: Duration) -> String {
    let seconds = value.as_secs_f64();
    if seconds <= 0.0 {
        return String::new();
    }
    let octets = |octets: usize| format!("{:.1} MiB/s", octets as f64 / 1_048_576.0 / seconds);
    match (&case.play, profile) {
        (Play::Script(_), _) | (Play::RoundTrips(_) | Play::Compressed(_), Profile::Quick) => {
            String::new()
        }
        (Play::Echo(echo), _) => octets(echo.message.payload.len()),
        (Play::RoundTrips(trips), Profile::Full) => {
            format!("{:.0} messages/s", f64::from(trips.count) / seconds)
        }
        (Play::Compressed(compressed), Profile::Full) => {
            octets(compressed.len * compressed.count as usize)
        }
    }
}

/// How long the peer's compressed messages are, in percent of what they hold; of
/// those that the transcript kept whole.
fn ratio(compressed: &Compressed, transcript: &Transcript) -> String {
    // What was left out is in the middle: only what came before it is whole.
    let kept = match transcript.omitted {
        0 => transcript.entries.len(),
        _ => transcript.entries.len() / 2,
    };
    let (mut messages, mut octets, mut open) = (0_u64, 0_u64, 0_u64);
    for entry in &transcript.entries[..kept] {
        let What::Received(frame) = &entry.what else {
            continue;
        };
        if frame.opcode.is_control() {
            continue;
        }
        // What a file says may be any number.
        open = open.saturating_add(frame.payload.len.unwrap_or_default());
        if frame.fin {
            messages += 1;
            octets = octets.saturating_add(std::mem::take(&mut open));
        }
    }
    match messages * compressed.len as u64 {
        0 => String::new(),
        all => format!("{:.0} %", octets as f64 * 100.0 / all as f64),
    }
}
