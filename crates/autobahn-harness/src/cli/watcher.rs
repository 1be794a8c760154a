//! What a run shows while it lasts: how far it is, and each deviation.

use std::collections::BTreeMap;

use autobahn_cases::{CaseId, Verdict, autobahn};
use autobahn_harness::deviation::Deviation;
use autobahn_harness::engine::Progress;
use autobahn_harness::gate::status_of;
use autobahn_harness::report::terminal::case_line;
use autobahn_harness::run::{CaseResult, Run};
use autobahn_harness::session::Observer;
use autobahn_harness::{Baseline, Demand, Record, judge};

use super::baseline::today;
use super::progress::{Meter, color};

/// Judges each record as it comes.
#[derive(Debug)]
pub(super) struct Watcher<'a> {
    /// The run so far, without its cases.
    empty: Run,
    baseline: &'a Baseline,
    meter: Meter,
    tells: Tells,
    /// What was told already: the same again is no news.
    told: BTreeMap<CaseId, Option<Verdict>>,
    /// How often each reason was told why a case could not be played.
    reasons: BTreeMap<String, usize>,
    /// The case that began last.
    last: Option<CaseId>,
}

/// How often the same reason is told; at the end all cases stand together.
const MOST_ALIKE: usize = 3;

/// What it tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tells {
    /// How far the run is.
    Progress,
    /// And each deviation.
    Deviations,
}

impl<'a> Watcher<'a> {
    /// For a run that has not begun.
    pub(super) fn new(empty: Run, baseline: &'a Baseline) -> Self {
        let meter = Meter::new(empty.selected.len());
        Self {
            empty,
            baseline,
            meter,
            tells: Tells::Deviations,
            told: BTreeMap::new(),
            reasons: BTreeMap::new(),
            last: None,
        }
    }

    /// The same without a word about single cases.
    pub(super) fn quiet(empty: Run, baseline: &'a Baseline) -> Self {
        Self {
            tells: Tells::Progress,
            ..Self::new(empty, baseline)
        }
    }

    /// Ends the display.
    pub(super) fn finish(&self) {
        self.meter.finish();
    }

    /// How far a run was that somebody stopped.
    pub(super) fn interrupted(&self) -> String {
        let (done, planned) = self.meter.position();
        let last = match self.last {
            Some(id) => format!("; the last that began was {id}"),
            None => String::new(),
        };
        format!("interrupted: {done} of {planned} cases had ended and are kept{last}")
    }
}

impl Watcher<'_> {
    /// Whether there is more to tell than before: a server that is gone fails every case.
    fn is_news(&mut self, record: &Record) -> bool {
        let CaseResult::NotPlayed { error } = &record.result else {
            return true;
        };
        let count = self.reasons.entry(error.clone()).or_default();
        *count += 1;
        if *count == MOST_ALIKE + 1 {
            self.meter
                .deviation("         ... more cases for the same reason");
        }
        *count <= MOST_ALIKE
    }
}

impl Observer for Watcher<'_> {
    fn saw(&mut self, progress: &Progress) {
        self.meter.saw(progress);
        if let Progress::Started(id) = progress {
            self.last = Some(*id);
        }
        let Progress::Finished(record) = progress else {
            return;
        };
        let verdict = record.outcome().map(|outcome| outcome.verdict);
        if self.tells == Tells::Deviations
            && self.deviates(record)
            && self.told.insert(record.id, verdict) != Some(verdict)
            && self.is_news(record)
        {
            let run = Run {
                selected: [record.id].into(),
                cases: vec![record.as_ref().clone()],
                ..self.empty.clone()
            };
            let judgement = judge(
                &run,
                self.baseline,
                autobahn(),
                today(),
                Demand::AnySelection,
            );
            for judged in judgement.deviations() {
                let deviation = Deviation::of(&judgement, judged);
                let line = case_line(&deviation, Some(self.meter.position()), color());
                self.meter.deviation(line.trim_end());
            }
        }
    }

    fn deviates(&self, record: &Record) -> bool {
        status_of(record, self.baseline, autobahn(), std::env::consts::OS).is_red()
    }
}
