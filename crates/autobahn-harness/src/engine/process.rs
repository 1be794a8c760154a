//! A `wstest` of this machine as a process. Shares everything with the
//! containers but the container.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use autobahn_report::Files;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Command;
use tokio::sync::mpsc::UnboundedSender;

use crate::engine::{Engine, EngineError, Plan, Progress};
use crate::run::EngineInfo;
use crate::wstest::config::fuzzingclient;
use crate::wstest::play::{Path as Reach, Rules, play};
use crate::wstest::shard::Shard;
use crate::wstest::{Broken, LINE, Wstest};

/// The most octets of stderr that are looked at.
const STDERR: u64 = 1024 * 1024;

/// A `wstest` of this machine. Killed when the future of [`Engine::play`] is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// The program: a name on PATH, or a path.
    pub program: PathBuf,
    /// How long each case is waited for; long enough for the suite if absent.
    pub case_deadline: Option<Duration>,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            program: "wstest".into(),
            case_deadline: None,
        }
    }
}

impl Engine for Process {
    async fn play(
        &self,
        plan: &Plan,
        progress: UnboundedSender<Progress>,
    ) -> Result<EngineInfo, EngineError> {
        let rules = Rules {
            longest: self.case_deadline,
            path: Reach::Ours,
        };
        let processes = Processes {
            program: &self.program,
            url: &plan.url,
        };
        let suite = play(&processes, plan, rules, &progress).await?;
        Ok(EngineInfo {
            name: "process".to_owned(),
            version: suite.clone(),
            suite,
            ..EngineInfo::default()
        })
    }
}

struct Processes<'a> {
    program: &'a Path,
    url: &'a str,
}

impl Wstest for Processes<'_> {
    async fn run(&self, shard: &Shard, lines: UnboundedSender<String>) -> Result<Files, Broken> {
        let failed = |error: io::Error| EngineError::new(format!("cannot run `wstest`: {error}"));
        // A fresh directory each time: the suite does not remove old files.
        let directory = tempfile::tempdir().map_err(failed)?;
        let report = directory.path().join("report");
        let outdir = report.to_str().ok_or_else(|| {
            EngineError::new("the directory for temporary files has a name that is not UTF-8")
        })?;
        let config = directory.path().join("fuzzingclient.json");
        std::fs::create_dir(&report).map_err(failed)?;
        std::fs::write(&config, fuzzingclient(self.url, outdir, shard)).map_err(failed)?;
        let spawned = Command::new(self.program)
            .args(["--mode", "fuzzingclient", "--spec"])
            .arg(&config)
            .current_dir(directory.path())
            // Otherwise stdout tells nothing before the end.
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut child = spawned.map_err(|error| {
            let program = self.program.display();
            EngineError::new(format!("cannot run `{program}`: {error}"))
                .cure("put `wstest` of the official suite on PATH, or use `--engine docker`")
        })?;
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let stderr = child.stderr.take().expect("stderr is a pipe");
        let ((), words) = tokio::join!(follow(stdout, &lines), last_words(stderr));
        let status = child.wait().await.map_err(failed)?;
        if !status.success() {
            return Err(Broken::Died(format!("the suite ended ({status}): {words}")));
        }
        Files::load(&report).map_err(|error| Broken::Died(error.to_string()))
    }
}

/// Sends the lines of stdout on until it ends.
async fn follow(stdout: impl AsyncRead + Unpin, lines: &UnboundedSender<String>) {
    let mut stdout = BufReader::new(stdout);
    let mut line = Vec::new();
    while let Ok(1..) = (&mut stdout).take(LINE).read_until(b'\n', &mut line).await {
        // Without a listener it is read to its end anyway, so that no full pipe
        // stops the suite.
        let _ = lines.send(String::from_utf8_lossy(&line).trim_end().to_owned());
        line.clear();
    }
}

/// The last line of stderr.
async fn last_words(mut stderr: impl AsyncRead + Unpin) -> String {
    let mut octets = Vec::new();
    let read = (&mut stderr).take(STDERR).read_to_end(&mut octets).await;
    let rest = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
    let words = String::from_utf8_lossy(&octets);
    let last = words
        .lines()
        .last()
        .filter(|_| read.is_ok() && rest.is_ok());
    last.unwrap_or("it wrote nothing to stderr").to_owned()
}
