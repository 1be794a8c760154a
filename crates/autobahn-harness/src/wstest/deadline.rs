//! How long the suite may take. It waits for ever when a peer closes first and
//! keeps TCP open, and longer than anybody wants when a peer is silent.

use std::time::Duration;

use autobahn_cases::play::{Play, Step};
use autobahn_cases::{CaseId, autobahn};

use crate::wstest::shard::Shard;

/// How long `wstest` may take to start and to open the first connection: TCP
/// has 30 seconds there, the opening handshake 5.
pub(crate) const STARTUP: Duration = Duration::from_secs(60);
/// What a case may take beyond its own bound: both handshakes, the report at
/// the end of a shard, a slow machine.
const MARGIN: Duration = Duration::from_secs(20);
/// What a case of a shard may take beyond its own bound, on average.
const BETWEEN: Duration = Duration::from_secs(3);
/// The bound of a case that the catalogue does not know.
const UNKNOWN: Duration = Duration::from_secs(10);
/// The longest that any case of sections 1 to 10 is waited for.
const LONGEST: Duration = Duration::from_secs(120);
/// The longest that a case of sections 12 and 13 is waited for.
const LONGEST_COMPRESSED: Duration = Duration::from_secs(300);

/// How long a case is waited for.
pub(crate) fn of_case(id: CaseId) -> Duration {
    (own_bound(id) + MARGIN).min(longest(id))
}

/// How long a shard is waited for: enough for a server that is ten times slower
/// than the one that was measured and does not end any case before the suite
/// does. Also enforced inside a container, should we be killed.
pub(crate) fn of_shard(shard: &Shard) -> Duration {
    let cases = shard.cases.iter();
    let bounds: Duration = cases
        .map(|id| own_bound(*id).min(longest(*id)) + BETWEEN)
        .sum();
    STARTUP + LONGEST + bounds + Duration::from_secs_f64(10.0 * shard.cost())
}

fn longest(id: CaseId) -> Duration {
    match id.section() {
        12 | 13 => LONGEST_COMPRESSED,
        _ => LONGEST,
    }
}

/// When the suite itself ends a case.
fn own_bound(id: CaseId) -> Duration {
    let case = autobahn().case(id);
    case.map_or(UNKNOWN, |case| bound(&case.play))
}

fn bound(play: &Play) -> Duration {
    match play {
        Play::Script(script) => script.steps.iter().map(of_step).sum(),
        Play::Echo(echo) => echo.within,
        Play::RoundTrips(trips) => trips.within,
        Play::Compressed(compressed) => compressed.within,
    }
}

fn of_step(step: &Step) -> Duration {
    match step {
        Step::Wait(after) | Step::Timeout { after, .. } => *after,
        Step::KillAfter(after) | Step::CloseAfter(after) => *after,
        Step::Frame(_)
        | Step::Message(_)
        | Step::Begin { .. }
        | Step::Resume { .. }
        | Step::Octets(_)
        | Step::Close { .. } => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_case_of_the_suite_is_waited_for_without_an_end() {
        for case in autobahn().cases() {
            let deadline = of_case(case.id);
            assert!(
                deadline >= MARGIN && deadline <= LONGEST_COMPRESSED,
                "{}",
                case.id
            );
        }
    }

    #[test]
    fn a_shard_may_take_longer_than_each_of_its_cases() {
        let id = "9.5.1".parse().unwrap();
        assert!(of_shard(&Shard::new([id])) > of_case(id));
    }

    #[test]
    fn a_shard_may_take_as_long_as_the_suite_waits_in_all_of_its_cases() {
        let cases = (1..=9).map(|number| format!("9.3.{number}").parse().unwrap());
        assert!(of_shard(&Shard::new(cases)) > Duration::from_secs(9 * 100));
    }
}
