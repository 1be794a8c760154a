//! Targets by name: one, several, and what is wrong with a list of them.

use std::net::{Ipv4Addr, SocketAddr};

use faulty_server::{Fault, FaultyServer};

use crate::fixture::{BASELINE, Ended, Fixture};

/// A list with our echo server, a faulty one, and one that does not start.
fn listed(faulty: &str) -> Fixture {
    let fixture = Fixture::new();
    std::fs::remove_file(fixture.path("autobahn/baseline.toml")).unwrap();
    let program = env!("CARGO_BIN_EXE_autobahn");
    fixture.write(
        "autobahn/targets.toml",
        &format!(
            r#"version = 1

[[target]]
name = "good"
command = ['{program}', "echo-server"]

[[target]]
name = "faulty"
url = "{faulty}"

[[target]]
name = "gone"
command = ["./gone"]
"#
        ),
    );
    fixture
}

/// Runs the binary without blocking the server that it talks to.
async fn run(fixture: &Fixture, arguments: &[&str]) -> Ended {
    let mut command = tokio::process::Command::from(fixture.command(arguments));
    Ended::from(command.output().await.unwrap())
}

async fn faulty() -> (FaultyServer, Fixture) {
    let server = FaultyServer::start(Fault::AcceptsBadCloseCode).unwrap();
    let fixture = listed(&server.url(Fault::AcceptsBadCloseCode));
    (server, fixture)
}

#[tokio::test]
async fn a_target_of_the_list_is_started_and_judged_by_its_name() {
    let (_server, fixture) = faulty().await;
    let ended = run(&fixture, &["run", "1.1.1", "7.9.3", "--target", "good"]).await;
    ended.with(0, &["2 cases against good", "2 passed"]);
    let ended = run(&fixture, &["run", "7.9.3", "--target", "faulty"]).await;
    let words = [
        "regression: faulty 7.9.3",
        "autobahn run 7.9.3 --target faulty",
    ];
    ended.with(100, &words);
}

#[tokio::test]
async fn several_targets_make_one_run_and_entries_speak_of_the_one_they_name() {
    let (_server, fixture) = faulty().await;
    let arguments = ["run", "1.1.1", "7.9.3", "--target", "faulty,good"];
    let ended = run(&fixture, &arguments).await;
    let ended = ended.with(100, &["regression: faulty 7.9.3", "on 2 targets"]);
    assert!(
        !ended.stderr.contains("regression: good"),
        "{}",
        ended.stderr
    );
    let results: serde_json::Value =
        serde_json::from_str(&fixture.read("reports/results.json")).unwrap();
    assert_eq!(results["cases"].as_array().unwrap().len(), 4);
    assert_eq!(results["provenance"]["targets"][1]["name"], "good");

    let entry = |target: &str| {
        fixture.write(
            "autobahn/baseline.toml",
            &format!(
                r#"version = 1
suite = {{ name = "autobahn", cases = "25.10.1", count = 517 }}

[[deviation]]
id = "codes"
target = "{target}"
cases = ["7.9.3"]
expect = "failed/wrong-code"
reason = "codes are not checked"
"#
            ),
        );
    };
    entry("faulty");
    run(&fixture, &arguments)
        .await
        .with(0, &["3 passed, 1 expected deviation"]);
    entry("good");
    let words = ["regression: faulty 7.9.3", "stale: good 7.9.3"];
    run(&fixture, &arguments).await.with(100, &words);
    entry("fautly");
    let words = ["there is no target `fautly`", "did you mean `faulty`?"];
    run(&fixture, &arguments).await.with(96, &words);
}

#[tokio::test]
async fn a_target_that_does_not_start_keeps_no_other_from_being_played() {
    let (_server, fixture) = faulty().await;
    let ended = run(&fixture, &["run", "1.1.1", "--target", "gone,good"]).await;
    let words = ["cannot start the server `./gone`", "1 passed", "1 error"];
    ended.with(101, &words);
    // The reports say why, not only the terminal.
    let results = fixture.read("reports/results.json");
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    let error = results["cases"][0]["error"].as_str().unwrap();
    assert!(
        error.contains("cannot start the server `./gone`"),
        "{error}"
    );
}

#[tokio::test]
async fn cases_without_a_verdict_for_one_reason_are_told_together() {
    let (_server, fixture) = faulty().await;
    let ended = run(&fixture, &["run", "1", "--target", "gone,good"]).await;
    let told = ended.with(101, &["error: gone, 16 cases: 1.1.1, 1.1.2"]);
    let times = told.stderr.matches("not played: cannot start").count();
    assert_eq!(times, 1, "{}", told.stderr);
}

#[tokio::test]
async fn a_server_that_crashes_is_told_of_in_few_lines() {
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    // One connection is a probe, and one a case.
    let server = FaultyServer::start_on(local, Fault::CrashAt, 3).unwrap();
    let fixture = Fixture::new();
    let url = server.url(Fault::CrashAt);
    let ended = run(&fixture, &["run", "1", "--serial", "--url", &url]).await;
    let told = ended.with(
        101,
        &[
            "no longer answers",
            "more cases for the same reason",
            "more\n",
        ],
    );
    // Three while it lasts, and one at the end.
    let times = told.stderr.matches("not played: cannot connect").count();
    assert_eq!(times, 4, "{}", told.stderr);
}

#[test]
fn what_is_wrong_with_a_name_or_a_list_is_said_before_anything_runs() {
    let fixture = listed("ws://127.0.0.1:1");
    let run = |arguments: &[&str]| fixture.run(&[&["run", "1.1.1"], arguments].concat());
    let words = ["no target `goood`", "did you mean `good`?"];
    run(&["--target", "goood"]).with(96, &words);
    run(&["--target", "good,good"]).with(2, &["`good` is named twice"]);
    run(&["--target", "good", "--url", "ws://127.0.0.1:1"]).with(2, &["cannot be used with"]);
    let words = ["cannot read the list of targets `none.toml`"];
    run(&["--target", "good", "--targets", "none.toml"]).with(96, &words);
    fixture.write("bad.toml", "version = 1\n[[target]]\nname = \"a\"\n");
    let words = ["bad.toml:2:1", "neither a `command` nor a `url`"];
    run(&["--target", "a", "--targets", "bad.toml"]).with(96, &words);
}

#[test]
fn a_baseline_may_name_the_targets_of_the_list_that_is_given() {
    let fixture = listed("ws://127.0.0.1:1");
    let list = "version = 1\n[[target]]\nname = \"b\"\nurl = \"ws://127.0.0.1:1\"\n";
    fixture.write("other.toml", list);
    let entry = BASELINE.replace("cases = [", "target = \"b\"\ncases = [");
    fixture.write("autobahn/baseline.toml", &entry);
    let other = ["--targets", "other.toml"];
    let words = ["218 expected deviations"];
    fixture
        .ingest(&["--target", "b", other[0], other[1]])
        .with(0, &words);
    for command in [
        &["gate", "reports/results.json"][..],
        &["report", "reports/results.json", "--out", "again"],
        &["baseline", "check"],
        &["baseline", "update"],
        &["baseline", "explain", "6.4.3"],
    ] {
        fixture.run(&[command, &other].concat()).with(0, &[]);
        let words = ["there is no target `b`"];
        fixture.run(command).with(96, &words);
    }
}
