//! The catalogue: every case, in numeric order, one file a section.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::case::{Case, Section};
use crate::id::CaseId;
use crate::pattern::Pattern;

/// The cases of a suite by id.
#[derive(Debug)]
pub struct Catalog {
    cases: BTreeMap<CaseId, Case>,
}

/// A pattern that names no case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no case matches `{pattern}`{}", suggestion.as_ref().map(|id| format!("; did you mean `{id}`?")).unwrap_or_default())]
pub struct NoSuchCase {
    /// What was asked for.
    pub pattern: String,
    /// The nearest id or section.
    pub suggestion: Option<String>,
}

/// The catalogue of the official suite, version 25.10.1.
#[must_use]
pub fn autobahn() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::new([]));
    &CATALOG
}

/// The sections of the official suite.
pub const SECTIONS: [Section; 11] = [
    Section {
        number: 1,
        slug: "framing",
        name: "Framing",
    },
    Section {
        number: 2,
        slug: "ping_pong",
        name: "Pings and pongs",
    },
    Section {
        number: 3,
        slug: "reserved_bits",
        name: "Reserved bits",
    },
    Section {
        number: 4,
        slug: "opcodes",
        name: "Opcodes",
    },
    Section {
        number: 5,
        slug: "fragmentation",
        name: "Fragmentation",
    },
    Section {
        number: 6,
        slug: "utf8",
        name: "UTF-8 handling",
    },
    Section {
        number: 7,
        slug: "close",
        name: "Closing handshake",
    },
    Section {
        number: 9,
        slug: "limits",
        name: "Limits and performance",
    },
    Section {
        number: 10,
        slug: "misc",
        name: "Miscellaneous",
    },
    Section {
        number: 12,
        slug: "deflate",
        name: "Compression, payloads",
    },
    Section {
        number: 13,
        slug: "deflate_offers",
        name: "Compression, parameters",
    },
];

impl Catalog {
    fn new(cases: impl IntoIterator<Item = Case>) -> Self {
        let mut by_id = BTreeMap::new();
        for case in cases {
            let before = by_id.insert(case.id, case);
            assert!(before.is_none(), "an id stands in the catalogue once");
        }
        Self { cases: by_id }
    }

    /// How many cases there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// The case of that name.
    #[must_use]
    pub fn case(&self, id: CaseId) -> Option<&Case> {
        self.cases.get(&id)
    }

    /// All cases, in numeric order.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.values()
    }

    /// The ids that the pattern names, in numeric order.
    ///
    /// # Errors
    ///
    /// If it names none.
    pub fn resolve(&self, pattern: &Pattern) -> Result<Vec<CaseId>, NoSuchCase> {
        let ids: Vec<_> = self
            .cases
            .keys()
            .copied()
            .filter(|id| pattern.matches(*id))
            .collect();
        if ids.is_empty() {
            let suggestion = self.nearest(pattern.as_str());
            return Err(NoSuchCase {
                pattern: pattern.to_string(),
                suggestion,
            });
        }
        Ok(ids)
    }

    /// The id or section whose spelling is nearest to `text`, if any is near.
    fn nearest(&self, text: &str) -> Option<String> {
        let ids = self.cases.keys().map(ToString::to_string);
        let (distance, id) = ids
            .map(|id| (strsim::damerau_levenshtein(text, &id), id))
            .min()?;
        (distance <= 2).then_some(id)
    }
}

impl Section {
    /// The section of a case.
    ///
    /// # Panics
    ///
    /// If the id is in no catalogue.
    #[must_use]
    pub fn of(id: CaseId) -> Section {
        let found = SECTIONS
            .into_iter()
            .find(|section| section.number == id.section());
        found.expect("every case in the catalogue has a section")
    }
}
