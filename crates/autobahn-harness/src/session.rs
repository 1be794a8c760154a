//! One session: an engine plays a plan, deviations are played again alone, and
//! what came of it is kept, also when it was interrupted.

use std::collections::BTreeMap;
use std::pin::pin;

use autobahn_cases::{Behavior, CaseId};
use tokio::sync::mpsc;

use crate::engine::{Engine, EngineError, Jobs, Plan, Progress};
use crate::run::{CaseResult, EngineInfo, Record};

/// The most deviations that are all played again. More of them are hardly a matter
/// of chance: a few tell whether it makes a difference that a case is played alone.
const MOST_REPLAYS: usize = 16;

/// How many deviations are played again at first where there are very many.
const SAMPLE: usize = 4;

/// What a session brought.
#[derive(Debug)]
pub struct Played {
    /// Who played; unknown if the engine could not work.
    pub engine: Option<EngineInfo>,
    /// What came of each case that was played.
    pub records: Vec<Record>,
    /// How the session ended.
    pub end: End,
}

/// How a session ended.
#[derive(Debug)]
pub enum End {
    /// The engine has done what it could.
    Finished,
    /// The engine could not work.
    Failed(EngineError),
    /// Somebody stopped it.
    Interrupted(Interrupt),
}

/// Who stopped a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// SIGINT, from a terminal.
    Sigint,
    /// SIGTERM, from a supervisor.
    Sigterm,
    /// SIGHUP, as the terminal is closed.
    Sighup,
}

/// What a session asks and tells while it lasts.
pub trait Observer {
    /// Something happened.
    fn saw(&mut self, progress: &Progress);

    /// Whether what came of this case is not what is expected, so that it is to
    /// be played again alone.
    fn deviates(&self, record: &Record) -> bool;
}

/// Plays the plan until its end or until `interrupt` is ready.
pub async fn play<E: Engine>(
    engine: &E,
    plan: &Plan,
    observer: &mut impl Observer,
    interrupt: impl Future<Output = Interrupt>,
) -> Played {
    let mut interrupt = pin!(interrupt);
    let mut records = BTreeMap::new();
    let mut keep = |record: Record| drop(records.insert(record.id, record));
    let (engine_info, end) = once(engine, plan, observer, interrupt.as_mut(), &mut keep).await;
    if !matches!(end, End::Finished) {
        return Played {
            engine: engine_info,
            records: records.into_values().collect(),
            end,
        };
    }

    let mut deviating: Vec<CaseId> = records
        .values()
        .filter(|record| observer.deviates(record))
        .map(|record| record.id)
        .collect();
    let mut end = End::Finished;
    if deviating.len() > MOST_REPLAYS {
        let few = sample(&deviating, &records);
        deviating.retain(|id| !few.contains(id));
        end = again(
            engine,
            plan,
            &few,
            observer,
            interrupt.as_mut(),
            &mut records,
        )
        .await;
        let is_same = few.iter().all(|id| observer.deviates(&records[id]));
        if is_same {
            deviating.clear();
        }
    }
    if matches!(end, End::Finished) && !deviating.is_empty() {
        end = again(engine, plan, &deviating, observer, interrupt, &mut records).await;
    }
    Played {
        engine: engine_info,
        records: records.into_values().collect(),
        end,
    }
}

/// Those whose replay tells whether playing alone helps, soon: from each part of the
/// deviations that may come of many connections, the one that took least time. What
/// fails may come of them; a server without an extension has none alone either.
fn sample(deviating: &[CaseId], records: &BTreeMap<CaseId, Record>) -> Vec<CaseId> {
    let outcome = |id: &CaseId| records[id].outcome();
    let failed = |id: &&CaseId| {
        outcome(id).is_none_or(|outcome| outcome.verdict.behavior == Behavior::Failed)
    };
    let mut pool: Vec<_> = deviating.iter().filter(failed).copied().collect();
    if pool.is_empty() {
        pool = deviating.to_vec();
    }
    let time = |id: &&CaseId| outcome(id).and_then(|outcome| outcome.duration);
    pool.chunks(pool.len().div_ceil(SAMPLE))
        .filter_map(|part| part.iter().min_by_key(time).copied())
        .collect()
}

/// Plays cases alone, and keeps what came of them before.
async fn again<E: Engine>(
    engine: &E,
    plan: &Plan,
    cases: &[CaseId],
    observer: &mut impl Observer,
    interrupt: impl Future<Output = Interrupt> + Unpin,
    records: &mut BTreeMap<CaseId, Record>,
) -> End {
    let again = Plan {
        cases: cases.to_vec(),
        jobs: Jobs::Serial,
        ..plan.clone()
    };
    let count = cases.len();
    observer.saw(&Progress::Preparing(format!(
        "playing {count} deviating case(s) again, alone"
    )));
    let mut keep = |mut record: Record| {
        if let Some(before) = records.remove(&record.id) {
            record.earlier = before.earlier;
            record.earlier.push(before.result);
        }
        records.insert(record.id, record);
    };
    let (_, end) = once(engine, &again, observer, interrupt, &mut keep).await;
    end
}

/// Plays a plan once and hands on what happens.
async fn once<E: Engine>(
    engine: &E,
    plan: &Plan,
    observer: &mut impl Observer,
    mut interrupt: impl Future<Output = Interrupt> + Unpin,
    keep: &mut impl FnMut(Record),
) -> (Option<EngineInfo>, End) {
    let (sender, mut progress) = mpsc::unbounded_channel();
    let mut playing = pin!(engine.play(plan, sender));
    let mut take = |seen: Progress, observer: &mut _| {
        Observer::saw(observer, &seen);
        if let Progress::Finished(record) = seen {
            keep(*record);
        }
    };
    loop {
        tokio::select! {
            biased;
            stopped = &mut interrupt => {
                while let Ok(seen) = progress.try_recv() {
                    take(seen, observer);
                }
                return (None, End::Interrupted(stopped));
            }
            Some(seen) = progress.recv() => take(seen, observer),
            result = &mut playing => {
                while let Ok(seen) = progress.try_recv() {
                    take(seen, observer);
                }
                return match result {
                    Ok(info) => (Some(info), End::Finished),
                    Err(error) => (None, End::Failed(error)),
                };
            }
        }
    }
}

impl Record {
    /// A record of a case that could not be played.
    #[must_use]
    pub fn not_played(target: &str, id: CaseId, error: impl Into<String>) -> Self {
        let result = CaseResult::NotPlayed {
            error: error.into(),
        };
        Self {
            target: target.to_owned(),
            id,
            result,
            earlier: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use autobahn_cases::outcome::{Ending, Explanation};
    use autobahn_cases::{Behavior, CloseBehavior, Outcome, Transcript, Verdict};
    use tokio::sync::mpsc::UnboundedSender;
    use tokio::sync::oneshot;

    use super::*;
    use crate::run::Profile;

    const FAILED: Verdict = Verdict {
        behavior: Behavior::Failed,
        close: CloseBehavior::Ok,
    };

    fn record(id: CaseId, verdict: Verdict, duration: Option<Duration>) -> Record {
        let outcome = Outcome {
            verdict,
            ending: Ending::default(),
            duration,
            explanation: Explanation::default(),
            received: Vec::new(),
            findings: Vec::new(),
            transcript: Transcript::default(),
        };
        Record {
            target: "fake".to_owned(),
            id,
            result: CaseResult::Played(Box::new(outcome)),
            earlier: Vec::new(),
        }
    }

    /// Gives the first verdict when many are played, the second to each alone.
    struct Fake {
        together: Verdict,
        alone: Verdict,
        plays: AtomicUsize,
        ends: bool,
    }

    impl Engine for Fake {
        async fn play(
            &self,
            plan: &Plan,
            progress: UnboundedSender<Progress>,
        ) -> Result<EngineInfo, EngineError> {
            self.plays.fetch_add(1, Ordering::Relaxed);
            let verdict = match plan.jobs {
                Jobs::Serial => self.alone,
                Jobs::ByCores | Jobs::AtMost(_) => self.together,
            };
            for id in &plan.cases {
                let record = record(*id, verdict, None);
                let _ = progress.send(Progress::Finished(Box::new(record)));
            }
            match self.ends {
                true => Ok(EngineInfo::default()),
                false => pending().await,
            }
        }
    }

    /// Expects OK, and tells when it has seen a case.
    struct ExpectOk(Option<oneshot::Sender<()>>);

    impl Observer for ExpectOk {
        fn saw(&mut self, progress: &Progress) {
            if let (Progress::Finished(_), Some(seen)) = (progress, self.0.take()) {
                let _ = seen.send(());
            }
        }

        fn deviates(&self, record: &Record) -> bool {
            record
                .outcome()
                .is_none_or(|outcome| outcome.verdict != Verdict::OK)
        }
    }

    fn fake(together: Verdict, alone: Verdict) -> Fake {
        Fake {
            together,
            alone,
            plays: AtomicUsize::new(0),
            ends: true,
        }
    }

    fn plan(cases: &[&str]) -> Plan {
        Plan {
            target: "fake".to_owned(),
            url: String::new(),
            cases: cases.iter().map(|id| id.parse().unwrap()).collect(),
            profile: Profile::Full,
            jobs: Jobs::ByCores,
        }
    }

    #[tokio::test]
    async fn a_deviation_is_played_again_alone_and_both_results_are_kept() {
        let engine = fake(FAILED, Verdict::OK);
        let played = play(&engine, &plan(&["1.1.1"]), &mut ExpectOk(None), pending()).await;
        let [record] = &played.records[..] else {
            panic!("one record")
        };
        assert_eq!(record.outcome().unwrap().verdict, Verdict::OK);
        let [CaseResult::Played(earlier)] = &record.earlier[..] else {
            panic!("one before")
        };
        assert_eq!(earlier.verdict, FAILED);
        assert_eq!(engine.plays.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn of_very_many_deviations_a_few_tell_whether_playing_alone_helps() {
        let ids: Vec<String> = (1..=100).map(|number| format!("6.22.{number}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        for (alone, replayed) in [(Verdict::OK, 100), (FAILED, SAMPLE)] {
            let engine = fake(FAILED, alone);
            let played = play(&engine, &plan(&ids), &mut ExpectOk(None), pending()).await;
            assert_eq!(played.records.len(), 100);
            let again = played
                .records
                .iter()
                .filter(|record| !record.earlier.is_empty());
            assert_eq!(again.count(), replayed);
            let differ = |record: &&Record| record.outcome().unwrap().verdict != alone;
            assert_eq!(played.records.iter().filter(differ).count(), 0);
        }
    }

    /// The sample of cases with these verdicts, which took so many milliseconds.
    fn sampled(cases: &[(&str, Behavior, u64)]) -> Vec<String> {
        let records: BTreeMap<CaseId, Record> = cases
            .iter()
            .map(|(id, behavior, millis)| {
                let close = CloseBehavior::Ok;
                let verdict = Verdict {
                    behavior: *behavior,
                    close,
                };
                let id = id.parse().unwrap();
                (
                    id,
                    record(id, verdict, Some(Duration::from_millis(*millis))),
                )
            })
            .collect();
        let deviating: Vec<_> = records.keys().copied().collect();
        let sample = sample(&deviating, &records);
        sample.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_sample_is_of_failures_from_everywhere_and_soon_played() {
        use Behavior::{Failed, NonStrict, Unimplemented};

        let many = [
            ("1.1.1", Failed, 9),
            ("1.1.2", Failed, 8),
            ("2.1", Unimplemented, 1),
            ("5.1", Failed, 900),
            ("5.2", Failed, 901),
            ("6.4.1", NonStrict, 1),
            ("9.1.1", Failed, 7),
            ("9.1.2", Failed, 70),
            ("12.1.1", Failed, 70),
            ("12.1.2", Failed, 7),
        ];
        assert_eq!(sampled(&many), ["1.1.2", "5.1", "9.1.1", "12.1.2"]);
        assert_eq!(sampled(&many[..3]), ["1.1.1", "1.1.2"]);
        // Where nothing has failed, whatever there is.
        let none = [
            ("6.4.3", NonStrict, 2000),
            ("12.1.1", Unimplemented, 1),
            ("12.1.2", Unimplemented, 1),
            ("12.1.3", Unimplemented, 0),
            ("12.1.4", Unimplemented, 3),
        ];
        assert_eq!(sampled(&none), ["12.1.1", "12.1.3", "12.1.4"]);
    }

    #[tokio::test]
    async fn what_is_as_expected_is_played_once() {
        let engine = fake(Verdict::OK, FAILED);
        let played = play(
            &engine,
            &plan(&["1.1.1", "2.1"]),
            &mut ExpectOk(None),
            pending(),
        )
        .await;
        assert_eq!(played.records.len(), 2);
        assert_eq!(engine.plays.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn an_interrupted_session_keeps_what_has_finished() {
        let engine = Fake {
            ends: false,
            ..fake(Verdict::OK, Verdict::OK)
        };
        let (seen, interrupt) = oneshot::channel();
        let interrupt = async {
            let _ = interrupt.await;
            ready(Interrupt::Sigint).await
        };
        let mut observer = ExpectOk(Some(seen));
        let played = play(&engine, &plan(&["1.1.1"]), &mut observer, interrupt).await;
        assert!(matches!(played.end, End::Interrupted(Interrupt::Sigint)));
        assert_eq!(played.records.len(), 1);
    }
}
