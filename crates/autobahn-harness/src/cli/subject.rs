//! The servers under test: some that we start, or some that are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use autobahn_harness::ExitCode;
use autobahn_harness::engine::Choice;
use autobahn_harness::engine::probe::is_address;
use autobahn_harness::run::Target;
use autobahn_harness::server::{Launch, Server};
use autobahn_harness::targets::{Place, Targets};
use clap::Args;

use super::echo;
use super::failure::{Exits as _, Failure};

/// Where targets are listed.
const DEFAULT: &str = "autobahn/targets.toml";

/// The names that targets have which stand in no list.
const UNLISTED: [&str; 4] = ["echo", "server", "url", "report"];

/// Which servers.
#[derive(Debug, Args)]
pub(super) struct SubjectArgs {
    /// Targets of the list, by name; several are played one after the other
    #[arg(
        long = "target",
        value_name = "NAME",
        env = "AUTOBAHN_TARGET",
        value_delimiter = ',',
        conflicts_with_all = ["url", "command"]
    )]
    names: Vec<String>,

    #[command(flatten)]
    pub(super) list: TargetList,

    /// A server that runs already: ws://HOST:PORT/PATH, or wss://
    ///
    /// With a SERVER CMD: where that server will listen.
    #[arg(long, value_name = "URL", env = "AUTOBAHN_URL", value_parser = address)]
    url: Option<String>,

    /// A server to start, behind `--`; it prints the ws:// address on which it listens
    ///
    /// Without --target, --url and SERVER CMD the bundled echo server is started.
    #[arg(last = true, value_name = "SERVER CMD")]
    command: Vec<String>,
}

/// Where targets are listed.
#[derive(Clone, Debug, Args)]
pub(super) struct TargetList {
    /// The list of targets; a baseline may name no others
    #[arg(
        long = "targets",
        value_name = "FILE",
        env = "AUTOBAHN_TARGETS",
        default_value = DEFAULT
    )]
    path: PathBuf,
}

/// A server that is not started yet.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) name: String,
    place: Place,
}

/// A server that can be played with.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) target: Target,
    server: Option<Server>,
}

impl SubjectArgs {
    /// The servers, in the order in which they were named; at least one. A report
    /// needs none to be there, and may be given a name.
    pub(super) fn subjects(&self, engine: &Choice) -> Result<Vec<Subject>, Failure> {
        let subject = |name: &str, place| Subject {
            name: name.to_owned(),
            place,
        };
        if matches!(engine, Choice::Report(_)) {
            let nowhere = Place::Running(String::new());
            return match self.names.as_slice() {
                [] if self.url.is_some() => Ok(vec![subject("url", nowhere)]),
                [] => Ok(vec![subject("report", nowhere)]),
                [name] => Ok(vec![subject(name, nowhere)]),
                _ => Err(anyhow!("a report is about one target")).exits(ExitCode::Usage),
            };
        }
        if !self.names.is_empty() {
            let targets = read(&self.list.path)?;
            let mut subjects: Vec<Subject> = Vec::new();
            for name in &self.names {
                let entry = targets.find(name).exits(ExitCode::Configuration)?;
                if subjects.iter().any(|subject| subject.name == *name) {
                    return Err(anyhow!("target `{name}` is named twice")).exits(ExitCode::Usage);
                }
                subjects.push(subject(name, entry.place.clone()));
            }
            return Ok(subjects);
        }
        Ok(vec![match (&self.url, self.command.as_slice()) {
            (Some(url), []) => subject("url", Place::Running(url.clone())),
            (None, []) => {
                let command = echo::command("127.0.0.1:0").exits(ExitCode::Internal)?;
                subject("echo", Place::Started(Launch::new(command)))
            }
            (url, command) => {
                let launch = Launch {
                    url: url.clone(),
                    ..Launch::new(command.to_vec())
                };
                subject("server", Place::Started(launch))
            }
        }])
    }
}

impl Subject {
    /// The target of that name in a list that is about to be written.
    pub(super) fn listed(name: &str, list: &str) -> Result<Self, Failure> {
        let targets = Targets::parse(DEFAULT, list).exits(ExitCode::Usage)?;
        let entry = targets.find(name).exits(ExitCode::Usage)?;
        Ok(Self {
            name: entry.name.clone(),
            place: entry.place.clone(),
        })
    }

    /// The target, as far as it is known before it is started.
    pub(super) fn target(&self) -> Target {
        let url = match &self.place {
            Place::Running(url) => Some(url),
            Place::Started(launch) => launch.url.as_ref(),
        };
        Target {
            name: self.name.clone(),
            url: url.cloned().unwrap_or_default(),
        }
    }

    /// Starts the server if it is ours to start.
    pub(super) async fn start(&self) -> Result<Started, Failure> {
        let mut target = self.target();
        let server = match &self.place {
            Place::Running(_) => None,
            Place::Started(launch) => Some(Server::start(launch).await.exits(ExitCode::NoVerdict)?),
        };
        if let Some(server) = &server {
            target.url = server.url().to_owned();
        }
        Ok(Started { target, server })
    }
}

impl Started {
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

/// An address, as far as one can say without going there.
pub(super) fn address(url: &str) -> Result<String, &'static str> {
    match is_address(url) {
        true => Ok(url.to_owned()),
        false => Err("expected ws://HOST:PORT/PATH or wss://HOST:PORT/PATH"),
    }
}

impl TargetList {
    /// The names that a baseline may know; `None` where no targets are listed.
    pub(super) fn known_names(&self) -> Result<Option<BTreeSet<String>>, Failure> {
        if self.path == Path::new(DEFAULT) && !self.path.exists() {
            return Ok(None);
        }
        let targets = read(&self.path)?;
        let names = targets.entries().iter().map(|entry| entry.name.clone());
        Ok(Some(names.chain(UNLISTED.map(str::to_owned)).collect()))
    }
}

fn read(path: &Path) -> Result<Targets, Failure> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the list of targets `{shown}`"))
        .exits(ExitCode::Configuration)?;
    Targets::parse(&shown, &text).exits(ExitCode::Configuration)
}
