//! What is compared: the pair of strings by which Autobahn judges a case.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What was received, and how the connection ended. Holds no time and no close
/// code, so that two runs compare by `==`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verdict {
    /// What was received.
    pub behavior: Behavior,
    /// How the connection ended.
    pub close: CloseBehavior,
}

/// Autobahn's verdict on what was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Behavior {
    /// What a strict implementation does.
    #[serde(rename = "OK")]
    Ok,
    /// Allowed, but later or less than a strict implementation does.
    #[serde(rename = "NON-STRICT")]
    NonStrict,
    /// Not judged: the case only records what happens.
    #[serde(rename = "INFORMATIONAL")]
    Informational,
    /// The extension that the case needs was not negotiated.
    #[serde(rename = "UNIMPLEMENTED")]
    Unimplemented,
    /// Anything else.
    #[serde(rename = "FAILED")]
    Failed,
}

/// Autobahn's verdict on how the connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum CloseBehavior {
    /// By the right endpoint, with an accepted code, cleanly where that is required.
    #[serde(rename = "OK")]
    Ok,
    /// Not judged.
    #[serde(rename = "INFORMATIONAL")]
    Informational,
    /// The peer closed with a code that the case does not accept.
    #[serde(rename = "WRONG CODE")]
    WrongCode,
    /// A closing handshake was required and did not happen.
    #[serde(rename = "UNCLEAN")]
    Unclean,
    /// We had to drop the TCP connection; the server should have.
    #[serde(rename = "FAILED BY CLIENT")]
    FailedByClient,
    /// By the wrong endpoint, or the opening handshake was never completed.
    #[serde(rename = "FAILED")]
    Failed,
}

/// A text that is none of Autobahn's verdicts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a verdict of the suite")]
pub struct UnknownVerdict(String);

impl Verdict {
    /// OK and OK: what nearly every case expects of a correct peer.
    pub const OK: Self = Self {
        behavior: Behavior::Ok,
        close: CloseBehavior::Ok,
    };
    /// INFORMATIONAL twice: what a case that does not judge always says.
    pub const INFORMATIONAL: Self = Self {
        behavior: Behavior::Informational,
        close: CloseBehavior::Informational,
    };

    /// How `self` compares with `other`, component by component: `Greater` is
    /// better. `None` when one component is better and the other worse, or when
    /// a component cannot be compared.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        let behavior = self.behavior.compare(other.behavior)?;
        let close = self.close.compare(other.close)?;
        match (behavior, close) {
            (Ordering::Equal, ordering) | (ordering, Ordering::Equal) => Some(ordering),
            (a, b) if a == b => Some(a),
            _ => None,
        }
    }
}

impl Behavior {
    /// Every value, best first.
    pub const ALL: [Self; 5] = [
        Self::Ok,
        Self::NonStrict,
        Self::Informational,
        Self::Unimplemented,
        Self::Failed,
    ];

    /// How `self` compares with `other`; `Greater` is better. INFORMATIONAL
    /// compares with nothing but itself.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        let rank = |behavior| match behavior {
            Self::Ok => Some(3),
            Self::NonStrict => Some(2),
            Self::Unimplemented => Some(1),
            Self::Failed => Some(0),
            Self::Informational => None,
        };
        compare_ranks(self, other, rank)
    }

    /// As Autobahn writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::NonStrict => "NON-STRICT",
            Self::Informational => "INFORMATIONAL",
            Self::Unimplemented => "UNIMPLEMENTED",
            Self::Failed => "FAILED",
        }
    }
}

impl CloseBehavior {
    /// Every value, best first.
    pub const ALL: [Self; 6] = [
        Self::Ok,
        Self::Informational,
        Self::FailedByClient,
        Self::WrongCode,
        Self::Unclean,
        Self::Failed,
    ];

    /// How `self` compares with `other`; `Greater` is better. INFORMATIONAL
    /// compares with nothing but itself, and neither do WRONG CODE and UNCLEAN
    /// with each other: they are different faults.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        if self != other
            && matches!(self, Self::WrongCode | Self::Unclean)
            && matches!(other, Self::WrongCode | Self::Unclean)
        {
            return None;
        }
        let rank = |close| match close {
            Self::Ok => Some(3),
            Self::FailedByClient => Some(2),
            Self::WrongCode | Self::Unclean => Some(1),
            Self::Failed => Some(0),
            Self::Informational => None,
        };
        compare_ranks(self, other, rank)
    }

    /// As Autobahn writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Informational => "INFORMATIONAL",
            Self::WrongCode => "WRONG CODE",
            Self::Unclean => "UNCLEAN",
            Self::FailedByClient => "FAILED BY CLIENT",
            Self::Failed => "FAILED",
        }
    }
}

fn compare_ranks<T: Copy + PartialEq>(
    a: T,
    b: T,
    rank: impl Fn(T) -> Option<u8>,
) -> Option<Ordering> {
    if a == b {
        return Some(Ordering::Equal);
    }
    Some(rank(a)?.cmp(&rank(b)?))
}

impl std::str::FromStr for Behavior {
    type Err = UnknownVerdict;

    /// Reads Autobahn's spelling, in any case: `NON-STRICT`, `non-strict`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL
            .into_iter()
            .find(|value| value.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| UnknownVerdict(text.chars().take(64).collect()))
    }
}

impl std::str::FromStr for CloseBehavior {
    type Err = UnknownVerdict;

    /// Reads Autobahn's spelling, in any case, with hyphens or spaces:
    /// `WRONG CODE`, `wrong-code`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let spaced = text.replace('-', " ");
        let found = Self::ALL
            .into_iter()
            .find(|value| value.as_str().eq_ignore_ascii_case(&spaced));
        found.ok_or_else(|| UnknownVerdict(text.chars().take(64).collect()))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.behavior, self.close)
    }
}

impl fmt::Display for Behavior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for CloseBehavior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(behavior: Behavior, close: CloseBehavior) -> Verdict {
        Verdict { behavior, close }
    }

    #[test]
    fn both_components_must_agree_to_be_better() {
        let worse_close = verdict(Behavior::Ok, CloseBehavior::Unclean);
        let worse_behavior = verdict(Behavior::NonStrict, CloseBehavior::Ok);
        assert_eq!(Verdict::OK.compare(worse_close), Some(Ordering::Greater));
        assert_eq!(worse_behavior.compare(Verdict::OK), Some(Ordering::Less));
        assert_eq!(worse_behavior.compare(worse_close), None);
    }

    #[test]
    fn informational_compares_with_nothing_but_itself() {
        for close in CloseBehavior::ALL {
            let equal = close == CloseBehavior::Informational;
            let compared = CloseBehavior::Informational.compare(close);
            assert_eq!(compared, equal.then_some(Ordering::Equal), "{close}");
        }
        assert_eq!(Verdict::INFORMATIONAL.compare(Verdict::OK), None);
    }

    #[test]
    fn an_order_has_one_direction() {
        for a in Behavior::ALL {
            for b in Behavior::ALL {
                assert_eq!(a.compare(b), b.compare(a).map(Ordering::reverse), "{a} {b}");
            }
        }
        for a in CloseBehavior::ALL {
            for b in CloseBehavior::ALL {
                assert_eq!(a.compare(b), b.compare(a).map(Ordering::reverse), "{a} {b}");
            }
        }
    }

    #[test]
    fn the_spelling_is_autobahns() {
        for behavior in Behavior::ALL {
            assert_eq!(behavior.as_str().parse(), Ok(behavior));
            assert_eq!(serde_json::to_value(behavior).unwrap(), behavior.as_str());
        }
        for close in CloseBehavior::ALL {
            assert_eq!(close.as_str().parse(), Ok(close));
            assert_eq!(serde_json::to_value(close).unwrap(), close.as_str());
        }
        assert_eq!("wrong-code".parse(), Ok(CloseBehavior::WrongCode));
        assert!("fine".parse::<Behavior>().is_err());
    }
}
