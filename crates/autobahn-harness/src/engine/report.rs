//! A report that the official suite has written before: nothing is played.

use std::collections::BTreeSet;
use std::path::PathBuf;

use autobahn_cases::{CaseId, autobahn};
use autobahn_report::{Files, Report};
use tokio::sync::mpsc::UnboundedSender;

use crate::engine::{Engine, EngineError, Plan, Progress};
use crate::run::{CaseResult, EngineInfo, Record};

/// The directory of a report: `index.json`, and a file for each case.
///
/// The index decides. A missing file of a case costs its details and is a
/// warning; one that is broken or contradicts the index is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportDir {
    /// Where it is.
    pub directory: PathBuf,
    /// Whose results; may be absent if there is only one agent.
    pub agent: Option<String>,
    /// The moment before which no case may have begun, RFC 3339 in UTC: a
    /// report of an earlier run is refused.
    pub not_before: Option<String>,
}

impl ReportDir {
    /// The report in a directory, of its only agent, however old.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            agent: None,
            not_before: None,
        }
    }

    fn read(&self, plan: &Plan) -> Result<Report, EngineError> {
        let shown = self.directory.display();
        let files = Files::Directory(self.directory.clone());
        let wanted: BTreeSet<_> = plan.cases.iter().copied().collect();
        let report = Report::read(&files, self.agent.as_deref(), &wanted)
            .map_err(|error| EngineError::new(format!("{error} (in `{shown}`)")))?;
        let is_known = |id: &str| id.parse().is_ok_and(|id| autobahn().case(id).is_some());
        if let Some(id) = report.besides.iter().find(|id| !is_known(id)) {
            let id = id.escape_debug();
            return Err(EngineError::new(format!(
                "the report in `{shown}` has a case `{id}`, which the suite does not have"
            )));
        }
        if let Some(limit) = &self.not_before {
            self.refuse_earlier(&report, limit)?;
        }
        Ok(report)
    }

    /// Refuses a report that may be of a run before `limit`: the index tells no
    /// time, so that each case needs its file.
    fn refuse_earlier(&self, report: &Report, limit: &str) -> Result<(), EngineError> {
        let shown = self.directory.display();
        let begun = report.started.as_ref().map(|(first, _)| first);
        let text = match (begun, report.bare.first()) {
            (Some(first), _) if !begins_after(first, limit) => {
                let first = first.escape_debug();
                format!(
                    "the report in `{shown}` is of an earlier run: a case began at {first}, before {limit}"
                )
            }
            (_, Some(first)) => {
                let count = report.bare.len();
                format!(
                    "the report in `{shown}` may be of a run before {limit}: the files that tell \
                     when {count} case(s) began are missing, the first is {first}"
                )
            }
            (Some(_), None) => return Ok(()),
            (None, None) => format!(
                "the report in `{shown}` may be of a run before {limit}: no file of a case tells \
                 when it began"
            ),
        };
        Err(EngineError::new(text).cure("remove the directory before each run of the suite"))
    }
}

impl Engine for ReportDir {
    async fn play(
        &self,
        plan: &Plan,
        progress: UnboundedSender<Progress>,
    ) -> Result<EngineInfo, EngineError> {
        let shown = self.directory.display();
        let _ = progress.send(Progress::Preparing(format!(
            "reading the report in `{shown}`"
        )));
        let mut report = self.read(plan)?;
        if let Some(first) = report.bare.first() {
            let count = report.bare.len();
            let text = format!(
                "no details of {count} case(s), the first is {first}: their files are missing"
            );
            let _ = progress.send(Progress::Warning(text));
        }
        let mut suite = String::new();
        for id in &plan.cases {
            let result = match report.cases.remove(id) {
                Some(Ok(outcome)) => {
                    if suite.is_empty() {
                        suite = suite_of(&outcome.transcript.request);
                    }
                    CaseResult::Played(Box::new(outcome))
                }
                Some(Err(error)) => not_played(error.to_string()),
                None => not_played("the report has no result of it".to_owned()),
            };
            let record = record(plan, *id, result);
            let _ = progress.send(Progress::Finished(Box::new(record)));
        }
        Ok(EngineInfo {
            name: "report".to_owned(),
            version: suite.clone(),
            suite,
            ..EngineInfo::default()
        })
    }
}

fn not_played(error: String) -> CaseResult {
    CaseResult::NotPlayed { error }
}

fn record(plan: &Plan, id: CaseId, result: CaseResult) -> Record {
    Record {
        target: plan.target.clone(),
        id,
        result,
        earlier: Vec::new(),
    }
}

/// Whether a moment is not before another, to the second; both RFC 3339 in UTC.
fn begins_after(moment: &str, limit: &str) -> bool {
    const SECONDS: usize = "2026-11-22T20:25:26".len();
    let seconds = |moment: &str| moment.get(..SECONDS).map(str::to_owned);
    seconds(moment).is_some_and(|moment| Some(moment) >= seconds(limit))
}

/// The version by which the suite names itself in the opening handshake.
fn suite_of(request: &str) -> String {
    let found = request.split_once("AutobahnTestSuite/");
    let version = found.map_or("", |(_, rest)| rest);
    let is_version = |letter: char| letter.is_ascii_digit() || letter == '.';
    version
        .chars()
        .take_while(|letter| is_version(*letter))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_compare_to_the_second() {
        assert!(begins_after(
            "2026-11-22T20:25:26.325Z",
            "2026-11-22T20:25:26Z"
        ));
        assert!(begins_after(
            "2026-11-22T20:25:26.325Z",
            "2026-11-22T20:25:26.999Z"
        ));
        assert!(!begins_after(
            "2026-11-22T20:25:25.999Z",
            "2026-11-22T20:25:26Z"
        ));
        assert!(!begins_after("", "2026-11-22T20:25:26Z"));
        assert!(!begins_after("now", "2026-11-22T20:25:26Z"));
    }

    #[test]
    fn the_suite_names_its_version_in_its_request() {
        assert_eq!(
            suite_of("GET / HTTP/1.1\r\nUser-Agent: AutobahnTestSuite/0.8.2-0.10.9\r\n"),
            "0.8.2"
        );
        assert_eq!(suite_of(""), "");
    }
}
