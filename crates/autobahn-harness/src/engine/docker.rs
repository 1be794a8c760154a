//! The official suite in containers: the authority.
//!
//! - `image`: which image, and how it gets here
//! - `network`: how a container reaches the server
//! - `container`: one shard in one container; `archive`: what comes out of it
//! - `leftovers`: no container outlives its run

mod archive;
mod client;
mod container;
mod image;
mod leftovers;
mod network;

use std::pin::pin;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

pub use self::client::version;
pub use self::image::{Image, OWN_IMAGE, UPSTREAM_IMAGE, find_image};
pub use self::leftovers::{RunId, remove_containers, sweep};
pub use self::network::{Network, NetworkChoice, network};

use self::container::Containers;
use self::leftovers::Keeper;
use crate::engine::probe::Address;
use crate::engine::{Engine, EngineError, Plan, Progress};
use crate::run::EngineInfo;
use crate::wstest::play::{Rules, play};

/// The official suite in containers.
///
/// Dropping the future of [`Engine::play`], also by a panic, removes every
/// container of the run before the drop returns. Drop it inside its runtime.
#[derive(Clone, Debug, Default)]
pub struct Docker {
    /// The image; [`OWN_IMAGE`] or else [`UPSTREAM_IMAGE`] if absent.
    pub image: Option<String>,
    /// How containers reach the server; what [`network()`] chooses if absent.
    pub network: Option<Network>,
    /// How long each case is waited for; long enough for the suite if absent.
    pub case_deadline: Option<Duration>,
    /// The id that the containers of this engine bear; for [`remove_containers`].
    pub run: RunId,
}

impl Docker {
    /// An engine that takes this image, if any is named, and chooses the rest.
    #[must_use]
    pub fn with_image(image: Option<&str>) -> Self {
        Self {
            image: image.map(str::to_owned),
            ..Self::default()
        }
    }
}

impl Engine for Docker {
    async fn play(
        &self,
        plan: &Plan,
        progress: UnboundedSender<Progress>,
    ) -> Result<EngineInfo, EngineError> {
        let address = Address::parse(&plan.url).ok_or_else(|| {
            EngineError::new(format!(
                "`{}` is not an address of the form ws://host:port/path",
                plan.url
            ))
        })?;
        let version = version().await?;
        let image = image::provide(self.image.as_deref(), &progress).await?;
        let network = match self.network {
            Some(network) => network,
            None => network().await?.network,
        };
        let (url, path) = network.route(&address, &plan.url);
        sweep().await?;
        let containers = Containers {
            image: &image,
            network,
            url,
            run: &self.run,
            starting: leftovers::Starting::default(),
        };
        let rules = Rules {
            longest: self.case_deadline,
            path,
        };
        let count = plan.cases.len();
        let text = format!("playing {count} case(s) in containers of {}", image.name);
        let _ = progress.send(Progress::Preparing(text));
        let mut playing = pin!(play(&containers, plan, rules, &progress));
        // Dropped before `playing`, so that all containers go at once.
        let _keeper = Keeper::new(&self.run, &containers.starting);
        let suite = playing.as_mut().await?;
        Ok(EngineInfo {
            name: "docker".to_owned(),
            version,
            suite,
            image: Some(image.name.clone()),
            digest: Some(image.digest.clone()),
            ..EngineInfo::default()
        })
    }
}
