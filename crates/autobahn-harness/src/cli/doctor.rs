//! `autobahn doctor`: what works on this machine, and what to do where it does not.

use std::fmt::Display;

use autobahn_harness::ExitCode;
use clap::Args;

use super::failure::Failure;
use super::progress::line;

/// Nothing to say.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Another image of the official suite
    #[arg(long, value_name = "IMAGE", env = "AUTOBAHN_IMAGE")]
    image: Option<String>,
}

/// Looks at everything, and says 101 if an engine does not work.
pub(super) fn execute(args: &DoctorArgs) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(docker(args)))
}

#[cfg(feature = "docker")]
async fn docker(args: &DoctorArgs) -> ExitCode {
    use autobahn_harness::engine::docker::{find_image, network, version};

    let mut works = said("container engine", version().await);
    let image = find_image(args.image.as_deref())
        .await
        .map(|image| match image {
            Some(image) => format!("{} ({})", image.name, image.digest),
            None => "not here; it is pulled, or build it with: ci/autobahn-image".to_owned(),
        });
    works &= said("image of the suite", image);
    works &= said("network", network().await.map(|choice| choice.reason));
    if works {
        ExitCode::Passed
    } else {
        ExitCode::NoVerdict
    }
}

#[cfg(not(feature = "docker"))]
async fn docker(_: &DoctorArgs) -> ExitCode {
    said("container engine", Err::<&str, _>("this build has none"));
    ExitCode::Passed
}

/// Tells of one thing whether it works.
fn said(what: &str, found: Result<impl Display, impl Display>) -> bool {
    match &found {
        Ok(found) => line(&format!("ok       {what}: {found}")),
        Err(error) => line(&format!("missing  {what}: {error}")),
    }
    found.is_ok()
}
