//! Where results go: files, and the summary on the terminal.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{self, Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, anyhow};
use autobahn_cases::{CaseId, autobahn};
use autobahn_harness::report::{self, Format, UnknownFormat, html};
use autobahn_harness::results;
use autobahn_harness::run::Run;
use autobahn_harness::{Baseline, Demand, ExitCode, Judgement, judge};
use clap::Args;

use super::baseline::today;
use super::failure::{Exits as _, Failure};

/// The formats that every run writes.
const STANDARD: [Format; 4] = [Format::Html, Format::Json, Format::Junit, Format::Markdown];

/// Where results go.
#[derive(Clone, Debug, Args)]
pub(super) struct OutputArgs {
    /// The directory of the reports
    #[arg(
        long,
        value_name = "DIR",
        env = "AUTOBAHN_OUT",
        default_value = "reports"
    )]
    out: PathBuf,

    /// Write no files
    #[arg(long, env = "AUTOBAHN_NO_REPORTS", conflicts_with = "report", value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    no_reports: bool,

    /// Write a format too, or to a place of its own; `-` is stdout
    ///
    /// Formats: html, json, junit, markdown (each run writes these), comment (short
    /// enough for one on GitHub), annotations (workflow commands), badge (shields.io),
    /// ctrf, tap, text, and autobahn: a directory in the layout of the official suite.
    #[arg(
        long,
        value_name = "FORMAT[=PATH]",
        env = "AUTOBAHN_REPORT",
        value_delimiter = ','
    )]
    report: Vec<Wanted>,

    /// Stored results of an earlier run, with whose speed html compares, and with
    /// --base whose outcomes
    #[arg(long, value_name = "FILE", env = "AUTOBAHN_PREVIOUS")]
    previous: Option<PathBuf>,
}

/// A format, and a place for it.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    format: Format,
    path: Option<PathBuf>,
}

impl FromStr for Wanted {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (format, path) = match text.split_once('=') {
            Some((format, path)) => (format, Some(path.into())),
            None => (text, None),
        };
        Ok(Self {
            format: format.parse()?,
            path,
        })
    }
}

impl Wanted {
    /// Writes it to its place, or to this one where it has none; returns where,
    /// unless that is stdout.
    pub(super) fn write(
        &self,
        judgements: &[Judgement<'_>],
        previous: Option<&Run>,
        place: &Path,
    ) -> Result<Option<PathBuf>, Failure> {
        let text = match (self.format, judgements) {
            (Format::Html, _) => html::render(judgements, previous),
            (format, [judgement]) => format.render(judgement),
            (format, _) => {
                let name = format.name();
                let error = anyhow!("`{name}` tells of one engine; give it the results of one");
                return Err(error).exits(ExitCode::Usage);
            }
        };
        let path = self.path.as_deref().unwrap_or(place);
        if path == Path::new("-") {
            super::stdout::print(&text)?;
            return Ok(None);
        }
        let done = match (first_file(self.format), judgements) {
            (Some(first), [judgement]) => write_directory(path, first, judgement, &text),
            _ => results::write_whole(path, &text),
        };
        done.with_context(|| format!("cannot write `{}`", path.display()))
            .exits(ExitCode::Output)?;
        Ok(Some(path.to_owned()))
    }

    /// The file that says what it is of: of a directory, the one without which the
    /// others say nothing; none for stdout.
    fn file(&self, place: &Path) -> Option<PathBuf> {
        let path = self.path.as_deref().unwrap_or(place);
        let mut file = path.to_owned();
        file.extend(first_file(self.format));
        (path != Path::new("-")).then_some(file)
    }
}

/// Refuses two formats for one file: the second would take the place of the first.
pub(super) fn distinct<'a>(
    all: impl Iterator<Item = (&'a Wanted, PathBuf)>,
) -> Result<(), Failure> {
    let mut taken: Vec<(PathBuf, Format)> = Vec::new();
    for (wanted, place) in all {
        let Some(file) = wanted.file(&place) else {
            continue;
        };
        // Of `x` and `./x`, too.
        let known = path::absolute(&file).unwrap_or_else(|_| file.clone());
        let (new, other) = (wanted.format, taken.iter().find(|(file, _)| *file == known));
        if let Some((_, other)) = other.filter(|(_, other)| *other != new) {
            let (other, new, file) = (other.name(), new.name(), file.display());
            let error = anyhow!(
                "`{other}` and `{new}` would both be written to `{file}`; give one of them another \
                 place: --report {new}=PATH"
            );
            return Err(error).exits(ExitCode::Usage);
        }
        taken.push((known, new));
    }
    Ok(())
}

impl OutputArgs {
    /// Refuses two formats for one file.
    pub(super) fn distinct(&self) -> Result<(), Failure> {
        let standard: Vec<Wanted> = self.standard().collect();
        let all = standard.iter().chain(&self.report);
        distinct(all.map(|wanted| (wanted, self.out.join(wanted.format.file_name()))))
    }

    /// What is written without being asked for.
    fn standard(&self) -> impl Iterator<Item = Wanted> {
        let formats = STANDARD.into_iter().filter(|_| !self.no_reports);
        formats.map(|format| Wanted { format, path: None })
    }

    /// Takes away the reports of an earlier run, which must not be taken for those
    /// of this one, however this one ends. Read what is needed of them before.
    pub(super) fn clear(&self) -> anyhow::Result<()> {
        if self.no_reports {
            return Ok(());
        }
        for format in Format::ALL {
            let mut path = self.out.join(format.file_name());
            path.extend(first_file(format));
            remove(&path)?;
        }
        for wanted in &self.report {
            let own = self.out.join(wanted.format.file_name());
            // A device, say, is nothing that an earlier run has left.
            let is_file = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|it| it.is_file());
            if let Some(path) = wanted.file(&own).filter(is_file) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// Takes away earlier reports, and makes the directory.
    pub(super) fn prepare(&self) -> anyhow::Result<()> {
        self.clear()?;
        let out = self.out.display();
        match self.no_reports {
            true => Ok(()),
            false => fs::create_dir_all(&self.out).with_context(|| format!("cannot make `{out}`")),
        }
    }

    /// The earlier run, if there is one to compare with. Read it before
    /// [`Self::clear`] takes it away.
    pub(super) fn previous(&self) -> Result<Option<Run>, Failure> {
        self.previous.as_deref().map(read).transpose()
    }

    /// Writes the standard formats and those that were asked for, one whatever
    /// becomes of the others; returns where, and what could not be written.
    pub(super) fn write(
        &self,
        judgements: &[Judgement<'_>],
        previous: Option<&Run>,
    ) -> (Vec<PathBuf>, Vec<Failure>) {
        let (mut written, mut failed) = (Vec::new(), Vec::new());
        // Of several engines there is a page, and no one file of results.
        let fits = |wanted: &Wanted| judgements.len() == 1 || wanted.format == Format::Html;
        let standard: Vec<Wanted> = self.standard().filter(fits).collect();
        for wanted in standard.iter().chain(&self.report) {
            let own = self.out.join(wanted.format.file_name());
            let path = wanted.path.as_ref().unwrap_or(&own);
            if written.contains(path) {
                continue;
            }
            match wanted.write(judgements, previous, path) {
                Ok(path) => written.extend(path),
                Err(failure) => failed.push(failure),
            }
        }
        (written, failed)
    }

    /// The cases that deviated in the run whose results lie there.
    pub(super) fn deviations(&self, baseline: &Baseline) -> Result<BTreeSet<CaseId>, Failure> {
        let run = read(&self.out.join(Format::Json.file_name()))?;
        let judgement = judge(&run, baseline, autobahn(), today(), Demand::AnySelection);
        Ok(judgement
            .deviations()
            .iter()
            .map(|judged| judged.id)
            .collect())
    }
}

/// Removes a file if it is there.
fn remove(path: &Path) -> anyhow::Result<()> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match fs::remove_file(path) {
        Err(error) if !matches!(error.kind(), NotFound | NotADirectory) => {
            Err(error).with_context(|| format!("cannot remove `{}`", path.display()))
        }
        _ => Ok(()),
    }
}

/// The file of a directory that says what the others are of; none where a format
/// is one file.
fn first_file(format: Format) -> Option<&'static str> {
    match format {
        Format::Autobahn => Some("index.json"),
        Format::Annotations
        | Format::Badge
        | Format::Comment
        | Format::Ctrf
        | Format::Html
        | Format::Json
        | Format::Junit
        | Format::Markdown
        | Format::Tap
        | Format::Text => None,
    }
}

/// Writes the files of a report that is a directory, and at last the one that
/// says what they are of.
fn write_directory(
    directory: &Path,
    first: &str,
    judgement: &Judgement<'_>,
    text: &str,
) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for (name, text) in report::autobahn::details(judgement) {
        fs::write(directory.join(name), text)?;
    }
    results::write_whole(&directory.join(first), text)
}

/// Reads stored results.
pub(super) fn read(path: &Path) -> Result<Run, Failure> {
    results::read(path, autobahn()).exits(ExitCode::NoVerdict)
}
