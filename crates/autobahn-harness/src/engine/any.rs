//! Whichever engine was chosen.

use tokio::sync::mpsc::UnboundedSender;

use crate::engine::embedded::Embedded;
use crate::engine::process::Process;
use crate::engine::report::ReportDir;
use crate::engine::{Choice, Engine, EngineError, Plan, Progress};
use crate::run::EngineInfo;

#[cfg(feature = "docker")]
use crate::engine::docker::Docker;

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
    /// The engine of that choice; `image` names another image for [`Choice::Docker`].
    ///
    /// # Errors
    ///
    /// If this build does not have it.
    pub fn new(choice: &Choice, image: Option<&str>) -> Result<Self, EngineError> {
        match choice {
            #[cfg(feature = "docker")]
            Choice::Docker => Ok(Self::Docker(Docker::with_image(image))),
            #[cfg(not(feature = "docker"))]
            Choice::Docker => Err(EngineError::new(format!(
                "this build cannot run containers of {}",
                image.unwrap_or("the official suite")
            ))
            .cure("build it with the feature `docker`")),
            Choice::Embedded => Ok(Self::Embedded(Embedded)),
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
