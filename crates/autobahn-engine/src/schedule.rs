//! Which cases are played beside each other, so that load disturbs no window of
//! time in which a peer has to answer.
//!
//! First come those in which a peer races with itself, one by one: whether it answers
//! before it fails the connection must not depend on what else it has to do. Then
//! come the cases that only wait, and beside them the light ones, whose deadlines are
//! half a second to a few seconds. Those that take all of a machine come when no
//! light case is under way whose answer could still be late. A wait of a second (6.4)
//! beside them is long enough; and deviations can be played again alone.

use std::cmp::Reverse;
use std::collections::{HashSet, VecDeque};
use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use autobahn_cases::Case;
use autobahn_cases::play::{Corpus, Play, Script, Step};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep};

use crate::engine::{Engine, Event, Jobs};
use crate::target::Target;

/// How much a case asks of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Load {
    /// It is decided within microseconds whether the peer is strict.
    Racing,
    /// It waits most of its time.
    Waiting,
    /// A few octets, and a deadline that is near.
    Light,
    /// Megabytes, or thousands of messages.
    Heavy,
}

/// How long after its start a light case is still expected to end by itself; one
/// that lasts longer waits for a deadline, which load does not move.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long after its start a race is decided.
const RACE: Duration = Duration::from_millis(20);

/// How often we look whether a case that is held back may begin.
const LOOK: Duration = Duration::from_millis(10);

/// Plays all cases.
pub(crate) async fn run(
    engine: Engine,
    target: Arc<Target>,
    cases: Vec<Arc<Case>>,
    jobs: Jobs,
    events: UnboundedSender<Event>,
) {
    let mut schedule = Schedule::new(cases, jobs);
    let mut playing = JoinSet::new();
    loop {
        while let Some((case, load)) = schedule.next(Instant::now()) {
            let (engine, target, events) = (engine.clone(), Arc::clone(&target), events.clone());
            let task = playing.spawn(async move {
                // Whoever no longer listens has no need to know.
                let _ = events.send(Event::Started(case.id));
                let result = engine.play_one(&target, &case).await.map(Box::new);
                let _ = events.send(Event::Finished(case.id, result));
            });
            schedule.started(task.id(), load, Instant::now());
        }
        let ended = tokio::select! {
            ended = playing.join_next_with_id() => ended,
            () = sleep(LOOK), if schedule.is_held_back() => continue,
        };
        match ended {
            None => return,
            Some(Ok((task, ()))) => schedule.ended(task),
            Some(Err(error)) => {
                schedule.ended(error.id());
                // A fault of ours: the case has no outcome, and whoever asked
                // for it sees that.
            }
        }
    }
}

/// What is still to be played, and what is being played.
#[derive(Debug)]
struct Schedule {
    racing: VecDeque<Arc<Case>>,
    waiting: VecDeque<Arc<Case>>,
    light: VecDeque<Arc<Case>>,
    heavy: VecDeque<Arc<Case>>,
    playing: Vec<(Id, Load, Instant)>,
    jobs: usize,
    heavy_jobs: usize,
}

impl Schedule {
    fn new(cases: Vec<Arc<Case>>, jobs: Jobs) -> Self {
        let cores = available_parallelism().map_or(2, NonZero::get);
        let (jobs, heavy_jobs) = match jobs {
            Jobs::Serial => (1, 1),
            Jobs::AtMost(jobs) => (jobs.max(1), jobs.max(1)),
            Jobs::ByCores => ((16 * cores).clamp(32, 96), (3 * cores).clamp(4, 24)),
        };
        let mut schedule = Self {
            racing: VecDeque::new(),
            waiting: VecDeque::new(),
            light: VecDeque::new(),
            heavy: VecDeque::new(),
            playing: Vec::new(),
            jobs,
            heavy_jobs,
        };
        if jobs == 1 {
            // Alone nothing disturbs; the order is that of the catalogue.
            schedule.light = cases.into();
            return schedule;
        }
        for case in cases {
            match load(&case) {
                Load::Racing => schedule.racing.push_back(case),
                Load::Waiting => schedule.waiting.push_back(case),
                Load::Light => schedule.light.push_back(case),
                Load::Heavy => schedule.heavy.push_back(case),
            }
        }
        // The longest first, so that none is left alone at the end; of equals first
        // those whose replies need not be read again in others.
        let mut seen = HashSet::new();
        let heavy = schedule.heavy.into_iter().map(|case| {
            let is_first = replies(&case).is_none_or(|replies| seen.insert(replies));
            (Reverse(weight(&case)), !is_first, case)
        });
        let mut heavy: Vec<_> = heavy.collect();
        heavy.sort_by_key(|(weight, is_later, _)| (*weight, *is_later));
        schedule.heavy = heavy.into_iter().map(|(_, _, case)| case).collect();
        schedule
    }

    /// The next case that may begin now.
    fn next(&mut self, now: Instant) -> Option<(Arc<Case>, Load)> {
        if self.playing.len() >= self.jobs || self.is_raced(now) {
            return None;
        }
        if let Some(case) = self.racing.pop_front() {
            return Some((case, Load::Racing));
        }
        if let Some(case) = self.waiting.pop_front() {
            return Some((case, Load::Waiting));
        }
        if let Some(case) = self.light.pop_front() {
            return Some((case, Load::Light));
        }
        let is_pressed = |(_, load, started): &(Id, Load, Instant)| {
            *load == Load::Light && now.duration_since(*started) < PATIENCE
        };
        let heavy = self
            .playing
            .iter()
            .filter(|(_, load, _)| *load == Load::Heavy);
        let jobs = match self.heavy.front().is_some_and(|case| is_brief(case)) {
            true => 2 * self.heavy_jobs,
            false => self.heavy_jobs,
        };
        if heavy.count() >= jobs || self.playing.iter().any(is_pressed) {
            return None;
        }
        Some((self.heavy.pop_front()?, Load::Heavy))
    }

    fn started(&mut self, task: Id, load: Load, now: Instant) {
        self.playing.push((task, load, now));
    }

    fn ended(&mut self, task: Id) {
        self.playing.retain(|(playing, _, _)| *playing != task);
    }

    /// Whether a race goes on that anything else would disturb.
    fn is_raced(&self, now: Instant) -> bool {
        let mut playing = self.playing.iter();
        playing
            .any(|(_, load, started)| *load == Load::Racing && now.duration_since(*started) < RACE)
    }

    /// Whether something may begin as soon as races or light cases have become old.
    fn is_held_back(&self) -> bool {
        let waits = [&self.racing, &self.waiting, &self.light, &self.heavy];
        let holds = |(_, load, _): &(Id, Load, Instant)| matches!(load, Load::Racing | Load::Light);
        waits.iter().any(|queue| !queue.is_empty()) && self.playing.iter().any(holds)
    }
}

fn load(case: &Case) -> Load {
    let waits = |script: &Script| {
        let mut steps = script.steps.iter();
        steps.any(|step| matches!(step, Step::Wait(_) | Step::Timeout { .. }))
    };
    match &case.play {
        Play::Script(script) if waits(script) => Load::Waiting,
        Play::Script(script) if script.non_strict.is_some() => Load::Racing,
        Play::Script(_) => Load::Light,
        Play::Echo(_) | Play::RoundTrips(_) | Play::Compressed(_) => Load::Heavy,
    }
}

/// What the replies of a server to a case depend on, if it accepts the first offer.
fn replies(case: &Case) -> Option<(Corpus, usize, bool, u8)> {
    let Play::Compressed(plan) = &case.play else {
        return None;
    };
    let offer = plan.offers.first()?;
    let bits = offer.server_max_window_bits.unwrap_or(15);
    Some((
        plan.corpus,
        plan.len,
        offer.server_no_context_takeover,
        bits,
    ))
}

/// Whether a heavy case waits for its messages more than it works on them.
fn is_brief(case: &Case) -> bool {
    const BRIEF: usize = 8192;
    match &case.play {
        Play::Script(_) | Play::Echo(_) => false,
        Play::RoundTrips(plan) => plan.message.payload.len() <= BRIEF,
        Play::Compressed(plan) => plan.len <= BRIEF,
    }
}

/// Roughly how long a heavy case takes, in octets.
fn weight(case: &Case) -> usize {
    /// What a round trip costs besides its octets.
    const TRIP: usize = 2048;
    match &case.play {
        Play::Script(_) => 0,
        Play::Echo(echo) => echo.message.payload.len(),
        Play::RoundTrips(plan) => (plan.message.payload.len() + TRIP) * plan.count as usize,
        Play::Compressed(plan) => (8 * plan.len + TRIP) * plan.count as usize,
    }
}

#[cfg(test)]
mod tests {
    use autobahn_cases::autobahn;

    use super::*;

    fn schedule(jobs: Jobs) -> Schedule {
        Schedule::new(autobahn().cases().cloned().map(Arc::new).collect(), jobs)
    }

    #[tokio::test]
    async fn races_come_first_then_what_waits_and_what_is_heavy_when_nothing_is_pressed() {
        let mut schedule = schedule(Jobs::AtMost(4));
        let now = Instant::now();
        let task = || tokio::spawn(async {}).id();
        let races = [
            "3.2", "3.3", "3.4", "4.1.3", "4.1.4", "4.1.5", "4.2.3", "4.2.4", "4.2.5", "5.15",
            "7.1.6",
        ];
        for id in races {
            let (case, load) = schedule.next(now).unwrap();
            assert_eq!((case.id.to_string().as_str(), load), (id, Load::Racing));
            let race = task();
            schedule.started(race, load, now);
            assert!(schedule.next(now).is_none() && schedule.is_held_back());
            schedule.ended(race);
        }
        let mut order = Vec::new();
        while let Some((case, load)) = schedule.next(now) {
            order.push(case.id.to_string());
            schedule.started(task(), load, now);
        }
        assert_eq!(order, ["5.19", "5.20", "6.4.1", "6.4.2"]);
        schedule.playing.clear();
        while let Some((_, Load::Waiting | Load::Light)) = schedule.next(now) {}
        assert!(schedule.light.is_empty());

        let light = task();
        schedule.started(light, Load::Light, now);
        assert!(schedule.next(now).is_none() && schedule.is_held_back());
        assert!(
            schedule.next(now + PATIENCE).is_some(),
            "it waits for its own deadline"
        );
        schedule.ended(light);
        schedule.started(task(), Load::Waiting, now);
        assert!(schedule.next(now).is_some());
    }

    #[test]
    fn of_equally_long_cases_those_whose_replies_others_share_come_first() {
        let schedule = schedule(Jobs::ByCores);
        let longest = schedule.heavy.iter().take(5 * 12).map(|case| case.id);
        let ids: Vec<String> = longest.map(|id| id.to_string()).collect();
        let first = [
            "12.1.10", "12.2.10", "12.3.10", "12.4.10", "12.5.10", "13.2.10", "13.3.10", "13.5.10",
        ];
        assert_eq!(ids[..9], [&first[..], &["12.1.15"]].concat());
        assert!(ids[9..].contains(&"13.1.10".to_owned()));
        let weights = schedule.heavy.iter().map(|case| weight(case));
        assert!(weights.is_sorted_by(|one, next| one >= next));
    }

    #[tokio::test]
    async fn more_of_those_with_short_messages_play_at_once() {
        let count = |ids: &[&str]| {
            let cases = autobahn().cases().filter(|case| {
                let id = case.id.to_string();
                ids.iter().any(|prefix| id.starts_with(prefix))
            });
            let mut schedule = Schedule::new(cases.cloned().map(Arc::new).collect(), Jobs::ByCores);
            let heavy_jobs = schedule.heavy_jobs;
            let mut playing = 0;
            while let Some((_, load)) = schedule.next(Instant::now()) {
                schedule.started(tokio::spawn(async {}).id(), load, Instant::now());
                playing += 1;
            }
            (playing, heavy_jobs)
        };
        let (playing, jobs) = count(&["12.1.15", "12.1.16", "12.1.17", "12.1.18", "13."]);
        assert_eq!(playing, jobs);
        let (playing, jobs) = count(&["9.7.1", "9.7.2", "9.7.3", "9.7.4", "9.8."]);
        assert_eq!(playing, (2 * jobs).min(10));
    }

    #[test]
    fn alone_the_order_is_that_of_the_catalogue() {
        let mut schedule = schedule(Jobs::Serial);
        let order = std::iter::from_fn(|| schedule.next(Instant::now()));
        let order: Vec<_> = order.map(|(case, _)| case.id).collect();
        assert_eq!(
            order,
            autobahn().cases().map(|case| case.id).collect::<Vec<_>>()
        );
    }
}
