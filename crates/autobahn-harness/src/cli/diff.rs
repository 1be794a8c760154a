//! `autobahn diff`: two runs, compared case by case.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::anyhow;
use autobahn_cases::autobahn;
use autobahn_harness::ExitCode;
use autobahn_harness::diff::{Difference, Direction, diff};
use autobahn_harness::escape;
use autobahn_harness::run::Run;
use clap::Args;
use serde_json::json;

use super::failure::{Exits as _, Failure};
use super::{output, stdout};

/// Which runs.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The results before
    base: PathBuf,

    /// The results after
    head: PathBuf,

    /// Print JSON: a list of target, id, was, now, direction
    #[arg(long, env = "AUTOBAHN_JSON", value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    json: bool,
}

/// Prints a line a difference and their sum; 100 if any case is worse or different.
pub(super) fn execute(args: &DiffArgs) -> Result<ExitCode, Failure> {
    let (base, head) = (output::read(&args.base)?, output::read(&args.head)?);
    let says_nothing = |run: &Run| run.selected.is_empty() || run.targets().is_empty();
    if says_nothing(&base) && says_nothing(&head) {
        let (base, head) = (args.base.display(), args.head.display());
        let error = anyhow!(
            "neither `{base}` nor `{head}` has a case of a target: there is nothing to compare; \
             play some with `autobahn run`"
        );
        return Err(error).exits(ExitCode::NoVerdict);
    }
    let differences = diff(&base, &head);
    stdout::print(&match args.json {
        true => as_json(&differences)?,
        false => as_text(&differences, head.cases.len()),
    })?;
    let better = |difference: &Difference| difference.direction() == Direction::Better;
    Ok(match differences.iter().all(better) {
        true => ExitCode::Passed,
        false => ExitCode::Regression,
    })
}

fn as_text(differences: &[Difference], cases: usize) -> String {
    if differences.is_empty() {
        return format!("no difference in {cases} cases\n");
    }
    let rows = differences.iter().map(|difference| {
        let target = escape::line(&difference.target);
        [
            format!("{:>12} {target} {}", word(difference), difference.id),
            format!("was {},", difference.base),
            format!("is {}", difference.head),
        ]
    });
    let rows: Vec<[String; 3]> = rows.collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let (case, was) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
    let now = width(2).unwrap_or(0);
    let mut text = String::new();
    for (row, difference) in rows.iter().zip(differences) {
        let title = autobahn()
            .case(difference.id)
            .map(|case| case.title.to_string());
        let [first, second, third] = row;
        let line = format!(
            "{first:case$}  {second:was$} {third:now$}  {}",
            title.unwrap_or_default()
        );
        writeln!(text, "{}", line.trim_end()).expect("a string takes all");
    }
    let count = |direction: Direction| {
        let same = differences
            .iter()
            .filter(|one| one.direction() == direction);
        same.count()
    };
    writeln!(
        text,
        "{:>12} {} worse, {} different, {} better",
        "Sum",
        count(Direction::Worse),
        count(Direction::Different),
        count(Direction::Better)
    )
    .expect("a string takes all");
    text
}

fn as_json(differences: &[Difference]) -> Result<String, Failure> {
    let rows = differences.iter().map(|difference| {
        json!({
            "target": difference.target,
            "id": difference.id.to_string(),
            "was": difference.base.to_string(),
            "now": difference.head.to_string(),
            "direction": word(difference),
        })
    });
    let rows: Vec<_> = rows.collect();
    Ok(serde_json::to_string_pretty(&rows)? + "\n")
}

fn word(difference: &Difference) -> &'static str {
    match difference.direction() {
        Direction::Better => "better",
        Direction::Worse => "worse",
        Direction::Different => "different",
    }
}
