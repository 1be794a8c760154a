//! `results.json`: one file a run, from which everything else renders again.

pub mod merge;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use autobahn_cases::{CaseId, Catalog};
use serde::Deserialize;

use crate::escape::line;
use crate::run::{Run, SCHEMA_VERSION};

pub use crate::results::merge::{Conflict, merge};

/// The most octets of a file that are read: 256 MiB.
pub const MOST_OCTETS: u64 = 256 * 1024 * 1024;

/// Why a file with results cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// There is none.
    #[error("no results at `{path}`; play some with `autobahn run`", path = path.display())]
    Missing {
        /// Where they were looked for.
        path: PathBuf,
    },
    /// It could not be read.
    #[error("cannot read `{path}`", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It could not be written.
    #[error("cannot write `{path}`", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is larger than any run.
    #[error("`{path}` has more than {MOST_OCTETS} octets; is it a file of results?", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// It is no JSON, half of it, or not of the form that results have.
    #[error("cannot parse `{name}`: {}", line(&cause.to_string()))]
    Parse {
        /// The file.
        name: String,
        /// What is wrong, with line and column.
        cause: serde_json::Error,
    },
    /// Another version of this program wrote it.
    #[error("`{name}` has schema_version {found}; this program reads {SCHEMA_VERSION}; {cure}")]
    Version {
        /// The file.
        name: String,
        /// What it says.
        found: u64,
        /// What to do.
        cure: &'static str,
    },
    /// What it says cannot be.
    #[error("`{name}` contradicts itself: {message}")]
    Contradiction {
        /// The file.
        name: String,
        /// What cannot be.
        message: String,
    },
}

/// The run as it stands in `results.json`: sorted, with a newline at its end.
#[must_use]
pub fn to_json(run: &Run) -> String {
    let mut run = run.clone();
    run.sort();
    let mut text = serde_json::to_string_pretty(&run).expect("a run is plain data");
    text.push('\n');
    text
}

/// Reads the text of a `results.json`; `name` stands for it in messages. Fields
/// that are unknown are passed over: later versions may add some.
///
/// # Errors
///
/// If it is not whole, of another schema version, or contradicts itself or the
/// catalogue: an unknown case, two records of a case and target, a record of
/// what was not selected.
pub fn from_json(name: &str, text: &str, catalog: &Catalog) -> Result<Run, ResultsError> {
    // A file from another version may differ in everything else: its version
    // is looked at first.
    #[derive(Deserialize)]
    struct Head {
        schema_version: u64,
    }
    let parse = |cause| ResultsError::Parse {
        name: name.to_owned(),
        cause,
    };
    let head: Head = serde_json::from_str(text).map_err(parse)?;
    if head.schema_version != u64::from(SCHEMA_VERSION) {
        return Err(ResultsError::Version {
            name: name.to_owned(),
            found: head.schema_version,
            cure: if head.schema_version > u64::from(SCHEMA_VERSION) {
                "a newer autobahn wrote it: update this one"
            } else {
                "an older autobahn wrote it: play the cases again"
            },
        });
    }
    let mut run: Run = serde_json::from_str(text).map_err(parse)?;
    contradiction(&run, catalog).map_or(Ok(()), |message| {
        Err(ResultsError::Contradiction {
            name: name.to_owned(),
            message,
        })
    })?;
    run.sort();
    Ok(run)
}

/// What cannot be in a run, if anything.
fn contradiction(run: &Run, catalog: &Catalog) -> Option<String> {
    if let Some(id) = run.selected.iter().find(|id| catalog.case(**id).is_none()) {
        return Some(format!("`{id}` was selected, and there is no such case"));
    }
    if run.targets().len() < run.provenance.targets.len() {
        return Some(String::from("two targets have the same name"));
    }
    let mut seen: BTreeSet<(&str, CaseId)> = BTreeSet::new();
    for record in &run.cases {
        let (target, id) = (record.target.as_str(), record.id);
        let named = format!("`{id}` of target {target:?}");
        if catalog.case(id).is_none() {
            return Some(format!("there is a record of {named}, and no such case"));
        }
        if !run.selected.contains(&id) {
            return Some(format!("there is a record of {named}, not selected"));
        }
        if !run.targets().contains(target) {
            return Some(format!("there is a record of {named}, not a target"));
        }
        if !seen.insert((target, id)) {
            return Some(format!("there are two records of {named}"));
        }
    }
    None
}

/// Reads `results.json`.
///
/// # Errors
///
/// If there is none, it cannot be read, or [`from_json`] refuses it.
pub fn read(path: &Path, catalog: &Catalog) -> Result<Run, ResultsError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ResultsError::Missing {
            path: path.to_owned(),
        },
        _ => ResultsError::Read {
            path: path.to_owned(),
            source,
        },
    };
    let file = File::open(path).map_err(failed)?;
    let mut text = String::new();
    let mut bounded = file.take(MOST_OCTETS + 1);
    bounded.read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MOST_OCTETS {
        return Err(ResultsError::TooLarge {
            path: path.to_owned(),
        });
    }
    from_json(&path.display().to_string(), &text, catalog)
}

/// Writes `results.json`, whole or not at all.
///
/// # Errors
///
/// If it cannot be written.
pub fn write(path: &Path, run: &Run) -> Result<(), ResultsError> {
    write_whole(path, &to_json(run)).map_err(|source| ResultsError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Writes a file whole or not at all: under another name in the same directory,
/// which is made if it is not there, and then renames it.
///
/// # Errors
///
/// If any of that fails; what stood there before stays.
pub fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(directory)?;
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}", std::process::id()));
    let temporary = directory.join(temporary);
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let done = written.and_then(|()| fs::rename(&temporary, path));
    if done.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    done
}

/// The JSON schema of `results.json`.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(Run);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain data");
    text.push('\n');
    text
}
