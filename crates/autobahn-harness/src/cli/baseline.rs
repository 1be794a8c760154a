//! The baseline: found and read, and `autobahn baseline`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use autobahn_cases::{CaseId, autobahn};
use autobahn_harness::baseline::update::{self, Accept, Editor};
use autobahn_harness::baseline::{Known, check};
use autobahn_harness::escape;
use autobahn_harness::{Baseline, Demand, ExitCode, results};
use chrono::{Local, NaiveDate};
use clap::{Args, Subcommand};

use super::failure::{Exits as _, Failure};
use super::progress::line;
use super::selection::known;
use super::subject::TargetList;
use super::{output, stdout};

/// Where a baseline is looked for.
const DEFAULT: &str = "autobahn/baseline.toml";

/// Against what results are judged.
#[derive(Clone, Debug, Args)]
pub(super) struct BaselineArgs {
    /// The list of known deviations
    ///
    /// Without this option autobahn/baseline.toml is read where it exists; where
    /// it does not, every case must be OK.
    #[arg(long, value_name = "FILE", env = "AUTOBAHN_BASELINE")]
    baseline: Option<PathBuf>,
}

/// A baseline where nothing is played, and the targets that it may name.
#[derive(Clone, Debug, Args)]
pub(super) struct StoredBaselineArgs {
    #[command(flatten)]
    file: BaselineArgs,

    #[command(flatten)]
    list: TargetList,
}

/// How much must have been played.
#[derive(Clone, Debug, Args)]
pub(super) struct CompleteArgs {
    /// Fail unless every case of the catalogue was selected and played
    #[arg(long, env = "AUTOBAHN_REQUIRE_COMPLETE", value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    require_complete: bool,
}

/// The list of known deviations.
#[derive(Debug, Subcommand)]
pub(crate) enum BaselineCommand {
    /// Say whether the baseline is valid, and how old its entries are
    Check(StoredBaselineArgs),
    /// Take out what the last run has mended; take in what --accept names
    Update(UpdateArgs),
    /// Say what the baseline expects of a case, and why
    Explain(ExplainArgs),
}

/// What to change.
#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    baseline: StoredBaselineArgs,

    /// The results to go by
    #[arg(
        long,
        value_name = "FILE",
        env = "AUTOBAHN_RESULTS",
        default_value = "reports/results.json"
    )]
    results: PathBuf,

    /// A case whose deviation is accepted as it is now
    #[arg(long, value_name = "CASE", requires = "reason")]
    accept: Vec<autobahn_cases::Pattern>,

    /// Why: what would have to happen for the entry to go away
    #[arg(long, value_name = "TEXT", requires = "accept")]
    reason: Option<String>,

    /// Refuse to change anything: a baseline is changed by people
    #[arg(long, env = "CI", hide = true, value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    ci: bool,
}

/// What to explain.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    baseline: StoredBaselineArgs,

    /// The id of a case, such as 6.4.3
    case: CaseId,
}

impl BaselineArgs {
    /// Reads the baseline, or takes an empty one where there is none.
    pub(super) fn load(&self, list: &TargetList) -> Result<Baseline, Failure> {
        let path = match &self.baseline {
            Some(path) => path,
            None if !Path::new(DEFAULT).exists() => return Ok(Baseline::empty(DEFAULT)),
            None => Path::new(DEFAULT),
        };
        let shown = path.display().to_string();
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the baseline `{shown}`"))
            .exits(ExitCode::Configuration)?;
        let names = list.known_names()?;
        let known = Known {
            catalog: autobahn(),
            targets: names.as_ref(),
        };
        Baseline::parse(&shown, &text, known).exits(ExitCode::Configuration)
    }
}

impl StoredBaselineArgs {
    /// Reads the baseline, or takes an empty one where there is none.
    pub(super) fn load(&self) -> Result<Baseline, Failure> {
        self.file.load(&self.list)
    }
}

impl CompleteArgs {
    pub(super) fn demand(&self) -> Demand {
        match self.require_complete {
            true => Demand::Complete,
            false => Demand::AnySelection,
        }
    }
}

/// Today, where the user is: the day on which entries expire.
pub(super) fn today() -> NaiveDate {
    Local::now().date_naive()
}

pub(super) fn execute(command: &BaselineCommand) -> Result<ExitCode, Failure> {
    match command {
        BaselineCommand::Check(args) => {
            let baseline = args.load()?;
            stdout::print(&check::summary(&baseline, today()))?;
            let expired = baseline
                .entries()
                .iter()
                .any(|entry| entry.is_expired(today()));
            Ok(if expired {
                ExitCode::Stale
            } else {
                ExitCode::Passed
            })
        }
        BaselineCommand::Update(args) => update(args),
        BaselineCommand::Explain(args) => {
            let id = known(args.case)?;
            stdout::print(&check::explain(
                &args.baseline.load()?,
                autobahn(),
                id,
                today(),
            ))
        }
    }
}

fn update(args: &UpdateArgs) -> Result<ExitCode, Failure> {
    let baseline = args.baseline.load()?;
    let path = args
        .baseline
        .file
        .baseline
        .as_deref()
        .unwrap_or(Path::new(DEFAULT));
    let run = output::read(&args.results)?;
    let judgement =
        autobahn_harness::judge(&run, &baseline, autobahn(), today(), Demand::AnySelection);
    let accepts = args.accept.iter().map(|cases| Accept {
        cases: cases.clone(),
        target: None,
        reason: args.reason.clone().unwrap_or_default(),
        issue: None,
        expires: None,
        id: None,
    });
    let accepts: Vec<_> = accepts.collect();
    let editor = if args.ci { Editor::Ci } else { Editor::Person };
    let updated = update::update(&judgement, &accepts, editor).exits(ExitCode::Configuration)?;
    if updated.changes.is_empty() {
        line(&format!("{} is up to date", path.display()));
    } else {
        results::write_whole(path, &updated.text)
            .with_context(|| format!("cannot write `{}`", path.display()))
            .exits(ExitCode::Output)?;
        updated.changes.iter().for_each(|change| line(change));
    }
    if updated.left.is_empty() {
        return Ok(ExitCode::Passed);
    }
    for (target, id) in &updated.left {
        let target = escape::line(target);
        line(&format!(
            "not accepted: {target} {id}; accept with: autobahn baseline update --accept {id} --reason TEXT"
        ));
    }
    Ok(ExitCode::Regression)
}
