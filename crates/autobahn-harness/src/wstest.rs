//! `wstest`, the program of the official suite: what it is told, what it prints
//! and what it writes, the same whether it runs in a container or as a process.
//!
//! - [`config`]: what it is told; [`shard`]: in which portions.
//! - [`stdout`]: what it prints; [`watch`]: how long it may be silent.
//! - [`play`]: all portions of a plan, also when it hangs.
//!
//! What it writes is read by [`autobahn_report`].

pub(crate) mod config;
pub(crate) mod deadline;
pub(crate) mod play;
pub(crate) mod shard;
pub(crate) mod stdout;
pub(crate) mod watch;

use autobahn_report::Files;
use tokio::sync::mpsc::UnboundedSender;

use crate::engine::EngineError;
use crate::wstest::shard::Shard;

/// The most octets of a line of stdout; the plan is the longest with about 5000.
pub(crate) const LINE: u64 = 64 * 1024;

/// A way to run `wstest`.
pub(crate) trait Wstest: Sync {
    /// Plays a shard to its end, sends each line of stdout as it comes, and
    /// returns what was written. Dropping the future ends `wstest`.
    fn run(
        &self,
        shard: &Shard,
        lines: UnboundedSender<String>,
    ) -> impl Future<Output = Result<Files, Broken>> + Send;
}

/// Why a shard brought no report.
#[derive(Debug)]
pub(crate) enum Broken {
    /// It could not be started.
    Engine(EngineError),
    /// It ended without a report; in words.
    Died(String),
}

impl From<EngineError> for Broken {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}
