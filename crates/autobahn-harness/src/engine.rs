//! Engines: whoever plays cases. "Could not be played" is an error here, and
//! never a verdict.

mod any;
mod choice;
mod connector;
#[cfg(feature = "docker")]
pub mod docker;
pub mod embedded;
pub mod probe;
pub mod process;
pub mod report;

use std::fmt;

use autobahn_cases::CaseId;
use tokio::sync::mpsc::UnboundedSender;

use crate::run::{EngineInfo, Profile, Record};

pub use self::any::{AnyEngine, Options, Trust};
pub use self::choice::{Choice, UnknownEngine};

/// Plays cases against one target.
pub trait Engine {
    /// Plays every case of the plan and reports each as soon as it is known.
    ///
    /// Every case that is not reported by the time this returns was not played.
    /// Dropping the future stops the engine; what it has reported stays true.
    ///
    /// # Errors
    ///
    /// If the engine itself cannot work: no container engine, no image, the
    /// target does not answer. What went wrong in a single case is reported in
    /// its record.
    fn play(
        &self,
        plan: &Plan,
        progress: UnboundedSender<Progress>,
    ) -> impl Future<Output = Result<EngineInfo, EngineError>> + Send;
}

/// What is to be played.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The name of the target in results and reports.
    pub target: String,
    /// Where it listens: `ws://host:port/path`.
    pub url: String,
    /// Which cases, in numeric order and without doubles.
    pub cases: Vec<CaseId>,
    /// How many messages the long cases send.
    pub profile: Profile,
    /// How many cases are played at a time.
    pub jobs: Jobs,
}

/// How many cases are played at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jobs {
    /// As many as suit the machine.
    ByCores,
    /// At most so many, 1 or more.
    AtMost(usize),
    /// One after the other, never two connections at once.
    Serial,
}

/// What an engine tells while it plays.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A phase that takes a while and plays no case, in words.
    Preparing(String),
    /// A case has begun.
    Started(CaseId),
    /// A case has ended, or is known not to be playable.
    Finished(Box<Record>),
    /// Something that the user should know, in words.
    Warning(String),
}

/// Why an engine cannot work at all. Names what is missing, and the cure.
#[derive(Debug, thiserror::Error)]
pub struct EngineError {
    /// What is wrong.
    pub message: String,
    /// What to do about it: a command or a setting.
    pub cure: Option<String>,
}

impl EngineError {
    /// An error without a known cure.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            cure: None,
        }
    }

    /// The same error with its cure.
    #[must_use]
    pub fn cure(self, cure: impl Into<String>) -> Self {
        Self {
            cure: Some(cure.into()),
            ..self
        }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.cure {
            Some(cure) => write!(f, "; {cure}"),
            None => Ok(()),
        }
    }
}
