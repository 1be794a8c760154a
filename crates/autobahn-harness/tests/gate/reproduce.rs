//! The command that plays a deviation again, with the same server.

use autobahn_harness::Run;
use autobahn_harness::report::Format;

use crate::fixture::{self, id, judged, record, run, target};

#[test]
fn the_command_plays_just_this_case_again() {
    let baseline = fixture::baseline("");
    let mut run = run(
        [id("1.1.1")].into(),
        vec![record("echo", "1.1.1", &["failed"])],
    );
    let line = |run: &Run| {
        let text = Format::Text.render(&judged(run, &baseline));
        let mut lines = text
            .lines()
            .filter_map(|line| line.split_once("reproduce: "));
        lines.next().unwrap().1.to_owned()
    };
    assert_eq!(line(&run), "autobahn run 1.1.1 --engine docker");
    run.provenance.engine.name = String::from("embedded");
    assert_eq!(line(&run), "autobahn run 1.1.1");
    let command = ["autobahn", "run", "--", "./my server", "--port=0"];
    run.provenance.command = command.map(String::from).to_vec();
    assert_eq!(line(&run), "autobahn run 1.1.1 -- './my server' --port=0");
    run.provenance.command.clear();
    run.provenance.engine.name = String::from("docker");
    run.provenance.targets = vec![target("url")];
    run.provenance.targets[0].url = String::from("ws://localhost:9001/?a=1&b=2");
    run.cases[0].target = String::from("url");
    let url = "'ws://localhost:9001/?a=1&b=2'";
    assert_eq!(
        line(&run),
        format!("autobahn run 1.1.1 --url {url} --engine docker")
    );
}

#[test]
fn the_command_names_the_same_server_as_before() {
    let baseline = fixture::baseline("");
    let reproduce = |engine: &str, target_name: &str, url: &str, command: &str| {
        let mut record = record("echo", "1.1.1", &["failed"]);
        record.target = target_name.to_owned();
        let mut run = run([id("1.1.1")].into(), vec![record]);
        run.provenance.engine.name = engine.to_owned();
        run.provenance.targets = vec![target(target_name)];
        run.provenance.targets[0].url = url.to_owned();
        run.provenance.command = command.split(' ').map(String::from).collect();
        let text = Format::Text.render(&judged(&run, &baseline));
        let line = text.lines().find_map(|line| line.split_once("reproduce: "));
        line.unwrap().1.to_owned()
    };
    let own = "ws://127.0.0.1:9001/";
    for (engine, target, url, command, expected) in [
        (
            "embedded",
            "server",
            own,
            "autobahn run --url ws://a:1 -- srv --url x",
            "--url ws://a:1 -- srv --url x",
        ),
        (
            "embedded",
            "server",
            own,
            "autobahn run -- srv --target x",
            "-- srv --target x",
        ),
        (
            "embedded",
            "a",
            own,
            "autobahn run --targets=t.toml --target a,b",
            "--target a --targets=t.toml",
        ),
        (
            "embedded",
            "echo",
            own,
            "autobahn run --targets t.toml",
            "--targets t.toml",
        ),
        (
            "docker",
            "echo",
            own,
            "autobahn run --engine docker --image own:1",
            "--engine docker --image own:1",
        ),
        (
            "report",
            "report",
            "",
            "autobahn run --engine report:DIR",
            "--url ws://HOST:PORT",
        ),
        (
            "report:DIR",
            "report",
            "",
            "autobahn run --engine report:DIR",
            "--url ws://HOST:PORT",
        ),
        (
            "report",
            "url",
            "",
            "autobahn run --engine report:DIR --url ws://a:1",
            "--url ws://a:1",
        ),
        (
            "report",
            "mine",
            "",
            "autobahn run --engine report:DIR --target mine",
            "--target mine",
        ),
    ] {
        let command = reproduce(engine, target, url, command);
        assert_eq!(command, format!("autobahn run 1.1.1 {expected}"));
    }
}
