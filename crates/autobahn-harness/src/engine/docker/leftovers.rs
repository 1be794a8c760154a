//! No container outlives its run: labels say whose it is, a keeper removes all
//! of a run at once, and each run first sweeps up what killed ones have left.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fmt, fs, process, thread};

use futures_util::future::join_all;
use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::models::ContainerSummary;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};
use tokio::runtime;
use tokio::time::{Instant, sleep, timeout};

use super::client::{ask, client};
use crate::engine::EngineError;

/// The label that bears the id of the run.
const RUN: &str = "autobahn.run";
/// The label that bears the process of the run.
const PROCESS: &str = "autobahn.process";
/// The label that bears the machine of the process.
const MACHINE: &str = "autobahn.machine";
/// The label that bears when the container must have ended, in seconds since 1970.
const UNTIL: &str = "autobahn.until";
/// How long removing may take before we give up.
const REMOVAL: Duration = Duration::from_secs(20);
/// How long containers are looked for whose start was interrupted.
const LATE: Duration = Duration::from_secs(3);

/// The name of a run on the labels of its containers; each [`RunId::default`] is
/// another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunId(String);

/// Removes every container of a run; returns how many there were.
///
/// # Errors
///
/// If the container engine does not answer, or keeps one.
pub async fn remove_containers(run: &RunId) -> Result<usize, EngineError> {
    let client = client().await?;
    let containers = list(&client, &format!("{RUN}={run}")).await?;
    remove(&client, &containers).await
}

/// Removes what is left of runs that have ended without doing so; returns how
/// many containers there were. Those of runs that go on are let alone.
///
/// # Errors
///
/// If the container engine does not answer, or keeps one.
pub async fn sweep() -> Result<usize, EngineError> {
    let client = client().await?;
    let mut containers = list(&client, RUN).await?;
    containers.retain(|container| is_left(container.labels.as_ref()));
    remove(&client, &containers).await
}

impl RunId {
    /// The labels of a container that ends by itself after `limit`.
    pub(super) fn labels(&self, limit: Duration) -> [(&'static str, String); 4] {
        let until = now() + limit + Duration::from_secs(60);
        [
            (RUN, self.to_string()),
            (PROCESS, process::id().to_string()),
            (MACHINE, machine()),
            (UNTIL, until.as_secs().to_string()),
        ]
    }
}

impl Default for RunId {
    fn default() -> Self {
        // A hasher of the standard library starts with a random state.
        let random = RandomState::new().hash_one(now());
        Self(format!("{:x}-{random:016x}", process::id()))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many containers are being started. One whose start is interrupted may
/// appear after everything else is gone.
#[derive(Clone, Debug, Default)]
pub(super) struct Starting(Arc<AtomicUsize>);

impl Starting {
    /// A start begins.
    pub(super) fn begin(&self) -> Begun<'_> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Begun(self)
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// A start that has begun; if it is dropped before it is done, it counts for ever.
pub(super) struct Begun<'a>(&'a Starting);

impl Begun<'_> {
    /// The start has succeeded or failed.
    pub(super) fn done(self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Removes the containers of a run when dropped, on a thread of its own and
/// before the drop returns, so that neither a panic nor the end of the runtime
/// leaves one behind.
pub(super) struct Keeper<'a> {
    run: &'a RunId,
    starting: &'a Starting,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(run: &'a RunId, starting: &'a Starting) -> Self {
        Self { run, starting }
    }
}

impl Drop for Keeper<'_> {
    fn drop(&mut self) {
        let (run, starting) = (self.run, self.starting.count());
        let removing = || {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                timeout(REMOVAL, remove_all(run, starting))
                    .await
                    .map_err(std::io::Error::other)
            })
        };
        // Nobody is left to tell; the next run sweeps.
        let _ = thread::scope(|scope| scope.spawn(removing).join());
    }
}

/// Removes all containers of a run; where some were being started, also those
/// that appear a little later.
async fn remove_all(run: &RunId, starting: usize) {
    let end = Instant::now() + LATE;
    loop {
        let _ = remove_containers(run).await;
        if starting == 0 || Instant::now() > end {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
}

async fn list(client: &Docker, label: &str) -> Result<Vec<ContainerSummary>, EngineError> {
    let filters = HashMap::from([("label".to_owned(), vec![label.to_owned()])]);
    let options = ListContainersOptionsBuilder::new()
        .all(true)
        .filters(&filters);
    ask(client.list_containers(Some(options.build()))).await
}

/// Removes containers, all at once.
async fn remove(client: &Docker, containers: &[ContainerSummary]) -> Result<usize, EngineError> {
    let ids = containers
        .iter()
        .filter_map(|container| container.id.as_deref());
    let removals = ids.map(|id| async move {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true);
        match client.remove_container(id, Some(options.build())).await {
            // Gone, or going, is as good as removed.
            Ok(())
            | Err(Error::DockerResponseServerError {
                status_code: 404 | 409,
                ..
            }) => Ok(()),
            Err(error) => Err(
                EngineError::new(format!("cannot remove container {id}: {error}"))
                    .cure(format!("remove it with `docker rm --force {id}`")),
            ),
        }
    });
    let removed = join_all(removals).await;
    let count = removed.len();
    removed
        .into_iter()
        .collect::<Result<(), _>>()
        .map(|()| count)
}

/// Whether nobody will remove a container with these labels.
fn is_left(labels: Option<&HashMap<String, String>>) -> bool {
    let label = |name| {
        labels
            .and_then(|labels| labels.get(name))
            .map(String::as_str)
    };
    let until = label(UNTIL).and_then(|until| until.parse().ok());
    if until.is_none_or(|until| Duration::from_secs(until) < now()) {
        return true;
    }
    let process = label(PROCESS).filter(|_| label(MACHINE) == Some(&machine()));
    process.is_some_and(has_ended)
}

/// Whether a process of this machine has ended, as far as /proc tells.
fn has_ended(process: &str) -> bool {
    let proc = Path::new("/proc");
    let Ok(stat) = fs::read_to_string(proc.join(process).join("stat")) else {
        return proc.join("self").exists();
    };
    // After the name in parentheses stands the state: Z has ended, and only its
    // parent has not noticed.
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest);
    state.is_some_and(|state| state.starts_with(['Z', 'X']))
}

/// Where the ids of processes mean the same as here, as far as Linux tells: this
/// kernel, and of what shares it, as containers do, what shares the ids.
fn machine() -> String {
    let kernel = Path::new("/proc/sys/kernel");
    let read = |name| fs::read_to_string(kernel.join(name)).unwrap_or_default();
    let (host, boot) = (read("hostname"), read("random/boot_id"));
    let ids = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{} {} {}", host.trim(), boot.trim(), ids.display())
}

fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(change: impl FnOnce(&mut HashMap<String, String>)) -> HashMap<String, String> {
        let labels = RunId::default().labels(Duration::ZERO);
        let mut labels = labels.map(|(name, value)| (name.to_owned(), value)).into();
        change(&mut labels);
        labels
    }

    #[test]
    fn only_what_nobody_will_remove_is_left() {
        assert!(!is_left(Some(&labels(|_| {}))));
        assert!(is_left(None));
        let old =
            |labels: &mut HashMap<_, _>| drop(labels.insert(UNTIL.to_owned(), "1".to_owned()));
        assert!(is_left(Some(&labels(old))));
        let elsewhere = |labels: &mut HashMap<_, _>| {
            labels.insert(MACHINE.to_owned(), "another".to_owned());
            labels.insert(PROCESS.to_owned(), "999999999".to_owned());
        };
        assert!(!is_left(Some(&labels(elsewhere))));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_that_is_gone_leaves_its_containers() {
        let gone = |labels: &mut HashMap<_, _>| {
            drop(labels.insert(PROCESS.to_owned(), "999999999".to_owned()));
        };
        assert!(is_left(Some(&labels(gone))));
    }

    #[test]
    fn runs_have_ids_of_their_own() {
        assert_ne!(RunId::default(), RunId::default());
    }
}
