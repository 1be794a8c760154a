//! A cell of the matrix: a case, played with a fault.

use std::fmt;

use autobahn_cases::outcome::ConnectionTimeout;
use autobahn_cases::{CaseId, Outcome, Verdict};
use faulty_server::Fault;

/// A case and the fault it is played with. Orders by case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    pub(crate) id: CaseId,
    pub(crate) fault: Fault,
}

/// What is compared of an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Played {
    pub(crate) verdict: Verdict,
    pub(crate) opened: bool,
    /// What is recorded beside the verdict: close code, flags, and what was received in words.
    record: (Option<u16>, [bool; 4], Option<ConnectionTimeout>, String),
}

impl From<Outcome> for Played {
    fn from(outcome: Outcome) -> Self {
        let ending = outcome.ending;
        let flags = [
            ending.closed_by_us,
            ending.failed_by_us,
            ending.dropped_by_us,
            ending.clean,
        ];
        Self {
            verdict: outcome.verdict,
            opened: ending.opened,
            record: (
                ending.remote_code,
                flags,
                ending.timeout,
                outcome.explanation.behavior,
            ),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {}", self.id, self.fault)
    }
}
