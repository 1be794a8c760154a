//! Every case of the suite as a test of its own, `<section>::<id>`, against the
//! bundled echo server; and one test of the run as a whole.
//!
//! `AUTOBAHN_ENGINE=docker cargo test --test conformance` plays the official
//! suite in containers. A filter plays only the cases that it names; listing
//! plays nothing. What could not be played fails; nothing is skipped.

#![expect(clippy::print_stderr, reason = "tests talk to people on stderr")]

#[path = "conformance/play.rs"]
mod play;
#[path = "conformance/shared.rs"]
mod shared;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use autobahn_cases::{CaseId, Section, autobahn};
use autobahn_harness::deviation::Deviation;
use autobahn_harness::engine::Choice;
use autobahn_harness::gate::Judged;
use autobahn_harness::report::terminal::{self, Color};
use autobahn_harness::run::Run;
use autobahn_harness::{Baseline, Demand, Judgement, judge};
use libtest_mimic::{Arguments, Failed, Trial};

/// The test of the run as a whole.
const WHOLE: &str = "gate::the_run_is_complete_and_no_baseline_entry_is_stale";

fn main() -> ExitCode {
    let arguments = arguments(std::env::args());
    let suite = match Suite::new(&arguments) {
        Ok(suite) => Arc::new(suite),
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(96);
        }
    };
    let cases = autobahn().cases().map(|case| {
        let (id, suite) = (case.id, Arc::clone(&suite));
        Trial::test(name(id), move || suite.check(id))
    });
    let whole = {
        let suite = Arc::clone(&suite);
        Trial::test(WHOLE, move || suite.check_whole())
    };
    let trials = cases.chain([whole]).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The name of a case as a test.
fn name(id: CaseId) -> String {
    format!("{}::{id}", Section::of(id).slug)
}

/// What libtest understands and libtest-mimic refuses, in the words of the latter.
fn arguments(words: impl Iterator<Item = String>) -> Arguments {
    Arguments::from_iter(words.map(|word| match word.as_str() {
        "--no-capture" => "--nocapture".to_owned(),
        _ => word,
    }))
}

/// What the tests share: what is played, and once played, what came of it.
struct Suite {
    engine: Choice,
    baseline: Baseline,
    selected: BTreeSet<CaseId>,
    run: OnceLock<Result<Run, String>>,
}

impl Suite {
    fn new(arguments: &Arguments) -> Result<Self, String> {
        let engine = match std::env::var("AUTOBAHN_ENGINE") {
            Ok(engine) => engine
                .parse()
                .map_err(|error| format!("AUTOBAHN_ENGINE: {error}"))?,
            Err(_) => Choice::Embedded,
        };
        let all = autobahn().cases().map(|case| case.id);
        let selected = match is_selected(arguments, WHOLE) {
            true => all.collect(),
            false => all
                .filter(|id| is_selected(arguments, &name(*id)))
                .collect(),
        };
        let baseline = play::baseline()?;
        Ok(Self {
            engine,
            baseline,
            selected,
            run: OnceLock::new(),
        })
    }

    /// The run; played when the first test asks.
    fn run(&self) -> Result<&Run, Failed> {
        let run = self
            .run
            .get_or_init(|| match shared::of_this_nextest_run() {
                // A process a test: the suite is started once, and not once a test.
                Some(shared) if self.engine != Choice::Embedded => {
                    let all = autobahn().cases().map(|case| case.id).collect();
                    shared.run(|| play::play(&self.engine, all, &self.baseline))
                }
                _ => play::play(&self.engine, self.selected.clone(), &self.baseline),
            });
        run.as_ref().map_err(|error| Failed::from(error.clone()))
    }

    fn judge<'a>(&'a self, run: &'a Run, demand: Demand) -> Judgement<'a> {
        let today = chrono::Local::now().date_naive();
        judge(run, &self.baseline, autobahn(), today, demand)
    }

    fn check(&self, id: CaseId) -> Result<(), Failed> {
        let judgement = self.judge(self.run()?, Demand::AnySelection);
        let judged = judgement.cases.iter().find(|judged| judged.id == id);
        let judged: &Judged<'_> = judged.ok_or("the case was not played")?;
        match judged.status.is_red() {
            true => Err(terminal::block(&Deviation::of(&judgement, judged), Color::Plain).into()),
            false => Ok(()),
        }
    }

    fn check_whole(&self) -> Result<(), Failed> {
        let judgement = self.judge(self.run()?, Demand::Complete);
        match judgement.exit_code() {
            autobahn_harness::ExitCode::Passed => Ok(()),
            code => {
                let text = terminal::render(&judgement, Color::Plain);
                Err(format!("{text}\n{} (exit {})", code.meaning(), code.number()).into())
            }
        }
    }
}

/// Whether libtest-mimic runs a test of this name.
fn is_selected(arguments: &Arguments, name: &str) -> bool {
    let matches = |filter: &String| match arguments.exact {
        true => name == filter,
        false => name.contains(filter.as_str()),
    };
    arguments.filter.as_ref().is_none_or(matches) && !arguments.skip.iter().any(matches)
}
