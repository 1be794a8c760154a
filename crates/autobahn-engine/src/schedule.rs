//! Which cases are played beside each other.

use std::collections::VecDeque;
use std::sync::Arc;

use autobahn_cases::Case;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

use crate::engine::{Engine, Event, Jobs};
use crate::target::Target;

/// Plays all cases.
pub(crate) async fn run(
    engine: Engine,
    target: Arc<Target>,
    cases: Vec<Arc<Case>>,
    jobs: Jobs,
    events: UnboundedSender<Event>,
) {
    let jobs = match jobs {
        Jobs::Serial => 1,
        Jobs::AtMost(jobs) => jobs.max(1),
        Jobs::ByCores => 32,
    };
    let mut waiting = VecDeque::from(cases);
    let mut playing = JoinSet::new();
    loop {
        while playing.len() < jobs
            && let Some(case) = waiting.pop_front()
        {
            let (engine, target, events) = (engine.clone(), Arc::clone(&target), events.clone());
            playing.spawn(async move {
                // Whoever no longer listens has no need to know.
                let _ = events.send(Event::Started(case.id));
                let result = engine.play_one(&target, &case).await.map(Box::new);
                let _ = events.send(Event::Finished(case.id, result));
            });
        }
        if playing.join_next().await.is_none() {
            return;
        }
    }
}
