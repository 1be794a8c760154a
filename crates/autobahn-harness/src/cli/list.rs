//! `autobahn list` and `autobahn explain`: the catalogue for people.

use std::fmt::{self, Write as _};

use autobahn_cases::describe::describe;
use autobahn_cases::{Case, CaseId, Section, autobahn};
use autobahn_harness::ExitCode;
use clap::Args;

use super::failure::Failure;
use super::selection::{Selection, known};
use super::stdout;

/// What to list.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    selection: Selection,
}

/// What to explain.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The id of a case, such as 6.4.3
    case: CaseId,
}

/// Prints a line a case, under its section.
pub(super) fn list(args: &ListArgs) -> Result<ExitCode, Failure> {
    let ids = args.selection.resolve()?;
    if ids.is_empty() {
        return Ok(ExitCode::AllSkipped);
    }
    let mut text = String::new();
    let mut section = None;
    for case in ids.iter().filter_map(|id| autobahn().case(*id)) {
        if section.replace(case.id.section()) != Some(case.id.section()) {
            let Section { number, name, .. } = Section::of(case.id);
            writeln!(text, "{number} {name}")?;
        }
        let (requirement, citation) = (case.requirement.name(), citation(case));
        writeln!(
            text,
            "  {:<8} {:<13} {citation:<16} {}",
            case.id, requirement, case.title
        )?;
    }
    stdout::print(&text)
}

/// Prints what a case is about.
pub(super) fn explain(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let id = known(args.case)?;
    let case = autobahn()
        .case(id)
        .expect("the catalogue has resolved the id");
    let mut text = String::new();
    writeln!(text, "{}  {}", case.id, case.title)?;
    let (section, requirement) = (Section::of(id).name, case.requirement.name());
    writeln!(text, "{section}, {requirement}, {}", citation(case))?;
    let description = describe(case);
    paragraph(&mut text, "What we send", description.sends)?;
    paragraph(&mut text, "What we accept", description.accepts)?;
    paragraph(&mut text, "How the connection must end", [description.ends])?;
    if !case.hints.is_empty() {
        paragraph(&mut text, "Usual causes of a failure", case.hints)?;
    }
    paragraph(
        &mut text,
        "Play it",
        [format!("autobahn run {id} --url ws://HOST:PORT")],
    )?;
    stdout::print(&text)
}

fn paragraph(
    text: &mut String,
    heading: &str,
    lines: impl IntoIterator<Item = impl fmt::Display>,
) -> fmt::Result {
    writeln!(text, "\n{heading}:")?;
    lines
        .into_iter()
        .try_for_each(|line| writeln!(text, "  {line}"))
}

fn citation(case: &Case) -> String {
    let Some(citation) = case.citation else {
        return "-".to_owned();
    };
    match citation.split_once('#') {
        Some((rfc, section)) => format!("RFC {rfc}, {section}"),
        None => format!("RFC {citation}"),
    }
}
