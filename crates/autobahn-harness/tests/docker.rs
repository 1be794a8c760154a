//! The official suite in containers against servers of known faults. Asked for
//! by name (`cargo test --test docker`); fails without a container engine.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use autobahn_harness::engine::docker::Docker;
use autobahn_harness::engine::{Engine, EngineError, Jobs, Plan, Progress};
use autobahn_harness::run::{EngineInfo, Profile, Record};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

fn plan(url: &str, cases: &str) -> Plan {
    let mut cases: Vec<_> = cases.split(' ').map(|id| id.parse().unwrap()).collect();
    cases.sort();
    Plan {
        target: "echo".to_owned(),
        url: url.to_owned(),
        cases,
        profile: Profile::Full,
        jobs: Jobs::ByCores,
    }
}

struct Played {
    result: Result<EngineInfo, EngineError>,
    records: Vec<Record>,
    warnings: Vec<String>,
}

async fn play(engine: &Docker, plan: &Plan) -> Played {
    let (sender, mut progress) = mpsc::unbounded_channel();
    let result = engine.play(plan, sender).await;
    let (mut records, mut warnings) = (Vec::new(), Vec::new());
    while let Ok(seen) = progress.try_recv() {
        match seen {
            Progress::Finished(record) => records.push(*record),
            Progress::Warning(text) => warnings.push(text),
            Progress::Preparing(text) => eprintln!("{text}"),
            Progress::Started(_) => {}
        }
    }
    records.sort_by_key(|record| record.id);
    Played {
        result,
        records,
        warnings,
    }
}

async fn echo_server() -> echo_server::ServerHandle {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    echo_server::serve(listener, echo_server::Config::default()).unwrap()
}

#[tokio::test]
async fn a_few_cases_against_the_echo_server() {
    let server = echo_server().await;
    let plan = plan(&server.url(), "1.1.1 2.5 5.18 6.3.1 7.13.1 9.1.1");
    let played = play(&Docker::new(), &plan).await;
    let info = played.result.unwrap();
    assert_eq!((&*info.name, &*info.suite), ("docker", "25.10.1"));
    eprintln!("{info:?} {:?}", played.warnings);
    for record in &played.records {
        let outcome = record.outcome().unwrap();
        eprintln!("{} {} {:?}", record.id, outcome.verdict, outcome.duration);
    }
    assert_eq!(played.records.len(), plan.cases.len());
    eprintln!(
        "{}",
        serde_json::to_string_pretty(&played.records[3]).unwrap()
    );
}
