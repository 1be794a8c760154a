//! Reads the fields of a TOML table one by one, and collects what is wrong with
//! them rather than stopping at the first.

use std::ops::Range;

use chrono::NaiveDate;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::entry::one_of;
use super::refusal::Problem;

/// Everything that was found to be wrong.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Field<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

/// A table with the place that stands for it in messages: its header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a, 'i> {
    pub(crate) table: &'a DeTable<'i>,
    pub(crate) name: &'static str,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Problems {
    pub(crate) fn add(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.push(span, message.into(), None);
    }

    pub(crate) fn add_with_cure(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) {
        self.push(span, message.into(), Some(cure.into()));
    }

    fn push(&mut self, span: Range<usize>, message: String, cure: Option<String>) {
        self.0.push(Problem {
            span,
            message,
            cure,
        });
    }

    /// Refuses another version of the format than this.
    pub(crate) fn version(&mut self, fields: Fields<'_, '_>, ours: u64) {
        let cure = format!("`version = {ours}`");
        let version = self.required(fields, "version", &cure, Self::number);
        if let Some(version) = version.filter(|version| version.value != ours) {
            let found = version.value;
            let message = format!("version {found} of the format; this program reads {ours}");
            self.add(version.span, message);
        }
    }

    /// The tables that each begin with `[[key]]`, in the order of the text; `name` is
    /// what messages call one.
    pub(crate) fn tables<'a, 'i>(
        &mut self,
        text: &str,
        table: &'a DeTable<'i>,
        key: &str,
        name: &'static str,
    ) -> Vec<Fields<'a, 'i>> {
        let Some(value) = table.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(array) = value.get_ref() else {
            let wanted = format!("a list of tables that each begin with `[[{key}]]`");
            self.wrong_type(key, &wanted, value);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for element in array {
            let DeValue::Table(table) = element.get_ref() else {
                self.wrong_type(key, "a table", element);
                continue;
            };
            let span = element.span();
            let header = text[span.start..].lines().next().map_or(0, str::len);
            tables.push(Fields {
                table,
                name,
                start: span.start,
                end: span.end.min(span.start + header),
            });
        }
        tables
    }

    /// Refuses keys that are none of `names`.
    pub(crate) fn unknown_keys(&mut self, fields: Fields<'_, '_>, names: &[&str]) {
        for key in fields.table.keys() {
            if names.contains(&key.get_ref().as_ref()) {
                continue;
            }
            let message = format!("unknown key `{}` in {}", key.get_ref(), fields.name);
            self.add_with_cure(key.span(), message, one_of(key.get_ref(), names));
        }
    }

    /// The field, which must be there; `cure` is a line that would do.
    pub(crate) fn required<T>(
        &mut self,
        fields: Fields<'_, '_>,
        key: &str,
        cure: &str,
        read: impl FnOnce(&mut Self, &str, &Spanned<DeValue<'_>>) -> Option<T>,
    ) -> Option<T> {
        let Some(value) = fields.table.get(key) else {
            let message = format!("{} without `{key}`", fields.name);
            self.add_with_cure(fields.start..fields.end, message, format!("add {cure}"));
            return None;
        };
        read(self, key, value)
    }

    /// The field, if it is there.
    pub(crate) fn optional<T>(
        &mut self,
        fields: Fields<'_, '_>,
        key: &str,
        read: impl FnOnce(&mut Self, &str, &Spanned<DeValue<'_>>) -> Option<T>,
    ) -> Option<T> {
        fields
            .table
            .get(key)
            .and_then(|value| read(self, key, value))
    }

    pub(crate) fn string(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Field<String>> {
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(key, "a string", value);
            return None;
        };
        Some(Field {
            value: text.to_string(),
            span: value.span(),
        })
    }

    /// One string, or an array of at least one.
    pub(crate) fn strings(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Field<Vec<Field<String>>>> {
        let DeValue::Array(array) = value.get_ref() else {
            let only = self.string(key, value)?;
            return Some(Field {
                span: only.span.clone(),
                value: vec![only],
            });
        };
        if array.is_empty() {
            self.add(value.span(), format!("`{key}` names nothing"));
            return None;
        }
        let fields: Vec<_> = array
            .iter()
            .filter_map(|element| self.string(key, element))
            .collect();
        Some(Field {
            value: fields,
            span: value.span(),
        })
    }

    /// A number from 0.
    pub(crate) fn number(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Field<u64>> {
        let number = match value.get_ref() {
            DeValue::Integer(digits) => u64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            _ => None,
        };
        let Some(value_read) = number else {
            self.wrong_type(key, "a number from 0", value);
            return None;
        };
        Some(Field {
            value: value_read,
            span: value.span(),
        })
    }

    /// A day, without quotes.
    pub(crate) fn date(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<NaiveDate> {
        let date = match value.get_ref() {
            DeValue::Datetime(when) if when.time.is_none() => when.date,
            _ => None,
        };
        let day = date.and_then(|date| {
            NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
        });
        if day.is_none() {
            self.wrong_type(key, "a day without quotes, such as 2027-03-31", value);
        }
        day
    }

    pub(crate) fn wrong_type(&mut self, key: &str, wanted: &str, value: &Spanned<DeValue<'_>>) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a fraction",
            DeValue::Boolean(_) => "a truth value",
            DeValue::Datetime(_) => "a point in time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        let message = format!("`{key}` must be {wanted}; found {found}");
        self.add(value.span(), message);
    }
}
