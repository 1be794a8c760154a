//! A server under test that we start ourselves: a process that tells on stdout
//! or stderr where it listens.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time;

/// How long a server may take to say where it listens, if nobody knows better.
pub const STARTUP: Duration = Duration::from_secs(30);
/// How long a server may take to end after it was asked to.
const SHUTDOWN: Duration = Duration::from_secs(3);
/// How much of a line is looked at.
const LINE: usize = 4096;

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
    /// How long it may take to say where it listens.
    pub startup: Duration,
}

/// A running server process. Killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    url: String,
    /// Drains the server's output, so that a full pipe never stops it.
    _output: JoinSet<()>,
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
        "the server `{command}` ended ({status}) before it said where it listens{}",
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
    /// it writes, to stdout or stderr. With a `url`, that address is believed
    /// instead and nothing is waited for.
    ///
    /// # Errors
    ///
    /// If the command cannot be run, ends, or writes no address in time.
    pub async fn start(launch: &Launch) -> Result<Self, ServerError> {
        let shown = launch.command.join(" ");
        let words = launch.command.split_first();
        let (program, arguments) = words.expect("a command has a first word");
        let mut command = Command::new(program);
        if let Some(dir) = &launch.dir {
            command.current_dir(dir);
        }
        let spawned = command
            .args(arguments)
            .envs(&launch.env)
            // Held open: a server that ends with its standard input ends with us.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut child = spawned.map_err(|source| ServerError::Spawn {
            command: shown.clone(),
            source,
        })?;

        let (lines, mut said) = mpsc::channel(64);
        let mut output = JoinSet::new();
        if let Some(stdout) = child.stdout.take() {
            output.spawn(read_lines(stdout, lines.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            output.spawn(read_lines(stderr, lines));
        }
        if let Some(url) = &launch.url {
            // Nobody listens to the lines any more; the readers go on draining.
            drop(said);
            return Ok(Self {
                child,
                url: url.clone(),
                _output: output,
            });
        }

        let mut last = Vec::new();
        let deadline = time::sleep(launch.startup);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                line = said.recv() => match line {
                    Some(line) => match find_url(&line) {
                        Some(url) => return Ok(Self { child, url: url.to_owned(), _output: output }),
                        None => remember(&mut last, line),
                    },
                    None => {
                        let status = child.wait().await;
                        let status = status.map_err(|source| ServerError::Spawn { command: shown.clone(), source })?;
                        return Err(ServerError::Ended { command: shown, status, said: last });
                    }
                },
                () = &mut deadline => return Err(ServerError::Silent { command: shown, startup: launch.startup }),
            }
        }
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

    /// Asks the server to end (SIGTERM), and kills it if it does not.
    pub async fn stop(mut self) {
        #[cfg(unix)]
        if let Some(pid) = self
            .child
            .id()
            .and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed()))
        {
            let asked = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            if asked.is_ok() && time::timeout(SHUTDOWN, self.child.wait()).await.is_ok() {
                return;
            }
        }
        // It has ended meanwhile, or is killed at the latest when dropped.
        let _ = self.child.kill().await;
    }
}

/// Sends each line on as long as somebody listens, and reads to the end anyway.
async fn read_lines(stream: impl AsyncRead + Unpin, lines: mpsc::Sender<String>) {
    let mut reader = BufReader::with_capacity(LINE, stream);
    let mut line = Vec::new();
    loop {
        let (used, ended) = match reader.fill_buf().await {
            Ok([]) | Err(_) => break,
            Ok(octets) => match octets.iter().position(|octet| *octet == b'\n') {
                Some(at) => {
                    line.extend_from_slice(&octets[..at]);
                    (at + 1, true)
                }
                None => {
                    line.extend_from_slice(octets);
                    (octets.len(), line.len() > LINE)
                }
            },
        };
        reader.consume(used);
        if ended {
            // However fast they come, none is lost before the address was found;
            // afterwards nobody listens, and this waits for nobody.
            let _ = lines
                .send(String::from_utf8_lossy(&line).into_owned())
                .await;
            line.clear();
        }
    }
    if !line.is_empty() {
        let _ = lines
            .send(String::from_utf8_lossy(&line).into_owned())
            .await;
    }
}

/// The first WebSocket address in a line.
fn find_url(line: &str) -> Option<&str> {
    let start = line.find("wss://").or_else(|| line.find("ws://"))?;
    let rest = &line[start..];
    let is_end = |letter: char| {
        letter.is_whitespace() || letter.is_control() || "\"'<>)},;".contains(letter)
    };
    let end = rest.find(is_end).unwrap_or(rest.len());
    Some(&rest[..end])
}

fn remember(last: &mut Vec<String>, line: String) {
    const KEPT: usize = 5;
    if last.len() == KEPT {
        last.remove(0);
    }
    last.push(line);
}

fn last_words(said: &[String]) -> String {
    said.iter()
        .map(|line| format!("\n  | {}", line.escape_debug()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_whatever_surrounds_it() {
        assert_eq!(find_url("ws://127.0.0.1:9001"), Some("ws://127.0.0.1:9001"));
        assert_eq!(
            find_url("listening on ws://[::1]:80/echo, enjoy"),
            Some("ws://[::1]:80/echo")
        );
        assert_eq!(
            find_url("at wss://localhost:1/"),
            Some("wss://localhost:1/")
        );
        assert_eq!(find_url("\"url\":\"ws://a:1\"}"), Some("ws://a:1"));
        assert_eq!(find_url("http://127.0.0.1"), None);
    }

    fn shell(script: &str) -> Launch {
        Launch::new(["sh", "-c", script].map(str::to_owned).to_vec())
    }

    #[tokio::test]
    async fn a_server_has_the_directory_and_the_environment_that_it_is_given() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("port"), "81").unwrap();
        let launch = Launch {
            dir: Some(dir.path().to_owned()),
            env: [("HOST".to_owned(), "h".to_owned())].into(),
            ..shell("echo ws://$HOST:$(cat port)/; exec sleep 60")
        };
        let server = Server::start(&launch).await.unwrap();
        assert_eq!(server.url(), "ws://h:81/");
        server.stop().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_nothing_is_not_waited_for_longer_than_it_asked() {
        let launch = Launch {
            startup: Duration::from_secs(7),
            ..shell("exec sleep 60")
        };
        let error = Server::start(&launch).await.unwrap_err().to_string();
        assert!(error.contains("within 7 seconds"), "{error}");
    }

    #[tokio::test]
    async fn a_server_says_where_it_listens() {
        let command = shell("echo starting; echo ws://127.0.0.1:1/ >&2; exec sleep 60");
        let mut server = Server::start(&command).await.unwrap();
        assert_eq!(server.url(), "ws://127.0.0.1:1/");
        assert!(server.ended().is_none());
        server.stop().await;
    }

    #[tokio::test]
    async fn an_address_is_found_behind_many_lines_that_come_at_once() {
        let launch = shell("printf '%s\\n' \"$(seq 600; echo ws://127.0.0.1:1/)\"; exec sleep 60");
        let server = Server::start(&launch).await.unwrap();
        assert_eq!(server.url(), "ws://127.0.0.1:1/");
        server.stop().await;
    }

    #[tokio::test]
    async fn a_server_that_ends_is_an_error_with_its_last_words() {
        let error = Server::start(&shell("echo 'no\tport' >&2; exit 3"))
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("exit status: 3") && text.contains("| no\\tport"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_command_that_is_not_there_is_named() {
        let error = Server::start(&Launch::new(vec!["/no/such/server".to_owned()]))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("`/no/such/server`"));
    }
}
