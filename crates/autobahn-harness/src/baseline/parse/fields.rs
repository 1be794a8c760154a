//! Reads one entry of a baseline.

use std::collections::BTreeSet;
use std::ops::Range;

use autobahn_cases::{CaseId, Catalog, Pattern};
use toml::de::DeValue;

use super::{Placed, Reader};
use crate::baseline::entry::{Entry, Expectation, Kind, one_of};
use crate::baseline::field::{Field, Fields, Problems};
use crate::escape::is_unsafe;

const DEVIATION_KEYS: [&str; 11] = [
    "id",
    "target",
    "cases",
    "count",
    "expect",
    "close",
    "close_code",
    "reason",
    "issue",
    "since",
    "expires",
];
const FLAKY_KEYS: [&str; 10] = [
    "id", "target", "cases", "count", "expect", "when", "reason", "issue", "since", "expires",
];
const SYSTEMS: [&str; 4] = ["linux", "macos", "windows", "freebsd"];

impl Reader<'_> {
    pub(super) fn entry(&mut self, fields: Fields<'_, '_>, kind: Kind) -> Option<Placed> {
        let keys = match kind {
            Kind::Deviation => DEVIATION_KEYS.as_slice(),
            Kind::Flaky => FLAKY_KEYS.as_slice(),
        };
        self.problems.unknown_keys(fields, keys);
        // All fields are read before any absence ends this, so that all faults are found.
        let id = self.id(fields);
        let targets = self.targets(fields);
        let selection = cases(&mut self.problems, self.known.catalog, fields);
        let expected = self.expected(fields, kind);
        let reason = self.reason(fields);
        let issue = self.issue(fields);
        let since = self.problems.optional(fields, "since", Problems::date);
        let expires = self.problems.optional(fields, "expires", Problems::date);
        let os = self.os(fields);

        let (id, (patterns, cases, cases_span), expected) = (id?, selection?, expected?);
        self.refuse_defaults(&cases, kind, &expected);
        let entry = Entry {
            id: id.value,
            kind,
            targets,
            patterns,
            cases,
            expected: expected.value,
            os,
            reason: reason?,
            issue,
            since,
            expires,
            line: self.text[..fields.start].matches('\n').count() + 1,
        };
        Some(Placed {
            entry,
            id: id.span,
            cases: cases_span,
        })
    }

    fn id(&mut self, fields: Fields<'_, '_>) -> Option<Field<String>> {
        let cure = "a name, such as `id = \"no-deflate\"`";
        let id = self
            .problems
            .required(fields, "id", cure, Problems::string)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if id.value.is_empty() || !id.value.chars().all(allowed) {
            let message = "an `id` is made of letters, digits, `-`, `_` and `.`";
            self.problems.add(id.span, message);
            return None;
        }
        Some(id)
    }

    fn targets(&mut self, fields: Fields<'_, '_>) -> Vec<String> {
        let names = self.problems.optional(fields, "target", Problems::strings);
        let names = names.map(|names| names.value).unwrap_or_default();
        if let Some(known) = self.known.targets {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            for name in &names {
                if !known.contains(&name.value.as_str()) {
                    let message = format!("there is no target `{}`", name.value);
                    let cure = one_of(&name.value, &known);
                    self.problems
                        .add_with_cure(name.span.clone(), message, cure);
                }
            }
        }
        names.into_iter().map(|name| name.value).collect()
    }

    fn expected(&mut self, fields: Fields<'_, '_>, kind: Kind) -> Option<Field<Vec<Expectation>>> {
        let problems = &mut self.problems;
        let texts = match kind {
            Kind::Deviation => {
                let cure = "what happens, such as `expect = \"non-strict\"`";
                let text = problems.required(fields, "expect", cure, Problems::string);
                text.map(|text| Field {
                    span: text.span.clone(),
                    value: vec![text],
                })
            }
            Kind::Flaky => {
                let cure = "what can happen, such as `expect = [\"ok\", \"ok/unclean\"]`";
                problems.required(fields, "expect", cure, Problems::strings)
            }
        };
        let close = problems.optional(fields, "close", Problems::string);
        let code = problems.optional(fields, "close_code", Problems::number);
        let texts = texts?;
        let mut expected: Vec<Expectation> = Vec::new();
        for text in &texts.value {
            let span = text.span.clone();
            match text.value.parse() {
                Ok(expectation) if expected.contains(&expectation) => {
                    problems.add(span, format!("`{expectation}` is listed twice"));
                }
                Ok(expectation) => expected.push(expectation),
                Err(error) => problems.add_with_cure(span, error.to_string(), error.cure),
            }
        }
        if expected.len() < texts.value.len() {
            return None;
        }
        let first = expected.first_mut()?;
        if let Some(close) = close {
            // The pair form is the same as a behavior and a close apart.
            let pair = format!("{}/{}", first.behavior, close.value);
            match pair.parse::<Expectation>() {
                Ok(_) if first.close.is_some() => {
                    let message = "`expect` says how the connection ends already";
                    problems.add(close.span, message);
                }
                Ok(pair) => first.close = pair.close,
                Err(error) => problems.add_with_cure(
                    close.span,
                    format!("`{}` is no verdict on closing", close.value),
                    error.cure,
                ),
            }
        }
        if let Some(code) = code {
            match u16::try_from(code.value) {
                Ok(number @ 0..=4999) => first.close_code = Some(number),
                Ok(_) | Err(_) => problems.add(code.span, "a close code is at most 4999"),
            }
        }
        Some(Field {
            value: expected,
            span: texts.span,
        })
    }

    fn reason(&mut self, fields: Fields<'_, '_>) -> Option<String> {
        let cure = "`reason = \"...\"`: why it is so, and what would remove it";
        let reason = self
            .problems
            .required(fields, "reason", cure, Problems::string)?;
        if !is_a_reason(&reason.value) {
            let message = "this is no reason";
            let cure = "say why it is so, and what would remove it";
            self.problems.add_with_cure(reason.span, message, cure);
            return None;
        }
        Some(reason.value)
    }

    fn issue(&mut self, fields: Fields<'_, '_>) -> Option<String> {
        let link = self.problems.optional(fields, "issue", Problems::string)?;
        let web = link.value.starts_with("https://") || link.value.starts_with("http://");
        if !web {
            let message = "an `issue` is a link that begins with https://";
            self.problems.add(link.span, message);
            return None;
        }
        // It stands in Markdown: `ci/comment.py` posts no link that holds one of these.
        let odd = |c: char| c.is_whitespace() || is_unsafe(c) || "<>\"'`()[]|\\@".contains(c);
        if let Some(c) = link.value.chars().find(|c| odd(*c)) {
            let message = format!("a link cannot hold {c:?}");
            let octets = c.to_string().into_bytes().into_iter();
            let percent: String = octets.map(|octet| format!("%{octet:02X}")).collect();
            let cure = format!("write `{percent}` instead");
            self.problems.add_with_cure(link.span, message, cure);
            return None;
        }
        Some(link.value)
    }

    fn os(&mut self, fields: Fields<'_, '_>) -> Option<String> {
        let value = fields.table.get("when")?;
        let DeValue::Table(table) = value.get_ref() else {
            let wanted = "a table such as `{ os = \"windows\" }`";
            self.problems.wrong_type("when", wanted, value);
            return None;
        };
        let when = Fields {
            table,
            name: "`when`",
            start: value.span().start,
            end: value.span().end,
        };
        self.problems.unknown_keys(when, &["os"]);
        let cure = "`os = \"windows\"`, or leave `when` out";
        let os = self.problems.required(when, "os", cure, Problems::string)?;
        if !SYSTEMS.contains(&os.value.as_str()) {
            let message = format!("unknown operating system `{}`", os.value);
            let cure = one_of(&os.value, &SYSTEMS);
            self.problems.add_with_cure(os.span, message, cure);
        }
        Some(os.value)
    }

    /// Refuses an exception that is none: it expects what the default does.
    fn refuse_defaults(
        &mut self,
        cases: &BTreeSet<CaseId>,
        kind: Kind,
        expected: &Field<Vec<Expectation>>,
    ) {
        let catalog = self.known.catalog;
        let known = cases.iter().filter_map(|id| catalog.case(*id));
        let mut same = known.filter(|case| {
            let mut verdicts = expected.value.iter().map(|one| one.verdict(case));
            verdicts.all(|verdict| verdict == case.expectation())
        });
        let Some(case) = same.next() else {
            return;
        };
        let message = format!(
            "{} is what `{}` expects anyway",
            case.expectation(),
            case.id
        );
        let cure = match kind {
            Kind::Deviation => "remove the case from the entry: a baseline holds exceptions only",
            Kind::Flaky => "list what else can happen, or remove the entry",
        };
        self.problems
            .add_with_cure(expected.span.clone(), message, cure);
    }
}

/// The patterns, the cases that they name, and where they stand.
pub(crate) fn cases(
    problems: &mut Problems,
    catalog: &Catalog,
    fields: Fields<'_, '_>,
) -> Option<(Vec<Pattern>, BTreeSet<CaseId>, Range<usize>)> {
    let cure = "the cases, such as `cases = [\"6.4.3\"]`";
    let texts = problems.required(fields, "cases", cure, Problems::strings);
    let count = problems.optional(fields, "count", Problems::number);
    let texts = texts?;
    let mut patterns = Vec::new();
    let mut cases = BTreeSet::new();
    let mut plain = true;
    for text in &texts.value {
        let span = text.span.clone();
        let pattern: Pattern = match text.value.parse() {
            Ok(pattern) => pattern,
            Err(error) => {
                problems.add(span, error.to_string());
                continue;
            }
        };
        let ids = match catalog.resolve(&pattern) {
            Ok(ids) => ids,
            Err(error) => {
                problems.add(span, error.to_string());
                continue;
            }
        };
        plain &= text.value.parse().is_ok_and(|id: CaseId| ids == [id]);
        let double = ids.iter().find(|id| cases.contains(*id));
        if let Some(double) = double {
            let message = format!("`{double}` is named twice in this entry");
            problems.add(span, message);
        }
        cases.extend(ids);
        patterns.push(pattern);
    }
    if patterns.len() < texts.value.len() {
        return None;
    }
    let named = cases.len();
    match count {
        Some(count) if count.value != named as u64 => {
            let message = format!("the patterns name {named} cases, not {}", count.value);
            let cure =
                format!("look at what they name, then write `count = {named}` if it is meant");
            problems.add_with_cure(count.span, message, cure);
        }
        None if !plain => {
            let message = "a pattern has to state how many cases it covers";
            let cure = format!("add `count = {named}`");
            problems.add_with_cure(texts.span.clone(), message, cure);
        }
        Some(_) | None => {}
    }
    Some((patterns, cases, texts.span))
}

/// Whether somebody who reads the text learns something: more than one word,
/// and no note to write it later.
pub(in crate::baseline) fn is_a_reason(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let mut words = words.filter(|word| !word.is_empty());
    let Some(first) = words.next() else {
        return false;
    };
    let later = ["todo", "fixme", "tbd", "xxx"].contains(&first.to_ascii_lowercase().as_str());
    !later && words.next().is_some()
}
