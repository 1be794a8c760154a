//! `index.json`: the verdict of each case, by agent. What stands here decides.

use std::collections::BTreeMap;
use std::time::Duration;

use autobahn_cases::{CaseId, Verdict};
use serde::Deserialize;

/// The name of the file.
pub const NAME: &str = "index.json";
/// What is longer than this many milliseconds is no duration but a date: the
/// suite writes one where the opening handshake failed.
const LONGEST_MILLIS: f64 = 1e9;

/// The results of one agent.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// What came of each case.
    pub(crate) rows: BTreeMap<CaseId, Row>,
    /// The keys that are no ids.
    pub(crate) strange: Vec<String>,
}

/// What the index says of a case.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    behavior: String,
    behavior_close: String,
    #[serde(default)]
    duration: Option<f64>,
    #[serde(default)]
    remote_close_code: Option<i64>,
}

/// What is wrong with an index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// It is no JSON, or not of this form.
    #[error("`{NAME}` of the report is broken: {0}")]
    Broken(#[from] serde_json::Error),
    /// It has no results at all.
    #[error("`{NAME}` of the report is empty: no case was played")]
    Empty,
    /// It has results, but not of this agent.
    #[error("the report has no agent `{wanted}`; it has {}", list(found))]
    NoSuchAgent {
        /// Who was asked for.
        wanted: String,
        /// Who is there.
        found: Vec<String>,
    },
    /// It has results of several, and none was asked for.
    #[error(
        "the report has several agents: {}; delete all but one from `{NAME}`, or play with one server",
        list(found)
    )]
    Ambiguous {
        /// Who is there.
        found: Vec<String>,
    },
}

impl Index {
    /// Reads the results of `agent`, or of the only one there is; returns its name too.
    pub(crate) fn read(json: &[u8], agent: Option<&str>) -> Result<(String, Self), IndexError> {
        let mut agents: BTreeMap<String, BTreeMap<String, Row>> = serde_json::from_slice(json)?;
        let found = || agents.keys().cloned().collect();
        let name = match agent {
            _ if agents.is_empty() => return Err(IndexError::Empty),
            Some(wanted) if agents.contains_key(wanted) => wanted.to_owned(),
            Some(wanted) => {
                let wanted = wanted.to_owned();
                let found = found();
                return Err(IndexError::NoSuchAgent { wanted, found });
            }
            None if agents.len() > 1 => return Err(IndexError::Ambiguous { found: found() }),
            None => agents.keys().next().cloned().unwrap_or_default(),
        };
        let mut index = Self::default();
        for (key, row) in agents.remove(&name).unwrap_or_default() {
            match key.parse() {
                Ok(id) => drop(index.rows.insert(id, row)),
                Err(_) => index.strange.push(key),
            }
        }
        Ok((name, index))
    }
}

impl Row {
    /// A row without a verdict.
    pub(crate) fn new(duration: Option<f64>, remote_close_code: Option<i64>) -> Self {
        Self {
            behavior: String::new(),
            behavior_close: String::new(),
            duration,
            remote_close_code,
        }
    }

    /// The verdict, or what is wrong with it.
    pub(crate) fn verdict(&self) -> Result<Verdict, String> {
        let behavior = self.behavior.parse();
        let close = self.behavior_close.parse();
        Ok(Verdict {
            behavior: behavior.map_err(|error| format!("{error}"))?,
            close: close.map_err(|error| format!("{error}"))?,
        })
    }

    /// How long the connection was open; absent where it never was.
    pub(crate) fn duration(&self) -> Option<Duration> {
        let millis = self.duration.filter(|millis| *millis <= LONGEST_MILLIS)?;
        Duration::try_from_secs_f64(millis / 1000.0).ok()
    }

    /// The code of the peer's Close frame.
    pub(crate) fn close_code(&self) -> Option<u16> {
        self.remote_close_code?.try_into().ok()
    }
}

fn list(agents: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown = agents.iter().take(SHOWN);
    let mut shown: Vec<_> = shown
        .map(|agent| format!("`{}`", agent.escape_debug()))
        .collect();
    if agents.len() > SHOWN {
        shown.push(format!("{} more", agents.len() - SHOWN));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"{
        "a": {"1.1.1": {"behavior": "OK", "behaviorClose": "WRONG CODE", "duration": 12,
                        "remoteCloseCode": 1001, "reportfile": "../../x.json"}},
        "b": {"x": {"behavior": "OK", "behaviorClose": "OK"}}}"#;

    #[test]
    fn rows_are_read_by_agent() {
        let (_, index) = Index::read(TWO.as_bytes(), Some("a")).unwrap();
        let row = &index.rows[&"1.1.1".parse().unwrap()];
        assert_eq!(row.verdict().unwrap().to_string(), "OK/WRONG CODE");
        assert_eq!(row.duration(), Some(Duration::from_millis(12)));
        assert_eq!(row.close_code(), Some(1001));
        let (_, index) = Index::read(TWO.as_bytes(), Some("b")).unwrap();
        assert_eq!(index.strange, ["x"]);
    }

    #[track_caller]
    fn check(json: &str, agent: Option<&str>, expected: &str) {
        let error = Index::read(json.as_bytes(), agent).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn an_index_that_says_nothing_certain_is_refused() {
        check("{}", None, "no case was played");
        check("", None, "broken");
        check(&TWO[..TWO.len() / 2], None, "broken");
        check(
            TWO,
            None,
            "several agents: `a`, `b`; delete all but one from `index.json`",
        );
        check(TWO, Some("c"), "no agent `c`; it has `a`, `b`");
    }

    #[test]
    fn a_date_is_no_duration() {
        let row = |duration| Row {
            behavior: "FAILED".into(),
            behavior_close: "fine".into(),
            duration: Some(duration),
            remote_close_code: Some(-1),
        };
        assert_eq!(row(1.8e12).duration(), None);
        assert_eq!(row(-1.0).duration(), None);
        assert_eq!(row(0.0).close_code(), None);
        assert!(row(0.0).verdict().unwrap_err().contains("`fine`"));
    }
}
