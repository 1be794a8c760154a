//! The server under load, and what the system says of its process.

use std::{
    fs,
    net::SocketAddr,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    time::{sleep, timeout},
};

pub(crate) struct Server {
    process: Child,
    id: u32,
    _stdout: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) async fn start(command: &[String]) -> anyhow::Result<Self> {
        let [program, arguments @ ..] = command else {
            anyhow::bail!("the server's command is empty");
        };
        let mut process = Command::new(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start `{program}`"))?;
        let id = process.id().context("the server is gone")?;
        let stdout = process.stdout.take().context("the server has no stdout")?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        stdout.read_line(&mut line).await?;
        let address = line
            .trim()
            .split_once("://")
            .and_then(|(_, address)| address.parse().ok())
            .with_context(|| format!("expected a URL from the server, got {line:?}"))?;
        Ok(Self {
            process,
            id,
            _stdout: stdout,
            address,
        })
    }

    /// Its resident memory, in octets.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: u64 = line
            .and_then(|line| line.trim().strip_suffix(" kB"))
            .and_then(|kib| kib.parse().ok())
            .context("the system does not say how much memory the server has")?;
        Ok(kib << 10)
    }

    /// How many files it has open: connections, and a few others.
    pub(crate) fn files(&self) -> anyhow::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.id))?.count())
    }

    /// Waits until no more than `files` are open, for ten seconds at most.
    pub(crate) async fn forgets(&self, files: usize) -> anyhow::Result<()> {
        let began = Instant::now();
        while self.files()? > files {
            ensure!(
                began.elapsed() < Duration::from_secs(10),
                "{} files are open long after all clients have left, and {files} were before",
                self.files()?
            );
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Ends it by SIGTERM, which has to do within two seconds.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let id = i32::try_from(self.id).ok().and_then(Pid::from_raw);
        kill_process(id.context("the server has no id")?, Signal::TERM)?;
        let ended = timeout(Duration::from_secs(2), self.process.wait()).await;
        let status = ended.context("the server did not end within two seconds of SIGTERM")??;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}
