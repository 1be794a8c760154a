//! One entry of a baseline: which cases, what is expected of them, and why.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use autobahn_cases::{Behavior, Case, CaseId, CloseBehavior, Outcome, Pattern, Verdict};
use chrono::NaiveDate;

/// One fact about an implementation, with its reason.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name, unique in the file.
    pub id: String,
    /// Whether it is so always or sometimes.
    pub kind: Kind,
    /// The targets of which it speaks; none: all.
    pub targets: Vec<String>,
    /// The cases of which it speaks, as they stand in the file.
    pub patterns: Vec<Pattern>,
    /// The cases that the patterns name.
    pub cases: BTreeSet<CaseId>,
    /// What is expected: one of these, the typical one first. A deviation has
    /// exactly one.
    pub expected: Vec<Expectation>,
    /// The operating system on which it holds; none: all.
    pub os: Option<String>,
    /// Why, and what would remove it.
    pub reason: String,
    /// Where it is followed up.
    pub issue: Option<String>,
    /// The day on which it was accepted.
    pub since: Option<NaiveDate>,
    /// The last day on which it holds.
    pub expires: Option<NaiveDate>,
    /// The line of the file where it begins, from 1.
    pub line: usize,
}

/// Whether an entry's cases always deviate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `[[deviation]]`: always, so that anything else is red.
    Deviation,
    /// `[[flaky]]`: sometimes; what the default expects is fine too.
    Flaky,
}

/// What is expected in place of a case's default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What was received.
    pub behavior: Behavior,
    /// How the connection ended; none: as the case's default expects, never any.
    pub close: Option<CloseBehavior>,
    /// The code of the peer's Close frame; none: any or none.
    pub close_code: Option<u16>,
}

/// A text that is no expectation, and what may have been meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no outcome to expect")]
pub struct InvalidExpectation {
    text: String,
    /// What to write instead.
    pub cure: String,
}

impl Entry {
    /// Whether it speaks of the target.
    #[must_use]
    pub fn is_for(&self, target: &str) -> bool {
        self.targets.is_empty() || self.targets.iter().any(|name| name == target)
    }

    /// Whether it holds on the operating system.
    #[must_use]
    pub fn applies_on(&self, os: &str) -> bool {
        self.os.as_deref().is_none_or(|name| name == os)
    }

    /// Whether its last day is over.
    #[must_use]
    pub fn is_expired(&self, today: NaiveDate) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// Whether the outcome is one of those that it expects.
    #[must_use]
    pub fn is_met_by(&self, case: &Case, outcome: &Outcome) -> bool {
        let mut expected = self.expected.iter();
        expected.any(|expectation| expectation.is_met_by(case, outcome))
    }
}

impl Expectation {
    /// The verdict that is expected of the case.
    #[must_use]
    pub fn verdict(self, case: &Case) -> Verdict {
        Verdict {
            behavior: self.behavior,
            close: self.close.unwrap_or(case.expectation().close),
        }
    }

    /// Whether the outcome is exactly this.
    #[must_use]
    pub fn is_met_by(self, case: &Case, outcome: &Outcome) -> bool {
        let code = outcome.ending.remote_code;
        self.verdict(case) == outcome.verdict
            && self.close_code.is_none_or(|pinned| code == Some(pinned))
    }
}

impl FromStr for Expectation {
    type Err = InvalidExpectation;

    /// Reads a behavior (`non-strict`) or a pair (`ok/unclean`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |cure: String| InvalidExpectation {
            text: text.chars().take(64).collect(),
            cure,
        };
        if ["error", "missing", "not-played"].contains(&text.to_ascii_lowercase().as_str()) {
            let cure = "a case that could not be played has no verdict and is never expected";
            return Err(invalid(cure.into()));
        }
        let (behavior, close) = match text.split_once('/') {
            Some((behavior, close)) => (behavior.trim(), Some(close.trim())),
            None => (text, None),
        };
        let behavior = behavior
            .parse()
            .map_err(|_| invalid(one_of(behavior, &Behavior::ALL.map(Behavior::as_str))))?;
        let names = CloseBehavior::ALL.map(CloseBehavior::as_str);
        let close = close.map(|close| close.parse().map_err(|_| invalid(one_of(close, &names))));
        Ok(Self {
            behavior,
            close: close.transpose()?,
            close_code: None,
        })
    }
}

impl fmt::Display for Expectation {
    /// Writes what [`Expectation::from_str`] reads; the close code stands apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kebab = |name: &str| name.to_ascii_lowercase().replace(' ', "-");
        f.write_str(&kebab(self.behavior.as_str()))?;
        match self.close {
            Some(close) => write!(f, "/{}", kebab(close.as_str())),
            None => Ok(()),
        }
    }
}

/// The nearest of the names, or all of them.
pub(crate) fn one_of(text: &str, names: &[&str]) -> String {
    let kebab = |name: &str| name.to_ascii_lowercase().replace(' ', "-");
    let distance = |name: &str| strsim::damerau_levenshtein(&kebab(text), name);
    let names: Vec<String> = names.iter().map(|name| kebab(name)).collect();
    let nearest = names.iter().min_by_key(|name| distance(name));
    // As many changes as letters would make any word of any other.
    let near = |name: &&String| distance(name) <= 2 && distance(name) < text.len();
    match nearest.filter(near) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("expected one of {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, behavior: Behavior, close: Option<CloseBehavior>) {
        let expectation: Expectation = text.parse().unwrap();
        assert_eq!(expectation.behavior, behavior);
        assert_eq!(expectation.close, close);
        let again: Expectation = expectation.to_string().parse().unwrap();
        assert_eq!(again, expectation);
    }

    #[test]
    fn an_expectation_is_a_behavior_or_a_pair() {
        check("non-strict", Behavior::NonStrict, None);
        check("UNIMPLEMENTED", Behavior::Unimplemented, None);
        check("ok/unclean", Behavior::Ok, Some(CloseBehavior::Unclean));
        check(
            "failed / failed-by-client",
            Behavior::Failed,
            Some(CloseBehavior::FailedByClient),
        );
        check(
            "OK/WRONG CODE",
            Behavior::Ok,
            Some(CloseBehavior::WrongCode),
        );
    }

    #[test]
    fn everything_else_is_refused_with_a_cure() {
        for (text, cure) in [
            ("non_strict", "`non-strict`"),
            ("faild", "`failed`"),
            ("ok/unclaen", "`unclean`"),
            ("fine", "expected one of ok, non-strict"),
            ("error", "never expected"),
            ("Missing", "never expected"),
            ("", "expected one of"),
        ] {
            let error = text.parse::<Expectation>().unwrap_err();
            assert!(error.cure.contains(cure), "{text}: {}", error.cure);
        }
    }
}
