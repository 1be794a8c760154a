//! Whether two engines agree on a target: verdicts, and apart from them close
//! codes and the flags of the ending. A case that one of them could not play is
//! a disparity too: nobody knows that they agree.
//!
//! - [`known`]: the disparities that are known, and why: `autobahn/parity.toml`.
//! - [`record`]: the last comparison, which summaries name.

pub mod known;
pub mod record;

use std::collections::BTreeMap;
use std::fmt;

use autobahn_cases::{CaseId, Ending, Outcome};

use crate::run::{CaseResult, Record};

/// A case on which two engines do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disparity {
    /// The case.
    pub id: CaseId,
    /// In what they differ.
    pub aspect: Aspect,
    /// What the authority says.
    pub authority: String,
    /// What the other engine says.
    pub other: String,
}

/// In what two engines can differ, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// One of them has no verdict.
    Played,
    /// The verdict.
    Verdict,
    /// The peer's close code.
    CloseCode,
    /// Who closed, failed and dropped the connection, and whether cleanly.
    Flags,
}

/// What the authority and another engine say differently, by number.
#[must_use]
pub fn disparities(authority: &[Record], other: &[Record]) -> Vec<Disparity> {
    let mut pairs: BTreeMap<CaseId, [Option<&Record>; 2]> = BTreeMap::new();
    for (side, records) in [authority, other].into_iter().enumerate() {
        for record in records {
            pairs.entry(record.id).or_default()[side] = Some(record);
        }
    }
    pairs
        .into_iter()
        .flat_map(|(id, [authority, other])| compare(id, authority, other))
        .collect()
}

fn compare(id: CaseId, authority: Option<&Record>, other: Option<&Record>) -> Vec<Disparity> {
    let disparity = |aspect, authority: String, other: String| Disparity {
        id,
        aspect,
        authority,
        other,
    };
    let outcomes = (
        authority.and_then(Record::outcome),
        other.and_then(Record::outcome),
    );
    let (Some(a), Some(b)) = outcomes else {
        return vec![disparity(Aspect::Played, said(authority), said(other))];
    };
    Aspect::OF_OUTCOMES
        .into_iter()
        .map(|aspect| disparity(aspect, aspect.of(a), aspect.of(b)))
        .filter(|disparity| disparity.authority != disparity.other)
        .collect()
}

fn said(record: Option<&Record>) -> String {
    match record.map(|record| &record.result) {
        Some(CaseResult::Played(outcome)) => outcome.verdict.to_string(),
        Some(CaseResult::NotPlayed { error }) => error.clone(),
        None => "no record".to_owned(),
    }
}

/// The flags that are set, and the code of our own Close frame.
fn flags(ending: &Ending) -> String {
    let Ending {
        opened,
        closed_by_us,
        failed_by_us,
        dropped_by_us,
        clean,
        local_code,
        ..
    } = ending;
    let named = [
        (*opened, "opened"),
        (*closed_by_us, "closed by us"),
        (*failed_by_us, "failed by us"),
        (*dropped_by_us, "dropped by us"),
        (*clean, "clean"),
    ];
    let set = named
        .iter()
        .filter(|(is_set, _)| *is_set)
        .map(|(_, name)| (*name).to_owned());
    let code = local_code.map(|code| format!("our code {code}"));
    set.chain(code).collect::<Vec<_>>().join(", ")
}

impl Aspect {
    /// In what two outcomes can differ.
    pub const OF_OUTCOMES: [Self; 3] = [Self::Verdict, Self::CloseCode, Self::Flags];

    /// What an outcome says of it, in words.
    #[must_use]
    pub fn of(self, outcome: &Outcome) -> String {
        match self {
            Self::Played | Self::Verdict => outcome.verdict.to_string(),
            Self::CloseCode => match outcome.ending.remote_code {
                Some(code) => code.to_string(),
                None => "none".to_owned(),
            },
            Self::Flags => flags(&outcome.ending),
        }
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Played => "played",
            Self::Verdict => "verdict",
            Self::CloseCode => "close code",
            Self::Flags => "flags",
        })
    }
}

#[cfg(test)]
mod tests {
    use autobahn_cases::outcome::Explanation;
    use autobahn_cases::{Behavior, CloseBehavior, Transcript, Verdict};

    use super::*;

    fn record(id: &str, verdict: Verdict, ending: Ending) -> Record {
        let outcome = Outcome {
            verdict,
            ending,
            duration: None,
            explanation: Explanation::default(),
            received: Vec::new(),
            findings: Vec::new(),
            transcript: Transcript::default(),
        };
        let result = CaseResult::Played(Box::new(outcome));
        Record {
            target: "echo".to_owned(),
            id: id.parse().unwrap(),
            result,
            earlier: Vec::new(),
        }
    }

    fn ok(id: &str) -> Record {
        record(id, Verdict::OK, Ending::default())
    }

    #[track_caller]
    fn check(authority: &[Record], other: &[Record], aspects: &[Aspect]) {
        let found = disparities(authority, other);
        let found: Vec<_> = found.iter().map(|disparity| disparity.aspect).collect();
        assert_eq!(found, aspects);
    }

    #[test]
    fn engines_that_say_the_same_agree() {
        check(&[ok("1.1.1"), ok("2.1")], &[ok("2.1"), ok("1.1.1")], &[]);
    }

    #[test]
    fn verdict_code_and_flags_are_told_apart() {
        let unclean = Verdict {
            behavior: Behavior::Ok,
            close: CloseBehavior::Unclean,
        };
        let coded = Ending {
            remote_code: Some(1002),
            ..Ending::default()
        };
        let clean = Ending {
            clean: true,
            ..Ending::default()
        };
        check(
            &[ok("2.1")],
            &[record("2.1", unclean, Ending::default())],
            &[Aspect::Verdict],
        );
        check(
            &[ok("2.1")],
            &[record("2.1", Verdict::OK, coded)],
            &[Aspect::CloseCode],
        );
        check(
            &[ok("2.1")],
            &[record("2.1", unclean, clean)],
            &[Aspect::Verdict, Aspect::Flags],
        );
    }

    #[test]
    fn what_only_one_engine_has_played_is_no_agreement() {
        check(&[ok("1.1.1"), ok("2.1")], &[ok("2.1")], &[Aspect::Played]);
        let failed = || Record::not_played("echo", "2.1".parse().unwrap(), "it hung");
        check(&[failed()], &[ok("2.1")], &[Aspect::Played]);
        check(&[failed()], &[failed()], &[Aspect::Played]);
    }
}
