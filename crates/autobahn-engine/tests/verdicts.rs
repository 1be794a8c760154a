//! The engine's verdicts on nine faulty servers are those that the official
//! suite gave: behavior, close, close codes and flags, in every cell.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use autobahn_cases::outcome::ConnectionTimeout;
use autobahn_cases::{CaseId, Outcome, autobahn};
use autobahn_engine::{Engine, Event, Jobs, Profile, Setting, Target};
use faulty_server::{Fault, FaultyServer};
use serde_json::{Value, json};
use tokio::sync::mpsc;

type Recorded = BTreeMap<String, BTreeMap<CaseId, Vec<Value>>>;

fn recorded() -> Recorded {
    let mut recorded: Recorded =
        serde_json::from_str(include_str!("data/verdicts.json")).expect("the recording is JSON");
    for cells in recorded.values_mut().flat_map(BTreeMap::values_mut) {
        // The seconds are what a slow machine makes of them.
        cells.truncate(8);
    }
    recorded
}

/// What is compared, in the order of the recording.
fn cell(outcome: &Outcome) -> Vec<Value> {
    let ending = &outcome.ending;
    vec![
        json!(outcome.verdict.behavior),
        json!(outcome.verdict.close),
        json!(ending.remote_code),
        json!(ending.closed_by_us),
        json!(ending.failed_by_us),
        json!(ending.dropped_by_us),
        json!(ending.clean),
        json!(ending.local_code),
    ]
}

async fn play(
    address: SocketAddr,
    fault: &str,
    ids: impl Iterator<Item = &CaseId>,
) -> BTreeMap<CaseId, Outcome> {
    let engine = Engine::new(Setting::new(Profile::AtMost(1), 1));
    let target = Target::new("127.0.0.1", address.port()).path(format!("/{fault}"));
    let cases = ids.map(|id| autobahn().case(*id).expect("the case is in the catalogue"));
    let (sender, mut events) = mpsc::unbounded_channel();
    engine.play(&target, cases, Jobs::AtMost(80), sender).await;
    let mut outcomes = BTreeMap::new();
    while let Some(event) = events.recv().await {
        if let Event::Finished(id, outcome) = event {
            outcomes.insert(id, *outcome.expect("the server listens"));
        }
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cell_is_as_the_official_suite_has_it() {
    let server = FaultyServer::start(Fault::Plain).unwrap();
    let address = server.local_addr();
    let mut playing = tokio::task::JoinSet::new();
    for (fault, cells) in recorded() {
        playing.spawn(async move {
            let outcomes = play(address, &fault, cells.keys()).await;
            (fault, cells, outcomes)
        });
    }
    let (mut count, mut differences) = (0, Vec::new());
    while let Some(joined) = playing.join_next().await {
        let (fault, cells, outcomes) = joined.unwrap();
        for (id, expected) in cells {
            count += 1;
            let outcome = &outcomes[&id];
            let got = cell(outcome);
            if got != expected {
                let (expected, got) = (json!(expected), json!(got));
                differences.push(format!(
                    "{fault} {id}: expected {expected}; got {got}\n  {:?}\n  {:?}",
                    outcome.explanation, outcome.transcript.entries
                ));
            }
        }
    }
    assert_eq!(count, 9 * 240);
    assert!(
        differences.is_empty(),
        "{} cells:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_timers_is_the_order_in_which_they_were_set() {
    let server = FaultyServer::start(Fault::Blackhole).unwrap();
    let ids: Vec<CaseId> = ["1.1.1", "7.1.2"].map(|id| id.parse().unwrap()).into();
    let outcomes = play(server.local_addr(), "blackhole", ids.iter()).await;
    // After an echo that does not come, the case fails the connection first.
    assert!(outcomes[&ids[0]].ending.failed_by_us);
    // Where the script closes, the answer is waited for from before that.
    let ending = &outcomes[&ids[1]].ending;
    assert_eq!(ending.timeout, Some(ConnectionTimeout::ClosingHandshake));
    assert!(!ending.failed_by_us);
}
