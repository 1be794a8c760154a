//! Durations as a drawing: a logarithmic scale, a line a series.

use std::time::Duration;

/// A drawing.
#[derive(Debug)]
pub(super) struct Plot {
    /// Where the lines of the scale are, and what they stand for.
    pub(super) scale: Vec<(usize, String)>,
    /// Where the labels below are.
    pub(super) ticks: Vec<(usize, String)>,
    /// Where one line ends and the next begins.
    pub(super) breaks: Vec<usize>,
    pub(super) lines: Vec<PlotLine>,
}

/// A series as it is drawn.
#[derive(Debug)]
pub(super) struct PlotLine {
    pub(super) class: String,
    /// The line.
    pub(super) line: String,
    /// Its points: lines of no length with round or square ends.
    pub(super) points: String,
}

/// What is drawn: a value for each label, or none.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) class: String,
    pub(super) values: Vec<Option<Duration>>,
}

pub(super) const WIDTH: usize = 320;
pub(super) const HEIGHT: usize = 170;
const LEFT: usize = 52;
const RIGHT: usize = 14;
const TOP: usize = 12;
const BOTTOM: usize = 26;
/// How far apart labels below a drawing are at least.
const TICK: usize = 42;

impl Plot {
    /// Nothing where there is no value. No line goes on to the values at `breaks`.
    pub(super) fn of(labels: &[String], breaks: &[usize], series: &[Series]) -> Option<Self> {
        let values = series.iter().flat_map(|one| one.values.iter().flatten());
        let logarithms: Vec<f64> = values.map(|value| logarithm(*value)).collect();
        let low = logarithms.iter().copied().reduce(f64::min)?.floor();
        let high = logarithms.iter().copied().reduce(f64::max)?.ceil();
        let high = if high > low { high } else { low + 1.0 };
        let y = |value: f64| {
            let share = (high - value) / (high - low);
            TOP + (share * (HEIGHT - TOP - BOTTOM) as f64).round() as usize
        };
        let step = (WIDTH - LEFT - RIGHT) / labels.len().saturating_sub(1).max(1);
        let x = |at: usize| LEFT + at * step;
        let decades = low as i32..=high as i32;
        Some(Self {
            scale: decades
                .map(|decade| (y(f64::from(decade)), decade_name(decade)))
                .collect(),
            ticks: ticks(labels.len(), breaks, step)
                .into_iter()
                .map(|at| (x(at), labels[at].clone()))
                .collect(),
            breaks: breaks.iter().map(|at| x(*at) - step / 2).collect(),
            lines: series
                .iter()
                .map(|one| {
                    let places = one.values.iter().enumerate().filter_map(|(at, value)| {
                        let value = (*value)?;
                        Some((at, format!("{} {}", x(at), y(logarithm(value)))))
                    });
                    let places: Vec<(usize, String)> = places.collect();
                    PlotLine {
                        class: one.class.clone(),
                        line: line(&places, breaks),
                        points: places
                            .iter()
                            .map(|(_, place)| format!("M{place}h0"))
                            .collect(),
                    }
                })
                .collect(),
        })
    }
}

/// Lines between neighbours, but not to where another line begins.
fn line(places: &[(usize, String)], breaks: &[usize]) -> String {
    let mut line = String::new();
    let mut last = None;
    for (at, place) in places {
        let begins = last.is_none_or(|last| breaks.iter().any(|one| last < *one && one <= at));
        line.push(if begins { 'M' } else { 'L' });
        line.push_str(place);
        last = Some(*at);
    }
    line
}

/// Which values have a label: the first of each line, then as many as have room.
fn ticks(count: usize, breaks: &[usize], step: usize) -> Vec<usize> {
    let firsts = (0..1).chain(breaks.iter().copied());
    let mut chosen: Vec<usize> = Vec::new();
    for at in firsts.chain(0..count).filter(|at| *at < count) {
        if chosen.iter().all(|one| one.abs_diff(at) * step >= TICK) {
            chosen.push(at);
        }
    }
    chosen.sort_unstable();
    chosen
}

/// The decimal logarithm of microseconds, 1 at least.
fn logarithm(value: Duration) -> f64 {
    (value.as_micros().max(1) as f64).log10()
}

fn decade_name(decade: i32) -> String {
    let micros = 10_u64.saturating_pow(decade.max(0).unsigned_abs());
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{} s", micros / 1_000_000),
    }
}

/// Three digits and a unit: `155 µs`, `12.3 ms`, `2.00 s`.
pub(super) fn time(value: Duration) -> String {
    let micros = value.as_micros() as f64;
    let (number, unit) = match micros {
        _ if micros < 1e3 => (micros, "µs"),
        _ if micros < 1e6 => (micros / 1e3, "ms"),
        _ => (micros / 1e6, "s"),
    };
    match number {
        _ if unit == "µs" || number >= 100.0 => format!("{number:.0} {unit}"),
        _ if number >= 10.0 => format!("{number:.1} {unit}"),
        _ => format!("{number:.2} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        let texts = [0, 155, 1_550, 12_345, 999_000, 2_000_000]
            .map(|micros| time(Duration::from_micros(micros)));
        assert_eq!(
            texts,
            ["0 µs", "155 µs", "1.55 ms", "12.3 ms", "999 ms", "2.00 s"]
        );
    }

    #[test]
    fn a_scale_has_a_line_a_decade() {
        let values = [Some(150), None, Some(20_000)].map(|one| one.map(Duration::from_micros));
        let labels = ["1 KiB", "2 KiB", "4 KiB"].map(String::from);
        let series = Series {
            class: String::from("c0"),
            values: values.into(),
        };
        let plot = Plot::of(&labels, &[], &[series]).unwrap();
        let names: Vec<&str> = plot.scale.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["100 µs", "1 ms", "10 ms", "100 ms"]);
        assert_eq!(plot.lines[0].points.matches('M').count(), 2);
        assert!(Plot::of(&labels, &[], &[]).is_none());
    }

    #[test]
    fn no_line_joins_what_differs_in_more_than_one_length() {
        let places = [0, 1, 3, 4].map(|at| (at, format!("{at} 0")));
        assert_eq!(line(&places, &[]), "M0 0L1 0L3 0L4 0");
        assert_eq!(line(&places, &[2]), "M0 0L1 0M3 0L4 0");
        assert_eq!(line(&places, &[1, 4]), "M0 0M1 0L3 0M4 0");
    }

    #[test]
    fn labels_have_room_and_each_line_its_first() {
        assert_eq!(ticks(6, &[], 50), [0, 1, 2, 3, 4, 5]);
        assert_eq!(ticks(18, &[10, 15], 14), [0, 3, 6, 10, 15]);
        assert!(ticks(0, &[], 14).is_empty());
    }
}
