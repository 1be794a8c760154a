//! The fewest words for a set of cases.

use std::collections::BTreeSet;

use autobahn_cases::{CaseId, Catalog, Pattern};

/// Patterns that name exactly `cases`: those of `written` that name nothing
/// else, then wildcards for what is left where it is all of a section, then ids.
pub(super) fn cover(
    cases: &BTreeSet<CaseId>,
    written: &[Pattern],
    catalog: &Catalog,
) -> Vec<String> {
    let mut left = cases.clone();
    let mut patterns = Vec::new();
    let mut take = |pattern: &Pattern, least: usize, left: &mut BTreeSet<CaseId>| {
        let ids = catalog.resolve(pattern).unwrap_or_default();
        let fits = ids.len() >= least && ids.iter().all(|id| left.contains(id));
        if fits {
            left.retain(|id| !ids.contains(id));
            patterns.push(pattern.to_string());
        }
    };
    for pattern in written {
        take(pattern, 1, &mut left);
    }
    while let Some(id) = left.first().copied() {
        for pattern in sections(id) {
            take(&pattern, 2, &mut left);
        }
        if left.contains(&id) {
            take(&Pattern::from(id), 1, &mut left);
        }
        // An id that the catalogue does not have.
        left.remove(&id);
    }
    patterns
}

/// The sections of an id, the largest first: `12.*`, `12.1.*`.
fn sections(id: CaseId) -> Vec<Pattern> {
    let text = id.to_string();
    let dots = text.match_indices('.').map(|(index, _)| index);
    dots.map(|index| format!("{}.*", &text[..index]))
        .filter_map(|pattern| pattern.parse().ok())
        .collect()
}
