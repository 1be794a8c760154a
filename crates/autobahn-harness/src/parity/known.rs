//! The disparities that are known, and why: `autobahn/parity.toml`. The embedded
//! engine says something else there on purpose, because the official suite has a
//! quirk; the goal is that the list is empty.
//!
//! Each entry cites a [`Quirk`] and a recorded run of the suite that shows it,
//! and says to the letter what the embedded engine says instead: anything else is
//! unexpected, and an entry that nothing needs any more is stale. Of our own echo
//! server none is accepted.

mod parse;
mod quirk;

use std::collections::{BTreeMap, BTreeSet};

use autobahn_cases::{CaseId, Catalog};

use super::{Aspect, Disparity};
use crate::baseline::Refused;
use crate::run::Run;

pub use self::quirk::Quirk;

/// The disparities that are known.
#[derive(Clone, Debug, Default)]
pub struct Known {
    entries: Vec<Entry>,
}

/// One fact about the official suite.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name, unique in the file.
    pub id: String,
    /// The servers with which it shows; at least one.
    pub targets: Vec<String>,
    /// The cases in which it shows.
    pub cases: BTreeSet<CaseId>,
    /// In what the engines differ.
    pub aspect: Aspect,
    /// Why.
    pub quirk: Quirk,
    /// What the embedded engine says.
    pub embedded: String,
    /// What the suite says, by the recorded run.
    pub official: BTreeMap<CaseId, String>,
    /// The line of the file where it begins, from 1.
    pub line: usize,
}

/// Disparities beside what is known.
#[derive(Debug, Default)]
pub struct Judged<'a> {
    /// Those that nothing explains.
    pub unexpected: Vec<&'a Disparity>,
    /// Those that are as an entry has them.
    pub known: Vec<(&'a Disparity, &'a Entry)>,
    /// Cases of entries in which the engines agree by now.
    pub stale: Vec<(CaseId, &'a Entry)>,
}

impl Known {
    /// Reads a list; `path` names it in messages, and `recorded` reads a recorded
    /// run by the name that stands in the list.
    ///
    /// # Errors
    ///
    /// If anything in it is not as it must be: all faults at once.
    pub fn parse(
        path: &str,
        text: &str,
        catalog: &Catalog,
        recorded: &dyn Fn(&str) -> Result<Run, String>,
    ) -> Result<Self, Refused> {
        parse::parse(path, text, catalog, recorded)
    }

    /// All entries, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The disparities of a target, of which these cases were compared.
    #[must_use]
    pub fn judge<'a>(
        &'a self,
        target: &str,
        compared: &BTreeSet<CaseId>,
        disparities: &'a [Disparity],
    ) -> Judged<'a> {
        let entries = || {
            let entries = self.entries.iter();
            entries.filter(|entry| entry.targets.iter().any(|name| name == target))
        };
        let mut judged = Judged::default();
        for disparity in disparities {
            match entries().find(|entry| entry.explains(disparity)) {
                Some(entry) => judged.known.push((disparity, entry)),
                None => judged.unexpected.push(disparity),
            }
        }
        for entry in entries() {
            let shows = |id: &CaseId| {
                let mut found = disparities.iter();
                found.any(|one| {
                    one.id == *id && [entry.aspect, Aspect::Played].contains(&one.aspect)
                })
            };
            let cases = entry.cases.intersection(compared);
            let stale = cases.filter(|id| !shows(id));
            judged.stale.extend(stale.map(|id| (*id, entry)));
        }
        judged
    }
}

impl Entry {
    /// Whether both engines say what they are known to say.
    fn explains(&self, disparity: &Disparity) -> bool {
        self.aspect == disparity.aspect
            && self.official.get(&disparity.id) == Some(&disparity.authority)
            && self.embedded == disparity.other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> CaseId {
        text.parse().unwrap()
    }

    fn known() -> Known {
        let entry = Entry {
            id: "window-8".to_owned(),
            targets: vec!["peer".to_owned()],
            cases: BTreeSet::from([id("13.3.1"), id("13.4.1")]),
            aspect: Aspect::Verdict,
            quirk: Quirk::WindowOf8Bits,
            embedded: "OK/OK".to_owned(),
            official: [id("13.3.1"), id("13.4.1")]
                .map(|id| (id, "FAILED/UNCLEAN".to_owned()))
                .into(),
            line: 4,
        };
        Known {
            entries: vec![entry],
        }
    }

    fn disparity(case: &str, authority: &str, other: &str) -> Disparity {
        Disparity {
            id: id(case),
            aspect: Aspect::Verdict,
            authority: authority.to_owned(),
            other: other.to_owned(),
        }
    }

    /// Unexpected, known and stale cases.
    #[track_caller]
    fn check(target: &str, compared: &[&str], found: &[Disparity], counts: [usize; 3]) {
        let known = known();
        let compared = compared.iter().map(|text| id(text)).collect();
        let judged = known.judge(target, &compared, found);
        let found = [
            &judged.unexpected.len(),
            &judged.known.len(),
            &judged.stale.len(),
        ];
        assert_eq!(found.map(|count| *count), counts, "{judged:?}");
    }

    #[test]
    fn what_is_known_is_no_surprise() {
        let found = [disparity("13.3.1", "FAILED/UNCLEAN", "OK/OK")];
        check("peer", &["13.3.1"], &found, [0, 1, 0]);
    }

    #[test]
    fn another_server_another_case_and_other_words_are() {
        let found = [disparity("13.3.1", "FAILED/UNCLEAN", "OK/OK")];
        check("other", &["13.3.1"], &found, [1, 0, 0]);
        let found = [disparity("13.5.1", "FAILED/UNCLEAN", "OK/OK")];
        check("peer", &["13.5.1"], &found, [1, 0, 0]);
        let found = [disparity("13.3.1", "FAILED/UNCLEAN", "OK/UNCLEAN")];
        check("peer", &["13.3.1"], &found, [1, 0, 0]);
        let found = [disparity("13.3.1", "FAILED/OK", "OK/OK")];
        check("peer", &["13.3.1"], &found, [1, 0, 0]);
        let flags = Disparity {
            aspect: Aspect::Flags,
            ..disparity("13.3.1", "FAILED/UNCLEAN", "OK/OK")
        };
        check("peer", &["13.3.1"], &[flags], [1, 0, 1]);
    }

    #[test]
    fn what_has_gone_is_stale_where_it_was_compared() {
        check("peer", &["13.3.1", "1.1.1"], &[], [0, 0, 1]);
        check("peer", &["1.1.1"], &[], [0, 0, 0]);
        check("other", &["13.3.1"], &[], [0, 0, 0]);
    }

    #[test]
    fn a_case_without_a_verdict_is_unexpected_and_not_stale() {
        let unplayed = Disparity {
            aspect: Aspect::Played,
            ..disparity("13.3.1", "it hung", "OK/OK")
        };
        check("peer", &["13.3.1"], &[unplayed], [1, 0, 0]);
    }
}
