//! Who plays, and how.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use autobahn_harness::ExitCode;
use autobahn_harness::engine::{AnyEngine, Choice, EngineError, Jobs, Options, Trust};
use autobahn_harness::run::Profile;
use chrono::{DateTime, SecondsFormat};
use clap::{Args, ValueEnum};

use super::failure::{Exits as _, Failure};

/// Who plays, and how.
#[derive(Clone, Debug, Args)]
pub(super) struct PlayArgs {
    /// Who plays: embedded, docker (the official suite in containers), process (a
    /// wstest on PATH) or report:DIR (nobody: a report of the suite is read)
    #[arg(
        long,
        value_name = "ENGINE",
        env = "AUTOBAHN_ENGINE",
        default_value = "embedded"
    )]
    pub(super) engine: Choice,

    /// How many messages the long cases send; the official suite has one profile, full
    #[arg(long, env = "AUTOBAHN_PROFILE", default_value = "full")]
    profile: ProfileName,

    /// At most so many cases, or containers, at a time; as suits the machine if not given
    #[arg(
        short,
        long,
        value_name = "N",
        env = "AUTOBAHN_JOBS",
        conflicts_with = "serial"
    )]
    jobs: Option<NonZeroUsize>,

    /// Never open two connections at once
    #[arg(long, env = "AUTOBAHN_SERIAL", value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    serial: bool,

    /// Another image of the official suite
    #[arg(long, value_name = "IMAGE", env = "AUTOBAHN_IMAGE")]
    image: Option<String>,

    /// With report:DIR, the moment before which no case may have begun, in UTC
    ///
    /// Such as 2026-01-31T12:00:00Z: a report that an earlier run has left is refused,
    /// and one that does not tell of each case when it began.
    #[arg(long, value_name = "TIME", env = "AUTOBAHN_NOT_BEFORE", value_parser = moment)]
    not_before: Option<String>,

    #[command(flatten)]
    embedded: EmbeddedArgs,
}

/// What the embedded engine can be told besides; the official suite has its own.
#[derive(Clone, Debug, Args)]
pub(super) struct EmbeddedArgs {
    /// The suite's data files, if you have them, for sections 12 and 13 of the
    /// embedded engine
    ///
    /// data1.json, lena512.bmp, pg2229.txt, data1.html and a *.pdf. Without this
    /// option the engine makes files of the same kinds, sizes and compressibility.
    #[arg(long, value_name = "DIR", env = "AUTOBAHN_CORPORA")]
    corpora: Option<PathBuf>,

    /// Whom to trust at wss:// besides those the machine trusts: certificates, PEM
    #[arg(
        long,
        value_name = "FILE",
        env = "AUTOBAHN_CA",
        conflicts_with = "insecure"
    )]
    ca: Option<PathBuf>,

    /// Check no certificate at wss://; the summary will say so
    // Stricter than its neighbours: nothing but a clear yes turns checks off.
    #[arg(long, env = "AUTOBAHN_INSECURE", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    insecure: bool,
}

impl EmbeddedArgs {
    pub(super) fn options(&self, image: Option<&String>) -> Options {
        Options {
            image: image.cloned(),
            corpora: self.corpora.clone(),
            trust: match self.insecure {
                true => Trust::Anyone,
                false => Trust::Roots(self.ca.clone()),
            },
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProfileName {
    /// 1000 messages in 9.7, 9.8, 12 and 13, as the official suite
    Full,
    /// Fewer messages, the same lengths and fragmentation
    Quick,
}

impl PlayArgs {
    pub(super) fn jobs(&self) -> Jobs {
        match (self.serial, self.jobs) {
            (true, _) => Jobs::Serial,
            (false, Some(jobs)) => Jobs::AtMost(jobs.get()),
            (false, None) => Jobs::ByCores,
        }
    }

    /// The suite knows one profile: what it plays is always full.
    pub(super) fn profile(&self) -> Profile {
        match (&self.engine, self.profile) {
            (Choice::Embedded, ProfileName::Quick) => Profile::Quick,
            (Choice::Embedded | Choice::Docker | Choice::Process | Choice::Report(_), _) => {
                Profile::Full
            }
        }
    }

    /// The engine, if this build has it.
    pub(super) fn engine(&self) -> Result<AnyEngine, Failure> {
        let options = self.embedded.options(self.image.as_ref());
        let mut engine = AnyEngine::new(&self.engine, &options).exits(ExitCode::NoVerdict)?;
        if let AnyEngine::Report(report) = &mut engine {
            report.not_before.clone_from(&self.not_before);
        } else if self.not_before.is_some() {
            let error = EngineError::new("only a report can be of an earlier run");
            let error = error.cure("leave out `--not-before`, or use `--engine report:DIR`");
            return Err(error).exits(ExitCode::Usage);
        }
        Ok(engine)
    }
}

/// A moment as reports have it: in UTC, to the second.
fn moment(text: &str) -> Result<String, chrono::ParseError> {
    let moment = DateTime::parse_from_rfc3339(text)?;
    Ok(moment.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true))
}
