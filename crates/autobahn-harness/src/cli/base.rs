//! What a run is compared with: the baseline of the merge base, from git. And
//! what later steps of a job are told.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use autobahn_cases::autobahn;
use autobahn_harness::baseline::Known;
use autobahn_harness::escape;
use autobahn_harness::gate::Base;
use autobahn_harness::report::outputs;
use autobahn_harness::run::Run;
use autobahn_harness::{Baseline, ExitCode, Judgement, git};
use clap::Args;

use super::failure::{Exits as _, Failure};

/// With what to compare.
#[derive(Clone, Debug, Args)]
pub(super) struct BaseArgs {
    /// Tell apart what this change did: compare with the baseline as it is where
    /// HEAD left REF, such as origin/main
    ///
    /// The baseline is read from git, at `git merge-base REF HEAD`; nothing is
    /// fetched. Neither the verdict nor the exit code changes by it.
    #[arg(long, value_name = "REF", env = "AUTOBAHN_BASE")]
    base: Option<String>,
}

/// What later steps are told.
#[derive(Clone, Debug, Args)]
pub(super) struct StepOutputs {
    /// Append `name=value` lines to a file, as $GITHUB_OUTPUT takes them: verdict,
    /// exit_code, counts, reports
    #[arg(long, value_name = "FILE", env = "AUTOBAHN_OUTPUTS")]
    outputs: Option<PathBuf>,
}

impl BaseArgs {
    /// Asks git for the baseline of the merge base. That there is none, or that
    /// it is not valid, hinders nobody from mending it: then it is empty, and all
    /// that the baseline here lists counts as accepted here.
    pub(super) fn load(
        &self,
        baseline: &Baseline,
        previous: Option<&Run>,
    ) -> Result<Option<Base>, Failure> {
        // An empty variable is how a workflow says that there is none.
        let Some(name) = self.base.as_ref().filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let path = baseline.path();
        let found = git::merge_base(Path::new("."), name).exits(ExitCode::Configuration)?;
        let text = found.file(Path::new(path)).exits(ExitCode::Configuration)?;
        let known = Known {
            catalog: autobahn(),
            targets: None,
        };
        let (there, note) = match text.map(|text| Baseline::parse(path, &text, known)) {
            Some(Ok(there)) => (there, None),
            Some(Err(refused)) => {
                let count = refused.problems().len();
                let note = format!(
                    "its {path} is not valid, {count} fault(s), and taken for an empty one"
                );
                (Baseline::empty(path), Some(note))
            }
            // Where there is none here either, it is no news.
            None if baseline.text().is_empty() => (Baseline::empty(path), None),
            None => {
                let note = format!("there is no {path} there");
                (Baseline::empty(path), Some(note))
            }
        };
        Ok(Some(Base {
            name: escape::line(name),
            commit: found.commit,
            baseline: there,
            note,
            previous: previous.cloned(),
        }))
    }
}

impl StepOutputs {
    /// Appends what a command came to. Returns the code with which it ends: that
    /// this could not be written hides nothing that is graver.
    pub(super) fn write(
        &self,
        code: ExitCode,
        judgement: Option<&Judgement<'_>>,
        reports: &[String],
    ) -> ExitCode {
        let Some(path) = &self.outputs else {
            return code;
        };
        let text = outputs::render(code, judgement, reports);
        let file = OpenOptions::new().create(true).append(true).open(path);
        let written = file
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("cannot write `{}`", path.display()))
            .exits(ExitCode::Output);
        match written {
            Ok(()) => code,
            Err(failure) => ExitCode::first([code, failure.tell()]),
        }
    }

    /// Tells of a failure that left no judgement, and appends how that ended.
    pub(super) fn without_judgement(&self, ended: Result<ExitCode, Failure>) -> ExitCode {
        match ended {
            Ok(code) => code,
            Err(failure) => self.write(failure.tell(), None, &[]),
        }
    }
}
