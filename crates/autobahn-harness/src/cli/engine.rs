//! Who plays, and how.

use std::num::NonZeroUsize;

use autobahn_harness::engine::{AnyEngine, Choice, EngineError, Jobs};
use autobahn_harness::run::Profile;
use clap::{Args, ValueEnum};

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
    #[arg(long, env = "AUTOBAHN_SERIAL")]
    serial: bool,

    /// Another image of the official suite
    #[arg(long, value_name = "IMAGE", env = "AUTOBAHN_IMAGE")]
    image: Option<String>,
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
    pub(super) fn engine(&self) -> Result<AnyEngine, EngineError> {
        AnyEngine::new(&self.engine, self.image.as_deref())
    }
}
