//! Why a verdict is what it is, in a sentence for each half of it.

use autobahn_cases::outcome::Finding;
use autobahn_cases::{Case, Ending, Explanation, Verdict};

use crate::heard::Heard;

/// Explains a verdict.
#[must_use]
pub fn explain(
    _case: &Case,
    verdict: Verdict,
    heard: &Heard,
    _ending: &Ending,
    _findings: &[Finding],
) -> Explanation {
    let behavior = match &heard.procedure {
        Some(procedure) => procedure.reason.clone(),
        None => verdict.behavior.as_str().to_owned(),
    };
    Explanation {
        behavior,
        close: verdict.close.as_str().to_owned(),
    }
}
