//! A directory for one test, and the binary run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A directory in which the binary runs, with a copy of the recorded report.
pub(crate) struct Fixture {
    directory: TempDir,
}

/// How the binary ended, and what it said.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// What is true of the server that was recorded.
pub(crate) const BASELINE: &str = r#"version = 1
suite = { name = "autobahn", cases = "25.10.1", count = 517 }

[[deviation]]
id = "no-deflate"
cases = ["12.*", "13.*"]
count = 216
expect = "unimplemented"
reason = "not negotiated"

[[deviation]]
id = "utf8-at-end-of-frame"
cases = ["6.4.3", "6.4.4"]
expect = "non-strict"
reason = "checked when the frame is complete"
"#;

impl Fixture {
    /// With the recorded report below `recorded/` and the baseline that fits it.
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let fixture = Self { directory };
        fixture.write("autobahn/baseline.toml", BASELINE);
        let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/report");
        for file in fs::read_dir(recorded).unwrap().map(Result::unwrap) {
            let octets = fs::read(file.path()).unwrap();
            let name = Path::new("recorded").join(file.file_name());
            fs::create_dir_all(fixture.path("recorded")).unwrap();
            fs::write(fixture.path(name), octets).unwrap();
        }
        fixture
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces a text in the recorded index, once.
    #[track_caller]
    pub(crate) fn forge(&self, case: &str, from: &str, to: &str) {
        let index = self.read("recorded/index.json");
        let at = index.find(&format!("\"{case}\": {{")).unwrap();
        let (before, after) = index.split_at(at);
        assert!(after.contains(from), "{case} has no {from}");
        self.write(
            "recorded/index.json",
            &format!("{before}{}", after.replacen(from, to, 1)),
        );
        // The index decides; the detail would contradict it.
        let name = format!("recorded/echo_server_case_{}.json", case.replace('.', "_"));
        let _ = fs::remove_file(self.path(name));
    }

    /// The binary in this directory, with nothing of the caller's environment
    /// that could change what it does.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_autobahn"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        let ours =
            |name: &str| name.starts_with("AUTOBAHN_") || name.starts_with("GIT_") || name == "CI";
        for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::from(self.command(arguments).output().unwrap())
    }

    /// Takes in the recorded report.
    pub(crate) fn ingest(&self, arguments: &[&str]) -> Ended {
        let all = [&["run", "--engine", "report:recorded"], arguments].concat();
        self.run(&all)
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    #[track_caller]
    pub(crate) fn with(self, code: i32, words: &[&str]) -> Self {
        let Self {
            code: ended,
            stdout,
            stderr,
        } = &self;
        assert_eq!(*ended, code, "stdout:\n{stdout}\nstderr:\n{stderr}");
        for word in words {
            assert!(stderr.contains(word), "no {word:?} in:\n{stderr}");
        }
        self
    }
}
