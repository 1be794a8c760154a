//! What a change does to a baseline, entry by entry: what a reviewer has to see
//! even where no case is red.

use std::collections::BTreeSet;

use super::{Baseline, Entry};

/// An entry that is not the same in two baselines.
#[derive(Clone, Debug)]
pub enum Change<'a> {
    /// It is new.
    Added(&'a Entry),
    /// It says something else.
    Altered {
        /// What it said.
        was: &'a Entry,
        /// What it says.
        now: &'a Entry,
        /// What differs, in words; never empty.
        what: Vec<&'static str>,
    },
    /// It is gone.
    Removed(&'a Entry),
}

/// Whether more deviates with leave than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Something that was red before is not any more, or may not be.
    Loosens,
    /// Nothing is allowed that was not before.
    Tightens,
}

/// What differs, in the order of the second file, then what is gone. Entries
/// are the same if they have the same id; where they stand is of no matter.
#[must_use]
pub fn changes<'a>(base: &'a Baseline, head: &'a Baseline) -> Vec<Change<'a>> {
    let find = |baseline: &'a Baseline, id: &str| {
        let mut entries = baseline.entries().iter();
        entries.find(|entry| entry.id == id)
    };
    let here = head.entries().iter().filter_map(|now| {
        let Some(was) = find(base, &now.id) else {
            return Some(Change::Added(now));
        };
        let what = differences(was, now);
        (!what.is_empty()).then_some(Change::Altered { was, now, what })
    });
    let gone = base.entries().iter();
    let gone = gone.filter(|entry| find(head, &entry.id).is_none());
    here.chain(gone.map(Change::Removed)).collect()
}

fn differences(was: &Entry, now: &Entry) -> Vec<&'static str> {
    let set = |entry: &Entry| entry.targets.iter().cloned().collect::<BTreeSet<_>>();
    let parts = [
        (was.kind != now.kind, "kind"),
        (set(was) != set(now), "targets"),
        (was.cases != now.cases, "cases"),
        (was.expected != now.expected, "expected outcome"),
        (was.os != now.os, "operating system"),
        (was.reason != now.reason, "reason"),
        (was.expires != now.expires, "last day"),
    ];
    let differ = parts.into_iter().filter(|(differs, _)| *differs);
    differ.map(|(_, name)| name).collect()
}

impl<'a> Change<'a> {
    /// The entry as it is now, or was before it went.
    #[must_use]
    pub fn entry(&self) -> &'a Entry {
        match self {
            Self::Added(entry) | Self::Removed(entry) | Self::Altered { now: entry, .. } => entry,
        }
    }

    /// Whether it allows more. A change of the expected outcome is taken to.
    #[must_use]
    pub fn effect(&self) -> Effect {
        let tightens = match self {
            Self::Added(_) => false,
            Self::Removed(_) => true,
            Self::Altered { was, now, what } => what.iter().all(|part| match *part {
                "cases" => now.cases.is_subset(&was.cases),
                "targets" => {
                    let named = |target: &String| was.is_for(target);
                    !now.targets.is_empty() && now.targets.iter().all(named)
                }
                "operating system" => was.os.is_none(),
                "last day" => match (was.expires, now.expires) {
                    (None, Some(_)) => true,
                    (Some(was), Some(now)) => now < was,
                    (Some(_) | None, None) => false,
                },
                "reason" => true,
                _ => false,
            }),
        };
        match tightens {
            true => Effect::Tightens,
            false => Effect::Loosens,
        }
    }
}
