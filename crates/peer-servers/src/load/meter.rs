//! CPU time of processes, by the kernel's scheduler: in nanoseconds, where
//! `/proc/PID/stat` has hundredths of a second.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::Context as _;

pub(crate) struct Meter {
    server: Option<u32>,
    began: Instant,
    server_before: Option<Duration>,
    own_before: Duration,
}

/// What was used between start and stop.
pub(crate) struct Used {
    pub(crate) wall: Duration,
    pub(crate) server: Option<Duration>,
    pub(crate) own: Duration,
}

impl Meter {
    pub(crate) fn start(server: Option<u32>) -> anyhow::Result<Self> {
        Ok(Self {
            server,
            server_before: server.map(cpu).transpose()?,
            own_before: cpu(std::process::id())?,
            began: Instant::now(),
        })
    }

    pub(crate) fn stop(self) -> anyhow::Result<Used> {
        let wall = self.began.elapsed();
        let server = self.server.map(cpu).transpose()?;
        Ok(Used {
            wall,
            server: server
                .zip(self.server_before)
                .map(|(after, before)| after - before),
            own: cpu(std::process::id())? - self.own_before,
        })
    }
}

/// What all threads of a process have used up to now.
fn cpu(process: u32) -> anyhow::Result<Duration> {
    let tasks = format!("/proc/{process}/task");
    let mut sum = 0;
    for task in fs::read_dir(&tasks).with_context(|| format!("cannot read `{tasks}`"))? {
        let path = task?.path().join("schedstat");
        // A thread that has ended in between is none of ours.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let nanoseconds: Option<u64> = text.split(' ').next().and_then(|word| word.parse().ok());
        sum += nanoseconds.with_context(|| format!("cannot understand `{}`", path.display()))?;
    }
    Ok(Duration::from_nanos(sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_does_is_measured() {
        let meter = Meter::start(Some(std::process::id())).unwrap();
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(50) {
            std::hint::black_box(());
        }
        let used = meter.stop().unwrap();
        assert!(used.wall >= Duration::from_millis(50));
        assert!(used.own > Duration::ZERO);
        assert!(used.server.unwrap() > Duration::ZERO);
    }

    #[test]
    fn a_process_that_is_not_there_is_named() {
        let error = cpu(u32::MAX).unwrap_err();
        assert_eq!(error.to_string(), "cannot read `/proc/4294967295/task`");
    }
}
