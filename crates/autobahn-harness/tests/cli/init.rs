//! `autobahn init`, as somebody meets it who has a server and nothing else.

use std::fs;

use faulty_server::{Fault, FaultyServer};

use crate::fixture::{Ended, Fixture};

const FILES: [&str; 4] = [
    "autobahn/targets.toml",
    "autobahn/baseline.toml",
    ".github/workflows/autobahn.yml",
    "tests/conformance.rs",
];

/// A cargo project without anything of ours.
fn project() -> Fixture {
    let fixture = Fixture::new();
    fs::remove_dir_all(fixture.path("autobahn")).unwrap();
    fixture.write("Cargo.toml", "[package]\nname = \"theirs\"\n");
    fixture
}

/// Runs the binary without blocking the server that it talks to.
async fn run(fixture: &Fixture, arguments: &[&str]) -> Ended {
    let mut command = tokio::process::Command::from(fixture.command(arguments));
    Ended::from(command.output().await.unwrap())
}

#[tokio::test]
async fn from_nothing_to_a_green_gate_and_with_a_broken_server_to_a_red_one() {
    let server = FaultyServer::start(Fault::Correct).unwrap();
    let fixture = project();
    let good = server.url(Fault::AcceptsReservedCloseCodes);
    let ended = run(&fixture, &["init", "--name", "mine", "--url", &good]).await;
    ended.with(
        0,
        &[
            "Wrote autobahn/targets.toml",
            "3 deviate",
            "1 reason marked TODO",
        ],
    );
    for file in FILES {
        assert!(fixture.path(file).is_file(), "{file}");
    }

    // Nobody has said yet why.
    let play = ["run", "2", "7.9", "--target", "mine"];
    let ended = run(&fixture, &play).await;
    ended.with(96, &["this is no reason", "autobahn/baseline.toml:"]);
    let baseline = fixture.read("autobahn/baseline.toml");
    assert!(
        baseline.contains("cases = [\"7.9.3\", \"7.9.4\", \"7.9.5\"]"),
        "{baseline}"
    );
    let todo = "TODO: why it is so, and what would remove it";
    let written = baseline.replace(
        todo,
        "1004 is let through, until the table of codes is mended",
    );
    fixture.write("autobahn/baseline.toml", &written);
    run(&fixture, &play)
        .await
        .with(0, &["3 expected deviations"]);

    let broken = server.url(Fault::EchoClose);
    let list = fixture
        .read("autobahn/targets.toml")
        .replace(&good, &broken);
    fixture.write("autobahn/targets.toml", &list);
    run(&fixture, &play)
        .await
        .with(100, &["regression: mine 7.9.1"]);
}

#[tokio::test]
async fn what_is_there_is_not_written_over_unless_asked_for() {
    let fixture = project();
    fixture.write("tests/conformance.rs", "// theirs");
    let arguments = ["init", "--url", "ws://127.0.0.1:1"];
    let words = ["`tests/conformance.rs` is there already", "--force"];
    run(&fixture, &arguments).await.with(2, &words);
    assert_eq!(fixture.read("tests/conformance.rs"), "// theirs");
    assert!(!fixture.path("autobahn").exists(), "nothing was written");
}

#[tokio::test]
async fn without_a_server_that_can_be_played_nothing_is_written() {
    let fixture = project();
    for action in ["o/r/ci/action", "a@b", "o/r@", "o/r@a b", "o/r@a\n- run: b"] {
        let arguments = ["init", "--action", action];
        run(&fixture, &arguments).await.with(2, &["OWNER/REPO"]);
    }
    run(&fixture, &["init", "--", "./not-here"])
        .await
        .with(101, &["cannot start the server `./not-here`"]);
    run(&fixture, &["init", "--url", "ws://127.0.0.1:1"])
        .await
        .with(101, &["127.0.0.1:1"]);
    run(
        &fixture,
        &["init", "--name", "a b", "--url", "ws://127.0.0.1:1"],
    )
    .await
    .with(2, &["made of letters"]);
    for file in FILES {
        assert!(!fixture.path(file).exists(), "{file}");
    }
}

/// What the job of a workflow has in its environment.
#[track_caller]
fn environment(workflow: &str) -> Vec<(String, String)> {
    let (_, env) = workflow.split_once("    env:\n").unwrap();
    let lines = env.lines().take_while(|line| line.starts_with("      "));
    let pairs = lines.map(|line| line.trim().split_once(": ").unwrap());
    let pairs = pairs.map(|(name, value)| (name.into(), value.trim_matches('"').into()));
    pairs.collect()
}

#[tokio::test]
async fn the_workflow_plays_the_target_that_the_baseline_speaks_of() {
    let server = FaultyServer::start(Fault::Correct).unwrap();
    let fixture = project();
    fs::remove_file(fixture.path("Cargo.toml")).unwrap();
    let url = server.url(Fault::AcceptsReservedCloseCodes);
    let action = "o/r/ci/action@0123456789abcdef0123456789abcdef01234567";
    let arguments = ["init", "--name", "1.10", "--url", &url, "--action", action];
    run(&fixture, &arguments)
        .await
        .with(0, &["3 deviate", "no cargo package"]);
    let workflow = fixture.read(".github/workflows/autobahn.yml");
    assert!(
        workflow.contains(&format!("- uses: {action}\n")),
        "{workflow}"
    );
    assert!(workflow.contains("TARGET: \"1.10\"\n"), "{workflow}");
    // With these the action would play a server of another name.
    for input in [" url:", " command:"] {
        assert!(!workflow.contains(input), "{workflow}");
    }
    assert!(!fixture.path("tests/conformance.rs").exists());

    let baseline = fixture.read("autobahn/baseline.toml");
    let todo = "TODO: why it is so, and what would remove it";
    let written = baseline.replace(todo, "1004 is let through until the table is mended");
    fixture.write("autobahn/baseline.toml", &written);
    let mut command = fixture.command(&["run", "2", "7.9"]);
    command.envs(environment(&workflow));
    let mut command = tokio::process::Command::from(command);
    let ended = Ended::from(command.output().await.unwrap());
    ended.with(0, &["against 1.10", "3 expected deviations"]);
}

#[tokio::test]
async fn without_a_server_the_files_wait_for_one_and_no_run_is_green() {
    let fixture = project();
    fixture.write("Cargo.toml", "[workspace]\nmembers = []\n");
    let action = "o/r/ci/action@v1";
    let ended = run(&fixture, &["init", "--action", action]).await;
    ended.with(0, &["no baseline was recorded", "no cargo package"]);
    // The action would play a server of its own.
    let workflow = fixture.read(".github/workflows/autobahn.yml");
    assert!(workflow.contains("TARGET: \"server\"\n"), "{workflow}");
    for absent in ["autobahn/baseline.toml", "tests"] {
        assert!(!fixture.path(absent).exists(), "{absent}");
    }
    let play = ["run", "1.1.1", "--target", "server"];
    run(&fixture, &play)
        .await
        .with(96, &["autobahn/targets.toml", "no target `server`"]);

    // The example is one line away from the truth.
    let list = fixture.read("autobahn/targets.toml");
    let server = FaultyServer::start(Fault::Correct).unwrap();
    let list = list.replace("# [[", "[[").replace("# name", "name");
    let url = format!("url = \"{}\" #", server.url(Fault::Correct));
    fixture.write("autobahn/targets.toml", &list.replace("# command", &url));
    run(&fixture, &play).await.with(0, &["1 passed"]);
}
