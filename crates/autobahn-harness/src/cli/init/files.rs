//! The files that `autobahn init` writes, as text.

use autobahn_harness::targets::is_name;
use toml_edit::{Array, Value};

use super::InitArgs;

/// What stands above a baseline.
pub(super) const BASELINE_HEAD: &str = "\
# Every known deviation from full conformance, one fact an entry. What is not
# listed here has to be OK. Each entry says why it is so, and what would remove it;
# `autobahn baseline update` takes out what was mended.
";

/// A baseline without entries.
pub(super) fn baseline(suite: &str, count: usize) -> String {
    let suite = Value::from(suite);
    format!(
        "{BASELINE_HEAD}version = 1\nsuite = {{ name = \"autobahn\", cases = {suite}, count = {count} }}\n"
    )
}

/// A name that a target may have.
pub(super) fn name(text: &str) -> Result<String, &'static str> {
    match is_name(text) {
        true => Ok(text.to_owned()),
        false => Err("a name is made of letters, digits, `-`, `_` and `.`"),
    }
}

/// The list of targets, with one.
pub(super) fn targets(name: &str, url: Option<&str>, command: &[String]) -> String {
    let mut text = format!(
        "# The servers that `autobahn run --target NAME` knows by name.\n\
         version = 1\n\n[[target]]\nname = {}\n",
        Value::from(name)
    );
    if url.is_none() && command.is_empty() {
        // An example that nobody takes for the truth: until it is, no run is green.
        let (head, entry) = text.split_at(text.find("[[").unwrap_or_default());
        let entry = entry.replace('\n', "\n# ");
        return format!("{head}# {entry}command = [\"./my-server\", \"--port\", \"0\"]\n");
    }
    if !command.is_empty() {
        let words: Array = command.iter().map(String::as_str).collect();
        text.push_str(&format!("command = {}\n", Value::from(words)));
        if command[0] == "cargo" {
            text.push_str("startup = 600 # It may have to be built.\n");
        }
    }
    if let Some(url) = url {
        text.push_str(&format!("url = {}\n", Value::from(url)));
    }
    text
}

/// The test of a cargo project.
pub(super) fn test(name: &str) -> String {
    format!(
        r#"//! WebSocket conformance, judged against autobahn/baseline.toml. It needs the program
//! `autobahn` on PATH, or where the variable AUTOBAHN says.

use std::process::Command;

#[test]
fn conforms_to_rfc_6455_and_rfc_7692() {{
    let program = std::env::var("AUTOBAHN").unwrap_or_else(|_| "autobahn".to_owned());
    let out = concat!(env!("CARGO_TARGET_TMPDIR"), "/autobahn");
    let run = Command::new(&program)
        .args(["run", "--target", {name:?}, "--profile", "quick"])
        .args(["--require-complete", "--out", out])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    let run = run.unwrap_or_else(|error| {{
        panic!("cannot run `{{program}}`: {{error}}\ninstall it with: cargo install --locked autobahn-harness")
    }});
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{{said}}\nthe page: {{out}}/index.html");
}}
"#
    )
}

/// The workflow of GitHub.
pub(super) fn workflow(action: Option<&str>, args: &InitArgs, is_cargo: bool) -> String {
    let build = match is_cargo {
        true => "      - run: cargo build --locked\n",
        false => "      # Build the server here.\n",
    };
    let play = match action {
        Some(action) => format!(
            "      - uses: {action}\n        with:\n          \
             base: ${{{{ github.event.pull_request.base.sha }}}}\n"
        ),
        None => format!(
            r#"      - run: cargo install --locked autobahn-harness@{version}
      - env:
          AUTOBAHN_BASE: ${{{{ github.event.pull_request.base.sha }}}}
        run: autobahn run --target {name} --require-complete --report annotations=-
      - if: always()
        run: test ! -f reports/summary.md || cat reports/summary.md >> "$GITHUB_STEP_SUMMARY"
      - if: always()
        uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        with:
          name: autobahn-reports
          path: reports/
"#,
            version = env!("CARGO_PKG_VERSION"),
            name = args.name,
        ),
    };
    // The list says how to come by the server, and entries of the baseline name it so.
    // In quotes: a name such as 1.10 would be a number.
    let env = match action {
        Some(_) => format!("    env:\n      AUTOBAHN_TARGET: \"{}\"\n", args.name),
        None => String::new(),
    };
    format!(
        r#"# WebSocket conformance of every push and pull request.
name: autobahn

on:
  push:
    branches: [main]
  pull_request:

permissions: {{}}

jobs:
  autobahn:
    name: WebSocket conformance
    permissions:
      contents: read
    runs-on: ubuntu-24.04
    timeout-minutes: 30
{env}    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          # The baseline of the merge base is read from git.
          fetch-depth: 0
          persist-credentials: false
{build}{play}"#
    )
}

/// An action as a workflow names it.
pub(super) fn action(text: &str) -> Result<String, String> {
    let odd = |c: char| !c.is_ascii_alphanumeric() && !"-_./".contains(c);
    let named = text.split_once('@').filter(|(path, version)| {
        let parts: Vec<&str> = path.split('/').collect();
        let whole = parts.len() >= 2 && parts.iter().all(|part| !part.is_empty());
        whole && !version.is_empty() && !path.contains(odd) && !version.contains(odd)
    });
    match named {
        Some(_) => Ok(text.to_owned()),
        None => Err("an action is named OWNER/REPO/ci/action@HASH".to_owned()),
    }
}
