//! Plays cases against a server and prints what came of them:
//! `play PORT[/PATH] [PATTERN] [JOBS] [MESSAGES]`.

use std::time::Instant;

use autobahn_cases::{Pattern, autobahn};
use autobahn_engine::{Engine, Event, Jobs, Profile, Setting, Target, setting};
use tokio::sync::mpsc;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "printing is what the example is for")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let target = arguments.next().ok_or("expected a port")?;
    let (port, path) = target.split_once('/').unwrap_or((&target, ""));
    let pattern: Pattern = arguments.next().unwrap_or_else(|| "*".into()).parse()?;
    let jobs = match arguments.next().map(|jobs| jobs.parse()).transpose()? {
        None | Some(0) => Jobs::ByCores,
        Some(1) => Jobs::Serial,
        Some(jobs) => Jobs::AtMost(jobs),
    };
    let profile = match arguments.next() {
        Some(messages) => Profile::AtMost(messages.parse()?),
        None => Profile::Full,
    };

    let started = Instant::now();
    let engine = Engine::new(Setting::new(profile, setting::SEED));
    let target = Target::new("127.0.0.1", port.parse()?).path(format!("/{path}"));
    let ids = autobahn().resolve(&pattern)?;
    let cases: Vec<_> = ids.iter().filter_map(|id| autobahn().case(*id)).collect();
    let (sender, mut events) = mpsc::unbounded_channel();
    let play = engine.play(&target, cases, jobs, sender);
    let print = async {
        let mut lines = std::collections::BTreeMap::new();
        while let Some(event) = events.recv().await {
            let Event::Finished(id, result) = event else {
                continue;
            };
            let at = started.elapsed().as_millis();
            let line = match result {
                Err(error) => format!("{error}"),
                Ok(outcome) => format!(
                    "{}/{} {:?} {:.1} ms, ended at {at} ms: {}; {} {:?}",
                    outcome.verdict.behavior.as_str(),
                    outcome.verdict.close.as_str(),
                    outcome.ending.remote_code,
                    outcome.duration.unwrap_or_default().as_secs_f64() * 1e3,
                    outcome.explanation.behavior,
                    outcome.explanation.close,
                    outcome.findings,
                ),
            };
            lines.insert(id, line);
        }
        lines
    };
    let ((), lines) = tokio::join!(play, print);
    for (id, line) in lines {
        println!("{id} {line}");
    }
    println!("{:?}", started.elapsed());
    Ok(())
}
