//! From the text of the list to [`Known`], or to everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use autobahn_cases::{CaseId, Catalog};
use toml::de::DeTable;

use super::{Entry, Known, Quirk};
use crate::baseline::Refused;
use crate::baseline::entry::one_of;
use crate::baseline::field::{Field, Fields, Problems};
use crate::baseline::parse::fields::cases;
use crate::parity::Aspect;
use crate::run::{Record, Run};

/// The version of the format.
const VERSION: u64 = 1;

/// The engines whose runs are runs of the suite.
const OFFICIAL: [&str; 3] = ["docker", "process", "report"];

const KEYS: [&str; 2] = ["version", "difference"];
const ENTRY_KEYS: [&str; 8] = [
    "id", "target", "cases", "count", "aspect", "quirk", "embedded", "run",
];

pub(super) fn parse(
    path: &str,
    text: &str,
    catalog: &Catalog,
    recorded: &dyn Fn(&str) -> Result<Run, String>,
) -> Result<Known, Refused> {
    let mut reader = Reader {
        text,
        catalog,
        recorded,
        problems: Problems::default(),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        reader.problems.add(span, error.message().to_owned());
    }
    let entries = match errors.is_empty() {
        true => reader.entries(table.get_ref()),
        // What could not be read is missing from the table.
        false => Vec::new(),
    };
    match reader.problems.0.is_empty() {
        true => Ok(Known { entries }),
        false => Err(Refused::new(path, text, reader.problems.0)),
    }
}

struct Reader<'a> {
    text: &'a str,
    catalog: &'a Catalog,
    recorded: &'a dyn Fn(&str) -> Result<Run, String>,
    problems: Problems,
}

impl Reader<'_> {
    fn entries(&mut self, table: &DeTable<'_>) -> Vec<Entry> {
        let top = Fields {
            table,
            name: "the list of known differences",
            start: 0,
            end: self.text.lines().next().map_or(0, str::len),
        };
        self.problems.unknown_keys(top, &KEYS);
        self.problems.version(top, VERSION);
        let name = "this `[[difference]]`";
        let mut entries: Vec<Entry> = Vec::new();
        for fields in self.problems.tables(self.text, table, "difference", name) {
            let Some((entry, id, cases)) = self.entry(fields) else {
                continue;
            };
            for other in &entries {
                self.refuse_double(&entry, other, &id, &cases);
            }
            entries.push(entry);
        }
        entries
    }

    /// An entry, and where its id and its cases stand.
    fn entry(&mut self, fields: Fields<'_, '_>) -> Option<(Entry, Range<usize>, Range<usize>)> {
        let problems = &mut self.problems;
        problems.unknown_keys(fields, &ENTRY_KEYS);
        // All fields are read before any absence ends this, so that all faults are found.
        let cure = "a name, such as `id = \"window-8\"`";
        let id = problems.required(fields, "id", cure, Problems::string);
        let cure = "the servers, such as `target = \"tokio-websockets\"`";
        let targets = problems.required(fields, "target", cure, Problems::strings);
        let selection = cases(problems, self.catalog, fields);
        let cure = "in what they differ, such as `aspect = \"verdict\"`";
        let aspect = problems.required(fields, "aspect", cure, Problems::string);
        let cure = "why, such as `quirk = \"window-of-8-bits\"`";
        let quirk = problems.required(fields, "quirk", cure, Problems::string);
        let cure = "what the embedded engine says, such as `embedded = \"OK/OK\"`";
        let embedded = problems.required(fields, "embedded", cure, Problems::string);
        let cure = "a recorded run of the suite, such as `run = \"recorded/window-8.json\"`";
        let run = problems.required(fields, "run", cure, Problems::string);

        for target in targets.iter().flat_map(|targets| &targets.value) {
            if target.value.starts_with("echo") {
                let message = "of our own echo server no difference is accepted";
                let cure = "mend the embedded engine";
                problems.add_with_cure(target.span.clone(), message, cure);
            }
        }
        let aspect = aspect.and_then(|field| named_aspect(problems, &field));
        let quirk = quirk.and_then(|field| match field.value.parse::<Quirk>() {
            Ok(quirk) => Some(quirk),
            Err(error) => {
                problems.add_with_cure(field.span, error.to_string(), error.cure);
                None
            }
        });
        let run = run.and_then(|field| self.recorded(field));
        let (id, (_, cases, cases_span)) = (id?, selection?);
        let (aspect, run) = (aspect?, run?);
        let official = self.official(&cases, aspect, &run)?;
        let entry = Entry {
            id: id.value,
            targets: targets?.value.into_iter().map(|name| name.value).collect(),
            cases,
            aspect,
            quirk: quirk?,
            embedded: embedded?.value,
            official,
            line: self.text[..fields.start].matches('\n').count() + 1,
        };
        Some((entry, id.span, cases_span))
    }

    /// The recorded run: one of the suite, beside the list or below.
    fn recorded(&mut self, name: Field<String>) -> Option<Field<Run>> {
        let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains('\\');
        if !name.value.split('/').all(plain) {
            let message = "a recorded run is named relative to this file, without `..`";
            self.problems.add(name.span, message);
            return None;
        }
        let run = match (self.recorded)(&name.value) {
            Ok(run) => run,
            Err(error) => {
                let cure = "record it with `autobahn run CASES --engine docker --report json=FILE`";
                self.problems.add_with_cure(name.span, error, cure);
                return None;
            }
        };
        let engine = &run.provenance.engine.name;
        if !OFFICIAL.contains(&engine.as_str()) {
            let message = format!("a run of the official suite is cited, not of `{engine}`");
            self.problems.add(name.span, message);
            return None;
        }
        Some(Field {
            value: run,
            span: name.span,
        })
    }

    /// What the recorded run says of each case.
    fn official(
        &mut self,
        cases: &BTreeSet<CaseId>,
        aspect: Aspect,
        run: &Field<Run>,
    ) -> Option<BTreeMap<CaseId, String>> {
        let mut said = BTreeMap::new();
        for id in cases {
            let record = run.value.cases.iter().find(|record| record.id == *id);
            let Some(outcome) = record.and_then(Record::outcome) else {
                let message = format!("the recorded run has no verdict on `{id}`");
                self.problems.add(run.span.clone(), message);
                return None;
            };
            said.insert(*id, aspect.of(outcome));
        }
        Some(said)
    }

    fn refuse_double(
        &mut self,
        entry: &Entry,
        other: &Entry,
        id: &Range<usize>,
        cases: &Range<usize>,
    ) {
        if entry.id == other.id {
            let message = format!("the id `{}` is taken by line {}", entry.id, other.line);
            self.problems.add(id.clone(), message);
        }
        let target = entry
            .targets
            .iter()
            .any(|name| other.targets.contains(name));
        let case = entry.cases.intersection(&other.cases).next();
        if let Some(case) = case.filter(|_| target && entry.aspect == other.aspect) {
            let (name, line) = (&other.id, other.line);
            let message = format!("`{case}` has an entry already: `{name}` in line {line}");
            self.problems.add(cases.clone(), message);
        }
    }
}

fn named_aspect(problems: &mut Problems, field: &Field<String>) -> Option<Aspect> {
    let name = |aspect: Aspect| aspect.to_string().replace(' ', "-");
    let aspects = Aspect::OF_OUTCOMES;
    let found = aspects.into_iter().find(|one| name(*one) == field.value);
    if found.is_none() {
        let message = format!("engines do not differ in `{}`", field.value);
        let names = aspects.map(name);
        let cure = one_of(&field.value, &names.each_ref().map(String::as_str));
        problems.add_with_cure(field.span.clone(), message, cure);
    }
    found
}
