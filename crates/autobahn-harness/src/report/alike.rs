//! Cases that have no verdict, all for the same reason: a server that is gone is one
//! thing to tell, not five hundred.

use std::collections::BTreeMap;

use autobahn_cases::CaseId;

use crate::gate::{Judged, Status};
use crate::run::CaseResult;

/// Cases of a target to be told together: at least one.
#[derive(Clone, Debug)]
pub(super) struct Alike<'j, 'a> {
    /// The first of them, for all that they have in common.
    pub(super) first: &'j Judged<'a>,
    /// All of them, in the order in which they came.
    pub(super) ids: Vec<CaseId>,
}

/// Cases by what there is to tell, in their order. One that has a verdict stands alone.
pub(super) fn together<'j, 'a>(judged: &[&'j Judged<'a>]) -> Vec<Alike<'j, 'a>> {
    let mut groups: Vec<Alike<'j, 'a>> = Vec::new();
    let mut known = BTreeMap::new();
    for one in judged {
        let Status::Error(trouble) = one.status else {
            groups.push(Alike::of(one));
            continue;
        };
        let error = match one.record.map(|record| &record.result) {
            Some(CaseResult::NotPlayed { error }) => Some(error),
            Some(CaseResult::Played(_)) | None => None,
        };
        let place = *known
            .entry((one.target, trouble.to_string(), error))
            .or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.ids.push(one.id),
            None => groups.push(Alike::of(one)),
        }
    }
    groups
}

impl<'j, 'a> Alike<'j, 'a> {
    fn of(one: &'j Judged<'a>) -> Self {
        Self {
            first: one,
            ids: vec![one.id],
        }
    }

    /// How many there are besides the first.
    pub(super) fn others(&self) -> usize {
        self.ids.len() - 1
    }

    /// The first of them by their numbers: `9.1.1, 9.1.2 and 257 more`.
    pub(super) fn names(&self) -> String {
        let shown: Vec<String> = self.ids.iter().take(SHOWN).map(CaseId::to_string).collect();
        match self.ids.len().saturating_sub(SHOWN) {
            0 => shown.join(", "),
            more => format!("{} and {more} more", shown.join(", ")),
        }
    }
}

/// How many cases are named.
const SHOWN: usize = 6;
