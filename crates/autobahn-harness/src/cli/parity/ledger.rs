//! The files beside a comparison: the list of known differences, and the record
//! of the last one.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use autobahn_cases::autobahn;
use autobahn_harness::parity::known::Known;
use autobahn_harness::parity::record::LastParity;
use autobahn_harness::{ExitCode, results};

use crate::cli::failure::{Exits as _, Failure};

/// Where known differences are looked for.
const DEFAULT: &str = "autobahn/parity.toml";

/// Reads the known differences; there are none where there is no list.
pub(super) fn known(path: Option<&Path>) -> Result<Known, Failure> {
    let path = match path {
        Some(path) => path,
        None if !Path::new(DEFAULT).exists() => return Ok(Known::default()),
        None => Path::new(DEFAULT),
    };
    let shown = path.display().to_string();
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the known differences `{shown}`"))
        .exits(ExitCode::Configuration)?;
    let recorded = |name: &str| {
        let path = path.parent().unwrap_or(Path::new("")).join(name);
        results::read(&path, autobahn()).map_err(|error| error.to_string())
    };
    Known::parse(&shown, &text, autobahn(), &recorded).exits(ExitCode::Configuration)
}

/// Reads a record; one that does not exist is empty.
pub(super) fn read(path: &Path) -> Result<LastParity, Failure> {
    if !path.exists() {
        return Ok(LastParity::default());
    }
    let text = fs::read_to_string(path);
    let text = text.with_context(|| format!("cannot read the record `{}`", path.display()));
    let record = text.and_then(|text| {
        serde_json::from_str(&text)
            .with_context(|| format!("`{}` is no record of a comparison", path.display()))
    });
    record.exits(ExitCode::Configuration)
}

/// Writes a record, whole or not at all.
pub(super) fn write(path: &Path, record: &LastParity) -> Result<(), Failure> {
    results::write_whole(path, &record.to_json())
        .with_context(|| format!("cannot write the record `{}`", path.display()))
        .exits(ExitCode::Output)
}
