//! One run for all processes of a nextest run: each test is a process there, and
//! the official suite is to be started once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use autobahn_cases::autobahn;
use autobahn_harness::results;
use autobahn_harness::run::Run;

use crate::play::OUT;

/// The age at which a run is of the past.
const OLD: Duration = Duration::from_secs(60 * 60);

/// Where the processes of a nextest run meet.
pub(crate) struct Shared {
    directory: PathBuf,
}

/// The meeting place, if this is a test of a nextest run.
pub(crate) fn of_this_nextest_run() -> Option<Shared> {
    let id = std::env::var("NEXTEST_RUN_ID").ok()?;
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let directory = Path::new(OUT).join(format!("nextest-{id}"));
    id.chars().all(is_plain).then_some(Shared { directory })
}

impl Shared {
    /// What came of the one run. The first process plays, with a lock that the
    /// others wait for; where it fails it leaves its error for all of them. Where
    /// it is killed all others fail too, rather than play once a test.
    pub(crate) fn run(&self, play: impl FnOnce() -> Result<Run, String>) -> Result<Run, String> {
        let failed = |error: std::io::Error| format!("cannot share a run: {error}");
        self.remove_earlier();
        fs::create_dir_all(&self.directory).map_err(failed)?;
        let lock = File::create(self.directory.join("lock")).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let file = |name| self.directory.join(name);
        let (results, tombstone, begun) = (file("results.json"), file("error"), file("begun"));
        if results.exists() {
            return results::read(&results, autobahn()).map_err(|error| error.to_string());
        }
        if let Ok(error) = fs::read_to_string(&tombstone) {
            return Err(error);
        }
        if begun.exists() {
            let name = "the test that played the suite for all others was killed";
            return Err(format!("{name}; look at the first that failed"));
        }
        File::create(&begun).map_err(failed)?;
        let run = play();
        match &run {
            Ok(run) => results::write(&results, run).map_err(|error| error.to_string())?,
            Err(error) => results::write_whole(&tombstone, error).map_err(failed)?,
        }
        run
    }

    /// Removes what nextest runs of the past left.
    fn remove_earlier(&self) {
        let Ok(entries) = fs::read_dir(OUT) else {
            return;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let age = path.metadata().and_then(|metadata| {
                metadata
                    .modified()?
                    .elapsed()
                    .map_err(std::io::Error::other)
            });
            if name.starts_with("nextest-") && age.is_ok_and(|age| age > OLD) {
                // Another process may be faster.
                let _ = fs::remove_dir_all(&path);
            }
        }
    }
}
