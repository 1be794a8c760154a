//! The processes of a command: itself, and what it starts, as wrappers do.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::Child;
use tokio::time;

/// How often it is looked whether the last process of a group has ended.
const LOOK: Duration = Duration::from_millis(20);

/// The groups that run, so that a process which ends without dropping anything
/// takes them along.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// A process group; a terminal sends it no signals. Killed when dropped.
#[derive(Debug)]
pub(super) struct Group(Pid);

impl Group {
    /// The group that a process leads which was started as its leader.
    pub(super) fn of(leader: &Child) -> io::Result<Self> {
        let pid = leader.id().map(u32::cast_signed).and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| io::Error::other("it has no process id"))?;
        running().push(pid);
        Ok(Self(pid))
    }

    /// Asks all of it to end.
    pub(super) fn ask(&self) {
        // It fails where nobody is left to be asked.
        let _ = kill_process_group(self.0, Signal::TERM);
    }

    /// Waits for the end of its last process; the leader is waited for by its parent.
    pub(super) async fn ended(&self) {
        while test_kill_process_group(self.0).is_ok() {
            time::sleep(LOOK).await;
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = kill_process_group(self.0, Signal::KILL);
        running().retain(|pid| *pid != self.0);
    }
}

/// Kills all groups.
pub(super) fn kill_all() {
    for pid in running().iter() {
        let _ = kill_process_group(*pid, Signal::KILL);
    }
}

fn running() -> MutexGuard<'static, Vec<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
