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
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::TcpSocket;

    use super::*;

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

    /// A socket that listens only when it is told to, and its address.
    fn not_listening() -> (TcpSocket, String) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let url = format!("ws://{}/", socket.local_addr().unwrap());
        (socket, url)
    }

    #[tokio::test]
    async fn a_server_whose_address_is_known_is_waited_for_until_it_listens() {
        let (socket, url) = not_listening();
        let launch = Launch {
            url: Some(url.clone()),
            ..shell("exec sleep 60")
        };
        let listen = async {
            // The first attempt has been refused by then.
            tokio::task::yield_now().await;
            let listener = socket.listen(8).unwrap();
            time::timeout(STARTUP, listener.accept()).await
        };
        let (server, accepted) = tokio::join!(Server::start(&launch), listen);
        accepted.expect("it was tried").unwrap();
        let server = server.unwrap();
        assert_eq!(server.url(), url);
        server.stop().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_does_not_listen_where_it_should_is_an_error() {
        let (_socket, url) = not_listening();
        let launch = Launch {
            url: Some(url.clone()),
            startup: Duration::from_secs(7),
            ..shell("exec sleep 60")
        };
        let error = Server::start(&launch).await.unwrap_err().to_string();
        let words = format!("did not listen at {url} within 7 seconds");
        assert!(error.contains(&words), "{error}");
    }

    #[tokio::test]
    async fn a_server_whose_address_is_known_may_end_too() {
        let (_socket, url) = not_listening();
        let launch = Launch {
            url: Some(url),
            ..shell("echo 'the port is taken'; exit 3")
        };
        let error = Server::start(&launch).await.unwrap_err().to_string();
        assert!(
            error.contains("exit status: 3") && error.contains("| the port is taken"),
            "{error}"
        );
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

    /// Starts a wrapper whose server writes to a pipe if it lives too long; returns
    /// what is written until nobody is left who could.
    #[cfg(unix)]
    async fn left_behind(wrapper: &str, end: impl AsyncFnOnce(Server)) -> String {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let launch = Launch {
            dir: Some(dir.path().to_owned()),
            ..shell(&format!(
                "exec 3<>pipe; (sleep 20; echo alive >&3) & echo ws://127.0.0.1:1/; {wrapper}"
            ))
        };
        let server = Server::start(&launch).await.unwrap();
        let pipe = std::fs::File::open(pipe).unwrap();
        end(server).await;
        io::read_to_string(pipe).unwrap()
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_a_server_has_started_ends_with_it() {
        assert_eq!(left_behind("wait", Server::stop).await, "");
        assert_eq!(left_behind("wait", async |server| drop(server)).await, "");
        // Whatever became of the wrapper meanwhile.
        let ended = async |mut server: Server| {
            drop(server.stdin.take());
            server.child.wait().await.unwrap();
            drop(server);
        };
        assert_eq!(left_behind("read go || exit", ended).await, "");
    }

    #[tokio::test]
    async fn a_command_that_is_not_there_is_named() {
        let error = Server::start(&Launch::new(vec!["/no/such/server".to_owned()]))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("`/no/such/server`"));
    }
}
