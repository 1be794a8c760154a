//! Naming some cases: an id, a section, or a wildcard of whole components.

use std::fmt;
use std::str::FromStr;

use crate::id::{CaseId, Suite, component};

/// `6.4.3`, `6.4`, `6.4.*` or `*`.
///
/// A section names everything below it, so `6.4` and `6.4.*` are the same, and
/// a `*` stands for one whole component or, at the end, for all that follow.
/// The official suite's own patterns are regular expressions without an end,
/// which surprise; these are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    suite: Suite,
    parts: Vec<Option<u16>>,
}

/// A text that is not a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a pattern; expected an id (`6.4.3`), a section (`6.4`) or whole-component wildcards (`12.*.15`)"
)]
pub struct InvalidPattern {
    text: String,
}

impl Pattern {
    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the pattern names the case.
    #[must_use]
    pub fn matches(&self, id: CaseId) -> bool {
        let components = id.components();
        let mut pairs = self.parts.iter().zip(components);
        self.suite == id.suite()
            && self.parts.len() <= components.len()
            && pairs.all(|(part, component)| part.is_none_or(|number| number == *component))
    }
}

impl FromStr for Pattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidPattern {
            text: text.chars().take(64).collect(),
        };
        let (suite, rest) = match text.chars().next() {
            Some(letter) if letter.is_ascii_uppercase() => (Suite::Own(letter), &text[1..]),
            _ => (Suite::Autobahn, text),
        };
        let parts = rest.split('.').map(|part| match part {
            "*" => Some(None),
            number => component(number).map(Some),
        });
        let mut parts = parts.collect::<Option<Vec<_>>>().ok_or_else(invalid)?;
        if parts.len() > 3 {
            return Err(invalid());
        }
        // `2.*` names 2.1 as `6.*` names 6.4.3: a wildcard at the end takes all.
        while parts.len() > 1 && parts.last() == Some(&None) {
            parts.pop();
        }
        Ok(Self {
            text: text.to_owned(),
            suite,
            parts,
        })
    }
}

impl From<CaseId> for Pattern {
    fn from(id: CaseId) -> Self {
        let parts = id.components().iter().copied().map(Some).collect();
        Self {
            text: id.to_string(),
            suite: id.suite(),
            parts,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, matched: &[&str], unmatched: &[&str]) {
        let pattern: Pattern = pattern.parse().unwrap();
        for id in matched {
            assert!(pattern.matches(id.parse().unwrap()), "{pattern} {id}");
        }
        for id in unmatched {
            assert!(!pattern.matches(id.parse().unwrap()), "{pattern} {id}");
        }
    }

    #[test]
    fn patterns_match_whole_components() {
        check("6.4.3", &["6.4.3"], &["6.4.4", "6.4"]);
        check("6.4", &["6.4.1", "6.4.4"], &["6.5.1", "6.14.1"]);
        check("6.4.*", &["6.4.1", "6.4.4"], &["6.5.1"]);
        check("6", &["6.4.1", "6.23.7"], &["7.1.1"]);
        check("2.*", &["2.1", "2.11"], &["12.1.1"]);
        check("2.1", &["2.1"], &["2.10", "2.11"]);
        check("*", &["1.1.1", "2.1", "13.7.18"], &["H1.1"]);
        check("12.*.15", &["12.1.15", "12.5.15"], &["12.1.1", "13.1.15"]);
        check("*.1", &["2.1", "6.1.3"], &["6.2.1"]);
        check("H*", &["H1.1"], &["1.1.1"]);
    }

    #[test]
    fn what_the_suite_takes_for_a_regular_expression_is_refused() {
        for text in [
            "", "6.", "6.1?.*", "1[1-4].*", "6*", "6.04", "1.2.3.4", "*.*.*.*", "6,7", " 6",
        ] {
            assert!(text.parse::<Pattern>().is_err(), "{text:?}");
        }
    }
}
