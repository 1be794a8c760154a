//! Progress of a run: a bar on a terminal, plain lines elsewhere, and a line a
//! deviation as soon as it is known.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use autobahn_harness::engine::Progress;
use autobahn_harness::report::terminal::Color;
use indicatif::{ProgressBar, ProgressStyle};

/// How often a plain line tells how far it is.
const EVERY: Duration = Duration::from_secs(10);

/// Shows on stderr how far a run is.
#[derive(Debug)]
pub(super) struct Meter {
    bar: Option<ProgressBar>,
    planned: usize,
    done: usize,
    deviations: usize,
    told: Instant,
}

impl Meter {
    /// A meter for that many cases: a bar where stderr is a terminal.
    pub(super) fn new(planned: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(planned as u64);
            let template = "{spinner} {pos}/{len} {wide_bar} {elapsed_precise} left {eta} {msg}";
            let style = ProgressStyle::with_template(template).expect("the template is valid");
            bar.set_style(style);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self {
            bar,
            planned,
            done: 0,
            deviations: 0,
            told: Instant::now(),
        }
    }

    /// Takes note of what an engine tells.
    pub(super) fn saw(&mut self, progress: &Progress) {
        match progress {
            Progress::Preparing(what) => self.say(what),
            Progress::Warning(what) => self.say(&format!("warning: {what}")),
            Progress::Started(id) => {
                if let Some(bar) = &self.bar {
                    bar.set_message(id.to_string());
                }
            }
            Progress::Finished(_) => {
                self.done = (self.done + 1).min(self.planned);
                match &self.bar {
                    Some(bar) => bar.set_position(self.done as u64),
                    None if self.done < self.planned && self.told.elapsed() >= EVERY => {
                        self.told = Instant::now();
                        let Self {
                            done,
                            planned,
                            deviations,
                            ..
                        } = self;
                        line(&format!(
                            "    {done}/{planned} cases, {deviations} deviation(s) so far"
                        ));
                    }
                    None => {}
                }
            }
        }
    }

    /// Shows a deviation.
    pub(super) fn deviation(&mut self, text: &str) {
        self.deviations += 1;
        self.say(text);
    }

    /// How many cases have ended, and of how many.
    pub(super) fn position(&self) -> (usize, usize) {
        (self.done, self.planned)
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| line(text)),
            None => line(text),
        }
    }
}

/// Writes a line for people.
#[expect(
    clippy::print_stderr,
    reason = "stderr is where the command line talks to people"
)]
pub(super) fn line(text: &str) {
    eprintln!("{text}");
}

/// Whether stderr takes colour: a terminal, unless NO_COLOR says no or
/// CARGO_TERM_COLOR decides.
pub(super) fn color() -> Color {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let cargo = std::env::var("CARGO_TERM_COLOR");
    match (is_set("NO_COLOR"), cargo.as_deref()) {
        (true, _) | (false, Ok("never")) => Color::Plain,
        (false, Ok("always")) => Color::Ansi,
        (false, _) if std::io::stderr().is_terminal() => Color::Ansi,
        (false, _) => Color::Plain,
    }
}
