//! A server under test that we start ourselves: a process that tells on stdout
//! or stderr where it listens, or is known to listen at an address.

#[cfg(unix)]
mod group;
mod output;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, ChildStdin, Command};
use tokio::time;

#[cfg(unix)]
use self::group::Group;
use self::output::{Drained, Output};
use crate::engine::probe::listens;

/// How long a server may take to say where it listens, if nobody knows better.
pub const STARTUP: Duration = Duration::from_secs(30);
/// How long a server, and what it has started, may take to end when asked to.
const SHUTDOWN: Duration = Duration::from_secs(3);

/// How to start a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The program and its arguments; at least one word.
    pub command: Vec<String>,
    /// Where it will listen, if it does not say so itself.
    pub url: Option<String>,
    /// The directory in which it runs; that of ours if there is none.
    pub dir: Option<PathBuf>,
    /// What its environment has beside ours.
    pub env: BTreeMap<String, String>,
    /// How long it may take to say where it listens, or to listen there.
    pub startup: Duration,
}

/// A running server process. Killed when dropped, on Unix with all that it has
/// started.
#[derive(Debug)]
pub struct Server {
    child: Child,
    #[cfg(unix)]
    group: Group,
    /// Held open: a server that ends with its standard input ends with us.
    stdin: Option<ChildStdin>,
    url: String,
    _output: Drained,
}

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The command could not be run.
    #[error("cannot start the server `{command}`")]
    Spawn {
        /// The command line.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// It ended before it listened.
    #[error(
        "the server `{command}` ended ({status}) before it listened{}",
        last_words(said)
    )]
    Ended {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines that it wrote.
        said: Vec<String>,
    },
    /// It runs and says nothing.
    #[error(
        "the server `{command}` wrote no `ws://` address within {} seconds; \
         let it print one, or say where it listens with --url", startup.as_secs()
    )]
    Silent {
        /// The command line.
        command: String,
        /// How long was waited.
        startup: Duration,
    },
    /// It runs, and nobody listens where it should.
    #[error(
        "the server `{command}` did not listen at {url} within {} seconds; let it listen there, \
         leave the address out if it prints it, or give it longer by `startup` in the list of \
         targets{}", startup.as_secs(), last_words(said)
    )]
    Deaf {
        /// The command line.
        command: String,
        /// Where it should listen.
        url: String,
        /// How long was waited.
        startup: Duration,
        /// The last lines that it wrote.
        said: Vec<String>,
    },
}

impl Launch {
    /// A command with nothing special about it.
    #[must_use]
    pub fn new(command: Vec<String>) -> Self {
        Self {
            command,
            url: None,
            dir: None,
            env: BTreeMap::new(),
            startup: STARTUP,
        }
    }
}

impl Server {
    /// Starts a server and waits for the first `ws://` or `wss://` address that
    /// it writes, to stdout or stderr. With a `url`, it is waited until somebody
    /// listens there instead.
    ///
    /// # Errors
    ///
    /// If the command cannot be run, ends, or writes no address or does not listen
    /// in time.
    pub async fn start(launch: &Launch) -> Result<Self, ServerError> {
        let shown = launch.command.join(" ");
        let failed = |source| ServerError::Spawn {
            command: shown.clone(),
            source,
        };
        let mut child = spawn(launch).map_err(failed)?;
        #[cfg(unix)]
        let group = Group::of(&child).map_err(failed)?;
        // Waiting for the end of a child would close it.
        let stdin = child.stdin.take();
        let mut output = Output::of(&mut child);
        let listening = async {
            match &launch.url {
                Some(url) => {
                    tokio::select! {
                        () = listens(url) => {}
                        () = output.listen() => {}
                    }
                    url.clone()
                }
                None => output.address().await,
            }
        };
        let ended = tokio::select! {
            biased;
            url = listening => {
                return Ok(Self {
                    child,
                    #[cfg(unix)]
                    group,
                    stdin,
                    url,
                    _output: output.drain(),
                });
            }
            ended = child.wait() => Some(ended.map_err(failed)?),
            () = time::sleep(launch.startup) => None,
        };
        // What it has left behind would hold its output open.
        #[cfg(unix)]
        drop(group);
        let startup = launch.startup;
        Err(match (ended, &launch.url) {
            (Some(status), _) => ServerError::Ended {
                command: shown,
                status,
                said: output.last_words().await,
            },
            (None, Some(url)) => ServerError::Deaf {
                command: shown,
                url: url.clone(),
                startup,
                said: output.said(),
            },
            (None, None) => ServerError::Silent {
                command: shown,
                startup,
            },
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How the server ended, if it has ended by itself: it should not have.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Asks the server to end (SIGTERM), on Unix with all that it has started, and
    /// kills what does not.
    pub async fn stop(mut self) {
        drop(self.stdin.take());
        #[cfg(unix)]
        {
            self.group.ask();
            let ended = async {
                let _ = self.child.wait().await;
                self.group.ended().await;
            };
            if time::timeout(SHUTDOWN, ended).await.is_ok() {
                return;
            }
        }
        // It has ended meanwhile, or is killed at the latest when dropped.
        let _ = self.child.kill().await;
    }
}

/// Kills every server and all that they have started, for a process that ends
/// without dropping anything.
#[cfg(unix)]
pub fn kill_all() {
    group::kill_all();
}

fn spawn(launch: &Launch) -> io::Result<Child> {
    let words = launch.command.split_first();
    let (program, arguments) = words.expect("a command has a first word");
    let mut command = Command::new(program);
    if let Some(dir) = &launch.dir {
        command.current_dir(dir);
    }
    command
        .args(arguments)
        .envs(&launch.env)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // A wrapper does not hand signals on; a group gets them all.
    #[cfg(unix)]
    command.process_group(0);
    command.spawn()
}

fn last_words(said: &[String]) -> String {
    said.iter()
        .map(|line| format!("\n  | {}", line.escape_debug()))
        .collect()
}

#[cfg(test)]
mod tests;
