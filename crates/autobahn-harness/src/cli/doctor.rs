//! `autobahn doctor`: what works on this machine, and what to do where it does not.

use std::fmt::Display;

use autobahn_harness::ExitCode;
use autobahn_harness::engine::embedded::SUITE;
use autobahn_harness::parity::record;
use autobahn_harness::run::EngineInfo;
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
    embedded();
    process();
    Ok(runtime.block_on(docker(args)))
}

/// Our own engine, which needs nothing.
fn embedded() {
    let engine = EngineInfo {
        name: "embedded".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        suite: SUITE.to_owned(),
        ..EngineInfo::default()
    };
    let checked = record::last().sentence(&engine).unwrap_or_default();
    let tls = match cfg!(feature = "tls") {
        true => "ws:// and wss://",
        false => "ws:// alone, for this build has no TLS",
    };
    line(&format!(
        "ok       embedded engine: {}, {checked}; {tls}",
        engine.version
    ));
}

/// A suite of one's own, which nobody needs who has containers.
fn process() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|directory| directory.join("wstest"))
        .find(|program| program.is_file());
    line(&match found {
        Some(program) => format!("ok       wstest: {}", program.display()),
        None => "none     wstest: not on PATH; only `--engine process` needs it".to_owned(),
    });
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
