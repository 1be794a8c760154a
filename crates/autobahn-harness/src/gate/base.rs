//! What a change did, as opposed to what was so before: each case is judged by
//! the baseline of the merge base as well.
//!
//! | by the baseline here | by that of the base | it is |
//! |---|---|---|
//! | not red | not red | unchanged |
//! | not red | better than it says | mended |
//! | not red | worse or different | accepted here |
//! | red | not red, or better than it says | inherited: only the baseline changed |
//! | stale | better than it says | mended |
//! | red | red, and came to the same there | inherited |
//! | red | red | **broken** here |
//! | no verdict | any | unknown |

use super::{Counts, Demand, Judged, Judgement, Status, judge, status_of};
use crate::baseline::changes::{Change, changes};
use crate::baseline::{Baseline, Entry, Kind};
use crate::deviation;
use crate::run::{Record, Run};

/// What a change is compared with.
#[derive(Clone, Debug)]
pub struct Base {
    /// The name by which it was asked for: `origin/main`.
    pub name: String,
    /// The merge base, a full hash.
    pub commit: String,
    /// What was expected there.
    pub baseline: Baseline,
    /// What has to be known about that baseline: that there is none, or why it
    /// cannot be read.
    pub note: Option<String>,
    /// What came of a run there, if that is known.
    pub previous: Option<Run>,
}

/// Whose doing it is that a case is as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// As it must be, here and on the base.
    Unchanged,
    /// Red, and the base has it otherwise: this change broke it.
    Broken,
    /// Red, and no worse than on the base.
    Inherited(Evidence),
    /// Not red only because this change says so in the baseline.
    Accepted,
    /// Better than the base expects, whether or not the baseline follows yet.
    Mended,
    /// There is no verdict, so nobody knows.
    Unknown,
}

/// How it is known that the base is no better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// Its baseline expects no better; the entry was changed here.
    Baseline,
    /// It came to the same in a run of the base.
    Run,
}

impl Base {
    /// Whose doing it is.
    #[must_use]
    pub fn origin(&self, judgement: &Judgement<'_>, judged: &Judged<'_>) -> Origin {
        let (Some(record), status) = (judged.record, judged.status) else {
            return Origin::Unknown;
        };
        let os = judgement.run.os();
        let then = status_of(record, &self.baseline, judgement.catalog, os);
        match (status, then) {
            (Status::Error(_), _) | (_, Status::Error(_)) => Origin::Unknown,
            (
                Status::Pass | Status::Expected | Status::Flaky,
                Status::Pass | Status::Expected | Status::Flaky,
            ) => Origin::Unchanged,
            (Status::Pass | Status::Expected | Status::Flaky, Status::Stale) => Origin::Mended,
            (
                Status::Pass | Status::Expected | Status::Flaky,
                Status::Changed | Status::Regression,
            ) => Origin::Accepted,
            (
                Status::Stale | Status::Changed | Status::Regression,
                Status::Pass | Status::Expected | Status::Flaky,
            )
            | (Status::Changed | Status::Regression, Status::Stale) => {
                Origin::Inherited(Evidence::Baseline)
            }
            (
                Status::Stale | Status::Changed | Status::Regression,
                Status::Stale | Status::Changed | Status::Regression,
            ) if self.was_the_same(record) => Origin::Inherited(Evidence::Run),
            (Status::Stale, Status::Stale) => Origin::Mended,
            (
                Status::Stale | Status::Changed | Status::Regression,
                Status::Changed | Status::Regression,
            ) => Origin::Broken,
        }
    }

    /// What the case was on the base: what came of it there, or what is expected.
    #[must_use]
    pub fn was(&self, judgement: &Judgement<'_>, judged: &Judged<'_>) -> String {
        let played = self.record(judged.target, judged).and_then(Record::outcome);
        match played {
            Some(outcome) => outcome.verdict.to_string(),
            None => {
                let os = judgement.run.os();
                let entry = self.baseline.entry(judged.target, judged.id, os);
                deviation::expected_of(judged.case, entry)
            }
        }
    }

    /// How many cases came to what on the base, as far as a run of it says; as
    /// its baseline expects otherwise.
    #[must_use]
    pub fn counts(&self, judgement: &Judgement<'_>) -> Counts {
        if let Some(run) = &self.previous {
            let (catalog, today) = (judgement.catalog, judgement.today);
            return judge(run, &self.baseline, catalog, today, Demand::AnySelection).counts();
        }
        let os = judgement.run.os();
        let mut counts = Counts {
            selected: judgement.cases.len(),
            ..Counts::default()
        };
        for judged in &judgement.cases {
            let entry = self.baseline.entry(judged.target, judged.id, os);
            match entry.map(|entry| entry.kind) {
                Some(Kind::Deviation) => counts.expected += 1,
                Some(Kind::Flaky) | None => counts.passed += 1,
            }
        }
        counts
    }

    /// What this change does to the baseline.
    #[must_use]
    pub fn changes<'a>(&'a self, judgement: &Judgement<'a>) -> Vec<Change<'a>> {
        changes(&self.baseline, judgement.baseline)
    }

    /// Whether an entry's last day was the same on the base, so that it is not
    /// this change that let it pass.
    #[must_use]
    pub fn expires_alike(&self, entry: &Entry) -> bool {
        let mut entries = self.baseline.entries().iter();
        entries.any(|other| other.id == entry.id && other.expires == entry.expires)
    }

    /// The first digits of the merge base.
    #[must_use]
    pub fn short(&self) -> &str {
        self.commit.get(..12).unwrap_or(&self.commit)
    }

    /// Whether it was asked for by its hash, so that it has no other name.
    #[must_use]
    pub fn is_named_by_hash(&self) -> bool {
        self.commit.starts_with(&self.name)
    }

    fn was_the_same(&self, record: &Record) -> bool {
        let before = self.previous.iter().flat_map(|run| &run.cases);
        let mut before = before.filter(|one| one.target == record.target && one.id == record.id);
        let ending = |record: &Record| {
            let outcome = record.outcome()?;
            Some((outcome.verdict, outcome.ending.remote_code))
        };
        before.any(|one| ending(one).is_some() && ending(one) == ending(record))
    }

    fn record(&self, target: &str, judged: &Judged<'_>) -> Option<&Record> {
        let mut records = self.previous.iter().flat_map(|run| &run.cases);
        records.find(|record| record.target == target && record.id == judged.id)
    }
}

impl Origin {
    /// One word for it, for machines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Broken => "broken",
            Self::Inherited(Evidence::Baseline | Evidence::Run) => "inherited",
            Self::Accepted => "accepted",
            Self::Mended => "mended",
            Self::Unknown => "unknown",
        }
    }
}

impl Evidence {
    /// How it is known, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Baseline => "no worse than the base expects: the entry was changed here",
            Self::Run => "the same in the run of the base",
        }
    }
}
