//! Edits the text of a baseline without touching what it does not change.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

use super::{Piece, UpdateError};
use crate::baseline::{Entry, Kind};

/// The text of a baseline.
#[derive(Debug)]
pub(super) struct Document {
    document: DocumentMut,
}

/// The fields of a new entry.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) id: String,
    pub(super) targets: Vec<String>,
    pub(super) patterns: Vec<String>,
    pub(super) count: usize,
    pub(super) expected: Vec<String>,
    pub(super) close_code: Option<u16>,
    pub(super) os: Option<String>,
    pub(super) reason: String,
    pub(super) issue: Option<String>,
    pub(super) since: Option<NaiveDate>,
    pub(super) expires: Option<NaiveDate>,
}

impl Document {
    pub(super) fn parse(text: &str) -> Result<Self, UpdateError> {
        let document = text.parse().map_err(|_| UpdateError::Form)?;
        Ok(Self { document })
    }

    pub(super) fn finish(self) -> String {
        self.document.to_string()
    }

    /// Puts the pieces where the entry stands: the first takes its place, with
    /// its comments, the others follow; without any the entry goes.
    pub(super) fn replace(&mut self, entry: &Entry, pieces: Vec<Piece>) -> Result<(), UpdateError> {
        let mut names = self.names();
        let key = match entry.kind {
            Kind::Deviation => "deviation",
            Kind::Flaky => "flaky",
        };
        let tables = self.tables(key)?;
        let mut edited = ArrayOfTables::new();
        let mut pieces = Some(pieces);
        for mut table in std::mem::take(tables) {
            let is_it = table.get("id").and_then(Item::as_str) == Some(&entry.id);
            let Some(pieces) = is_it.then(|| pieces.take()).flatten() else {
                edited.push(table);
                continue;
            };
            let mut pieces = pieces.into_iter();
            let Some(first) = pieces.next() else {
                continue;
            };
            first.apply_to(&mut table);
            edited.push(table);
            for piece in pieces {
                let fields = piece.like(entry, &mut names);
                edited.push(fields.into_table());
            }
        }
        *tables = edited;
        self.drop_if_empty(key);
        Ok(())
    }

    /// Puts a new `[[deviation]]` after the last one.
    pub(super) fn add(&mut self, fields: Fields) -> Result<(), UpdateError> {
        let mut names = self.names();
        let id = unique(&fields.id, &mut names);
        let table = Fields { id, ..fields }.into_table();
        self.tables("deviation")?.push(table);
        Ok(())
    }

    fn tables(&mut self, key: &str) -> Result<&mut ArrayOfTables, UpdateError> {
        let item = self.document.entry(key);
        let item = item.or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        item.as_array_of_tables_mut().ok_or(UpdateError::Form)
    }

    fn drop_if_empty(&mut self, key: &str) {
        let tables = self.document.get(key).and_then(Item::as_array_of_tables);
        if tables.is_some_and(ArrayOfTables::is_empty) {
            self.document.remove(key);
        }
    }

    /// The ids of all entries.
    fn names(&self) -> BTreeSet<String> {
        let lists = ["deviation", "flaky"].into_iter();
        lists
            .filter_map(|key| self.document.get(key).and_then(Item::as_array_of_tables))
            .flat_map(ArrayOfTables::iter)
            .filter_map(|table| table.get("id").and_then(Item::as_str))
            .map(String::from)
            .collect()
    }
}

impl Piece {
    /// Changes what the piece changes, and nothing else.
    fn apply_to(self, table: &mut Table) {
        if !self.targets.is_empty() {
            set_strings(table, "target", self.targets);
        }
        set_strings(table, "cases", self.patterns);
        if table.contains_key("count") {
            set(table, "count", Value::from(self.count as i64));
        }
        if !self.is_as_before {
            set(table, "expect", expected(self.expected));
            table.remove("close");
            table.remove("close_code");
        }
    }

    /// The fields of a further entry for the same reason.
    fn like(self, entry: &Entry, names: &mut BTreeSet<String>) -> Fields {
        let suffix = if self.is_as_before {
            self.targets.join("-")
        } else {
            self.expected.join("-").replace('/', "-")
        };
        Fields {
            id: unique(&format!("{}-{suffix}", entry.id), names),
            targets: self.targets,
            patterns: self.patterns,
            count: self.count,
            close_code: if self.is_as_before {
                entry.expected.iter().find_map(|one| one.close_code)
            } else {
                None
            },
            expected: self.expected,
            os: entry.os.clone(),
            reason: entry.reason.clone(),
            issue: entry.issue.clone(),
            since: entry.since,
            expires: entry.expires,
        }
    }
}

impl Fields {
    fn into_table(self) -> Table {
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        let strings = |texts: Vec<String>| Value::Array(texts.into_iter().collect());
        let mut put = |key: &str, value: Value| drop(table.insert(key, Item::Value(value)));
        put("id", self.id.into());
        if !self.targets.is_empty() {
            put("target", strings(self.targets));
        }
        put("cases", strings(self.patterns));
        put("count", Value::from(self.count as i64));
        put("expect", expected(self.expected));
        if let Some(code) = self.close_code {
            put("close_code", Value::from(i64::from(code)));
        }
        if let Some(os) = self.os {
            let when: InlineTable = [("os", os)].into_iter().collect();
            put("when", Value::InlineTable(when));
        }
        put("reason", self.reason.into());
        if let Some(issue) = self.issue {
            put("issue", issue.into());
        }
        let mut put_day = |key: &str, day: Option<NaiveDate>| {
            let date = day.and_then(|day| day.to_string().parse::<toml_edit::Datetime>().ok());
            if let Some(date) = date {
                put(key, date.into());
            }
        };
        put_day("since", self.since);
        put_day("expires", self.expires);
        table
    }
}

/// One outcome as a string, several as a list.
fn expected(outcomes: Vec<String>) -> Value {
    match <[String; 1]>::try_from(outcomes) {
        Ok([only]) => only.into(),
        Err(outcomes) => Value::Array(outcomes.into_iter().collect()),
    }
}

/// The name, or with the first number that makes it unique.
fn unique(name: &str, names: &mut BTreeSet<String>) -> String {
    let name: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut candidates = std::iter::once(name.clone()).chain(numbered);
    let free = candidates.find(|candidate| !names.contains(candidate));
    let free = free.expect("numbers do not run out");
    names.insert(free.clone());
    free
}

/// Replaces a value and keeps the comment behind it.
fn set(table: &mut Table, key: &str, mut value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => drop(table.insert(key, Item::Value(value))),
    }
}

/// Replaces a list of strings; those that stay keep their place and comments.
fn set_strings(table: &mut Table, key: &str, texts: Vec<String>) {
    let Some(array) = table.get_mut(key).and_then(Item::as_array_mut) else {
        return set(
            table,
            key,
            Value::Array(texts.into_iter().collect::<Array>()),
        );
    };
    array.retain(|value| {
        value
            .as_str()
            .is_some_and(|text| texts.iter().any(|t| t == text))
    });
    // The space behind a comma that is gone.
    let first = array.get_mut(0).map(Value::decor_mut);
    if let Some(decor) =
        first.filter(|decor| decor.prefix().and_then(|raw| raw.as_str()) == Some(" "))
    {
        decor.set_prefix("");
    }
    for text in texts {
        if !array.iter().any(|value| value.as_str() == Some(&text)) {
            array.push(text);
        }
    }
}
