//! Which cases: ids, sections, wildcards, and what is left out of them.

use std::collections::BTreeSet;

use anyhow::anyhow;
use autobahn_cases::{CaseId, Pattern, autobahn};
use autobahn_harness::ExitCode;
use clap::Args;

use super::failure::{Exits as _, Failure};

/// Which cases.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Selection {
    /// Ids (6.4.3), sections (6.4) or wildcards (12.*.15); all cases if none is given
    #[arg(value_name = "CASES")]
    cases: Vec<Pattern>,

    /// Leave these cases out
    #[arg(
        long,
        value_name = "CASES",
        env = "AUTOBAHN_SKIP",
        value_delimiter = ','
    )]
    skip: Vec<Pattern>,
}

impl Selection {
    /// The cases in numeric order; none if all that were named are skipped.
    pub(super) fn resolve(&self) -> Result<BTreeSet<CaseId>, Failure> {
        let named = match self.cases.as_slice() {
            [] => autobahn().cases().map(|case| case.id).collect(),
            patterns => resolve(patterns)?,
        };
        self.rest(&named)
    }

    /// What is left of these cases without those that are skipped.
    pub(super) fn rest(&self, cases: &BTreeSet<CaseId>) -> Result<BTreeSet<CaseId>, Failure> {
        Ok(cases - &resolve(&self.skip)?)
    }
}

fn resolve(patterns: &[Pattern]) -> Result<BTreeSet<CaseId>, Failure> {
    let mut ids = BTreeSet::new();
    for pattern in patterns {
        ids.extend(autobahn().resolve(pattern).exits(ExitCode::Configuration)?);
    }
    Ok(ids)
}

/// The id, if the catalogue has such a case.
pub(super) fn known(id: CaseId) -> Result<CaseId, Failure> {
    let mut found = autobahn()
        .resolve(&id.into())
        .exits(ExitCode::Configuration)?;
    let id = found.pop().ok_or_else(|| anyhow!("`{id}` is no case"));
    id.exits(ExitCode::Configuration)
}
