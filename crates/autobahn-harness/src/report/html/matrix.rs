//! Every case of every target and engine, a cell each, by section.

use crate::gate::Judged;

use super::glance::{Tally, tallies};
use super::sheet::{Chapter, Sheet, class, verdict};

/// The matrix.
#[derive(Debug)]
pub(super) struct Matrix {
    /// What the columns are called.
    pub(super) labels: Vec<String>,
    pub(super) sections: Vec<Section>,
}

/// A section of it.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) number: String,
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) cases: usize,
    /// What all columns came to.
    pub(super) tallies: Vec<Tally>,
    pub(super) bar: Vec<Piece>,
    pub(super) rows: Vec<Row>,
    /// Whether it is shown open: something in it is red, or engines disagree.
    pub(super) open: bool,
}

/// A part of the bar that shows the tallies, of a hundred.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) class: &'static str,
    pub(super) x: String,
    pub(super) width: String,
}

/// A case.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) anchor: String,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) cells: Vec<Cell>,
    pub(super) disagrees: bool,
}

/// What came of it in a column.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) class: &'static str,
    pub(super) word: &'static str,
    pub(super) verdict: String,
    /// The card, where it is not the one of the row.
    pub(super) anchor: Option<String>,
}

impl Matrix {
    pub(super) fn of(sheet: &Sheet<'_>) -> Self {
        let chapters = sheet.chapters().into_iter();
        Self {
            labels: sheet
                .columns
                .iter()
                .map(|column| column.label.clone())
                .collect(),
            sections: chapters.map(|chapter| section(sheet, chapter)).collect(),
        }
    }
}

fn section(sheet: &Sheet<'_>, chapter: Chapter) -> Section {
    let targets = sheet.targets();
    let mut rows = Vec::new();
    let mut classes = Vec::new();
    for id in &chapter.cases {
        let Some(row) = sheet.rows.get(id) else {
            continue;
        };
        classes.extend(row.iter().flatten().map(|judged| class(judged.status)));
        let several = targets.len() > 1;
        let cells = sheet.columns.iter().zip(row).map(|(column, judged)| {
            let anchor = several.then(|| format!("{}-{id}", column.slug));
            cell(*judged, anchor)
        });
        let first = targets.iter().find(|target| {
            let mut columns = target.columns.iter();
            columns.any(|at| row[*at].is_some())
        });
        rows.push(Row {
            anchor: first.map_or(String::new(), |target| format!("{}-{id}", target.slug)),
            id: id.to_string(),
            title: sheet
                .case(*id)
                .map_or(String::new(), |case| case.title.to_string()),
            cells: cells.collect(),
            disagrees: targets.iter().any(|target| sheet.disagrees(*id, target)),
        });
    }
    let tallies = tallies(classes.iter().copied());
    let red = |tally: &Tally| "rcxms".contains(tally.class);
    Section {
        open: tallies.iter().any(red) || rows.iter().any(|row| row.disagrees),
        bar: bar(&tallies),
        tallies,
        cases: rows.len(),
        number: chapter.number,
        slug: chapter.slug,
        name: chapter.name,
        rows,
    }
}

fn cell(judged: Option<&Judged<'_>>, anchor: Option<String>) -> Cell {
    match judged {
        Some(judged) => Cell {
            class: class(judged.status),
            word: judged.status.name(),
            verdict: verdict(judged),
            anchor,
        },
        None => Cell {
            class: "n",
            word: "not selected",
            verdict: String::new(),
            anchor: None,
        },
    }
}

/// What is there, from left to right, in hundredths.
pub(super) fn bar(tallies: &[Tally]) -> Vec<Piece> {
    let all: usize = tallies.iter().map(|tally| tally.count).sum();
    let share = |count: usize| format!("{:.1}", count as f64 * 100.0 / all.max(1) as f64);
    let mut before = 0;
    tallies
        .iter()
        .map(|tally| {
            let x = share(before);
            before += tally.count;
            Piece {
                class: tally.class,
                x,
                width: share(tally.count),
            }
        })
        .collect()
}
