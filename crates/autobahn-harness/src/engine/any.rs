//! Whichever engine was chosen.

use std::path::PathBuf;

use tokio::sync::mpsc::UnboundedSender;

use crate::engine::embedded::Embedded;
use crate::engine::process::Process;
use crate::engine::report::ReportDir;
use crate::engine::{Choice, Engine, EngineError, Plan, Progress};
use crate::run::EngineInfo;

#[cfg(feature = "docker")]
use crate::engine::docker::Docker;

/// What can be said to an engine besides.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Another image for [`Choice::Docker`].
    pub image: Option<String>,
    /// The directory of the files from which [`Choice::Embedded`] cuts the messages
    /// of sections 12 and 13, in place of its own.
    pub corpora: Option<PathBuf>,
    /// Whom [`Choice::Embedded`] trusts where it speaks TLS.
    pub trust: Trust,
}

/// Whom to trust where TLS is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Whoever the machine trusts, and the certificates of a PEM file.
    Roots(Option<PathBuf>),
    /// Anyone: no certificate is checked.
    Anyone,
}

impl Default for Trust {
    fn default() -> Self {
        Self::Roots(None)
    }
}

/// The engine that was chosen.
#[derive(Clone, Debug)]
pub enum AnyEngine {
    /// Our own.
    Embedded(Embedded),
    /// The official suite in containers.
    #[cfg(feature = "docker")]
    Docker(Docker),
    /// A `wstest` on PATH.
    Process(Process),
    /// A report that lies there.
    Report(ReportDir),
}

impl AnyEngine {
    /// The engine of that choice.
    ///
    /// # Errors
    ///
    /// If this build does not have it.
    pub fn new(choice: &Choice, options: &Options) -> Result<Self, EngineError> {
        match choice {
            #[cfg(feature = "docker")]
            Choice::Docker => Ok(Self::Docker(Docker::with_image(options.image.as_deref()))),
            #[cfg(not(feature = "docker"))]
            Choice::Docker => Err(EngineError::new(format!(
                "this build cannot run containers of {}",
                options.image.as_deref().unwrap_or("the official suite")
            ))
            .cure("build it with the feature `docker`")),
            Choice::Embedded => Embedded::new(options).map(Self::Embedded),
            Choice::Process => Ok(Self::Process(Process::default())),
            Choice::Report(directory) => Ok(Self::Report(ReportDir::new(directory))),
        }
    }
}

impl Engine for AnyEngine {
    async fn play(
        &self,
        plan: &Plan,
        progress: UnboundedSender<Progress>,
    ) -> Result<EngineInfo, EngineError> {
        match self {
            Self::Embedded(engine) => engine.play(plan, progress).await,
            #[cfg(feature = "docker")]
            Self::Docker(engine) => engine.play(plan, progress).await,
            Self::Process(engine) => engine.play(plan, progress).await,
            Self::Report(engine) => engine.play(plan, progress).await,
        }
    }
}
