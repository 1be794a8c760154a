//! The end of a run on a terminal: a line and a block for each deviation, then
//! the sum of it all.

use anstyle::{AnsiColor, Style};

use super::alike::{Alike, together};
use super::{MOST_AT_ONCE, complaints, cross_check, extent, tally};
use crate::deviation::{Deviation, reproduce_all};
use crate::escape;
use crate::exit::ExitCode;
use crate::gate::{Evidence, Judgement, Origin, Status};

/// Whether to write colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Not: NO_COLOR, a pipe, a file.
    Plain,
    /// As ANSI escapes.
    Ansi,
}

/// Everything: the blocks, what wavered, the summary.
#[must_use]
pub fn render(judgement: &Judgement<'_>, color: Color) -> String {
    let mut text = String::new();
    let deviations = together(&judgement.deviations());
    for alike in deviations.iter().take(MOST_BLOCKS) {
        text.push_str(RULE);
        let first = Deviation::of(judgement, alike.first);
        match alike.others() {
            0 => text.push_str(&block(&first, color)),
            _ => text.push_str(&block_of_many(judgement, alike, &first, color)),
        }
    }
    if deviations.len() > MOST_BLOCKS {
        text.push_str(RULE);
        for alike in &deviations[MOST_BLOCKS..] {
            let first = Deviation::of(judgement, alike.first);
            text.push_str(&case_line(&first, None, color));
            if alike.others() > 0 {
                text.push_str(&format!("{:>12} {} more alike\n", "and", alike.others()));
            }
        }
    }
    for judged in judgement.with(Status::Flaky) {
        text.push_str(&case_line(&Deviation::of(judgement, judged), None, color));
    }
    text.push_str(RULE);
    text.push_str(&summary(judgement, color));
    text
}

/// One deviation in a line, with its place in the run where it is known:
/// `FAIL [   1.032s] (312/517) echo 5.20  expected OK/OK, got FAILED/UNCLEAN`.
#[must_use]
pub fn case_line(deviation: &Deviation<'_>, place: Option<(usize, usize)>, color: Color) -> String {
    let word = format!("{:>12}", label(deviation.status));
    let mut text = paint(&word, style(deviation.status), color);
    if let Some(duration) = deviation.duration {
        text.push_str(&format!(" [{:>8.3}s]", duration.as_secs_f64()));
    }
    if let Some((number, all)) = place {
        text.push_str(&format!(
            " ({number:>width$}/{all})",
            width = all.to_string().len()
        ));
    }
    let case = format!("{} {}", deviation.target, deviation.id);
    let differs = if deviation.status == Status::Flaky {
        let earlier = deviation.earlier.join(", ");
        format!("{} alone, before {earlier}", deviation.got)
    } else {
        format!("expected {}, got {}", deviation.expected, deviation.got)
    };
    text.push_str(&format!(" {case:16} {differs}"));
    if let Some(place) = &deviation.place {
        text.push_str(&format!("   ({place})"));
    }
    text.push('\n');
    text
}

/// All that there is to say of one deviation.
#[must_use]
pub fn block(deviation: &Deviation<'_>, color: Color) -> String {
    let word = format!("{:>12}:", deviation.status.name());
    let mut text = format!(
        "{} {} {} — {}\n",
        paint(&word, style(deviation.status), color),
        deviation.target,
        deviation.id,
        deviation.title
    );
    let mut field = |name: &str, value: &str| text.push_str(&format!("{name:>12}: {value}\n"));
    if let Some(spec) = &deviation.spec {
        field("spec", spec);
    }
    field(
        "verdict",
        &format!("expected {}, got {}", deviation.expected, deviation.got),
    );
    if let (Some(entry), Some(place)) = (deviation.entry, &deviation.place) {
        field("baseline", &format!("`{}` ({place})", entry.id));
    }
    if let Some(was) = &deviation.was {
        let origin = match deviation.origin {
            Some(Origin::Broken) => ", broken here",
            Some(Origin::Inherited(Evidence::Baseline)) => ", inherited: the baseline changed here",
            Some(Origin::Inherited(Evidence::Run)) => ", inherited",
            Some(Origin::Mended) => ", fixed here",
            Some(Origin::Unchanged | Origin::Accepted | Origin::Unknown) | None => "",
        };
        field("on base", &format!("{was}{origin}"));
    }
    if let Some(events) = &deviation.events_expected {
        field("expected", events);
    }
    if let Some(events) = &deviation.events_observed {
        field("observed", events);
    }
    for sentence in &deviation.explanation {
        field("because", sentence);
    }
    if deviation.status == Status::Regression {
        for hint in deviation.hints {
            field("often", hint);
        }
    }
    for earlier in &deviation.earlier {
        field("before", earlier);
    }
    let wire = &deviation.wire;
    if !wire.lines.is_empty() {
        let (shown, all) = (wire.lines.len(), wire.all);
        let id = deviation.id;
        field(
            "wire log",
            &format!("last {shown} of {all} events; all: autobahn trace {id}"),
        );
        for line in &wire.lines {
            text.push_str(&format!("              {line}\n"));
        }
    }
    let mut field = |name: &str, value: &str| text.push_str(&format!("{name:>12}: {value}\n"));
    field("reproduce", &deviation.reproduce);
    if let Some(cure) = cure(deviation) {
        field("accept", &cure);
    }
    text
}

/// What there is to say of cases that have no verdict for the same reason.
fn block_of_many(
    judgement: &Judgement<'_>,
    alike: &Alike<'_, '_>,
    first: &Deviation<'_>,
    color: Color,
) -> String {
    let word = paint(
        &format!("{:>12}:", first.status.name()),
        style(first.status),
        color,
    );
    let (target, got, count) = (&first.target, &first.got, alike.ids.len());
    let some = &alike.ids[..count.min(MOST_AT_ONCE)];
    let command = reproduce_all(judgement.run, alike.first.target, some);
    format!(
        "{word} {target}, {count} cases: {}\n{:>12}: none, {got}\n{:>12}: {command}\n",
        alike.names(),
        "verdict",
        "reproduce",
    )
}

/// The sum of it all, and how the gate ends.
#[must_use]
pub fn summary(judgement: &Judgement<'_>, color: Color) -> String {
    let run = judgement.run;
    let millis = run.provenance.duration_ms;
    let code = judgement.exit_code();
    let good = code == ExitCode::Passed;
    let style = if good { GREEN } else { RED };
    let mut text = format!(
        "{} [{:>4}.{:02}s] {}: {}\n",
        paint("     Summary", style, color),
        millis / 1000,
        millis % 1000 / 10,
        extent(judgement),
        tally(judgement.counts())
    );
    let engine = &run.provenance.engine;
    let (name, suite) = (escape::line(&engine.name), escape::line(&engine.suite));
    match cross_check(judgement) {
        Some(sentence) => text.push_str(&format!("      Engine {name}, {sentence}\n")),
        None => text.push_str(&format!("      Engine {name}, autobahn {suite}\n")),
    }
    for entry in &judgement.expired {
        let last = entry.expires.map(|day| day.to_string()).unwrap_or_default();
        text.push_str(&format!(
            "     expired `{}` ({}:{}) since {last}\n",
            entry.id,
            escape::line(judgement.baseline.path()),
            entry.line
        ));
    }
    if let Some(told) = compared(judgement) {
        text.push_str(&format!("        Base {told}\n"));
    }
    if !good {
        let complaints = complaints(judgement).join(", ");
        let error = paint("error", RED, color);
        let number = code.number();
        text.push_str(&format!(
            "{error}: conformance gate failed: {complaints} (exit {number})\n"
        ));
    }
    text
}

/// What of it this change did, where there is a base to compare with.
fn compared(judgement: &Judgement<'_>) -> Option<String> {
    let base = judgement.base?;
    let mut counts = [
        (Origin::Broken, 0, "broken here"),
        (Origin::Accepted, 0, "accepted here"),
        (Origin::Mended, 0, "fixed here"),
        (Origin::Inherited(Evidence::Baseline), 0, "inherited"),
    ];
    for origin in judgement
        .cases
        .iter()
        .filter_map(|one| judgement.origin(one))
    {
        let same = |known: Origin| known.name() == origin.name();
        let found = counts.iter_mut().find(|(known, _, _)| same(*known));
        if let Some((_, count, _)) = found {
            *count += 1;
        }
    }
    let counted = counts.iter().filter(|(_, count, _)| *count > 0);
    let words: Vec<String> = counted
        .map(|(_, count, word)| format!("{count} {word}"))
        .collect();
    let words = match words.as_slice() {
        [] => String::from("no change"),
        words => words.join(", "),
    };
    let name = match base.is_named_by_hash() {
        true => base.short().to_owned(),
        false => format!("{} at {}", escape::line(&base.name), base.short()),
    };
    let note = base.note.as_deref().map(escape::line);
    let note = note.map_or(String::new(), |note| format!(" ({note})"));
    Some(format!("{name}: {words}{note}"))
}

/// What to do where the baseline is what has to change.
fn cure(deviation: &Deviation<'_>) -> Option<String> {
    match deviation.status {
        Status::Stale => Some(String::from("autobahn baseline update")),
        Status::Regression | Status::Changed => Some(format!(
            "autobahn baseline update --accept {} --reason TEXT",
            deviation.id
        )),
        Status::Pass | Status::Expected | Status::Flaky | Status::Error(_) => None,
    }
}

fn label(status: Status) -> &'static str {
    match status {
        Status::Pass => "PASS",
        Status::Expected => "XFAIL",
        Status::Flaky => "FLAKY",
        Status::Stale => "STALE",
        Status::Changed => "CHANGED",
        Status::Regression => "FAIL",
        Status::Error(_) => "ERROR",
    }
}

fn style(status: Status) -> Style {
    match status {
        Status::Pass | Status::Expected => GREEN,
        Status::Flaky | Status::Stale => YELLOW,
        Status::Changed | Status::Regression | Status::Error(_) => RED,
    }
}

fn paint(text: &str, style: Style, color: Color) -> String {
    match color {
        Color::Plain => text.to_owned(),
        Color::Ansi => format!("{style}{text}{style:#}"),
    }
}

const GREEN: Style = AnsiColor::Green.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const RULE: &str = "────────────\n";

/// More deviations than this get a line each, not a block.
const MOST_BLOCKS: usize = 20;
