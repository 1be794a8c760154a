//! The shell of the composite action, without GitHub: inputs in, arguments, files
//! and exit codes out.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::fixture::{Ended, Fixture};

/// What a workflow leaves out.
const DEFAULTS: [(&str, &str); 10] = [
    ("WITH_COMMAND", ""),
    ("WITH_URL", ""),
    ("WITH_ENGINE", "embedded"),
    ("WITH_IMAGE", ""),
    ("WITH_BASELINE", ""),
    ("WITH_CASES", ""),
    ("WITH_PROFILE", "full"),
    ("WITH_BASE", ""),
    ("WITH_PREVIOUS", ""),
    ("WITH_REPORTS", "reports"),
];

/// A program in place of ours, which writes its arguments down.
const SPY: &str =
    "#!/bin/sh\nfor word in \"$@\"; do printf '<%s>\\n' \"$word\"; done > arguments\n";

impl Fixture {
    /// The step `run` with these inputs and with `autobahn` installed.
    fn action(&self, inputs: &[(&str, &str)]) -> Ended {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ci/action/run");
        let mut command = Command::new(script);
        command.current_dir(self.path(""));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AUTOBAHN_")) {
            command.env_remove(name);
        }
        for file in ["output", "step-summary"] {
            self.write(file, "");
        }
        command
            .envs(DEFAULTS)
            .env("RUNNER_TEMP", self.path(""))
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_STEP_SUMMARY", self.path("step-summary"))
            .envs(inputs.iter().copied());
        Ended::from(command.output().unwrap())
    }

    fn install(&self) {
        fs::create_dir_all(self.path("autobahn/bin")).unwrap();
        symlink(
            env!("CARGO_BIN_EXE_autobahn"),
            self.path("autobahn/bin/autobahn"),
        )
        .unwrap();
    }

    /// The arguments that the program is given.
    fn arguments(&self, inputs: &[(&str, &str)]) -> Vec<String> {
        self.write("autobahn/bin/autobahn", SPY);
        let program = self.path("autobahn/bin/autobahn");
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
        self.action(inputs).with(0, &[]);
        let words = self.read("arguments");
        words.lines().map(String::from).collect()
    }
}

#[test]
fn what_is_not_given_is_no_argument() {
    let fixture = Fixture::new();
    let arguments = fixture.arguments(&[]).join(" ");
    assert!(
        arguments.starts_with("<run> <--out> <reports> <--outputs> "),
        "{arguments}"
    );
    assert!(
        arguments.ends_with("<--engine=embedded> <--profile=full> <--require-complete>"),
        "{arguments}"
    );
}

#[test]
fn inputs_become_words_and_no_shell_reads_them() {
    let fixture = Fixture::new();
    let evil = "$(touch evil) `touch evil` ; touch evil";
    let url = format!("ws://x/{evil}");
    let arguments = fixture.arguments(&[
        ("WITH_URL", &url),
        ("WITH_BASE", "--no-such"),
        ("WITH_CASES", "1.* 6.4\n7.9.3\n"),
        ("WITH_COMMAND", "./server  --port 0 $HOME * 'a b'\n"),
    ]);
    let text = arguments.join(" ");
    assert!(arguments.contains(&format!("<--url={url}>")), "{text}");
    assert!(
        arguments.contains(&String::from("<--base=--no-such>")),
        "{text}"
    );
    let end = "<1.*> <6.4> <7.9.3> <--> <./server> <--port> <0> <$HOME> <*> <'a> <b'>";
    assert!(text.ends_with(end), "{text}");
    assert!(!text.contains("--require-complete"), "{text}");
    assert!(!fixture.path("evil").exists());
}

#[test]
fn a_command_of_several_lines_is_an_argument_a_line() {
    let fixture = Fixture::new();
    let command = "./my server\n--name\n$(touch evil) \"x\"\n\n";
    let arguments = fixture.arguments(&[("WITH_COMMAND", command)]);
    let end = ["<-->", "<./my server>", "<--name>", "<$(touch evil) \"x\">"];
    assert!(arguments.ends_with(&end.map(String::from)), "{arguments:?}");
    assert!(!fixture.path("evil").exists());
}

#[test]
fn options_do_not_come_in_as_cases() {
    let fixture = Fixture::new();
    let ended = fixture.action(&[("WITH_CASES", "1.1.1 --baseline=/dev/null")]);
    assert_eq!(ended.code, 2);
    assert!(ended.stdout.contains("::error"), "{}", ended.stdout);
}

#[test]
fn a_red_run_leaves_summary_annotations_outputs_and_its_exit_code() {
    let fixture = Fixture::new();
    fixture.install();
    fixture.forge("5.20", "\"OK\"", "\"FAILED\"");
    let inputs = [("WITH_ENGINE", "report:recorded")];
    let ended = fixture.action(&inputs).with(100, &["1 regression"]);
    assert!(
        ended
            .stdout
            .starts_with("::error title=report 5.20%3A regression::"),
        "{}",
        ended.stdout
    );
    let summary = fixture.read("step-summary");
    assert!(
        summary.contains("❌ Autobahn conformance: 1 regression"),
        "{summary}"
    );
    assert!(fixture.read("reports/comment.md").contains("5.20"));
    let outputs = fixture.read("output");
    assert!(
        outputs.starts_with("verdict=regression\nexit_code=100\n"),
        "{outputs}"
    );
}

#[test]
fn a_green_run_is_green() {
    let fixture = Fixture::new();
    fixture.install();
    let ended = fixture
        .action(&[("WITH_ENGINE", "report:recorded")])
        .with(0, &[]);
    assert_eq!(ended.stdout, "");
    assert!(fixture.read("step-summary").contains("✅"));
    assert!(fixture.read("output").starts_with("verdict=passed\n"));
}

#[test]
fn no_verdict_is_told_and_no_earlier_summary_is_taken_for_it() {
    let fixture = Fixture::new();
    fixture.install();
    fixture
        .action(&[("WITH_ENGINE", "report:recorded")])
        .with(0, &[]);
    for (input, code) in [
        (("WITH_ENGINE", "report:nowhere"), 101),
        (("WITH_BASE", "no-such"), 96),
        (("WITH_PROFILE", "slow"), 2),
    ] {
        let ended = fixture.action(&[("WITH_ENGINE", "report:recorded"), input]);
        assert_eq!(ended.code, code, "{}", ended.stderr);
        let summary = fixture.read("step-summary");
        assert!(!summary.contains("✅"), "{summary}");
        assert!(summary.contains("❌"), "{summary}");
        assert!(ended.stdout.contains("::error"), "{}", ended.stdout);
        let outputs = fixture.read("output");
        assert!(
            outputs.contains(&format!("exit_code={code}\n")),
            "{outputs}"
        );
    }
}

#[test]
fn the_key_follows_the_sources() {
    let fixture = Fixture::new();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ci/action/key");
    fixture.write("ci/action/key", &fs::read_to_string(script).unwrap());
    for file in ["Cargo.toml", "Cargo.lock", "crates/one/src/lib.rs"] {
        fixture.write(file, "one");
    }
    let key = || {
        let mut command = Command::new("bash");
        let output = command.arg(fixture.path("ci/action/key")).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let before = key();
    assert!(before.starts_with("key=autobahn-"), "{before}");
    fixture.write("crates/one/target/debug/x", "what is built");
    assert_eq!(key(), before);
    for file in ["Cargo.lock", "crates/one/src/lib.rs"] {
        let before = key();
        fixture.write(file, "two");
        assert_ne!(key(), before, "{file}");
    }
}
