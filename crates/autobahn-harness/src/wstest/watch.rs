//! One shard under watch: what it prints becomes progress, and silence ends it.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use autobahn_cases::CaseId;
use autobahn_report::Files;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::time::{Instant, sleep_until};

use crate::engine::{EngineError, Progress};
use crate::escape;
use crate::wstest::shard::Shard;
use crate::wstest::stdout::Line;
use crate::wstest::{Broken, Wstest, deadline};

/// What a shard printed.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The version of the suite.
    pub(crate) version: Option<String>,
    /// The cases that have begun, in order.
    pub(crate) begun: Vec<CaseId>,
    /// Why TCP could not be connected any more.
    pub(crate) unreachable: Option<String>,
}

/// How a shard ended.
#[derive(Debug)]
pub(crate) enum End {
    /// With a report.
    Report(Files),
    /// Without one: it was silent for too long, or ended. Why, in words.
    Lost(String),
}

/// Plays a shard. `longest`, if given, is how long each case is waited for.
///
/// # Errors
///
/// If `wstest` cannot be started, or would play other cases than it was told.
pub(crate) async fn watch(
    wstest: &impl Wstest,
    shard: &Shard,
    longest: Option<Duration>,
    progress: &UnboundedSender<Progress>,
) -> Result<(Seen, End), EngineError> {
    let (sender, mut lines) = mpsc::unbounded_channel();
    let mut seen = Seen::default();
    let mut running = pin!(wstest.run(shard, sender));
    let of_case = |id| longest.unwrap_or_else(|| deadline::of_case(id));
    let last = Instant::now() + deadline::of_shard(shard);
    let mut silence = deadline::STARTUP;
    let mut next = Instant::now() + silence;
    loop {
        tokio::select! {
            biased;
            Some(line) = lines.recv() => {
                if let Some(id) = seen.read(&line, shard)? {
                    let _ = progress.send(Progress::Started(id));
                    silence = of_case(id);
                    next = Instant::now() + silence;
                }
            }
            ended = &mut running => {
                while let Ok(line) = lines.try_recv() {
                    if let Some(id) = seen.read(&line, shard)? {
                        let _ = progress.send(Progress::Started(id));
                    }
                }
                return match ended {
                    Ok(files) => Ok((seen, End::Report(files))),
                    Err(Broken::Died(why)) => Ok((seen, End::Lost(escape::line(&why)))),
                    Err(Broken::Engine(error)) => Err(error),
                };
            }
            () = sleep_until(next.min(last)) => {
                let why = match seen.begun.last() {
                    _ if last <= next => format!(
                        "its shard did not end within {} s", deadline::of_shard(shard).as_secs()
                    ),
                    Some(_) => format!(
                        "it did not end within {} s: the suite waits for ever when a peer \
                         closes first and keeps TCP open, and up to 1000 s for one that does \
                         not answer", silence.as_secs()
                    ),
                    None => format!("no case began within {} s", silence.as_secs()),
                };
                return Ok((seen, End::Lost(why)));
            }
        }
    }
}

impl Seen {
    /// Notes a line; returns the case that has begun with it.
    fn read(&mut self, line: &str, shard: &Shard) -> Result<Option<CaseId>, EngineError> {
        match Line::read(line) {
            Line::Version(version) => self.version = Some(version),
            Line::Unreachable(why) => self.unreachable = Some(escape::line(&why)),
            Line::Plan(ids) => check_plan(&ids, shard)?,
            Line::Running(id) => {
                self.begun.push(id);
                return Ok(Some(id));
            }
            Line::Other => {}
        }
        Ok(None)
    }
}

/// The suite plays what it was told, or it is another suite.
fn check_plan(ids: &[String], shard: &Shard) -> Result<(), EngineError> {
    let told: BTreeSet<_> = shard.cases.iter().map(ToString::to_string).collect();
    let plans: BTreeSet<_> = ids.iter().cloned().collect();
    let differing = told.symmetric_difference(&plans).next();
    differing.map_or(Ok(()), |id| {
        let (told, plans) = (told.len(), plans.len());
        Err(EngineError::new(format!(
            "the suite was told to play {told} case(s) and would play {plans}; \
             the first that differs is `{}`",
            id.escape_debug()
        )))
    })
}
