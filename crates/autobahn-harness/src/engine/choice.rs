//! Which engine: `embedded`, `docker`, `process` or `report:DIR`. There is no
//! fallback from one to another: verdicts must not depend on what a machine
//! happens to have.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Which engine plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Our own.
    Embedded,
    /// The official suite in containers.
    Docker,
    /// The official suite, a `wstest` on PATH.
    Process,
    /// Nobody plays: a report of the official suite in this directory is read.
    Report(PathBuf),
}

/// A text that names no engine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no engine; expected `embedded`, `docker`, `process` or `report:DIR`")]
pub struct UnknownEngine(String);

impl FromStr for Choice {
    type Err = UnknownEngine;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.split_once(':')) {
            ("embedded", _) => Ok(Self::Embedded),
            ("docker", _) => Ok(Self::Docker),
            ("process", _) => Ok(Self::Process),
            (_, Some(("report", directory))) if !directory.is_empty() => {
                Ok(Self::Report(directory.into()))
            }
            _ => Err(UnknownEngine(text.to_owned())),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded"),
            Self::Docker => f.write_str("docker"),
            Self::Process => f.write_str("process"),
            Self::Report(directory) => write!(f, "report:{}", directory.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_named_exactly() {
        for text in ["embedded", "docker", "process", "report:reports/servers"] {
            assert_eq!(text.parse::<Choice>().unwrap().to_string(), text);
        }
        for text in ["", "Docker", "report", "report:", "wstest", "docker "] {
            assert!(text.parse::<Choice>().is_err(), "{text:?}");
        }
    }
}
