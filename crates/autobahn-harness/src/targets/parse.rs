//! From the text of the list to [`Targets`], or to everything that is wrong with it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::{Entry, Place, Targets, is_name};
use crate::baseline::Refused;
use crate::baseline::field::{Field, Fields, Problems};
use crate::server::{Launch, STARTUP};

/// The version of the format.
const VERSION: u64 = 1;
/// The most seconds that a server may ask for to start.
const MOST_STARTUP: u64 = 3600;

const KEYS: [&str; 2] = ["version", "target"];
const ENTRY_KEYS: [&str; 7] = ["name", "about", "command", "url", "dir", "env", "startup"];

pub(super) fn parse(path: &str, text: &str) -> Result<Targets, Refused> {
    let mut problems = Problems::default();
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        problems.add(span, error.message().to_owned());
    }
    let entries = match errors.is_empty() {
        true => entries(&mut problems, text, table.get_ref()),
        // What could not be read is missing from the table.
        false => Vec::new(),
    };
    match problems.0.is_empty() {
        true => Ok(Targets {
            path: path.to_owned(),
            entries,
        }),
        false => Err(Refused::new(path, text, problems.0)),
    }
}

fn entries(problems: &mut Problems, text: &str, table: &DeTable<'_>) -> Vec<Entry> {
    let top = Fields {
        table,
        name: "the list of targets",
        start: 0,
        end: text.lines().next().map_or(0, str::len),
    };
    problems.unknown_keys(top, &KEYS);
    problems.version(top, VERSION);
    let mut entries = Vec::new();
    let mut lines = BTreeMap::new();
    for fields in problems.tables(text, table, "target", "this `[[target]]`") {
        let name = name(problems, fields);
        let entry = entry(problems, fields);
        let Some(name) = name else { continue };
        let line = text[..fields.start].matches('\n').count() + 1;
        if let Some(line) = lines.insert(name.value.clone(), line) {
            let message = format!("the name `{}` is taken by line {line}", name.value);
            problems.add(name.span, message);
        }
        entries.extend(entry.map(|(about, place)| Entry {
            name: name.value,
            about,
            place,
        }));
    }
    entries
}

fn name(problems: &mut Problems, fields: Fields<'_, '_>) -> Option<Field<String>> {
    let cure = "what reports call it, such as `name = \"my-server\"`";
    let name = problems.required(fields, "name", cure, Problems::string)?;
    if !is_name(&name.value) {
        let message = "a `name` is made of letters, digits, `-`, `_` and `.`";
        problems.add(name.span, message);
        return None;
    }
    Some(name)
}

fn entry(problems: &mut Problems, fields: Fields<'_, '_>) -> Option<(Option<String>, Place)> {
    problems.unknown_keys(fields, &ENTRY_KEYS);
    let about = problems.optional(fields, "about", Problems::string);
    let about = about.map(|about| about.value);
    let command = problems.optional(fields, "command", Problems::strings);
    let url = problems.optional(fields, "url", Problems::string);
    let dir = problems.optional(fields, "dir", Problems::string);
    let startup = problems.optional(fields, "startup", Problems::number);
    let env = env(problems, fields);

    if let Some(url) = url.as_ref().filter(|url| {
        !["ws://", "wss://"]
            .iter()
            .any(|scheme| url.value.starts_with(scheme))
    }) {
        let message = "a `url` begins with `ws://` or `wss://`";
        problems.add(url.span.clone(), message);
    }
    if let Some(seconds) = startup
        .as_ref()
        .filter(|seconds| !(1..=MOST_STARTUP).contains(&seconds.value))
    {
        let message = format!("`startup` is 1 to {MOST_STARTUP} seconds");
        problems.add(seconds.span.clone(), message);
    }
    let header = fields.start..fields.end;
    let Some(command) = command else {
        for key in ["dir", "env", "startup"] {
            if let Some(value) = fields.table.get(key) {
                let message = format!("`{key}` without a `command`: nothing is started");
                problems.add(value.span(), message);
            }
        }
        if fields.table.get("command").is_none() && fields.table.get("url").is_none() {
            let message = "neither a `command` nor a `url`";
            let cure = "add what starts it, such as `command = [\"./my-server\", \"--port\", \"0\"]`, \
                        or where it listens, such as `url = \"ws://127.0.0.1:9001\"`";
            problems.add_with_cure(header, message, cure);
        }
        return url.map(|url| (about, Place::Running(url.value)));
    };
    if command
        .value
        .first()
        .is_none_or(|word| word.value.is_empty())
    {
        problems.add(command.span.clone(), "`command` begins with nothing");
    }
    let launch = Launch {
        command: command.value.into_iter().map(|word| word.value).collect(),
        url: url.map(|url| url.value),
        dir: dir.map(|dir| PathBuf::from(dir.value)),
        env,
        startup: startup.map_or(STARTUP, |seconds| Duration::from_secs(seconds.value)),
    };
    Some((about, Place::Started(launch)))
}

fn env(problems: &mut Problems, fields: Fields<'_, '_>) -> BTreeMap<String, String> {
    let Some(value) = fields.table.get("env") else {
        return BTreeMap::new();
    };
    let DeValue::Table(table) = value.get_ref() else {
        problems.wrong_type("env", "a table, such as `{ RUST_LOG = \"warn\" }`", value);
        return BTreeMap::new();
    };
    let mut env = BTreeMap::new();
    for (key, value) in table {
        let key = key.get_ref();
        if let Some(text) = problems.string(key, value) {
            env.insert(key.to_string(), text.value);
        }
    }
    env
}
