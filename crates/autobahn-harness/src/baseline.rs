//! The baseline: what is expected today, and why. Everything that it does not
//! list must be as the case's default expects.
//!
//! It exists only if it is valid: [`Baseline::parse`] refuses a file with every
//! fault that it has, each with its place, before anything is played.

pub mod changes;
pub mod check;
mod cover;
pub mod entry;
pub(crate) mod field;
pub(crate) mod parse;
mod place;
pub mod refusal;
pub mod update;

use std::collections::BTreeSet;

use autobahn_cases::{CaseId, Catalog};

pub use crate::baseline::entry::{Entry, Expectation, Kind};
pub use crate::baseline::refusal::Refused;

/// The exceptions of a target, from a file.
#[derive(Clone, Debug)]
pub struct Baseline {
    path: String,
    text: String,
    suite: String,
    entries: Vec<Entry>,
}

/// What a baseline may speak of.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The cases.
    pub catalog: &'a Catalog,
    /// The names of the targets, where they are known: an entry of any other is refused.
    pub targets: Option<&'a BTreeSet<String>>,
}

impl Baseline {
    /// A baseline without exceptions: all cases must be as their default expects.
    /// `path` is where it would stand.
    #[must_use]
    pub fn empty(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: String::new(),
            suite: String::new(),
            entries: Vec::new(),
        }
    }

    /// Reads a baseline; `path` names it in messages.
    ///
    /// # Errors
    ///
    /// If anything in it is not as it must be: all faults at once.
    pub fn parse(path: &str, text: &str, known: Known<'_>) -> Result<Self, Refused> {
        parse::parse(path, text, known)
    }

    /// Where it came from, as messages name it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The file as it was read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The version of the suite for which it was written.
    #[must_use]
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// All entries, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry that speaks of a case of a target on an operating system, which
    /// is named as in [`std::env::consts::OS`].
    #[must_use]
    pub fn entry(&self, target: &str, id: CaseId, os: &str) -> Option<&Entry> {
        let mut entries = self.entries.iter();
        entries
            .find(|entry| entry.cases.contains(&id) && entry.is_for(target) && entry.applies_on(os))
    }
}
