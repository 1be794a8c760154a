//! Plays cells of the matrix.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use autobahn_cases::{Case, CaseId, autobahn};
use autobahn_engine::{Engine, Profile, Setting, Target, setting};
use faulty_server::{Fault, FaultyServer};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::cell::{Cell, Played};
use crate::concerns;

/// What cells have been played, and what came of them.
pub(crate) type Matrix = BTreeMap<Cell, Played>;

/// How many cells are played at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Beside {
    Many,
    Some,
    Few,
}

/// An engine and servers with every fault, each on a thread of its own.
pub(crate) struct Player {
    engine: Engine,
    servers: Vec<FaultyServer>,
}

/// How many messages the long cases send: enough for a fault that shows with the third.
const MESSAGES: u32 = 3;

/// What no cell may take: the faults must not leave a case waiting for its last deadline, which
/// in the long cases is up to 1000 seconds.
const TOO_LONG: Duration = Duration::from_secs(60);

impl Player {
    pub(crate) fn new() -> Self {
        let setting = Setting::new(Profile::AtMost(MESSAGES), setting::SEED);
        Self {
            engine: Engine::new(setting),
            servers: (0..2)
                .map(|_| FaultyServer::start(Fault::Correct).unwrap())
                .collect(),
        }
    }

    /// Plays cells: first those with short messages, which spend their time on waiting, then
    /// those with long ones, which spend it on working.
    pub(crate) async fn play(&self, cells: Vec<Cell>, beside: Beside) -> Matrix {
        let (long, mut short): (Vec<_>, Vec<_>) = cells
            .into_iter()
            .partition(|cell| matches!(cell.id.section(), 9 | 12 | 13));
        // Some cases of these sections wait for ten seconds: let that begin at once.
        short.sort_by_key(|cell| !matches!(cell.id.section(), 1 | 10));
        let (short_jobs, long_jobs) = match beside {
            Beside::Many => (200, 6),
            Beside::Some => (40, 4),
            Beside::Few => (8, 2),
        };
        let mut matrix = self.play_together(short, short_jobs).await;
        matrix.extend(self.play_together(long, long_jobs).await);
        matrix
    }

    async fn play_together(&self, cells: Vec<Cell>, jobs: usize) -> Matrix {
        let jobs = Arc::new(Semaphore::new(jobs));
        let mut playing = JoinSet::new();
        for (cell, server) in cells.into_iter().zip(self.servers.iter().cycle()) {
            let job = Arc::clone(&jobs).acquire_owned().await.unwrap();
            let engine = self.engine.clone();
            let port = server.local_addr().port();
            let target = Target::new("127.0.0.1", port).path(format!("/{}", cell.fault));
            playing.spawn(async move {
                let case = case(cell.id);
                let mut tries = 0;
                let outcome = loop {
                    tries += 1;
                    let outcome = timeout(TOO_LONG, engine.play_one(&target, case)).await;
                    let outcome = outcome.unwrap_or_else(|_| panic!("{cell} takes too long"));
                    let outcome = outcome.expect("the server listens");
                    if tries == concerns::tries(cell.fault) || outcome.verdict != case.expectation()
                    {
                        break outcome;
                    }
                };
                drop(job);
                (cell, Played::from(outcome))
            });
        }
        let mut matrix = Matrix::new();
        while let Some(played) = playing.join_next().await {
            matrix.extend([played.unwrap()]);
        }
        matrix
    }
}

pub(crate) fn case(id: CaseId) -> &'static Case {
    autobahn().case(id).expect("the case is in the catalogue")
}
