//! The gate: what each selected case came to, judged against the baseline.
//!
//! | actual \ expected | default | `[[deviation]]` | `[[flaky]]` |
//! |---|---|---|---|
//! | as the default expects | pass | **stale** | pass |
//! | exactly as listed | - | expected | expected |
//! | better than listed, not the default | - | **stale** | expected if in its set |
//! | worse or different | **regression** | **changed** | **regression** |
//! | not played, no record | **error** | **error** | **error** |
//!
//! Better and worse compare per component; what cannot be compared is different.
//! The list of cases is the selection times the targets, never the records: a
//! case without a record is an error.

pub mod base;
pub mod status;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use autobahn_cases::{Case, CaseId, Catalog, Outcome};
use chrono::NaiveDate;

use crate::baseline::{Baseline, Entry, Kind};
use crate::exit::ExitCode;
use crate::run::{CaseResult, Record, Run};

pub use crate::gate::base::{Base, Evidence, Origin};
pub use crate::gate::status::{Counts, Fault, Status, Trouble};

/// Which runs may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Any, also of some of the cases.
    AnySelection,
    /// Only one of every case in the catalogue on every target.
    Complete,
}

/// A run, judged.
#[derive(Clone, Debug)]
pub struct Judgement<'a> {
    /// What was judged.
    pub run: &'a Run,
    /// What it was judged against.
    pub baseline: &'a Baseline,
    /// Where the cases come from.
    pub catalog: &'a Catalog,
    /// What it is compared with, if anything.
    pub base: Option<&'a Base>,
    /// The day of the judgement.
    pub today: NaiveDate,
    /// Every selected case of every target, in order; exactly one status each.
    pub cases: Vec<Judged<'a>>,
    /// The entries that speak of a selected case and whose last day is over.
    pub expired: Vec<&'a Entry>,
    /// What is wrong with the run as a whole.
    pub faults: Vec<Fault>,
}

/// A case of a target, judged.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The target's name.
    pub target: &'a str,
    /// The case.
    pub id: CaseId,
    /// What the catalogue says of it; absent where it has no such case.
    pub case: Option<&'a Case>,
    /// What came of it, if anything.
    pub record: Option<&'a Record>,
    /// The entry that speaks of it, if any.
    pub entry: Option<&'a Entry>,
    /// What it came to.
    pub status: Status,
}

/// Judges a run. Pure: the same arguments, the same judgement.
#[must_use]
pub fn judge<'a>(
    run: &'a Run,
    baseline: &'a Baseline,
    catalog: &'a Catalog,
    today: NaiveDate,
    demand: Demand,
) -> Judgement<'a> {
    let mut records: BTreeMap<(&str, CaseId), Vec<&Record>> = BTreeMap::new();
    for record in &run.cases {
        let key = (record.target.as_str(), record.id);
        records.entry(key).or_default().push(record);
    }
    let judge_one = |target: &'a str, id: CaseId| {
        let found = records.get(&(target, id)).map_or(&[][..], Vec::as_slice);
        let case = catalog.case(id);
        let entry = baseline.entry(target, id, run.os());
        let status = match (case, found) {
            (None, _) => Status::Error(Trouble::UnknownCase),
            (Some(_), []) => Status::Error(Trouble::Missing),
            (Some(case), [record]) => judge_record(case, record, entry),
            (Some(_), [_, _, ..]) => Status::Error(Trouble::TwoRecords),
        };
        Judged {
            target,
            id,
            case,
            record: found.last().copied(),
            entry,
            status,
        }
    };
    let targets = run.targets();
    let pairs = targets
        .iter()
        .flat_map(|target| run.selected.iter().map(move |id| (*target, *id)));
    let expired = baseline.entries().iter().filter(|entry| {
        entry.is_expired(today)
            && entry.cases.iter().any(|id| run.selected.contains(id))
            && targets.iter().any(|target| entry.is_for(target))
    });
    Judgement {
        run,
        baseline,
        catalog,
        base: None,
        today,
        cases: pairs.map(|(target, id)| judge_one(target, id)).collect(),
        expired: expired.collect(),
        faults: status::faults(run, catalog, demand),
    }
}

/// What a record comes to by itself, while others are still being played. The
/// operating system is named as in [`std::env::consts::OS`].
#[must_use]
pub fn status_of(record: &Record, baseline: &Baseline, catalog: &Catalog, os: &str) -> Status {
    let entry = baseline.entry(&record.target, record.id, os);
    match catalog.case(record.id) {
        Some(case) => judge_record(case, record, entry),
        None => Status::Error(Trouble::UnknownCase),
    }
}

/// Judges what came of a case the last time it was played; what came of it
/// before is compared only to see whether it wavers.
fn judge_record(case: &Case, record: &Record, entry: Option<&Entry>) -> Status {
    let judge_result = |result: &CaseResult| match result {
        CaseResult::Played(outcome) => judge_outcome(case, outcome, entry),
        CaseResult::NotPlayed { .. } => Status::Error(Trouble::NotPlayed),
    };
    let last = judge_result(&record.result);
    let wavers = record
        .earlier
        .iter()
        .any(|result| judge_result(result).is_red());
    match last {
        Status::Pass | Status::Expected if wavers => Status::Flaky,
        status => status,
    }
}

/// The verdict table.
fn judge_outcome(case: &Case, outcome: &Outcome, entry: Option<&Entry>) -> Status {
    let is_default = outcome.verdict == case.expectation();
    let Some(entry) = entry else {
        return if is_default {
            Status::Pass
        } else {
            Status::Regression
        };
    };
    match entry.kind {
        Kind::Deviation if is_default => Status::Stale,
        Kind::Deviation if entry.is_met_by(case, outcome) => Status::Expected,
        Kind::Deviation => {
            let mut listed = entry.expected.iter().map(|one| one.verdict(case));
            let better = |listed| outcome.verdict.compare(listed) == Some(Ordering::Greater);
            if listed.all(better) {
                Status::Stale
            } else {
                Status::Changed
            }
        }
        Kind::Flaky if is_default => Status::Pass,
        Kind::Flaky if entry.is_met_by(case, outcome) => Status::Expected,
        Kind::Flaky => Status::Regression,
    }
}

impl<'a> Judgement<'a> {
    /// The same, told apart by what was so on the base already. Nothing becomes
    /// red or green by that.
    #[must_use]
    pub fn compared_with(mut self, base: Option<&'a Base>) -> Self {
        self.base = base;
        self
    }

    /// Whose doing it is that a case is as it is, if there is a base.
    #[must_use]
    pub fn origin(&self, judged: &Judged<'_>) -> Option<Origin> {
        self.base.map(|base| base.origin(self, judged))
    }

    /// How the gate ends: the gravest of what was found.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        let cases = self.cases.iter().map(|judged| judged.status.exit_code());
        let faults = self.faults.iter().map(|_| ExitCode::NoVerdict);
        let expired = self.expired.iter().map(|_| ExitCode::Stale);
        ExitCode::first(cases.chain(faults).chain(expired))
    }

    /// How many cases came to what.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::of(self)
    }

    /// The cases that came to this, in order.
    pub fn with(&self, status: Status) -> impl Iterator<Item = &Judged<'a>> {
        self.cases
            .iter()
            .filter(move |judged| judged.status == status)
    }

    /// The cases that are not as they must be, the gravest first, then in order.
    #[must_use]
    pub fn deviations(&self) -> Vec<&Judged<'a>> {
        let red = self.cases.iter().filter(|judged| judged.status.is_red());
        let mut red: Vec<_> = red.collect();
        red.sort_by_key(|judged| judged.status.rank());
        red
    }

    /// Whether every case of the catalogue was selected.
    #[must_use]
    pub fn is_of_all_cases(&self) -> bool {
        self.run.is_of_all_cases(self.catalog)
    }
}

impl<'a> Judged<'a> {
    /// What came of the case, if it was played.
    #[must_use]
    pub fn outcome(&self) -> Option<&'a Outcome> {
        self.record.and_then(Record::outcome)
    }
}
