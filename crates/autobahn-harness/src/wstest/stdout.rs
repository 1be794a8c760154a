//! What `wstest` prints: its version, its plan, the case that it plays.

use autobahn_cases::CaseId;

/// A line of stdout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// The version of the suite.
    Version(String),
    /// The ids of the cases that it will play.
    Plan(Vec<String>),
    /// A case whose opening handshake is done.
    Running(CaseId),
    /// TCP could not be connected: all further cases are left out. Why, in words.
    Unreachable(String),
    /// Anything else.
    Other,
}

impl Line {
    /// Reads a line.
    pub(crate) fn read(line: &str) -> Self {
        if let Some(rest) = line.strip_prefix("Running test case ID ") {
            let id = rest.split(' ').next().and_then(|id| id.parse().ok());
            return id.map_or(Self::Other, Self::Running);
        }
        if let Some(list) = line.strip_prefix("Cases = [") {
            // A Python list of strings: what stands between quotes.
            let quoted = list.split('\'').skip(1).step_by(2);
            return Self::Plan(quoted.map(str::to_owned).collect());
        }
        if let Some((_, rest)) = line.split_once("(Autobahn Testsuite Version ") {
            let version = rest.split([' ', ')']).next().unwrap_or_default();
            return Self::Version(version.to_owned());
        }
        if line.starts_with("Connection to ") && line.contains(" failed") {
            let why = line.split_once('(').map_or(line, |(_, why)| why);
            return Self::Unreachable(why.trim_end_matches(')').to_owned());
        }
        Self::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Line) {
        assert_eq!(Line::read(line), expected);
    }

    #[test]
    fn the_lines_of_the_suite_are_understood() {
        check(
            "Autobahn Fuzzing WebSocket Client (Autobahn Testsuite Version 25.10.1 / Autobahn Version 0.10.9)",
            Line::Version("25.10.1".into()),
        );
        check(
            "Cases = ['1.1.1', '7.13.2']",
            Line::Plan(vec!["1.1.1".into(), "7.13.2".into()]),
        );
        check("Cases = []", Line::Plan(vec![]));
        check(
            "Running test case ID 1.1.2 for agent x y from peer tcp4:127.0.0.1:19001",
            Line::Running("1.1.2".parse().unwrap()),
        );
        check(
            "Connection to ws://127.0.0.1:1 failed (Connection was refused by other side: 111: Connection refused.)",
            Line::Unreachable(
                "Connection was refused by other side: 111: Connection refused.".into(),
            ),
        );
        check("Ok, will run 2 test cases against 1 servers", Line::Other);
        check("Running test case ID x for agent y", Line::Other);
        check("", Line::Other);
    }
}
