//! The name of a case: `6.4.3`, or with the letter of another suite, `H1.2`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a case. Exists only if it is well formed; whether a catalogue
/// knows it is the catalogue's business.
///
/// Orders by suite, then by the numbers of its components, so that `2.10`
/// comes after `2.9` and `10.1.1` after `9.8.6`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId {
    suite: Suite,
    number: Number,
}

/// Whose case it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suite {
    /// The official suite: ids without a letter.
    Autobahn,
    /// Cases of our own: ids under an upper-case ASCII letter, which cannot
    /// collide with Autobahn's.
    Own(char),
}

/// The components of an id, most significant first; unused ones are 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Number {
    components: [u16; MAX_COMPONENTS],
    len: u8,
}

const MAX_COMPONENTS: usize = 3;

/// A text that is not the id of a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a case id; expected two or three numbers such as `6.4.3`")]
pub struct InvalidCaseId {
    text: String,
}

impl CaseId {
    /// Which suite the case belongs to.
    #[must_use]
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The numbers of the id, two or three, most significant first.
    #[must_use]
    pub fn components(&self) -> &[u16] {
        &self.number.components[..usize::from(self.number.len)]
    }

    /// The first number: Autobahn's section, 1 to 13.
    #[must_use]
    pub fn section(&self) -> u16 {
        self.number.components[0]
    }
}

impl FromStr for CaseId {
    type Err = InvalidCaseId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidCaseId {
            text: text.chars().take(64).collect(),
        };
        let (suite, numbers) = match text.chars().next() {
            Some(letter) if letter.is_ascii_uppercase() => (Suite::Own(letter), &text[1..]),
            _ => (Suite::Autobahn, text),
        };
        let mut components = [0; MAX_COMPONENTS];
        let mut len = 0;
        for part in numbers.split('.') {
            let slot = components.get_mut(len).ok_or_else(invalid)?;
            *slot = component(part).ok_or_else(invalid)?;
            len += 1;
        }
        if len < 2 {
            return Err(invalid());
        }
        let number = Number {
            components,
            len: len as u8,
        };
        Ok(Self { suite, number })
    }
}

/// A component of an id: digits without a sign or a leading zero, from 1.
pub(crate) fn component(text: &str) -> Option<u16> {
    let digits = !text.starts_with('0') && text.bytes().all(|octet| octet.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        if let Suite::Own(letter) = self.suite {
            text.push(letter);
        }
        for (index, component) in self.components().iter().enumerate() {
            if index > 0 {
                text.push('.');
            }
            text.push_str(&component.to_string());
        }
        f.pad(&text)
    }
}

impl fmt::Debug for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for CaseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaseId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for CaseId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CaseId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "The name of a case: Autobahn's own id, or one of ours under a letter.",
            "pattern": r"^[A-Z]?[1-9][0-9]*(\.[1-9][0-9]*){1,2}$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn id(text: &str) -> CaseId {
        text.parse().unwrap()
    }

    #[test]
    fn ids_order_by_number_and_not_by_text() {
        let mut ids = ["10.1.1", "2.10", "2.9", "1.2.8", "H1.1", "9.8.6"].map(id);
        ids.sort();
        let sorted = ids.map(|id| id.to_string());
        assert_eq!(sorted, ["1.2.8", "2.9", "2.10", "9.8.6", "10.1.1", "H1.1"]);
    }

    #[test]
    fn ids_that_are_not_well_formed_are_refused() {
        for text in [
            "", "6", "6.", ".6", "6.4.3.1", "6.04", "6.-4", "+6.4", "6.4.x", "h1.2", "H",
            "6.99999", "６.4", "6.4 ",
        ] {
            assert!(text.parse::<CaseId>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn own_ids_stand_under_a_letter() {
        assert_eq!(id("H1.2").suite(), Suite::Own('H'));
        assert_eq!(id("6.4.3").suite(), Suite::Autobahn);
        assert_eq!(id("H1.2").to_string(), "H1.2");
    }

    proptest::proptest! {
        #[test]
        fn any_text_parses_or_is_refused_without_a_panic(text: String) {
            if let Ok(id) = text.parse::<CaseId>() {
                assert_eq!(id.to_string(), text);
            }
        }
    }
}
