//! Every exit code, by the shortest way there.

use autobahn_harness::ExitCode;

use crate::fixture::{BASELINE, Fixture};

#[test]
fn a_run_as_the_baseline_says_passes() {
    let fixture = Fixture::new();
    let ended = fixture
        .ingest(&["--require-complete"])
        .with(0, &["517 cases", "299 passed"]);
    assert_eq!(
        ended.stdout, "",
        "stdout is for results that were asked for"
    );
    let results = fixture.read("reports/results.json");
    assert!(results.contains("\"finished\": true"));
    fixture
        .run(&["gate", "reports/results.json", "--require-complete"])
        .with(0, &[]);
}

#[test]
fn an_unknown_option_is_usage() {
    Fixture::new()
        .run(&["run", "--no-such-option"])
        .with(2, &["--no-such-option"]);
}

#[test]
fn the_readme_and_the_help_know_every_code() {
    let readme = include_str!("../../../../README.md");
    let (_, listed) = readme.split_once("\nExit codes: ").unwrap();
    let (listed, _) = listed.split_once("\n\n").unwrap();
    let help = Fixture::new().run(&["--help"]).with(0, &[]).stdout;
    let (_, helped) = help.split_once("Exit codes:\n").unwrap();
    for code in ExitCode::BY_PRECEDENCE {
        let number = code.number().to_string();
        for text in [listed, helped] {
            let mut words = text.split(|c: char| !c.is_ascii_digit() && c != '.');
            assert!(words.any(|word| word == number), "no {number} in:\n{text}");
        }
    }
}

#[test]
fn what_is_no_case_id_is_usage() {
    let fixture = Fixture::new();
    fixture.ingest(&["6.4.x"]).with(2, &["6.4.x"]);
    fixture.run(&["explain", "x"]).with(2, &["`x`"]);
}

#[test]
fn all_cases_skipped_is_no_pass() {
    let ended = Fixture::new().ingest(&["6.4", "--skip", "6.4.*"]);
    ended.with(4, &["every selected case is skipped"]);
}

#[test]
fn an_unknown_case_is_refused_before_anything_is_played() {
    let fixture = Fixture::new();
    fixture
        .ingest(&["7.9.99"])
        .with(96, &["no case matches `7.9.99`", "did you mean `7.9.9`?"]);
    fixture
        .ingest(&["6", "--skip", "8.8.8"])
        .with(96, &["`8.8.8`"]);
    assert!(!fixture.path("reports").exists());
}

#[test]
fn a_baseline_with_faults_is_refused_before_anything_is_played() {
    let fixture = Fixture::new();
    fixture.write(
        "autobahn/baseline.toml",
        &BASELINE.replace("\"6.4.4\"", "\"6.4.44\""),
    );
    fixture
        .ingest(&[])
        .with(96, &["autobahn/baseline.toml:13:19", "6.4.44"]);
    fixture
        .ingest(&["--baseline", "no-such.toml"])
        .with(96, &["no-such.toml"]);
    fixture.run(&["baseline", "check"]).with(96, &["6.4.44"]);
}

#[test]
fn a_regression_is_red_and_says_how_to_play_it() {
    let fixture = Fixture::new();
    fixture.forge("5.20", "\"OK\"", "\"FAILED\"");
    let words = [
        "5.20",
        "expected OK/OK",
        "got FAILED/OK",
        "autobahn run 5.20",
    ];
    fixture.ingest(&[]).with(100, &words);
    fixture
        .run(&["gate", "reports/results.json"])
        .with(100, &words);
}

#[test]
fn a_fault_in_closing_alone_is_red() {
    for close in ["FAILED", "WRONG CODE", "UNCLEAN", "FAILED BY CLIENT"] {
        let fixture = Fixture::new();
        fixture.forge(
            "1.1.2",
            "\"behaviorClose\": \"OK\"",
            &format!("\"behaviorClose\": \"{close}\""),
        );
        fixture
            .ingest(&[])
            .with(100, &["1.1.2", &format!("got OK/{close}")]);
    }
}

#[test]
fn no_report_or_an_empty_one_is_no_verdict() {
    let fixture = Fixture::new();
    fixture
        .run(&["run", "--engine", "report:nowhere"])
        .with(101, &["nowhere"]);
    fixture.write("recorded/index.json", "{}");
    fixture.ingest(&[]).with(101, &["index.json"]);
    fixture
        .run(&["gate", "no-results.json"])
        .with(101, &["no-results.json"]);
}

#[test]
fn what_a_run_before_left_is_not_taken_for_this_one() {
    let fixture = Fixture::new();
    fixture.ingest(&[]).with(0, &[]);
    fixture
        .run(&["run", "--engine", "report:nowhere"])
        .with(101, &[]);
    fixture
        .run(&["gate", "reports/results.json"])
        .with(101, &[]);
}

#[test]
fn a_run_that_plays_nothing_leaves_no_report_of_an_earlier_one() {
    let fixture = Fixture::new();
    let wanted = ["--report", "junit=own.xml,autobahn=own"];
    let files = ["reports/results.json", "own.xml", "own/index.json"];
    let after = |code: i32, arguments: &[&str]| {
        fixture.write("autobahn/baseline.toml", BASELINE);
        fixture.ingest(&wanted).with(0, &[]);
        if arguments.is_empty() {
            fixture.write("autobahn/baseline.toml", "version = 7");
        }
        fixture
            .ingest(&[&wanted[..], arguments].concat())
            .with(code, &[]);
        for file in files {
            assert!(!fixture.path(file).exists(), "{file} after {arguments:?}");
        }
    };
    after(96, &[]);
    after(96, &["7.9.99"]);
    after(4, &["6.4", "--skip", "6"]);
    after(96, &["--base", "main"]);
    after(101, &["--previous", "nowhere.json"]);
}

#[test]
fn only_files_that_would_be_written_are_taken_away() {
    let fixture = Fixture::new();
    fixture.write("kept/file", "");
    fixture.write("own/other", "");
    fixture.write("reports/other", "");
    let wanted = ["7.9.99", "--report", "tap=kept,autobahn=own"];
    fixture.ingest(&wanted).with(96, &[]);
    // A mistake in a command does not take away by what --failed goes.
    fixture.forge("5.20", "\"OK\"", "\"FAILED\"");
    fixture.ingest(&[]).with(100, &[]);
    let again = ["--failed", "--base", "no-such"];
    fixture.ingest(&again).with(96, &[]);
    fixture.ingest(&["--failed"]).with(100, &["1 case "]);
    for file in ["kept/file", "own/other", "reports/other"] {
        assert!(fixture.path(file).exists(), "{file}");
    }
}

#[test]
fn a_stale_entry_is_red() {
    let fixture = Fixture::new();
    fixture.forge("6.4.3", "\"NON-STRICT\"", "\"OK\"");
    fixture
        .ingest(&[])
        .with(102, &["6.4.3", "utf8-at-end-of-frame"]);
}

#[test]
fn an_expired_entry_is_red() {
    let fixture = Fixture::new();
    fixture.write(
        "autobahn/baseline.toml",
        &format!("{BASELINE}expires = 2020-01-01\n"),
    );
    fixture.ingest(&[]).with(102, &["2020-01-01"]);
    fixture.run(&["baseline", "check"]).with(102, &[]);
}

#[test]
fn some_of_the_cases_do_not_pass_for_all_of_them() {
    let fixture = Fixture::new();
    fixture.ingest(&["6.4"]).with(0, &[]);
    fixture
        .ingest(&["6.4", "--require-complete"])
        .with(101, &["4 of 517"]);
    fixture
        .run(&["gate", "reports/results.json", "--require-complete"])
        .with(101, &[]);
}

#[test]
fn an_output_that_cannot_be_written_is_known_before_anything_is_played() {
    let fixture = Fixture::new();
    fixture.write("reports", "a file where the directory should be");
    fixture.ingest(&[]).with(110, &["reports"]);
}

#[test]
fn a_report_that_cannot_be_written_is_no_pass() {
    let fixture = Fixture::new();
    fixture.write("taken", "a file where a directory should be");
    fixture
        .ingest(&["--report", "junit=taken/junit.xml"])
        .with(110, &["taken/junit.xml"]);
}

#[test]
fn a_report_that_cannot_be_written_hides_neither_the_verdict_nor_the_others() {
    let fixture = Fixture::new();
    fixture.write("taken", "a file where a directory should be");
    let wanted = "tap=taken/1.tap,badge=taken/badge.json,ctrf=ctrf.json";
    let words = [
        "218 expected deviations",
        "Reports reports/index.html",
        "cannot write `taken/1.tap`",
        "cannot write `taken/badge.json`",
    ];
    fixture.ingest(&["--report", wanted]).with(110, &words);
    assert!(fixture.path("ctrf.json").exists());
    std::fs::remove_file(fixture.path("ctrf.json")).unwrap();
    fixture
        .run(&["report", "reports/results.json", "--report", wanted])
        .with(110, &words[2..]);
    assert!(fixture.path("ctrf.json").exists());

    fixture.forge("5.20", "\"OK\"", "\"FAILED\"");
    let words = ["regression: report 5.20", "Summary", words[2]];
    fixture.ingest(&["--report", wanted]).with(100, &words);
}

#[test]
fn outputs_for_later_steps_that_cannot_be_written_hide_nothing() {
    let fixture = Fixture::new();
    let nowhere = ["--outputs", "no-directory/outputs"];
    let told = "cannot write `no-directory/outputs`";
    fixture.ingest(&nowhere).with(110, &["299 passed", told]);
    let gate = ["gate", "reports/results.json", nowhere[0], nowhere[1]];
    fixture.run(&gate).with(110, &["299 passed", told]);
    fixture.write("empty.toml", BASELINE.split("\n[[").next().unwrap());
    let all = [&gate[..], &["--baseline", "empty.toml"]].concat();
    fixture.run(&all).with(100, &["218 regressions", told]);
    let skipped = ["6.4", "--skip", "6.4.*", nowhere[0], nowhere[1]];
    fixture.ingest(&skipped).with(110, &["is skipped", told]);
    fixture.write("autobahn/baseline.toml", "version = 7");
    let ended = fixture.run(&gate).with(96, &["baseline.toml:1", told]);
    let words = ended.stderr.matches("cannot use `autobahn").count();
    assert_eq!(words, 1, "told once:\n{}", ended.stderr);
    fixture
        .ingest(&nowhere)
        .with(96, &["baseline.toml:1", told]);
}

#[test]
fn an_engine_that_is_not_there_is_no_verdict() {
    let fixture = Fixture::new();
    let output = fixture
        .command(&[
            "run",
            "1.1.1",
            "--engine",
            "docker",
            "--url",
            "ws://127.0.0.1:9",
        ])
        .env("DOCKER_HOST", "unix:///no/such/socket")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(101));
    let output = fixture
        .command(&["run", "1.1.1", "--engine", "process"])
        .env("PATH", fixture.path(""))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(101));
    assert!(String::from_utf8_lossy(&output.stderr).contains("wstest"));
}
