//! From the text of a baseline to a [`Baseline`], or to everything that is
//! wrong with it.

pub(crate) mod fields;

use std::collections::BTreeMap;
use std::ops::Range;

use autobahn_cases::{Case, CaseId, Suite};
use toml::de::{DeTable, DeValue};

use super::entry::{Entry, Kind};
use super::field::{Fields, Problems};
use super::refusal::Problem;
use super::{Baseline, Known, Refused};

/// The version of the format.
const VERSION: u64 = 1;

/// The most octets of a baseline that are read.
const MOST_OCTETS: usize = 1024 * 1024;

/// The top of a file that would do.
const HEAD: &str = "suite = { name = \"autobahn\", cases = \"25.10.1\", count = 517 }";

const KEYS: [&str; 4] = ["version", "suite", "deviation", "flaky"];
const SUITE_KEYS: [&str; 3] = ["name", "cases", "count"];

pub(super) fn parse(path: &str, text: &str, known: Known<'_>) -> Result<Baseline, Refused> {
    if text.len() > MOST_OCTETS {
        let message = format!("a baseline of more than {MOST_OCTETS} octets");
        let problem = Problem {
            span: 0..0,
            message,
            cure: None,
        };
        return Err(Refused::new(path, "", vec![problem]));
    }
    let mut reader = Reader {
        text,
        known,
        problems: Problems::default(),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        reader.problems.add(span, error.message().to_owned());
    }
    // What could not be read is missing from the table: complaints about that
    // would only hide the cause.
    if !errors.is_empty() {
        return Err(Refused::new(path, text, reader.problems.0));
    }
    let suite = reader.head(table.get_ref());
    let entries = reader.entries(table.get_ref());
    reader.refuse_doubles(&entries);
    if !reader.problems.0.is_empty() {
        return Err(Refused::new(path, text, reader.problems.0));
    }
    Ok(Baseline {
        path: path.to_owned(),
        text: text.to_owned(),
        suite: suite.unwrap_or_default(),
        entries: entries.into_iter().map(|placed| placed.entry).collect(),
    })
}

struct Reader<'a> {
    text: &'a str,
    known: Known<'a>,
    problems: Problems,
}

/// An entry and where to point when something about it is wrong.
struct Placed {
    entry: Entry,
    id: Range<usize>,
    cases: Range<usize>,
}

impl Reader<'_> {
    /// Reads what stands above the entries; returns the version of the suite.
    fn head(&mut self, table: &DeTable<'_>) -> Option<String> {
        let fields = Fields {
            table,
            name: "the baseline",
            start: 0,
            end: self.text.lines().next().map_or(0, str::len),
        };
        self.problems.unknown_keys(fields, &KEYS);
        self.problems.version(fields, VERSION);
        let span = self
            .problems
            .required(fields, "suite", HEAD, |_, _, value| Some(value.span()))?;
        let value = table.get("suite")?;
        let DeValue::Table(suite) = value.get_ref() else {
            self.problems.wrong_type("suite", "a table", value);
            return None;
        };
        self.suite(Fields {
            table: suite,
            name: "`suite`",
            start: span.start,
            end: span.end,
        })
    }

    fn suite(&mut self, fields: Fields<'_, '_>) -> Option<String> {
        let problems = &mut self.problems;
        problems.unknown_keys(fields, &SUITE_KEYS);
        let name = problems.required(fields, "name", "`name = \"autobahn\"`", Problems::string);
        if let Some(name) = name.filter(|name| name.value != "autobahn") {
            let message = format!("there is no suite `{}`", name.value);
            problems.add_with_cure(name.span, message, "write `name = \"autobahn\"`");
        }
        let catalog = self.known.catalog;
        let official = |case: &&Case| case.id.suite() == Suite::Autobahn;
        let cases = catalog.cases().filter(official).count();
        let cure = format!("`count = {cases}`");
        let count = problems.required(fields, "count", &cure, Problems::number);
        if let Some(count) = count.filter(|count| count.value != cases as u64) {
            let message = format!("the suite has {cases} cases, not {}", count.value);
            problems.add_with_cure(count.span, message, format!("write {cure}"));
        }
        let version =
            problems.required(fields, "cases", "`cases = \"25.10.1\"`", Problems::string)?;
        Some(version.value)
    }

    /// The entries in the order of the file.
    fn entries(&mut self, table: &DeTable<'_>) -> Vec<Placed> {
        let mut entries = Vec::new();
        for (key, name, kind) in [
            ("deviation", "this `[[deviation]]`", Kind::Deviation),
            ("flaky", "this `[[flaky]]`", Kind::Flaky),
        ] {
            for fields in self.problems.tables(self.text, table, key, name) {
                entries.extend(self.entry(fields, kind));
            }
        }
        entries.sort_by_key(|placed| placed.entry.line);
        entries
    }

    /// Refuses ids that stand twice, and cases of which two entries speak.
    fn refuse_doubles(&mut self, entries: &[Placed]) {
        let mut names = BTreeMap::new();
        let mut by_case: BTreeMap<CaseId, Vec<&Entry>> = BTreeMap::new();
        for Placed { entry, id, cases } in entries {
            if let Some(line) = names.insert(&entry.id, entry.line) {
                let message = format!("the id `{}` is taken by line {line}", entry.id);
                self.problems.add(id.clone(), message);
            }
            let mut clash = None;
            for case in &entry.cases {
                let others = by_case.entry(*case).or_default();
                let other = others.iter().find(|other| overlap(entry, other));
                clash = clash.or(other.map(|other| (*case, *other)));
                others.push(entry);
            }
            if let Some((case, other)) = clash {
                let message = format!(
                    "`{case}` has an entry already: `{}` in line {}",
                    other.id, other.line
                );
                let cure = "one case and target has one entry: merge them, or name targets apart";
                self.problems.add_with_cure(cases.clone(), message, cure);
            }
        }
    }
}

/// Whether both can speak of the same target on the same operating system.
fn overlap(a: &Entry, b: &Entry) -> bool {
    let targets = a.targets.is_empty()
        || b.targets.is_empty()
        || a.targets.iter().any(|name| b.targets.contains(name));
    targets && (a.os.is_none() || b.os.is_none() || a.os == b.os)
}
