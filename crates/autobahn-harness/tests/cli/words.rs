//! What the binary writes besides: help, lists, formats, updates.

use autobahn_harness::report::Format;

use crate::fixture::{BASELINE, Ended, Fixture};

#[test]
fn help_teaches_by_example_and_names_every_exit_code() {
    let ended = Fixture::new().run(&["--help"]).with(0, &[]);
    for word in [
        "autobahn run 6.4 7.9.3",
        "autobahn explain",
        "96",
        "100",
        "101",
        "102",
        "110",
        "130",
    ] {
        assert!(
            ended.stdout.contains(word),
            "no {word:?} in:\n{}",
            ended.stdout
        );
    }
}

#[test]
fn the_catalogue_is_listed_and_explained() {
    let fixture = Fixture::new();
    let listed = fixture.run(&["list"]).with(0, &[]).stdout;
    assert_eq!(
        listed.lines().filter(|line| line.starts_with("  ")).count(),
        517
    );
    let explained = fixture.run(&["explain", "6.4.3"]).with(0, &[]).stdout;
    for word in [
        "What we send",
        "NON-STRICT",
        "Usual causes",
        "autobahn run 6.4.3",
    ] {
        assert!(explained.contains(word), "no {word:?} in:\n{explained}");
    }
    fixture
        .run(&["explain", "6.4.33"])
        .with(96, &["did you mean"]);
}

#[test]
fn the_doctor_tells_of_every_engine() {
    let told = Fixture::new().run(&["doctor"]).stderr;
    for word in [
        "embedded engine: ",
        "autobahn 25.10.1",
        "wstest: ",
        "container engine: ",
    ] {
        assert!(told.contains(word), "no {word:?} in:\n{told}");
    }
}

#[test]
fn the_wire_of_a_case_is_traced() {
    let fixture = Fixture::new();
    fixture.run(&["run", "5.3", "--out", "out"]).with(0, &[]);
    let traced = fixture
        .run(&["trace", "5.3", "--results", "out/results.json"])
        .with(0, &[]);
    for word in ["GET / HTTP/1.1", "fragment1", "fragment2", "code=1000"] {
        assert!(
            traced.stdout.contains(word),
            "no {word:?} in:\n{}",
            traced.stdout
        );
    }
    fixture
        .run(&["trace", "5.4", "--results", "out/results.json"])
        .with(101, &["autobahn run 5.4"]);
}

#[test]
fn two_runs_are_compared_case_by_case() {
    let fixture = Fixture::new();
    fixture.ingest(&["--out", "base"]).with(0, &[]);
    let (base, head) = ("base/results.json", "head/results.json");
    fixture.run(&["diff", base, base]).with(0, &[]);
    fixture.forge("5.20", "\"OK\"", "\"FAILED\"");
    fixture.ingest(&["--out", "head"]).with(100, &[]);
    let ended = fixture.run(&["diff", base, head]).with(100, &[]);
    assert!(
        ended
            .stdout
            .contains("worse report 5.20  was OK/OK, is FAILED/OK  Text in five fragments"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.ends_with("1 worse, 0 different, 0 better\n"));
    let json = fixture.run(&["diff", base, head, "--json"]).with(100, &[]);
    let rows: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let row = serde_json::json!({
        "target": "report", "id": "5.20", "was": "OK/OK", "now": "FAILED/OK", "direction": "worse"
    });
    assert_eq!(rows, serde_json::json!([row]));
    fixture.run(&["diff", head, base]).with(0, &[]);
    for (value, begin) in [("1", '['), ("0", ' ')] {
        let mut command = fixture.command(&["diff", head, base]);
        let output = command.env("AUTOBAHN_JSON", value).output().unwrap();
        let ended = Ended::from(output).with(0, &[]);
        assert!(ended.stdout.starts_with(begin), "{}", ended.stdout);
    }
}

#[test]
fn two_runs_without_a_case_are_no_comparison() {
    let fixture = Fixture::new();
    fixture.ingest(&["1.1.1"]).with(0, &[]);
    let text = fixture.read("reports/results.json");
    let mut run: serde_json::Value = serde_json::from_str(&text).unwrap();
    run["cases"] = serde_json::json!([]);
    let mut targets = run.clone();
    targets["provenance"]["targets"] = serde_json::json!([]);
    run["selected"] = serde_json::json!([]);
    fixture.write("a.json", &run.to_string());
    fixture.write("b.json", &targets.to_string());
    let words = ["`a.json`", "`b.json`", "nothing to compare"];
    fixture.run(&["diff", "a.json", "b.json"]).with(101, &words);
    let one = fixture.run(&["diff", "a.json", "reports/results.json"]);
    one.with(100, &[]);
}

#[test]
fn a_format_goes_to_stdout_when_it_is_asked_for() {
    let fixture = Fixture::new();
    let ended = fixture.ingest(&["1.1", "--report", "json=-"]).with(0, &[]);
    let run: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(run["cases"].as_array().unwrap().len(), 8);
    assert_eq!(run["cases"][0]["verdict"]["behavior"], "OK");
    fixture
        .ingest(&["1.1", "--report", "toml"])
        .with(2, &["toml"]);
}

#[test]
fn two_formats_for_one_file_are_refused() {
    let fixture = Fixture::new();
    let played = ["run", "--engine", "report:recorded"];
    let refused = |command: &[&str], report: &str, words: &[&str]| {
        let all = [command, &["--report", report]].concat();
        fixture.run(&all).with(2, words);
    };
    let words = ["`tap` and `ctrf`", "`x.out`", "--report ctrf=PATH"];
    refused(&played, "tap=x.out,ctrf=x.out", &words);
    refused(&played, "tap=./x.out,ctrf=x.out", &words);
    let words = ["`json` and `junit`", "`reports/results.json`"];
    refused(&played, "junit=reports/results.json", &words);
    let words = ["`autobahn` and `json`", "`a/index.json`"];
    refused(&played, "autobahn=a,json=a/index.json", &words);
    assert!(!fixture.path("reports").exists() && !fixture.path("x.out").exists());

    fixture
        .ingest(&["--report", "html,tap=-,tap=y,tap=y"])
        .with(0, &[]);
    for command in ["gate", "report"] {
        let words = ["`tap` and `ctrf`", "`x.out`"];
        refused(
            &[command, "reports/results.json"],
            "tap=x.out,ctrf=x.out",
            &words,
        );
    }
    // What goes to stdout stands one after the other.
    let both = ["gate", "reports/results.json", "--report", "badge,tap"];
    let ended = fixture.run(&both).with(0, &[]);
    assert!(ended.stdout.contains("schemaVersion") && ended.stdout.contains("TAP version"));
}

#[test]
fn completeness_is_asked_for_where_it_is_judged() {
    let fixture = Fixture::new();
    fixture.ingest(&["1.1.1"]).with(0, &[]);
    let results = "reports/results.json";
    for (command, code) in [
        (&["gate", results][..], 101),
        (&["report", results], 2),
        (&["baseline", "check"], 2),
        (&["baseline", "update"], 2),
        (&["baseline", "explain", "1.1.1"], 2),
    ] {
        let complete = "--require-complete";
        let ended = fixture.run(&[command, &[complete]].concat());
        let ended = ended.with(code, &[]);
        let is_unknown = ended.stderr.contains("unexpected argument");
        assert_eq!(is_unknown, code == 2, "{}", ended.stderr);
    }
}

#[test]
fn every_format_is_named_in_the_help() {
    let fixture = Fixture::new();
    for command in ["run", "report"] {
        let help = fixture.run(&[command, "--help"]).with(0, &[]).stdout;
        let formats = help.split("Formats: ").nth(1).unwrap();
        let formats = formats.split("[env").next().unwrap();
        for format in Format::ALL {
            assert!(formats.contains(format.name()), "{}", format.name());
        }
    }
}

#[test]
fn a_report_in_the_suites_layout_reads_as_the_run_it_was_made_of() {
    let fixture = Fixture::new();
    fixture
        .ingest(&["--report", "autobahn=again", "--report", "autobahn"])
        .with(0, &[]);
    let before = fixture.read("reports/results.json");
    assert!(fixture.path("reports/autobahn/index.json").exists());
    let engine = ["--engine", "report:again", "--out", "second"];
    fixture.run(&[&["run"][..], &engine].concat()).with(0, &[]);
    let after = fixture.read("second/results.json");
    let [before, after] = [before, after].map(|text| {
        let run: serde_json::Value = serde_json::from_str(&text).unwrap();
        run["cases"].as_array().unwrap().clone()
    });
    assert_eq!(before.len(), 517);
    for (before, mut after) in before.into_iter().zip(after) {
        // Of a long reason only the beginning is kept.
        if before["remote_reason"]["len"].as_u64() > Some(64) {
            after["remote_reason"]["len"] = before["remote_reason"]["len"].clone();
        }
        // The reader has words of its own where a report has none.
        if before["explanation"]["behavior"] == "" {
            after["explanation"]["behavior"] = "".into();
        }
        assert_eq!(before, after);
    }
    // The next run takes away what could be taken for its own.
    let gone = ["--engine", "report:nowhere"];
    fixture.run(&[&["run"][..], &gone].concat()).with(101, &[]);
    assert!(!fixture.path("reports/autobahn/index.json").exists());
}

#[test]
fn no_reports_writes_nothing() {
    let fixture = Fixture::new();
    fixture.ingest(&["--no-reports"]).with(0, &[]);
    assert!(!fixture.path("reports").exists());
}

#[test]
fn the_cases_that_deviated_are_played_again_by_name() {
    let fixture = Fixture::new();
    fixture.forge("5.20", "\"OK\"", "\"FAILED\"");
    fixture.forge("7.9.3", "\"OK\"", "\"FAILED\"");
    fixture.ingest(&[]).with(100, &["5.20", "7.9.3"]);
    fixture.ingest(&["--failed"]).with(100, &["2 cases"]);
    let words = ["1 case ", "report 7.9.3"];
    fixture
        .ingest(&["--failed", "--skip", "5"])
        .with(100, &words);
    fixture
        .ingest(&["--failed", "--skip", "7"])
        .with(4, &["all of it is skipped"]);
}

#[test]
fn a_stale_entry_leaves_the_baseline_by_update() {
    let fixture = Fixture::new();
    fixture.forge("6.4.3", "\"NON-STRICT\"", "\"OK\"");
    fixture.ingest(&[]).with(102, &[]);
    fixture
        .run(&["baseline", "update"])
        .with(0, &["utf8-at-end-of-frame"]);
    assert!(!fixture.read("autobahn/baseline.toml").contains("6.4.3"));
    fixture.run(&["gate", "reports/results.json"]).with(0, &[]);
}

#[test]
fn a_regression_enters_the_baseline_only_with_a_reason() {
    let fixture = Fixture::new();
    fixture.forge("5.20", "\"OK\"", "\"FAILED\"");
    fixture.ingest(&[]).with(100, &["--accept 5.20 --reason"]);
    fixture
        .run(&["baseline", "update"])
        .with(100, &["not accepted", "5.20"]);
    fixture
        .run(&["baseline", "update", "--accept", "5.20"])
        .with(2, &["--reason"]);
    let reason = "known since 1.2";
    fixture
        .run(&["baseline", "update", "--accept", "5.20", "--reason", reason])
        .with(0, &[]);
    assert!(fixture.read("autobahn/baseline.toml").contains(reason));
    fixture.run(&["gate", "reports/results.json"]).with(0, &[]);
    let ended = fixture.run(&["baseline", "explain", "5.20"]).with(0, &[]);
    assert!(ended.stdout.contains(reason));
}

#[test]
fn what_a_baseline_and_results_say_moves_no_cursor() {
    let fixture = Fixture::new();
    let odd = BASELINE.replace("not negotiated", "not\\u001b[31m negotiated");
    fixture.write("autobahn/baseline.toml", &odd);
    let explained = fixture.run(&["baseline", "explain", "12.1.1"]).with(0, &[]);
    let words = "reason: not\\u{1b}[31m negotiated\n";
    assert!(explained.stdout.contains(words), "{}", explained.stdout);
    fixture.forge("5.20", "\"OK\"", "\"FAILED\"");
    fixture.ingest(&[]).with(100, &[]);
    let results = fixture.read("reports/results.json");
    let results = results.replace("\"target\": \"report\"", "\"target\": \"re\\u001bport\"");
    let results = results.replace(
        "\"name\": \"report\",\n        \"url\"",
        "\"name\": \"re\\u001bport\",\n        \"url\"",
    );
    fixture.write("reports/results.json", &results);
    fixture
        .run(&["baseline", "update"])
        .with(100, &["not accepted: re\\u{1b}port 5.20"]);
}

#[test]
fn a_baseline_is_not_updated_in_ci() {
    let fixture = Fixture::new();
    fixture.forge("6.4.3", "\"NON-STRICT\"", "\"OK\"");
    fixture.ingest(&[]).with(102, &[]);
    let before = fixture.read("autobahn/baseline.toml");
    let output = fixture
        .command(&["baseline", "update"])
        .env("CI", "true")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(96));
    assert_eq!(fixture.read("autobahn/baseline.toml"), before);
}

#[test]
fn an_address_that_is_none_is_refused_before_anything_is_touched() {
    let fixture = Fixture::new();
    for url in [
        "http://127.0.0.1:1",
        "",
        "ws://127.0.0.1:99999",
        "ws://user:secret@127.0.0.1:1",
        "ws://127.0.0.1:1/#here",
    ] {
        let ended = fixture.run(&["run", "1.1.1", "--url", url]);
        ended.with(2, &["expected ws://HOST:PORT/PATH"]);
    }
    assert!(!fixture.path("reports").exists());
}

#[test]
fn a_switch_in_the_environment_is_on_for_1_and_off_for_0() {
    let fixture = Fixture::new();
    for (value, exists) in [("1", false), ("0", true)] {
        let mut command = fixture.command(&["run", "1.1.1"]);
        command.env("AUTOBAHN_NO_REPORTS", value);
        command.env("AUTOBAHN_SERIAL", value);
        Ended::from(command.output().unwrap()).with(0, &["1 passed"]);
        assert_eq!(fixture.path("reports").exists(), exists, "{value}");
    }
}
