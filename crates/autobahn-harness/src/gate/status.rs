//! What a case came to, what a run came to, and how many of each.

use std::fmt;

use autobahn_cases::{CaseId, Catalog};

use super::Judgement;
use crate::exit::ExitCode;
use crate::run::Run;

/// What a case came to: one of the fields of the table in [`crate::gate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// As the default expects.
    Pass,
    /// As its entry expects.
    Expected,
    /// As it must be when it was played alone, and not before.
    Flaky,
    /// Better than its entry says: the baseline has to follow.
    Stale,
    /// Worse than its entry says, or different.
    Changed,
    /// Not as the default expects, and no entry says so.
    Regression,
    /// There is no verdict.
    Error(Trouble),
}

/// Why a case has no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// It was selected, and nobody says what came of it.
    Missing,
    /// It could not be played, or not to its end; its record says why.
    NotPlayed,
    /// There are two records of it.
    TwoRecords,
    /// The catalogue has no such case.
    UnknownCase,
}

/// What is wrong with a run as a whole: it cannot pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No case was selected.
    NothingSelected,
    /// There is no target.
    NoTarget,
    /// It did not come to its end.
    Unfinished,
    /// A complete run is demanded, and these cases were not selected.
    Incomplete {
        /// How many there are in the catalogue.
        all: usize,
        /// Those that were not selected, in order.
        left_out: Vec<CaseId>,
    },
}

/// How many cases came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that were selected, on all targets.
    pub selected: usize,
    /// As the default expects.
    pub passed: usize,
    /// As their entries expect.
    pub expected: usize,
    /// As they must be only when played alone.
    pub flaky: usize,
    /// Better than their entries say.
    pub stale: usize,
    /// Worse than their entries say, or different.
    pub changed: usize,
    /// Not as the default expects.
    pub regressions: usize,
    /// Without a record.
    pub missing: usize,
    /// Without a verdict for another reason.
    pub errors: usize,
    /// Entries, not cases: those whose last day is over.
    pub expired: usize,
}

/// What is wrong with the run as a whole.
pub(super) fn faults(run: &Run, catalog: &Catalog, demand: super::Demand) -> Vec<Fault> {
    let mut faults = Vec::new();
    if run.selected.is_empty() {
        faults.push(Fault::NothingSelected);
    }
    if run.targets().is_empty() {
        faults.push(Fault::NoTarget);
    }
    if !run.finished {
        faults.push(Fault::Unfinished);
    }
    match demand {
        super::Demand::AnySelection => {}
        super::Demand::Complete => {
            let all = catalog.cases().map(|case| case.id);
            let left_out: Vec<CaseId> = all.filter(|id| !run.selected.contains(id)).collect();
            if !left_out.is_empty() || catalog.is_empty() {
                let all = catalog.len();
                faults.push(Fault::Incomplete { all, left_out });
            }
        }
    }
    faults
}

impl Status {
    /// One word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Expected => "expected",
            Self::Flaky => "flaky",
            Self::Stale => "stale",
            Self::Changed => "changed",
            Self::Regression => "regression",
            Self::Error(Trouble::Missing) => "missing",
            Self::Error(Trouble::NotPlayed | Trouble::TwoRecords | Trouble::UnknownCase) => "error",
        }
    }

    /// Whether the gate is red because of it.
    #[must_use]
    pub fn is_red(self) -> bool {
        self.exit_code() != ExitCode::Passed
    }

    /// How the gate ends because of it.
    #[must_use]
    pub fn exit_code(self) -> ExitCode {
        match self {
            Self::Pass | Self::Expected | Self::Flaky => ExitCode::Passed,
            Self::Stale => ExitCode::Stale,
            Self::Changed | Self::Regression => ExitCode::Regression,
            Self::Error(_) => ExitCode::NoVerdict,
        }
    }

    /// The order in which reports show it: what needs a look first.
    pub(crate) fn rank(self) -> u8 {
        match self {
            Self::Regression => 0,
            Self::Changed => 1,
            Self::Error(_) => 2,
            Self::Stale => 3,
            Self::Flaky => 4,
            Self::Expected => 5,
            Self::Pass => 6,
        }
    }
}

impl Counts {
    pub(super) fn of(judgement: &Judgement<'_>) -> Self {
        let mut counts = Self {
            selected: judgement.cases.len(),
            expired: judgement.expired.len(),
            ..Self::default()
        };
        for judged in &judgement.cases {
            let count = match judged.status {
                Status::Pass => &mut counts.passed,
                Status::Expected => &mut counts.expected,
                Status::Flaky => &mut counts.flaky,
                Status::Stale => &mut counts.stale,
                Status::Changed => &mut counts.changed,
                Status::Regression => &mut counts.regressions,
                Status::Error(Trouble::Missing) => &mut counts.missing,
                Status::Error(Trouble::NotPlayed | Trouble::TwoRecords | Trouble::UnknownCase) => {
                    &mut counts.errors
                }
            };
            *count += 1;
        }
        counts
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "no record",
            Self::NotPlayed => "could not be played",
            Self::TwoRecords => "two records of the same case and target",
            Self::UnknownCase => "the catalogue has no such case",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingSelected => f.write_str("no case was selected"),
            Self::NoTarget => f.write_str("there is no target: nothing ran"),
            Self::Unfinished => f.write_str(
                "the run did not come to its end: it was interrupted, its engine failed, or the \
                 server that it had started ended",
            ),
            Self::Incomplete { all, left_out } => {
                let ran = all - left_out.len();
                write!(
                    f,
                    "a complete run is demanded; {ran} of {all} cases were selected"
                )
            }
        }
    }
}
