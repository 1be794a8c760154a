//! The head of the page: the verdict in a sentence, and who says so.

use std::collections::BTreeSet;

use crate::exit::ExitCode;
use crate::gate::{Judgement, Status};
use crate::report::{complaints, cross_check, extent, seconds};
use crate::run::Profile;

use super::glance::{Summary, summary};
use super::sheet::Sheet;

/// What the page begins with.
#[derive(Debug)]
pub(super) struct Headline {
    /// Whether the gate is green.
    pub(super) passed: bool,
    /// `Passed` or `Failed`.
    pub(super) word: &'static str,
    /// What that means.
    pub(super) sentence: String,
    /// Who played what, where and when, a sentence a run.
    pub(super) provenance: Vec<String>,
    /// What each column came to.
    pub(super) columns: Vec<Summary>,
    /// The facts of each run.
    pub(super) runs: Vec<Facts>,
}

/// A run's provenance in full: names and values.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) label: String,
    pub(super) facts: Vec<(&'static str, String)>,
}

impl Headline {
    pub(super) fn of(judgements: &[Judgement<'_>], sheet: &Sheet<'_>) -> Self {
        let codes = judgements.iter().map(Judgement::exit_code);
        let passed = !judgements.is_empty() && ExitCode::first(codes) == ExitCode::Passed;
        Self {
            passed,
            word: if passed { "Passed" } else { "Failed" },
            sentence: sentence(judgements, passed),
            provenance: judgements.iter().map(provenance).collect(),
            columns: sheet
                .columns
                .iter()
                .enumerate()
                .map(|(at, column)| summary(sheet, at, column))
                .collect(),
            runs: judgements.iter().map(facts).collect(),
        }
    }
}

fn sentence(judgements: &[Judgement<'_>], passed: bool) -> String {
    let count = |status: Status| {
        let found = judgements.iter().map(|one| one.with(status).count());
        found.sum::<usize>()
    };
    let all: usize = judgements.iter().map(|one| one.cases.len()).sum();
    let (pass, expected, flaky) = (
        count(Status::Pass),
        count(Status::Expected),
        count(Status::Flaky),
    );
    let (name, several) = subjects(judgements);
    let (does, conforms, its) = match several {
        true => ("do", "conform", "their"),
        false => ("does", "conforms", "its"),
    };
    let partial = match judgements.iter().find(|one| !one.is_of_all_cases()) {
        Some(judgement) => format!(" It was a run of {}.", extent(judgement)),
        None => String::new(),
    };
    // With several engines each case has several results.
    let cases = match judgements.len() {
        0 | 1 => String::from("cases"),
        engines => format!("results of {engines} engines"),
    };
    if !passed {
        let complaints: Vec<String> = judgements.iter().flat_map(complaints).collect();
        let complaints = match complaints.is_empty() {
            true => String::from("nothing was judged"),
            false => complaints.join(", "),
        };
        return format!(
            "{name} {does} not do what {its} baseline says: {complaints}. The other {} of {all} {cases} are as they should be.{partial}",
            pass + expected + flaky
        );
    }
    let flaky = match flaky {
        0 => String::new(),
        1 => String::from(", 1 of them only when played alone"),
        flaky => format!(", {flaky} of them only when played alone"),
    };
    if expected == 0 {
        return format!("{name} {conforms}: all {all} {cases} pass{flaky}.{partial}");
    }
    let deviate = if expected == 1 { "deviates" } else { "deviate" };
    format!(
        "{name} {conforms} to {its} baseline: {} of {all} {cases} pass{flaky}, {expected} {deviate} as the baseline says, none in a new way.{partial}",
        all - expected
    )
}

/// Who was tested, and whether they are several. A target that has no other name is
/// called by its address.
fn subjects(judgements: &[Judgement<'_>]) -> (String, bool) {
    let targets = judgements
        .iter()
        .flat_map(|one| &one.run.provenance.targets);
    let names: BTreeSet<String> = targets
        .map(|target| match target.name.as_str() {
            "url" => format!("The server at {}", target.url),
            name => name.to_owned(),
        })
        .collect();
    let several = names.len() > 1;
    let names = match names.is_empty() {
        true => String::from("No target"),
        false => names.into_iter().collect::<Vec<_>>().join(", "),
    };
    (names, several)
}

/// `autobahn 0.1.0 (engine embedded 0.1.0) played suite 25.10.1 against echo …`.
fn provenance(judgement: &Judgement<'_>) -> String {
    let provenance = &judgement.run.provenance;
    let engine = &provenance.engine;
    let targets: Vec<&str> = judgement.run.targets().into_iter().collect();
    let image = match (&engine.image, &engine.digest) {
        (Some(image), Some(digest)) => format!(" (image {image}, {})", short(digest)),
        (Some(image), None) => format!(" (image {image})"),
        (None, _) => String::new(),
    };
    let commit = provenance.commit.as_ref();
    let commit = commit.map_or(String::new(), |commit| format!(" at commit {commit}"));
    let profile = match provenance.profile {
        Profile::Full => "",
        Profile::Quick => ", the long ones with fewer messages,",
    };
    let checked = cross_check(judgement);
    let checked = checked.map_or(String::new(), |said| format!(" The engine is {said}."));
    format!(
        "autobahn {} played {} of suite {}{profile} on its {} engine{image} against {}{commit}, on {} in {}, on {}.{checked}",
        provenance.version,
        extent(judgement),
        engine.suite,
        engine.name,
        targets.join(", "),
        provenance.os,
        seconds(provenance.duration_ms),
        provenance.started.replace('T', " ").replace('Z', " UTC"),
    )
}

/// The first digits of a digest, enough to tell it from others.
fn short(digest: &str) -> String {
    match digest.split_once(':') {
        Some((name, digits)) => format!("{name}:{}", digits.chars().take(12).collect::<String>()),
        None => digest.to_owned(),
    }
}

fn facts(judgement: &Judgement<'_>) -> Facts {
    let provenance = &judgement.run.provenance;
    let engine = &provenance.engine;
    let code = judgement.exit_code();
    let mut facts = vec![
        (
            "Verdict",
            format!("{}, exit code {}", code.meaning(), code.number()),
        ),
        ("Tool", format!("autobahn {}", provenance.version)),
        ("Engine", format!("{} {}", engine.name, engine.version)),
        ("Suite", format!("Autobahn {}", engine.suite)),
    ];
    facts.extend(engine.image.clone().map(|image| ("Image", image)));
    facts.extend(engine.digest.clone().map(|digest| ("Digest", digest)));
    facts.extend(engine.corpora.clone().map(|hash| ("Corpora", hash)));
    for target in &provenance.targets {
        facts.push(("Target", format!("{} at {}", target.name, target.url)));
    }
    facts.extend(provenance.commit.clone().map(|commit| ("Commit", commit)));
    let profile = match provenance.profile {
        Profile::Full => "full",
        Profile::Quick => "quick: fewer messages in 9.7, 9.8, 12 and 13",
    };
    facts.extend([
        ("Profile", String::from(profile)),
        ("System", provenance.os.clone()),
        ("Command", provenance.command.join(" ")),
        ("Started", provenance.started.clone()),
        ("Took", seconds(provenance.duration_ms)),
        ("Judged on", judgement.today.to_string()),
        ("Baseline", judgement.baseline.path().to_owned()),
    ]);
    Facts {
        label: engine.name.clone(),
        facts,
    }
}
