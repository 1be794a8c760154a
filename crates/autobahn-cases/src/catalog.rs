//! The catalogue: every case, in numeric order, one file a section.

mod close;
mod deflate;
mod deflate_offers;
mod fragmentation;
mod framing;
mod limits;
mod misc;
mod opcodes;
mod ping_pong;
mod reserved_bits;
mod utf8;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::case::{Case, Section};
use crate::frame::Write;
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
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
        let sections = [
            framing::cases(),
            ping_pong::cases(),
            reserved_bits::cases(),
            opcodes::cases(),
            fragmentation::cases(),
            utf8::cases(),
            close::cases(),
            limits::cases(),
            misc::cases(),
            deflate::cases(),
            deflate_offers::cases(),
        ];
        Catalog::new(sections.into_iter().flatten())
    });
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
    /// A catalogue of these cases.
    ///
    /// # Panics
    ///
    /// If two of them have the same id.
    #[must_use]
    pub fn new(cases: impl IntoIterator<Item = Case>) -> Self {
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

    /// The id, section or group whose spelling is nearest to `text`, if any is near.
    fn nearest(&self, text: &str) -> Option<String> {
        let text = text.trim_end_matches(".*");
        let names = self.cases.keys().flat_map(|id| prefixes(*id));
        let near = names.filter_map(|name| {
            let distance = strsim::damerau_levenshtein(text, &name);
            (distance * 3 <= text.len()).then_some((distance, name))
        });
        // Of the names at the same distance, the one that differs last, then the first.
        let differs_at = |name: &str| {
            name.bytes()
                .zip(text.bytes())
                .take_while(|(a, b)| a == b)
                .count()
        };
        near.min_by_key(|(distance, name)| (*distance, Reverse(differs_at(name))))
            .map(|(_, name)| name)
    }
}

/// The names of everything that holds the case, and its own.
fn prefixes(id: CaseId) -> impl Iterator<Item = String> {
    let id = id.to_string();
    let dots: Vec<_> = id
        .match_indices('.')
        .map(|(at, _)| at)
        .chain([id.len()])
        .collect();
    dots.into_iter().map(move |end| id[..end].to_owned())
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

/// How something is written, as the end of a title.
fn manner(write: Write) -> String {
    match write {
        Write::Plain => String::new(),
        Write::Sync => ", sent with each frame in a write of its own".to_owned(),
        Write::Chop(1) => ", sent octet by octet".to_owned(),
        Write::Chop(octets) => format!(", sent in writes of {octets} octets"),
    }
}

/// A number of octets in the largest unit that leaves a whole number.
fn amount(octets: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;

    match octets {
        _ if octets >= MIB && octets.is_multiple_of(MIB) => format!("{} MiB", octets / MIB),
        _ if octets >= KIB && octets.is_multiple_of(KIB) => format!("{} KiB", octets / KIB),
        _ => format!("{octets} octets"),
    }
}
