//! The server under test: one that we start, or one that is there.

use anyhow::anyhow;
use autobahn_harness::ExitCode;
use autobahn_harness::engine::Choice;
use autobahn_harness::run::Target;
use autobahn_harness::server::Server;
use clap::Args;

use super::echo;
use super::failure::{Exits as _, Failure};

/// Which server.
#[derive(Debug, Args)]
pub(super) struct SubjectArgs {
    /// A server that runs already: ws://HOST:PORT/PATH
    ///
    /// With a SERVER CMD: where that server will listen.
    #[arg(long, value_name = "URL", env = "AUTOBAHN_URL")]
    url: Option<String>,

    /// A server to start, behind `--`; it prints the ws:// address on which it listens
    ///
    /// Without --url and SERVER CMD the bundled echo server is started.
    #[arg(last = true, value_name = "SERVER CMD")]
    command: Vec<String>,
}

/// The server.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) target: Target,
    server: Option<Server>,
}

impl SubjectArgs {
    /// Starts the server if it is ours to start; a report needs none.
    pub(super) async fn start(&self, engine: &Choice) -> Result<Subject, Failure> {
        let target = |name: &str, url: &str| Target {
            name: name.to_owned(),
            url: url.to_owned(),
        };
        let (name, command) = match (&self.url, self.command.as_slice()) {
            (Some(url), []) => {
                return Ok(Subject {
                    target: target("url", url),
                    server: None,
                });
            }
            _ if matches!(engine, Choice::Report(_)) => {
                return Ok(Subject {
                    target: target("report", ""),
                    server: None,
                });
            }
            (None, []) => (
                "echo",
                echo::command("127.0.0.1:0").exits(ExitCode::Internal)?,
            ),
            (_, command) => ("server", command.to_vec()),
        };
        let started = Server::start(&command, self.url.as_deref()).await;
        let server = started.exits(ExitCode::NoVerdict)?;
        Ok(Subject {
            target: target(name, server.url()),
            server: Some(server),
        })
    }
}

impl Subject {
    /// Ends a server that we started; it must not have ended before.
    pub(super) async fn stop(mut self) -> Result<(), Failure> {
        let Some(mut server) = self.server.take() else {
            return Ok(());
        };
        if let Some(status) = server.ended() {
            let name = self.target.name;
            let error =
                anyhow!("the server under test, `{name}`, ended while it was tested ({status})");
            return Err(error).exits(ExitCode::NoVerdict);
        }
        server.stop().await;
        Ok(())
    }
}
