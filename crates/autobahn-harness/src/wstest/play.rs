//! All shards of a plan: several at a time, and again without the case that hung.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use autobahn_cases::CaseId;
use autobahn_report::{Files, IndexError, Report, ReportError};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::UnboundedSender;

use crate::engine::probe::{self, Echo, ProbeError};
use crate::engine::{EngineError, Plan, Progress};
use crate::run::{CaseResult, Profile, Record};
use crate::wstest::Wstest;
use crate::wstest::config::AGENT;
use crate::wstest::shard::{Shard, Shards, lanes};
use crate::wstest::watch::{End, Seen, watch};

/// After so many shards that brought no report, what is left is not played.
const MOST_LOST: usize = 3;

/// How a plan is played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// How long each case is waited for; by itself if absent.
    pub(crate) longest: Option<Duration>,
    /// Which way `wstest` reaches the server.
    pub(crate) path: Path,
}

/// Which way `wstest` reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// The same as we do.
    Ours,
    /// Another: whether we reach the server does not decide.
    #[cfg_attr(
        not(any(test, feature = "docker")),
        expect(dead_code, reason = "only containers go another way")
    )]
    Another,
}

/// Plays a plan. Returns the version of the suite.
pub(crate) async fn play(
    wstest: &impl Wstest,
    plan: &Plan,
    rules: Rules,
    progress: &UnboundedSender<Progress>,
) -> Result<String, EngineError> {
    if plan.profile != Profile::Full {
        let error = EngineError::new("the official suite plays the full profile only");
        return Err(error.cure("leave out `--profile quick`, or use the embedded engine"));
    }
    let mut run = Run {
        wstest,
        plan,
        rules,
        progress,
        version: None,
        begun: 0,
        lost: 0,
        reached: run_up(plan, rules, progress).await?,
    };
    let shards = Shards::of(&plan.cases, lanes(plan.jobs));
    run.phase(shards.alone, 1).await?;
    run.phase(shards.together, lanes(plan.jobs)).await?;
    run.still_answers().await?;
    Ok(run.version.unwrap_or_default())
}

/// A real opening handshake and an echo before anything is started.
async fn run_up(
    plan: &Plan,
    rules: Rules,
    progress: &UnboundedSender<Progress>,
) -> Result<Reached, EngineError> {
    match (probe::probe(&plan.url).await, rules.path) {
        (Ok(Echo::Came | Echo::NotAsked), _) => Ok(Reached::Yes),
        (Ok(Echo::Missing), _) => {
            let text = format!("the server at {} does not echo a text message", plan.url);
            let _ = progress.send(Progress::Warning(text));
            Ok(Reached::Yes)
        }
        (Err(error), Path::Another) => Ok(Reached::NotFromHere(error)),
        (Err(error), Path::Ours) => Err(EngineError::new(error.to_string())),
    }
}

/// Whether we have reached the server before.
enum Reached {
    Yes,
    NotFromHere(ProbeError),
}

struct Run<'a, W> {
    wstest: &'a W,
    plan: &'a Plan,
    rules: Rules,
    progress: &'a UnboundedSender<Progress>,
    version: Option<String>,
    /// How many cases have begun in all.
    begun: usize,
    /// How many shards brought no report.
    lost: usize,
    reached: Reached,
}

impl<W: Wstest> Run<'_, W> {
    /// Plays shards, so many at a time.
    async fn phase(&mut self, shards: Vec<Shard>, lanes: usize) -> Result<(), EngineError> {
        let (wstest, progress, longest) = (self.wstest, self.progress, self.rules.longest);
        let mut queue = VecDeque::from(shards);
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < lanes
                && let Some(shard) = queue.pop_front()
            {
                running.push(async move {
                    let ended = watch(wstest, &shard, longest, progress).await;
                    (shard, ended)
                });
            }
            let Some((shard, ended)) = running.next().await else {
                return Ok(());
            };
            let (seen, end) = ended?;
            queue.extend(self.settle(shard, seen, end).await?);
        }
    }

    /// Reports what came of a shard; returns what is to be played again.
    async fn settle(
        &mut self,
        shard: Shard,
        seen: Seen,
        end: End,
    ) -> Result<Vec<Shard>, EngineError> {
        self.begun += seen.begun.len();
        self.version = self.version.take().or(seen.version.clone());
        match end {
            End::Report(files) => self.take(&shard, &seen, &files).await.map(|()| Vec::new()),
            End::Lost(why) => self.salvage(shard, &seen, &why).await,
        }
    }

    /// Reports the outcomes of a shard.
    async fn take(&self, shard: &Shard, seen: &Seen, files: &Files) -> Result<(), EngineError> {
        let mut absent = shard.cases.clone();
        match Report::read(files, Some(AGENT), &shard.cases) {
            Ok(report) => {
                if let Some(id) = report.besides.first() {
                    let id = id.escape_debug();
                    let text =
                        format!("the suite reports case `{id}`, which it was not told to play");
                    return Err(EngineError::new(text));
                }
                for id in report.bare {
                    let text =
                        format!("case {id}: the suite wrote its verdict and no file with details");
                    let _ = self.progress.send(Progress::Warning(text));
                }
                for (id, outcome) in report.cases {
                    absent.remove(&id);
                    match outcome {
                        Ok(outcome) => self.finished(id, CaseResult::Played(Box::new(outcome))),
                        Err(error) => self.not_played(id, error.to_string()),
                    }
                }
            }
            // The suite does not say who was never reached: its index has no agent then.
            Err(ReportError::Index(IndexError::Empty)) => {}
            Err(error) => return Err(EngineError::new(error.to_string())),
        }
        let Some(first) = absent.first() else {
            return Ok(());
        };
        if self.begun == 0 {
            return Err(self.unreachable(seen.unreachable.as_deref()));
        }
        let why = seen
            .unreachable
            .as_deref()
            .unwrap_or("the suite gives no reason");
        let why = match seen.begun.last() {
            Some(last) => {
                format!("the server stopped accepting connections after case {last}: {why}")
            }
            None => format!("the server stopped accepting connections: {why}"),
        };
        let first = *first;
        for id in absent {
            self.not_played(id, why.clone());
        }
        self.still_answers().await.map_err(|error| {
            EngineError::new(format!("case {first} could not be played: {why}; {error}"))
        })
    }

    /// Names the case that hung, and plays the others of its shard again.
    async fn salvage(
        &mut self,
        shard: Shard,
        seen: &Seen,
        why: &str,
    ) -> Result<Vec<Shard>, EngineError> {
        self.lost += 1;
        let Some(hung) = seen.begun.last().copied() else {
            let silent = seen.unreachable.as_deref().unwrap_or(why);
            if self.begun == 0 {
                return Err(self.unreachable(Some(silent)));
            }
            for id in shard.cases {
                self.not_played(id, format!("its shard began no case: {silent}"));
            }
            return self.still_answers().await.map(|()| Vec::new());
        };
        self.not_played(hung, why.to_owned());
        self.still_answers().await.map_err(|error| {
            EngineError::new(format!("case {hung} was running, and {why}; {error}"))
        })?;
        let before: BTreeSet<CaseId> = seen
            .begun
            .iter()
            .copied()
            .filter(|id| *id != hung)
            .collect();
        let after: BTreeSet<CaseId> = &(&shard.cases - &before) - &BTreeSet::from([hung]);
        let text = format!("case {hung}: {why}; the other cases of its shard are played again");
        let _ = self.progress.send(Progress::Warning(text));
        let mut again = vec![Shard { cases: before }];
        if self.lost < MOST_LOST {
            again.push(Shard { cases: after });
        } else {
            for id in after {
                self.not_played(
                    id,
                    format!("not tried: {} shards were lost before it", self.lost),
                );
            }
        }
        again.retain(|shard| !shard.cases.is_empty());
        Ok(again)
    }

    /// The server must still answer, where it ever did to us.
    async fn still_answers(&self) -> Result<(), EngineError> {
        if let Reached::NotFromHere(_) = self.reached {
            return Ok(());
        }
        let alive = probe::probe(&self.plan.url).await;
        let dead = |error| EngineError::new(format!("the server no longer answers: {error}"));
        alive.map(drop).map_err(dead)
    }

    fn unreachable(&self, why: Option<&str>) -> EngineError {
        let url = &self.plan.url;
        let why = why.unwrap_or("no opening handshake was completed");
        let from = "the suite does not reach the server at";
        match (&self.reached, self.rules.path) {
            (Reached::Yes, Path::Ours) => EngineError::new(format!("{from} {url}: {why}")),
            (Reached::Yes, Path::Another) => EngineError::new(format!(
                "{from} {url} out of its container, but we do: {why}"
            ))
            .cure("let the server listen on 0.0.0.0 rather than 127.0.0.1, and let no firewall stop the container network"),
            (Reached::NotFromHere(error), _) => {
                EngineError::new(format!("{from} {url}: {why}; nor do we: {error}"))
            }
        }
    }

    fn not_played(&self, id: CaseId, error: String) {
        self.finished(id, CaseResult::NotPlayed { error });
    }

    fn finished(&self, id: CaseId, result: CaseResult) {
        let record = Record {
            target: self.plan.target.clone(),
            id,
            result,
            earlier: Vec::new(),
        };
        let _ = self.progress.send(Progress::Finished(Box::new(record)));
    }
}

#[cfg(test)]
mod tests;
