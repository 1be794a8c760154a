//! Every case of the suite as a test of its own, `<section>::<id>`, against the
//! bundled echo server; and one test of the run as a whole.
//!
//! `AUTOBAHN_ENGINE=docker cargo test --test conformance` plays the official
//! suite in containers. A filter plays only the cases that it names; listing
//! plays nothing. What could not be played fails; nothing is skipped.
//! `AUTOBAHN_CASES="6.4 7.9.3"` leaves out all other cases, so that the test of
//! the run as a whole fails; `AUTOBAHN_URL` names another server.

#![expect(clippy::print_stderr, reason = "tests talk to people on stderr")]

#[path = "conformance/play.rs"]
mod play;
#[path = "conformance/shared.rs"]
mod shared;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use autobahn_cases::{CaseId, Pattern, Section, autobahn};
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
    let cases = suite.cases.iter().map(|id| {
        let (id, suite) = (*id, Arc::clone(&suite));
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
    /// The cases that have a test.
    cases: BTreeSet<CaseId>,
    /// Those whose test is asked for.
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
        let cases = match std::env::var("AUTOBAHN_CASES") {
            Ok(patterns) => resolve(&patterns)?,
            Err(_) => autobahn().cases().map(|case| case.id).collect(),
        };
        let mut selected = cases.clone();
        if !is_selected(arguments, WHOLE) {
            selected.retain(|id| is_selected(arguments, &name(*id)));
        }
        let baseline = play::baseline()?;
        Ok(Self {
            engine,
            baseline,
            cases,
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
                    shared.run(|| play::play(&self.engine, self.cases.clone(), &self.baseline))
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

/// The cases that patterns name, with spaces or commas between them.
fn resolve(patterns: &str) -> Result<BTreeSet<CaseId>, String> {
    let mut cases = BTreeSet::new();
    let words = patterns.split([' ', ',']).filter(|word| !word.is_empty());
    for word in words {
        let pattern = word.parse::<Pattern>().map_err(|error| error.to_string());
        let ids = pattern.and_then(|pattern| {
            autobahn()
                .resolve(&pattern)
                .map_err(|error| error.to_string())
        });
        cases.extend(ids.map_err(|error| format!("AUTOBAHN_CASES: {error}"))?);
    }
    match cases.is_empty() {
        true => Err("AUTOBAHN_CASES names no case".to_owned()),
        false => Ok(cases),
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
