//! Which image of the suite, and how it gets here.

use std::time::Duration;

use testcontainers::bollard::errors::Error;
use testcontainers::bollard::models::ImageInspect;
use testcontainers::core::client::ClientError;
use testcontainers::runners::AsyncRunner;
use testcontainers::{GenericImage, TestcontainersError};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{sleep, timeout};

use super::client::{ask, client};
use crate::engine::{EngineError, Progress};

/// What `ci/autobahn-image` builds: the suite on CPython 2.7, for every architecture.
pub const OWN_IMAGE: &str = "autobahn-suite:25.10.1";
/// The suite's own image, for amd64 only; pulled when [`OWN_IMAGE`] is not here.
pub const UPSTREAM_IMAGE: &str = "crossbario/autobahn-testsuite:25.10.1@sha256:519915fb568b04c9383f70a1c405ae3ff44ab9e35835b085239c258b6fac3074";

/// How long one attempt to pull may take.
const PULL: Duration = Duration::from_secs(600);
/// How long is waited before each further attempt to pull.
const BACK_OFF: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(8)];

/// An image that is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name as it was asked for, with tag or digest.
    pub name: String,
    /// Its digest in a registry, or its id where it has never been in one.
    pub digest: String,
}

/// The image that would be used, if it is here.
///
/// # Errors
///
/// If no container engine answers.
pub async fn find_image(wanted: Option<&str>) -> Result<Option<Image>, EngineError> {
    let client = client().await?;
    for name in candidates(wanted) {
        match client.inspect_image(name).await {
            Ok(found) => return Ok(Some(Image::new(name, found))),
            Err(Error::DockerResponseServerError {
                status_code: 404, ..
            }) => {}
            Err(error) => return ask(async { Err(error) }).await,
        }
    }
    Ok(None)
}

/// The image that is here, or else is pulled.
pub(super) async fn provide(
    wanted: Option<&str>,
    progress: &UnboundedSender<Progress>,
) -> Result<Image, EngineError> {
    if let Some(image) = find_image(wanted).await? {
        return Ok(image);
    }
    let name = wanted.unwrap_or(UPSTREAM_IMAGE);
    let mut waits = BACK_OFF.iter();
    loop {
        let _ = progress.send(Progress::Preparing(format!("pulling the image {name}")));
        let why = match timeout(PULL, pull(name)).await {
            Ok(Ok(())) => break,
            Ok(Err(error)) => error,
            Err(_) => format!("not done within {} s", PULL.as_secs()),
        };
        let Some(wait) = waits.next().filter(|_| !is_final(&why)) else {
            let error = EngineError::new(format!("cannot pull the image {name}: {why}"));
            return Err(
                error.cure("build it with `ci/autobahn-image`, or name another with `--image`")
            );
        };
        let text = format!("cannot pull the image {name}: {why}; trying again");
        let _ = progress.send(Progress::Warning(text));
        sleep(*wait).await;
    }
    let pulled = find_image(Some(name)).await?;
    pulled.ok_or_else(|| EngineError::new(format!("the image {name} was pulled and is not there")))
}

/// An image as testcontainers names it: the last colon of a name that has a
/// tag or a digest divides it.
pub(super) fn generic(name: &str) -> GenericImage {
    match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => GenericImage::new(name, tag),
        _ => GenericImage::new(name, "latest"),
    }
}

impl Image {
    fn new(name: &str, found: ImageInspect) -> Self {
        let digests = found.repo_digests.unwrap_or_default();
        let digest = digests.into_iter().next().and_then(|digest| {
            let (_, digest) = digest.split_once('@')?;
            Some(digest.to_owned())
        });
        Self {
            name: name.to_owned(),
            digest: digest.or(found.id).unwrap_or_default(),
        }
    }
}

fn candidates(wanted: Option<&str>) -> impl Iterator<Item = &str> {
    let usual = [OWN_IMAGE, UPSTREAM_IMAGE];
    let usual = usual.into_iter().filter(move |_| wanted.is_none());
    wanted.into_iter().chain(usual)
}

async fn pull(name: &str) -> Result<(), String> {
    let pulled = generic(name).pull_image().await;
    pulled.map(drop).map_err(|error| match error {
        TestcontainersError::Client(ClientError::PullImage { err, .. }) => err.to_string(),
        error => error.to_string(),
    })
}

/// Whether another attempt would bring the same answer.
fn is_final(why: &str) -> bool {
    [
        "not found",
        "denied",
        "unauthorized",
        "manifest unknown",
        "invalid reference",
    ]
    .iter()
    .any(|sign| why.contains(sign))
}
