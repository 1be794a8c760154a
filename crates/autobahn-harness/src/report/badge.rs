//! A badge, as the endpoint of shields.io wants it: how many cases are as the
//! suite demands, and what the others came to.

use autobahn_cases::{Behavior, Verdict};
use serde::Serialize;

use crate::exit::ExitCode;
use crate::gate::{Judged, Judgement, Status};

/// The badge. It colours what the peer is, not what the gate says: exceptions of
/// a baseline make a gate green and no badge bright.
#[must_use]
pub fn render(judgement: &Judgement<'_>) -> String {
    let tally = Tally::of(judgement);
    let known = judgement.exit_code() != ExitCode::NoVerdict;
    let badge = Badge {
        schema_version: 1,
        label: "autobahn",
        message: tally.message(judgement),
        color: match known {
            true => tally.color(judgement),
            false => "lightgrey",
        },
        is_error: !known,
        cache_seconds: 3600,
    };
    let mut text = serde_json::to_string(&badge).expect("a badge is plain data");
    text.push('\n');
    text
}

/// The fields of the endpoint's schema.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Badge {
    schema_version: u8,
    label: &'static str,
    message: String,
    color: &'static str,
    is_error: bool,
    cache_seconds: u32,
}

/// How many cases came to what, whatever a baseline says.
#[derive(Default)]
struct Tally {
    as_demanded: usize,
    failed: usize,
    non_strict: usize,
    unimplemented: usize,
    no_verdict: usize,
}

impl Tally {
    fn of(judgement: &Judgement<'_>) -> Self {
        let mut tally = Self::default();
        for judged in &judgement.cases {
            let count = match verdict(judged) {
                None => &mut tally.no_verdict,
                Some((verdict, demanded)) if verdict == demanded => &mut tally.as_demanded,
                Some((verdict, demanded)) if verdict.close != demanded.close => &mut tally.failed,
                Some((verdict, _)) => match verdict.behavior {
                    Behavior::NonStrict => &mut tally.non_strict,
                    Behavior::Unimplemented => &mut tally.unimplemented,
                    Behavior::Ok | Behavior::Informational | Behavior::Failed => &mut tally.failed,
                },
            };
            *count += 1;
        }
        tally
    }

    fn message(&self, judgement: &Judgement<'_>) -> String {
        if judgement.cases.is_empty() {
            return String::from("no verdict");
        }
        let mut message = format!("{}/{}", self.as_demanded, judgement.cases.len());
        let parts = [
            (self.failed, "failed"),
            (self.non_strict, "non-strict"),
            (self.unimplemented, "unimplemented"),
            (self.no_verdict, "without a verdict"),
        ];
        for (count, word) in parts.into_iter().filter(|(count, _)| *count > 0) {
            message.push_str(&format!(" · {count} {word}"));
        }
        if !judgement.is_of_all_cases() {
            message.push_str(" · partial run");
        }
        message
    }

    fn color(&self, judgement: &Judgement<'_>) -> &'static str {
        let is_unexpected = |status| judgement.with(status).next().is_some();
        match self {
            _ if is_unexpected(Status::Regression) || is_unexpected(Status::Changed) => "red",
            Self { failed: 1.., .. } => "orange",
            Self {
                non_strict: 1.., ..
            } => "yellow",
            Self {
                unimplemented: 1.., ..
            } => "yellowgreen",
            _ if !judgement.is_of_all_cases() => "green",
            _ => "brightgreen",
        }
    }
}

/// What a case came to, and what the suite demands.
fn verdict(judged: &Judged<'_>) -> Option<(Verdict, Verdict)> {
    match judged.status {
        Status::Error(_) => None,
        Status::Pass
        | Status::Expected
        | Status::Flaky
        | Status::Stale
        | Status::Changed
        | Status::Regression => Some((judged.outcome()?.verdict, judged.case?.expectation())),
    }
}
