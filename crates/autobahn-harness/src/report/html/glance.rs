//! A run at a glance: how many cases came to what, and a mark a case.

use crate::gate::Status;

use super::sheet::{Column, Sheet, class};

/// A column at a glance.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) label: String,
    pub(super) tallies: Vec<Tally>,
    pub(super) strip: Strip,
}

/// How many cases came to a status.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) class: &'static str,
    pub(super) word: &'static str,
    pub(super) count: usize,
}

/// A mark a case, in the order of the catalogue.
#[derive(Debug)]
pub(super) struct Strip {
    pub(super) width: usize,
    /// What is drawn for each status.
    pub(super) paths: Vec<(&'static str, String)>,
    /// Where each section begins, and its number.
    pub(super) sections: Vec<(usize, String)>,
}

/// What is counted, in the order of reading.
const ORDER: [(&str, &str); 8] = [
    ("r", "regression"),
    ("c", "changed"),
    ("x", "error"),
    ("m", "missing"),
    ("s", "stale"),
    ("p", "pass"),
    ("e", "expected"),
    ("f", "flaky"),
];

/// How many of these cases of a column came to what; what nothing came to is left out.
pub(super) fn tallies<'a>(classes: impl Iterator<Item = &'a str>) -> Vec<Tally> {
    let mut counts = [0; ORDER.len()];
    for one in classes {
        if let Some(at) = ORDER.iter().position(|(class, _)| *class == one) {
            counts[at] += 1;
        }
    }
    let tallies = ORDER.iter().zip(counts).filter(|(_, count)| *count > 0);
    tallies
        .map(|((class, word), count)| Tally {
            class,
            word: match (*word, count) {
                ("regression", 2..) => "regressions",
                ("error", 2..) => "errors",
                (word, _) => word,
            },
            count,
        })
        .collect()
}

/// A column at a glance.
pub(super) fn summary(sheet: &Sheet<'_>, at: usize, column: &Column<'_>) -> Summary {
    let judged = sheet.rows.values().filter_map(|row| row[at]);
    let classes: Vec<&str> = judged.map(|judged| class(judged.status)).collect();
    Summary {
        label: column.label.clone(),
        tallies: tallies(classes.iter().copied()),
        strip: strip(sheet, at),
    }
}

/// As wide as all cases of the suite, so that a mark is as wide in every strip.
const FULL_WIDTH: usize = 1150;

/// Two units a case, and a gap between sections. Red is taller than green, so
/// that it shows without colour.
fn strip(sheet: &Sheet<'_>, at: usize) -> Strip {
    let mut x = 0;
    let mut sections = Vec::new();
    let mut paths: Vec<(&'static str, String)> = ORDER
        .iter()
        .map(|(class, _)| (*class, String::new()))
        .collect();
    for chapter in sheet.chapters() {
        let begins = x;
        for id in chapter.cases {
            if let Some(judged) = sheet.rows.get(&id).and_then(|row| row[at]) {
                let class = class(judged.status);
                let (top, height) = match judged.status {
                    Status::Pass => (12, 16),
                    Status::Expected | Status::Flaky => (18, 10),
                    Status::Stale => (6, 22),
                    Status::Changed | Status::Regression | Status::Error(_) => (0, 28),
                };
                let path = paths.iter_mut().find(|(one, _)| *one == class);
                let (_, path) = path.expect("every class is counted");
                path.push_str(&format!("M{x} {top}v{height}"));
            }
            x += 2;
        }
        // A short section still has room for its number.
        x = (x + 8).max(begins + 24);
        sections.push((begins, chapter.number));
    }
    paths.retain(|(_, path)| !path.is_empty());
    Strip {
        width: x.max(FULL_WIDTH),
        paths,
        sections,
    }
}
