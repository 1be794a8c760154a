//! The last comparison of the embedded engine with the official suite: on which
//! servers, in how many cases, with what result. It is a part of the program, so
//! that every summary can name it; `ci/parity --record` writes it anew.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::run::EngineInfo;

/// The last comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastParity {
    /// The version of the official suite.
    pub suite: String,
    /// The version of the embedded engine.
    pub engine: String,
    /// What came of it, by the name of the server.
    pub servers: BTreeMap<String, Row>,
}

/// What came of the comparison on one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The day on which it was.
    pub date: String,
    /// The commit that was compared, with a `+` where files were changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// How many cases were compared.
    pub cases: usize,
    /// In how many of them the engines differ, in verdict, close code or flags.
    pub differences: usize,
}

/// The comparison that this program was built with.
#[must_use]
pub fn last() -> &'static LastParity {
    static LAST: LazyLock<LastParity> = LazyLock::new(|| {
        let last = serde_json::from_str(include_str!("record.json"));
        last.expect("a test reads the record")
    });
    &LAST
}

impl LastParity {
    /// Takes the result on a server in. Results of other versions of the suite or
    /// of the engine are of the past, and go.
    pub fn put(&mut self, suite: &str, engine: &str, server: &str, row: Row) {
        if (&*self.suite, &*self.engine) != (suite, engine) {
            *self = Self {
                suite: suite.to_owned(),
                engine: engine.to_owned(),
                servers: BTreeMap::new(),
            };
        }
        self.servers.insert(server.to_owned(), row);
    }

    /// The record as it stands in its file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self).expect("a record is plain data");
        format!("{json}\n")
    }

    /// The record in a sentence, if it is about this engine; `None` for others,
    /// the suite itself among them.
    ///
    /// `cross-checked with autobahn 25.10.1: 2410 cases on 9 servers, no difference (2026-02-03)`
    #[must_use]
    pub fn sentence(&self, engine: &EngineInfo) -> Option<String> {
        if engine.name != "embedded" {
            return None;
        }
        let same = (&self.suite, &self.engine) == (&engine.suite, &engine.version);
        let rows = || self.servers.values().filter(|_| same);
        // The oldest row says how old the whole is, in its first letters a date.
        let Some(date) = rows().map(|row| &row.date).min() else {
            return Some(format!(
                "version {} not cross-checked with autobahn {}",
                engine.version, engine.suite
            ));
        };
        let cases = rows().map(|row| row.cases).sum::<usize>();
        let differences = match rows().map(|row| row.differences).sum::<usize>() {
            0 => "no difference".to_owned(),
            1 => "1 difference".to_owned(),
            count => format!("{count} differences"),
        };
        let servers = match rows().count() {
            1 => "1 server".to_owned(),
            count => format!("{count} servers"),
        };
        Some(format!(
            "cross-checked with autobahn {}: {cases} cases on {servers}, {differences} ({date})",
            self.suite
        ))
    }
}

impl Row {
    /// The result of today's comparison.
    #[must_use]
    pub fn new(today: NaiveDate, commit: Option<String>, cases: usize, differences: usize) -> Self {
        Self {
            date: today.to_string(),
            commit,
            cases,
            differences,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedded(version: &str) -> EngineInfo {
        EngineInfo {
            name: "embedded".to_owned(),
            version: version.to_owned(),
            suite: "25.10.1".to_owned(),
            ..EngineInfo::default()
        }
    }

    fn row(day: u32, cases: usize, differences: usize) -> Row {
        let date = NaiveDate::from_ymd_opt(2026, 2, day).unwrap();
        Row::new(date, None, cases, differences)
    }

    #[track_caller]
    fn check(rows: &[(&str, Row)], sentence: &str) {
        let mut last = LastParity::default();
        for (server, row) in rows {
            last.put("25.10.1", "1.0.0", server, row.clone());
        }
        assert_eq!(last.sentence(&embedded("1.0.0")).unwrap(), sentence);
    }

    #[test]
    fn the_sum_and_the_oldest_day_are_told() {
        check(
            &[
                ("a", row(3, 517, 0)),
                ("b", row(2, 301, 0)),
                ("a", row(4, 400, 0)),
            ],
            "cross-checked with autobahn 25.10.1: 701 cases on 2 servers, no difference (2026-02-02)",
        );
        check(
            &[("a", row(3, 301, 2))],
            "cross-checked with autobahn 25.10.1: 301 cases on 1 server, 2 differences (2026-02-03)",
        );
    }

    #[test]
    fn results_of_other_versions_are_not_ours() {
        let mut last = LastParity::default();
        last.put("25.10.1", "1.0.0", "a", row(1, 517, 0));
        let sentence = last.sentence(&embedded("1.0.1")).unwrap();
        assert_eq!(
            sentence,
            "version 1.0.1 not cross-checked with autobahn 25.10.1"
        );
        last.put("25.10.1", "1.0.1", "b", row(2, 1, 0));
        assert_eq!(last.servers.len(), 1);
    }

    #[test]
    fn the_suite_needs_no_cross_check() {
        let docker = EngineInfo {
            name: "docker".to_owned(),
            ..embedded("29")
        };
        assert_eq!(last().sentence(&docker), None);
    }

    #[test]
    fn the_record_is_read_and_of_real_comparisons() {
        assert_eq!(last().to_json(), include_str!("record.json"));
        for (server, row) in &last().servers {
            assert!(row.date.parse::<NaiveDate>().is_ok(), "{server}");
            assert!(row.cases > 0 && row.differences <= row.cases, "{server}");
        }
    }
}
