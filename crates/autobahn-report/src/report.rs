//! A report of the suite as outcomes. The index decides; the file of a case
//! adds the evidence, and may not contradict.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use autobahn_cases::{CaseId, Ending, Explanation, Outcome, Transcript};

use crate::detail::{Detail, DetailError, explain};
use crate::files::{Files, FilesError, case_file};
use crate::index::{self, Index, IndexError, Row};
use crate::text::Text;

/// What a report says of the cases that are asked for.
#[derive(Debug)]
pub struct Report {
    /// What came of each case, or why that cannot be known.
    pub cases: BTreeMap<CaseId, Result<Outcome, CaseError>>,
    /// The cases of which the report has only the verdict.
    pub bare: Vec<CaseId>,
    /// What the report has besides: ids that were not asked for, and what is no id.
    pub besides: Vec<String>,
    /// When the first and the last case began, RFC 3339 in UTC.
    pub started: Option<(String, String)>,
}

/// Why a report tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It has no index.
    #[error("there is no `{}`: the suite wrote no report", index::NAME)]
    Missing,
    /// The index cannot be read.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The index tells nothing.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Why a report does not tell what came of a case.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The suite writes no such verdict.
    #[error("{0}")]
    Verdict(String),
    /// The file cannot be read.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The file is broken or contradicts the index.
    #[error(transparent)]
    Detail(#[from] DetailError),
}

impl Report {
    /// Reads the results of `agent`, or of the only one there is, on the cases
    /// of `wanted`.
    pub fn read(
        files: &Files,
        agent: Option<&str>,
        wanted: &BTreeSet<CaseId>,
    ) -> Result<Self, ReportError> {
        let json = files.read(index::NAME)?.ok_or(ReportError::Missing)?;
        let (agent, index) = Index::read(&json, agent)?;
        let mut report = Self {
            cases: BTreeMap::new(),
            bare: Vec::new(),
            besides: index.strange,
            started: None,
        };
        let (rows, others): (Vec<_>, Vec<_>) = index
            .rows
            .into_iter()
            .partition(|(id, _)| wanted.contains(id));
        report
            .besides
            .extend(others.iter().map(|(id, _)| id.to_string()));

        // A full report has about twenty million octets: on every core.
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let portion = rows.len().div_ceil(cores).max(1);
        let read = |rows: &[(CaseId, Row)]| {
            let read = rows
                .iter()
                .map(|(id, row)| (*id, Entry::read(files, &agent, *id, row)));
            read.collect::<Vec<_>>()
        };
        let entries = thread::scope(|scope| {
            let threads: Vec<_> = rows
                .chunks(portion)
                .map(|rows| scope.spawn(move || read(rows)))
                .collect();
            let joined = threads.into_iter().map(|thread| thread.join());
            joined
                .flat_map(|entries| entries.expect("reading does not panic"))
                .collect::<Vec<_>>()
        });
        for (id, entry) in entries {
            match entry {
                Ok(Entry { outcome, evidence }) => {
                    match evidence {
                        Evidence::Absent => report.bare.push(id),
                        Evidence::Since(started) => report.note(started),
                    }
                    report.cases.insert(id, Ok(outcome));
                }
                Err(error) => drop(report.cases.insert(id, Err(error))),
            }
        }
        Ok(report)
    }

    fn note(&mut self, started: String) {
        let (first, last) = self
            .started
            .get_or_insert_with(|| (started.clone(), started.clone()));
        // Texts of one form in one zone order as the times do.
        if started < *first {
            *first = started;
        } else if started > *last {
            *last = started;
        }
    }
}

struct Entry {
    outcome: Outcome,
    evidence: Evidence,
}

enum Evidence {
    /// There is no file of the case.
    Absent,
    /// There is one, of a case that began then.
    Since(String),
}

impl Entry {
    fn read(files: &Files, agent: &str, id: CaseId, row: &Row) -> Result<Self, CaseError> {
        let verdict = row.verdict().map_err(CaseError::Verdict)?;
        let Some(json) = files.read(&case_file(agent, id))? else {
            let outcome = Outcome {
                verdict,
                ending: Ending {
                    opened: row.duration().is_some(),
                    remote_code: row.close_code(),
                    ..Ending::default()
                },
                duration: row.duration(),
                explanation: Explanation {
                    behavior: explain(&Text::default(), verdict.behavior),
                    close: String::new(),
                },
                received: Vec::new(),
                findings: Vec::new(),
                transcript: Transcript::default(),
            };
            let evidence = Evidence::Absent;
            return Ok(Self { outcome, evidence });
        };
        let detail = Detail::read(&json)?;
        let evidence = Evidence::Since(detail.started());
        let outcome = detail.outcome(id, verdict, row)?;
        Ok(Self { outcome, evidence })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    const AGENT: &str = "echo-server";

    fn recorded(name: &str) -> Vec<u8> {
        let data =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../autobahn-harness/tests/data/report");
        fs::read(data.join(name)).unwrap()
    }

    fn report_of(index: Vec<u8>, case: Vec<u8>) {
        let id = "6.3.1".parse().unwrap();
        let files = [
            (index::NAME.to_owned(), index),
            (case_file(AGENT, id), case),
        ];
        let _ = Report::read(
            &Files::Memory(files.into()),
            Some(AGENT),
            &BTreeSet::from([id]),
        );
    }

    proptest! {
        #[test]
        fn any_octets_are_read_or_refused_without_a_panic(index: Vec<u8>, case: Vec<u8>) {
            report_of(index, case.clone());
            report_of(recorded(index::NAME), case);
        }

        #[test]
        fn a_changed_report_is_read_or_refused_without_a_panic(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            cut: prop::sample::Index,
        ) {
            for name in ["echo_server_case_6_3_1.json", "echo_server_case_10_1_1.json"] {
                let mut case = recorded(name);
                for (at, octet) in &changes {
                    let at = at.index(case.len());
                    case[at] = *octet;
                }
                report_of(recorded(index::NAME), case.clone());
                case.truncate(cut.index(case.len()));
                report_of(recorded(index::NAME), case);
            }
        }
    }
}
