//! What is not as the baseline says, before everything else.

use crate::deviation::Deviation;
use crate::escape::line;
use crate::gate::{Evidence, Judged, Judgement, Origin, Status, Trouble};
use crate::run::CaseResult;

use super::sheet::{Sheet, class};

/// What changed.
#[derive(Debug)]
pub(super) struct Changes {
    /// Deviations by status, the gravest first; none is empty.
    pub(super) groups: Vec<Group>,
    /// What is wrong with a run as a whole, or with the baseline.
    pub(super) faults: Vec<String>,
    /// Cases on which engines came to different verdicts.
    pub(super) disagreements: Vec<Disagreement>,
    /// How many cases there are.
    pub(super) compared: usize,
    /// Whether there was more than one engine, so that they could disagree.
    pub(super) engines: usize,
}

/// Cases that came to the same status.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) class: &'static str,
    pub(super) title: &'static str,
    pub(super) meaning: &'static str,
    pub(super) cure: Option<String>,
    /// How many cases they are.
    pub(super) count: usize,
    pub(super) rows: Vec<Row>,
}

/// A case in such a group, or several that have no verdict for the same reason.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) anchor: String,
    pub(super) id: String,
    /// How many more of them there are.
    pub(super) others: usize,
    pub(super) label: String,
    pub(super) title: String,
    pub(super) spec: String,
    pub(super) expected: String,
    pub(super) got: String,
    pub(super) why: String,
    pub(super) place: String,
}

/// A case on which engines disagree.
#[derive(Debug)]
pub(super) struct Disagreement {
    pub(super) anchor: String,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) verdicts: Vec<(String, String)>,
}

impl Changes {
    pub(super) fn of(judgements: &[Judgement<'_>], sheet: &Sheet<'_>) -> Self {
        let mut faults = Vec::new();
        for judgement in judgements {
            faults.extend(judgement.faults.iter().map(ToString::to_string));
            faults.extend(judgement.expired.iter().map(|entry| {
                let last = entry.expires.map(|day| day.to_string()).unwrap_or_default();
                let (path, line) = (judgement.baseline.path(), entry.line);
                format!(
                    "the last day of entry {} ({path}:{line}) was {last}",
                    entry.id
                )
            }));
        }
        faults.dedup();
        Self {
            groups: KINDS.iter().filter_map(|kind| group(sheet, kind)).collect(),
            faults,
            disagreements: disagreements(sheet),
            compared: sheet.rows.len(),
            engines: judgements.len(),
        }
    }
}

const NOT_PLAYED: Status = Status::Error(Trouble::NotPlayed);

/// A heading of this part: class, title, meaning, cure.
type Kind = (&'static str, &'static str, &'static str, &'static str);

const KINDS: [Kind; 6] = [
    (
        "r",
        "Regressions",
        "not as the case demands, and no entry of the baseline says so",
        "autobahn baseline update --accept CASE --reason TEXT",
    ),
    (
        "c",
        "Changed",
        "worse than the baseline says, or different",
        "autobahn baseline update --accept CASE --reason TEXT",
    ),
    (
        "x",
        "Errors",
        "could not be played, so there is no verdict",
        "",
    ),
    (
        "m",
        "Missing",
        "selected, and nobody says what came of it",
        "",
    ),
    (
        "s",
        "Stale",
        "better than the baseline says: the entry has to go",
        "autobahn baseline update",
    ),
    (
        "f",
        "Flaky",
        "as it must be only when it was played alone",
        "",
    ),
];

fn group(sheet: &Sheet<'_>, (kind, title, meaning, cure): &Kind) -> Option<Group> {
    let mut rows = Vec::new();
    for row in sheet.rows.values() {
        for (column, judged) in sheet.columns.iter().zip(row) {
            let Some(judged) = judged.filter(|judged| class(judged.status) == *kind) else {
                continue;
            };
            let deviation = Deviation::of(column.judgement, judged);
            let earlier = match judged.status {
                Status::Flaky => format!("before: {}", deviation.earlier.join(", ")),
                _ => String::new(),
            };
            let (got, reason) = match judged.record.map(|record| &record.result) {
                Some(CaseResult::NotPlayed { error }) if judged.status == NOT_PLAYED => {
                    (String::from("not played"), Some(line(error)))
                }
                Some(_) | None => (deviation.got.clone(), why_it_ended(judged)),
            };
            let why = reason.or_else(|| why(&deviation.explanation));
            let why = why.unwrap_or(earlier);
            let why = match on_base(&deviation) {
                Some(words) => format!("{words}. {why}"),
                None => why,
            };
            rows.push(Row {
                anchor: format!("{}-{}", column.slug, judged.id),
                id: judged.id.to_string(),
                others: 0,
                label: column.label.clone(),
                title: deviation.title,
                spec: deviation.spec.unwrap_or_default(),
                expected: deviation.expected,
                got,
                why,
                place: deviation.place.unwrap_or_default(),
            });
        }
    }
    // One case can be named; of several, people choose.
    let cure = match &rows[..] {
        [row] => cure.replace("CASE", &row.id),
        _ => String::from(*cure),
    };
    let count = rows.len();
    if matches!(*kind, "x" | "m") {
        rows = together(rows);
    }
    (!rows.is_empty()).then(|| Group {
        class: kind,
        title,
        meaning,
        cure: (!cure.is_empty()).then_some(cure),
        count,
        rows,
    })
}

/// One row for all cases of a target that have no verdict for the same reason.
fn together(rows: Vec<Row>) -> Vec<Row> {
    let mut found: Vec<Row> = Vec::new();
    for row in rows {
        let same =
            |one: &&mut Row| (&one.label, &one.got, &one.why) == (&row.label, &row.got, &row.why);
        match found.iter_mut().find(same) {
            Some(first) => {
                first.others += 1;
                for told in [&mut first.title, &mut first.spec, &mut first.expected] {
                    told.clear();
                }
                first.place.clear();
            }
            None => found.push(row),
        }
    }
    found
}

/// Whose doing it is, where there is a base to compare with.
fn on_base(deviation: &Deviation<'_>) -> Option<String> {
    let was = deviation.was.as_deref()?;
    match deviation.origin? {
        Origin::Broken => Some(format!("Broken since the base, where it was {was}")),
        Origin::Mended => Some(format!("Fixed since the base, where it was {was}")),
        Origin::Inherited(Evidence::Baseline) => {
            Some(String::from("Inherited: only the baseline changed"))
        }
        Origin::Inherited(Evidence::Run) => Some(String::from("Inherited: so it is on the base")),
        Origin::Unchanged | Origin::Accepted | Origin::Unknown => None,
    }
}

/// What is wrong with the end, where nothing else is.
fn why_it_ended(judged: &Judged<'_>) -> Option<String> {
    let (outcome, expected) = (judged.outcome()?, judged.case?.expectation());
    let only = outcome.verdict.behavior == expected.behavior && outcome.verdict != expected;
    let sentence = line(&outcome.explanation.close);
    (only && sentence.contains(' ')).then_some(sentence)
}

/// The first sentence that says more than the verdict does.
fn why(explanation: &[String]) -> Option<String> {
    let mut telling = explanation.iter().filter(|sentence| sentence.contains(' '));
    telling.next().cloned()
}

fn disagreements(sheet: &Sheet<'_>) -> Vec<Disagreement> {
    let mut found = Vec::new();
    for (id, row) in &sheet.rows {
        for target in sheet.targets() {
            if !sheet.disagrees(*id, &target) {
                continue;
            }
            let verdicts = target.columns.iter().filter_map(|at| {
                let verdict = row[*at]?.outcome()?.verdict;
                Some((sheet.columns[*at].engine.clone(), verdict.to_string()))
            });
            let title = sheet.case(*id).map(|case| case.title.to_string());
            found.push(Disagreement {
                anchor: format!("{}-{id}", target.slug),
                id: id.to_string(),
                title: title.unwrap_or_default(),
                verdicts: verdicts.collect(),
            });
        }
    }
    found
}
