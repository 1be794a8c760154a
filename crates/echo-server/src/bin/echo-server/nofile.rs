//! The limit of open files: a connection takes one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

/// Raises the limit as far as this process may, and warns if that is too low for `connections`.
pub(crate) fn raise(connections: usize) {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            warn!(%error, "cannot raise the limit of open files");
            limit.current
        }
    };
    if let Some(files) = current.filter(|files| *files < connections as u64) {
        warn!(
            files,
            connections, "more connections are allowed than open files: lower --max-connections"
        );
    }
}
