//! `autobahn diff`: two runs, compared case by case.

use std::fmt::Write as _;
use std::path::PathBuf;

use autobahn_harness::ExitCode;
use autobahn_harness::diff::{Difference, Direction, diff};
use autobahn_harness::report::escape;
use clap::Args;

use super::failure::Failure;
use super::{output, stdout};

/// Which runs.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The results before
    base: PathBuf,

    /// The results after
    head: PathBuf,
}

/// Prints a line a difference; 100 if any case is worse or different.
pub(super) fn execute(args: &DiffArgs) -> Result<ExitCode, Failure> {
    let (base, head) = (output::read(&args.base)?, output::read(&args.head)?);
    let differences = diff(&base, &head);
    let mut text = String::new();
    for difference in &differences {
        let Difference {
            target,
            id,
            base,
            head,
        } = difference;
        let word = match difference.direction() {
            Direction::Better => "better",
            Direction::Worse => "worse",
            Direction::Different => "different",
        };
        let target = escape::line(target);
        writeln!(text, "{word:>12} {target} {id:<8} was {base}, is {head}")?;
    }
    if differences.is_empty() {
        writeln!(text, "no difference in {} cases", head.cases.len())?;
    }
    stdout::print(&text)?;
    let better = |difference: &Difference| difference.direction() == Direction::Better;
    Ok(match differences.iter().all(better) {
        true => ExitCode::Passed,
        false => ExitCode::Regression,
    })
}
