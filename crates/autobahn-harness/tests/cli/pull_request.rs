//! The gate on a pull request: the binary in a git repository, compared with the
//! baseline of the merge base.

use std::process::Command;

use faulty_server::{Fault, FaultyServer};

use crate::fixture::{BASELINE, Ended, Fixture};

/// A repository whose `main` expects what was recorded, and a branch off it.
fn repository() -> Fixture {
    let fixture = Fixture::new();
    fixture.git("init --quiet --initial-branch=main");
    fixture.commit();
    fixture.git("checkout --quiet -b change");
    fixture
}

impl Fixture {
    #[track_caller]
    fn git(&self, words: &str) {
        let mut command = Command::new("git");
        // Within a hook these name another repository, which is not to be changed.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GIT_")) {
            command.env_remove(name);
        }
        let output = command
            .args(["-c", "user.name=x", "-c", "user.email=x@example.org"])
            .args(words.split(' '))
            .current_dir(self.path(""))
            .output()
            .unwrap();
        assert!(output.status.success(), "{words}: {output:?}");
    }

    /// Commits the baseline as it is now, and nothing else.
    #[track_caller]
    fn commit(&self) {
        self.git("add autobahn");
        self.git("commit --quiet --no-gpg-sign --allow-empty -m x");
    }

    /// The value of an output that is one line.
    #[track_caller]
    fn output(&self, name: &str) -> String {
        let all = self.read("outputs");
        let mut values = all.lines().filter_map(|line| line.split_once('='));
        let found = values.find(|(key, _)| *key == name);
        found
            .unwrap_or_else(|| panic!("no {name} in:\n{all}"))
            .1
            .to_owned()
    }
}

const ENTRY: &str = "
[[deviation]]
id = 'sneaked'
cases = ['5.20']
expect = 'failed'
reason = 'nobody will look here'
";

#[test]
fn what_the_change_broke_is_told_apart() {
    let fixture = repository();
    // The base expects this one to be wrong; here its entry is gone.
    let entry = "[[deviation]]\nid = \"no-deflate\"";
    let (before, after) = BASELINE.split_once(entry).unwrap();
    let (_, rest) = after.split_once("\n\n").unwrap();
    fixture.write("autobahn/baseline.toml", &format!("{before}{rest}"));
    fixture.commit();
    fixture.forge("5.20", "\"OK\"", "\"FAILED\"");
    let arguments = [
        "--base",
        "main",
        "--outputs",
        "outputs",
        "--report",
        "annotations=-",
    ];
    let ended = fixture.ingest(&arguments).with(
        100,
        &[
            "on base: OK/OK, broken here",
            "Base main at",
            "1 broken here, 216 inherited",
        ],
    );
    let annotations: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(annotations.len(), 10, "{}", ended.stdout);
    assert!(
        annotations[0].contains("5.20%3A broken here"),
        "{}",
        ended.stdout
    );

    let summary = fixture.read("reports/summary.md");
    let section = |title: &str| {
        let after = summary
            .split_once(title)
            .unwrap_or_else(|| panic!("no {title}:\n{summary}"));
        let end = after.1.find("\n### ").unwrap_or(after.1.len());
        after.1[..end].to_owned()
    };
    let broken = section("### This pull request broke these");
    assert!(
        broken.contains("report 5.20</code>") && !broken.contains("12.1.1"),
        "{broken}"
    );
    let inherited = section("### Inherited");
    assert!(
        inherited.contains("12.1.1</code>") && !inherited.contains("5.20"),
        "{inherited}"
    );
    for (name, value) in [
        ("verdict", "regression"),
        ("exit_code", "100"),
        ("broken", "1"),
        ("inherited", "216"),
        ("passed", "298"),
    ] {
        assert_eq!(fixture.output(name), value, "{name}");
    }
    let outputs = fixture.read("outputs");
    assert!(
        outputs.contains("\nreports<<END_0\nreports/index.html\n"),
        "{outputs}"
    );

    // Stored results say the same.
    let ended = fixture
        .run(&[
            "gate",
            "reports/results.json",
            "--base",
            "main",
            "--report",
            "markdown",
        ])
        .with(100, &["1 broken here"]);
    assert_eq!(ended.stdout, summary);
}

#[test]
fn what_is_slipped_into_the_baseline_passes_and_is_named() {
    let fixture = repository();
    fixture.write("autobahn/baseline.toml", &format!("{BASELINE}{ENTRY}"));
    fixture.commit();
    fixture.forge("5.20", "\"OK\"", "\"FAILED\"");
    let arguments = ["--base", "main", "--outputs", "outputs"];
    fixture.ingest(&arguments).with(0, &["1 accepted here"]);
    assert_eq!(fixture.output("accepted"), "1");
    let summary = fixture.read("reports/summary.md");
    let headline = summary.lines().nth(1).unwrap();
    assert!(
        headline.contains("1 deviation accepted by this pull request"),
        "{headline}"
    );
    for words in ["please review", "sneaked", "nobody will look here"] {
        assert!(summary.contains(words), "no {words} in:\n{summary}");
    }
}

#[test]
fn only_the_merge_base_counts_not_where_main_is_now() {
    let fixture = repository();
    fixture.git("checkout --quiet main");
    fixture.write("autobahn/baseline.toml", &format!("{BASELINE}{ENTRY}"));
    fixture.commit();
    fixture.git("checkout --quiet change");
    fixture.ingest(&["--base", "main"]).with(0, &["no change"]);
    assert!(
        fixture
            .read("reports/summary.md")
            .contains("conformance: no change")
    );
}

#[test]
fn a_base_without_a_baseline_is_an_empty_one() {
    let fixture = repository();
    fixture.git("rm --quiet --cached autobahn/baseline.toml");
    fixture.git("commit --quiet --no-gpg-sign -m x");
    fixture.git("branch bare");
    fixture
        .ingest(&["--base", "bare"])
        .with(0, &["218 accepted here", "there is no"]);
    let none = ["--base", "bare", "--baseline", "no-entries.toml"];
    fixture.write("no-entries.toml", BASELINE.split("\n[[").next().unwrap());
    fixture
        .ingest(&none)
        .with(100, &["218 broken here", "there is no"]);
    // Nor does one that is not valid hinder its mending.
    fixture.write("autobahn/baseline.toml", "version = 7");
    fixture.commit();
    fixture.git("branch broken");
    fixture.write("autobahn/baseline.toml", BASELINE);
    fixture.commit();
    fixture
        .ingest(&["--base", "broken"])
        .with(0, &["is not valid", "218 accepted here"]);
}

#[test]
fn no_baseline_here_and_none_there_is_no_news() {
    let fixture = repository();
    fixture.git("rm --quiet autobahn/baseline.toml");
    fixture.git("commit --quiet --no-gpg-sign -m x");
    let ended = fixture
        .ingest(&["1.*", "--base", "HEAD"])
        .with(0, &["no change"]);
    assert!(!ended.stderr.contains("there is no"), "{}", ended.stderr);
    assert!(fixture.read("reports/summary.md").contains("## ✅"));
}

#[test]
fn a_base_that_is_not_there_is_refused_before_anything_is_played() {
    let fixture = repository();
    let arguments = ["--base", "origin/main", "--outputs", "outputs"];
    fixture
        .ingest(&arguments)
        .with(96, &["`origin/main`", "git fetch"]);
    assert_eq!(fixture.output("verdict"), "invalid-configuration");
    assert!(!fixture.path("reports").exists());
    let outside = Fixture::new();
    outside
        .ingest(&["--base", "main"])
        .with(96, &["git cannot be used here"]);
    let mut command = outside.command(&["run", "--engine", "report:recorded", "--base", "main"]);
    let output = command.env("PATH", outside.path("")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(96));
    assert!(said.contains("install it, or leave out --base"), "{said}");
    // A workflow that has no base sets the variable to nothing.
    let mut command = outside.command(&["run", "--engine", "report:recorded"]);
    let output = command.env("AUTOBAHN_BASE", "").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn how_it_ended_is_told_where_there_is_no_verdict() {
    let fixture = Fixture::new();
    fixture
        .run(&["run", "--engine", "report:nowhere", "--outputs", "outputs"])
        .with(101, &[]);
    assert_eq!(fixture.output("verdict"), "no-verdict");
    fixture
        .run(&["gate", "nowhere.json", "--outputs", "other"])
        .with(101, &[]);
    assert_eq!(
        fixture.read("other"),
        "verdict=no-verdict\nexit_code=101\nreports=\n"
    );
}

/// A server that works on main and that the pull request breaks in one thing:
/// every report names just the cases that look for it, and why.
#[tokio::test]
async fn a_broken_server_is_named_by_every_report_with_the_cases_that_it_broke() {
    let fixture = repository();
    fixture.write(
        "autobahn/baseline.toml",
        BASELINE.split("\n[[").next().unwrap(),
    );
    fixture.commit();
    let server = FaultyServer::start(Fault::Correct).unwrap();
    let play = |fault: Fault, out: &str, more: &[&str]| {
        let url = server.url(fault);
        let all = [
            "run", "2", "7", "--url", &url, "--base", "HEAD", "--out", out,
        ];
        let command = fixture.command(&[&all[..], more].concat());
        async move {
            // Without blocking the server that it talks to.
            let output = tokio::process::Command::from(command).output().await;
            Ended::from(output.unwrap())
        }
    };
    let more = [
        "--report",
        "annotations=-",
        "--previous",
        "main/results.json",
    ];
    play(Fault::Correct, "main", &[])
        .await
        .with(0, &["no change"]);
    let ended = play(Fault::AcceptsReservedCloseCodes, "head", &more).await;
    let ended = ended.with(100, &["3 broken here"]);
    let broken = ["7.9.3", "7.9.4", "7.9.5"];

    let annotations: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(annotations.len(), broken.len(), "{}", ended.stdout);
    for (annotation, id) in annotations.iter().zip(broken) {
        assert!(annotation.starts_with(&format!("::error title=url {id}%3A broken here::")));
        assert!(
            annotation.contains("was OK/OK, now FAILED/WRONG CODE"),
            "{annotation}"
        );
    }
    let summary = fixture.read("head/summary.md");
    let rows: Vec<&str> = summary
        .lines()
        .filter(|line| line.starts_with("| <code>url "))
        .collect();
    assert_eq!(rows.len(), broken.len(), "{summary}");
    for (row, id) in rows.iter().zip(broken) {
        assert!(
            row.starts_with(&format!("| <code>url {id}</code> |")),
            "{row}"
        );
        assert!(row.contains("RFC 6455 §7.4.1"), "{row}");
    }
    assert!(
        summary.contains("$ autobahn run 7.9.3 7.9.4 7.9.5 --url ws://"),
        "{summary}"
    );
    assert!(
        summary.contains("close code 1004"),
        "it says why:\n{summary}"
    );

    let junit = fixture.read("head/junit.xml");
    assert_eq!(junit.matches("<failure ").count(), broken.len());
    assert_eq!(junit.matches("origin: broken").count(), broken.len());
    let page = fixture.read("head/index.html");
    let words = "Broken since the base, where it was OK/OK. ";
    assert_eq!(page.matches(words).count(), broken.len());
    for id in broken {
        assert!(
            page.contains(&format!("href=\"#url-{id}\"")),
            "the page leads to {id}"
        );
    }

    let differ = fixture.run(&["diff", "main/results.json", "head/results.json"]);
    let differ = differ.with(100, &[]).stdout;
    assert!(
        differ.ends_with("Sum 3 worse, 0 different, 0 better\n"),
        "{differ}"
    );
    server.stop().await;
}
