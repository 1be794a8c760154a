//! Timers, which run out in the order of their deadlines, and in the order in
//! which they were set where deadlines are the same. That order decides verdicts.

use std::time::Duration;

use autobahn_cases::outcome::ConnectionTimeout;

/// Time since TCP was connected.
pub type Time = Duration;

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// A deadline of the connection itself.
    Connection(ConnectionTimeout),
    /// The case fails the connection.
    Kill,
    /// The case starts the closing handshake.
    Close,
    /// The script goes on; with a name where that is an event.
    Wait(Option<&'static str>),
}

/// The timers of a connection.
#[derive(Debug, Default)]
pub struct Timers {
    /// In the order in which they were set.
    pending: Vec<(Time, Alarm)>,
    /// The latest deadline of any timer, set or not.
    latest: Time,
}

impl Timers {
    /// Sets a timer; one of the same kind that is set already stays.
    pub fn set(&mut self, deadline: Time, alarm: Alarm) {
        self.pending.push((deadline, alarm));
        self.latest = self.latest.max(deadline);
    }

    /// Takes back all timers for `alarm`.
    pub fn cancel(&mut self, alarm: Alarm) {
        self.pending.retain(|(_, pending)| *pending != alarm);
    }

    /// Takes the timer that ran out first, if any has.
    pub fn expire(&mut self, now: Time) -> Option<Alarm> {
        let (index, (deadline, _)) = self.first()?;
        (deadline <= now).then(|| self.pending.remove(index).1)
    }

    /// When the next timer runs out.
    #[must_use]
    pub fn next(&self) -> Option<Time> {
        self.first().map(|(_, (deadline, _))| deadline)
    }

    /// Whether a timer for `alarm` is set.
    #[must_use]
    pub fn is_set(&self, alarm: Alarm) -> bool {
        self.pending.iter().any(|(_, pending)| *pending == alarm)
    }

    /// The latest deadline of the timers that are set, but for those for `alarm`.
    #[must_use]
    pub fn latest_pending_but(&self, alarm: Alarm) -> Time {
        let others = self.pending.iter().filter(|(_, other)| *other != alarm);
        others
            .map(|(deadline, _)| *deadline)
            .max()
            .unwrap_or_default()
    }

    /// The latest deadline that any timer has had.
    #[must_use]
    pub fn latest(&self) -> Time {
        self.latest
    }

    fn first(&self) -> Option<(usize, (Time, Alarm))> {
        // `min_by_key` takes the first of equals: the one that was set first.
        let pending = self.pending.iter().copied().enumerate();
        pending.min_by_key(|(_, (deadline, _))| *deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_runs_out_first_and_of_equals_the_one_set_first() {
        let at = Duration::from_millis;
        let mut timers = Timers::default();
        timers.set(at(1000), Alarm::Kill);
        timers.set(at(1000), Alarm::Close);
        timers.set(at(500), Alarm::Wait(None));
        assert_eq!(timers.next(), Some(at(500)));
        assert_eq!(timers.expire(at(499)), None);
        assert_eq!(timers.expire(at(2000)), Some(Alarm::Wait(None)));
        assert_eq!(timers.expire(at(2000)), Some(Alarm::Kill));
        assert_eq!(timers.expire(at(2000)), Some(Alarm::Close));
        assert_eq!(timers.expire(at(2000)), None);
        assert_eq!(timers.latest(), at(1000));
    }

    #[test]
    fn a_cancelled_timer_does_not_run_out() {
        let alarm = Alarm::Connection(ConnectionTimeout::ClosingHandshake);
        let mut timers = Timers::default();
        timers.set(Duration::ZERO, alarm);
        timers.cancel(alarm);
        assert_eq!(timers.expire(Duration::MAX), None);
    }
}
