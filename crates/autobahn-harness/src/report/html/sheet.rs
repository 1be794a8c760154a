//! What is shown side by side: a column a target and engine, a row a case.

use std::collections::{BTreeMap, BTreeSet};

use autobahn_cases::catalog::SECTIONS;
use autobahn_cases::{Case, CaseId, Suite, Verdict};

use crate::gate::{Judged, Judgement, Status, Trouble};

/// All that was judged.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    /// A column a target and judgement, by target.
    pub(super) columns: Vec<Column<'a>>,
    /// For each case what came of it in each column, `None` where it was not selected.
    pub(super) rows: BTreeMap<CaseId, Vec<Option<&'a Judged<'a>>>>,
}

/// A target, as one engine saw it.
#[derive(Debug)]
pub(super) struct Column<'a> {
    /// The judgement of the run.
    pub(super) judgement: &'a Judgement<'a>,
    /// The target's name.
    pub(super) target: &'a str,
    /// The target's name in ids and addresses.
    pub(super) slug: String,
    /// The engine's name, numbered where two runs have the same.
    pub(super) engine: String,
    /// The shortest name that tells it from the others.
    pub(super) label: String,
}

/// The columns of a target.
#[derive(Debug)]
pub(super) struct TargetColumns<'a> {
    /// The target's name.
    pub(super) name: &'a str,
    /// Its name in ids.
    pub(super) slug: &'a str,
    /// Where its columns stand.
    pub(super) columns: Vec<usize>,
}

/// Cases that belong together: the first number of their ids.
#[derive(Debug)]
pub(super) struct Chapter {
    /// The first number, with the letter of the suite.
    pub(super) number: String,
    /// A name for filters and anchors.
    pub(super) slug: String,
    /// A name for people.
    pub(super) name: String,
    /// The cases, in order.
    pub(super) cases: Vec<CaseId>,
}

impl<'a> Sheet<'a> {
    pub(super) fn of(judgements: &'a [Judgement<'a>]) -> Self {
        let columns = columns(judgements);
        let mut rows: BTreeMap<CaseId, Vec<Option<&Judged<'_>>>> = BTreeMap::new();
        for (at, column) in columns.iter().enumerate() {
            let cases = column.judgement.cases.iter();
            for judged in cases.filter(|judged| judged.target == column.target) {
                let row = rows.entry(judged.id);
                row.or_insert_with(|| vec![None; columns.len()])[at] = Some(judged);
            }
        }
        Self { columns, rows }
    }

    /// The targets, by name.
    pub(super) fn targets(&self) -> Vec<TargetColumns<'_>> {
        let mut targets: Vec<TargetColumns<'_>> = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            match targets.last_mut() {
                Some(last) if last.name == column.target => last.columns.push(at),
                _ => targets.push(TargetColumns {
                    name: column.target,
                    slug: &column.slug,
                    columns: vec![at],
                }),
            }
        }
        targets
    }

    /// The cases by section.
    pub(super) fn chapters(&self) -> Vec<Chapter> {
        let mut chapters: Vec<Chapter> = Vec::new();
        for id in self.rows.keys().copied() {
            let chapter = Chapter::of(id);
            match chapters.last_mut() {
                Some(last) if last.number == chapter.number => last.cases.push(id),
                _ => chapters.push(chapter),
            }
        }
        chapters
    }

    /// What the catalogue says of a case.
    pub(super) fn case(&self, id: CaseId) -> Option<&'a Case> {
        self.rows
            .get(&id)?
            .iter()
            .flatten()
            .find_map(|judged| judged.case)
    }

    /// Whether engines came to different verdicts on a case of a target.
    pub(super) fn disagrees(&self, id: CaseId, target: &TargetColumns<'_>) -> bool {
        let verdicts: BTreeSet<String> = self
            .verdicts(id, target)
            .map(|verdict| verdict.to_string())
            .collect();
        verdicts.len() > 1
    }

    fn verdicts(&self, id: CaseId, target: &TargetColumns<'_>) -> impl Iterator<Item = Verdict> {
        let row = self.rows.get(&id);
        let judged = target
            .columns
            .iter()
            .filter_map(move |at| row.and_then(|row| row[*at]));
        judged.filter_map(|judged| Some(judged.outcome()?.verdict))
    }
}

impl Chapter {
    fn of(id: CaseId) -> Self {
        let number = id.section();
        let cases = vec![id];
        let known = SECTIONS.iter().find(|section| section.number == number);
        match (id.suite(), known) {
            (Suite::Autobahn, Some(section)) => Self {
                number: number.to_string(),
                slug: section.slug.to_owned(),
                name: section.name.to_owned(),
                cases,
            },
            (Suite::Autobahn, None) => Self {
                number: number.to_string(),
                slug: format!("section-{number}"),
                name: String::from("Unknown"),
                cases,
            },
            (Suite::Own(letter), _) => Self {
                number: format!("{letter}{number}"),
                slug: format!("section-{letter}{number}"),
                name: String::from("Cases of our own"),
                cases,
            },
        }
    }
}

/// One for each target of each judgement: by target, then in the order given.
fn columns<'a>(judgements: &'a [Judgement<'a>]) -> Vec<Column<'a>> {
    let names: BTreeSet<&str> = judgements
        .iter()
        .flat_map(|judgement| judgement.run.targets())
        .collect();
    let slugs = slugs(&names);
    let mut engines: Vec<String> = Vec::new();
    for judgement in judgements {
        let name = &judgement.run.provenance.engine.name;
        let numbered = (2..).map(|number| format!("{name} {number}"));
        let mut free = std::iter::once(name.clone()).chain(numbered);
        let engine = free.find(|name| !engines.contains(name));
        engines.push(engine.expect("numbers do not run out"));
    }
    let mut columns = Vec::new();
    for target in &names {
        for (judgement, engine) in judgements.iter().zip(&engines) {
            if !judgement.run.targets().contains(target) {
                continue;
            }
            columns.push(Column {
                judgement,
                target,
                slug: slugs[target].clone(),
                engine: engine.clone(),
                label: match (names.len(), judgements.len()) {
                    (_, 0 | 1) => String::from(*target),
                    (0 | 1, _) => engine.clone(),
                    _ => format!("{target} · {engine}"),
                },
            });
        }
    }
    columns
}

/// A name of letters that need no quoting in an address for each target, no two
/// the same.
fn slugs<'a>(names: &BTreeSet<&'a str>) -> BTreeMap<&'a str, String> {
    let mut taken = BTreeSet::new();
    let mut slugs = BTreeMap::new();
    for name in names {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let slug: String = name
            .chars()
            .take(64)
            .map(|c| if plain(c) { c } else { '_' })
            .collect();
        let slug = if slug.is_empty() {
            String::from("_")
        } else {
            slug
        };
        let numbered = (2..).map(|number| format!("{slug}_{number}"));
        let mut free = std::iter::once(slug.clone()).chain(numbered);
        let slug = free.find(|slug| taken.insert(slug.clone()));
        slugs.insert(*name, slug.expect("numbers do not run out"));
    }
    slugs
}

/// The class of a status in the style.
pub(super) fn class(status: Status) -> &'static str {
    match status {
        Status::Pass => "p",
        Status::Expected => "e",
        Status::Flaky => "f",
        Status::Stale => "s",
        Status::Changed => "c",
        Status::Regression => "r",
        Status::Error(Trouble::Missing) => "m",
        Status::Error(Trouble::NotPlayed | Trouble::TwoRecords | Trouble::UnknownCase) => "x",
    }
}

/// The verdict in words, where it is not what nearly every case must come to.
pub(super) fn verdict(judged: &Judged<'_>) -> String {
    match judged.outcome() {
        None => String::new(),
        Some(outcome) if outcome.verdict == Verdict::OK => String::new(),
        Some(outcome) if outcome.verdict == Verdict::INFORMATIONAL => {
            outcome.verdict.behavior.to_string().to_ascii_lowercase()
        }
        Some(outcome) => {
            let Verdict { behavior, close } = outcome.verdict;
            let words = match close {
                autobahn_cases::CloseBehavior::Ok => behavior.to_string(),
                _ => format!("{behavior}, close {close}"),
            };
            words.to_ascii_lowercase()
        }
    }
}
