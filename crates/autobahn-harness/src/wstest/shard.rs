//! Shards: the portions in which a plan is played, each by a `wstest` of its own.

use std::collections::BTreeSet;
use std::thread;

use autobahn_cases::CaseId;

use crate::engine::Jobs;

/// Sections whose cases have windows of half a second or one: nothing plays
/// beside them.
const TIMED: std::ops::RangeInclusive<u16> = 1..=7;
/// Shards for each lane, so that a lane that is done early takes over another's
/// work, and a shard that hangs loses less.
const PER_LANE: usize = 2;
/// Cases that cost less than this many seconds are not worth another start of
/// the suite, which costs one or two.
const WORTH: f64 = 4.0;

/// Cases that one `wstest` plays, one after the other, in numeric order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shard {
    pub(crate) cases: BTreeSet<CaseId>,
}

/// The shards of a plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shards {
    /// One after the other, with nothing beside them.
    pub(crate) alone: Vec<Shard>,
    /// After those, several at a time, the most costly first.
    pub(crate) together: Vec<Shard>,
}

impl Shard {
    /// A shard of these cases.
    pub(crate) fn new(cases: impl IntoIterator<Item = CaseId>) -> Self {
        Self {
            cases: cases.into_iter().collect(),
        }
    }

    /// About how many seconds it takes against a server without faults.
    pub(crate) fn cost(&self) -> f64 {
        self.cases.iter().copied().map(cost).sum()
    }
}

impl Shards {
    /// Divides cases for so many lanes.
    pub(crate) fn of(cases: &[CaseId], lanes: usize) -> Self {
        let (timed, others): (Vec<_>, Vec<_>) =
            cases.iter().partition(|id| TIMED.contains(&id.section()));
        let rest = Shard::new(others);
        if rest.cost() < WORTH {
            let all = Shard::new(cases.iter().copied());
            return Self {
                alone: [all]
                    .into_iter()
                    .filter(|all| !all.cases.is_empty())
                    .collect(),
                together: Vec::new(),
            };
        }
        let alone = Shard::new(timed);
        Self {
            alone: [alone]
                .into_iter()
                .filter(|alone| !alone.cases.is_empty())
                .collect(),
            together: divide(rest, lanes),
        }
    }
}

/// How many shards are played at a time.
pub(crate) fn lanes(jobs: Jobs) -> usize {
    match jobs {
        Jobs::ByCores => thread::available_parallelism().map_or(1, usize::from),
        Jobs::AtMost(most) => most.max(1),
        Jobs::Serial => 1,
    }
}

/// The longest case first, each to the shard that has least.
fn divide(cases: Shard, lanes: usize) -> Vec<Shard> {
    let worth = (cases.cost() / WORTH).ceil() as usize;
    let count = worth.clamp(1, lanes * PER_LANE);
    let mut shards = vec![(0.0_f64, Shard::default()); count];
    let mut by_cost: Vec<_> = cases.cases.into_iter().map(|id| (cost(id), id)).collect();
    by_cost.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    for (cost, id) in by_cost {
        let least = shards.iter_mut().min_by(|(a, _), (b, _)| a.total_cmp(b));
        let (sum, shard) = least.expect("there is at least one shard");
        *sum += cost;
        shard.cases.insert(id);
    }
    shards.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let filled = shards.into_iter().map(|(_, shard)| shard);
    filled.filter(|shard| !shard.cases.is_empty()).collect()
}

/// About how many seconds a case takes, measured with the suite against its own
/// echo server on one core.
fn cost(id: CaseId) -> f64 {
    match *id.components() {
        [9, 1 | 2, _] => 0.2,
        [9, 3 | 4, 1] => 1.5,
        [9, 3 | 4, _] => 0.15,
        [9, 5 | 6, _] => 0.25,
        [9, 7 | 8, _] => 0.15,
        [12, group, row] => compressed(SECTION_12.get(usize::from(group) - 1), row),
        [13, group, row] => compressed(SECTION_13.get(usize::from(group) - 1), row),
        [5, 19 | 20] => 1.0,
        [6, 4, _] => 1.0,
        _ => 0.02,
    }
}

/// Seconds of each group of section 12.
const SECTION_12: [f64; 5] = [46.0, 123.0, 237.0, 55.0, 94.0];
/// Seconds of each group of section 13.
const SECTION_13: [f64; 7] = [42.0, 41.0, 65.0, 54.0, 106.0, 101.0, 92.0];
/// Thousands of octets that each row of a group of sections 12 and 13 sends
/// before compression: a thousand messages.
const ROWS: [f64; 18] = [
    16.0, 64.0, 256.0, 1024.0, 4096.0, 8192.0, 16384.0, 32768.0, 65536.0, 131_072.0, 8192.0,
    16384.0, 32768.0, 65536.0, 131_072.0, 131_072.0, 131_072.0, 131_072.0,
];

fn compressed(group: Option<&f64>, row: u16) -> f64 {
    let share = ROWS
        .get(usize::from(row) - 1)
        .map(|row| row / ROWS.iter().sum::<f64>());
    0.1 + group.unwrap_or(&90.0) * share.unwrap_or(0.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<CaseId> {
        text.split(' ').map(|id| id.parse().unwrap()).collect()
    }

    fn compressed_cases() -> Vec<CaseId> {
        let groups = (12..=13).flat_map(|section| (1..=7).map(move |group| (section, group)));
        let rows = groups.flat_map(|(section, group)| {
            (1..=18).map(move |row| format!("{section}.{group}.{row}").parse().unwrap())
        });
        rows.collect()
    }

    #[track_caller]
    fn check_union(cases: &[CaseId], lanes: usize) -> Shards {
        let shards = Shards::of(cases, lanes);
        let all = shards.alone.iter().chain(&shards.together);
        let mut played: Vec<_> = all.flat_map(|shard| &shard.cases).copied().collect();
        played.sort();
        assert_eq!(played, cases, "{lanes} lanes");
        shards
    }

    #[test]
    fn every_case_is_in_exactly_one_shard() {
        let catalog: Vec<_> = autobahn_cases::autobahn()
            .cases()
            .map(|case| case.id)
            .collect();
        for lanes in [1, 2, 3, 16, 1000] {
            check_union(&catalog, lanes);
            check_union(&compressed_cases(), lanes);
            check_union(&[], lanes);
        }
    }

    #[test]
    fn cases_with_windows_play_first_and_alone() {
        let mut cases = ids("1.1.1 5.19 7.13.2 9.3.1 9.4.1 10.1.1");
        cases.extend(compressed_cases());
        let shards = check_union(&cases, 2);
        assert_eq!(shards.alone, [Shard::new(ids("1.1.1 5.19 7.13.2"))]);
        assert_eq!(shards.together.len(), 4);
    }

    #[test]
    fn the_lanes_have_about_the_same_to_do() {
        let shards = check_union(&compressed_cases(), 2);
        let costs: Vec<_> = shards.together.iter().map(Shard::cost).collect();
        let (most, least) = (costs[0], costs[costs.len() - 1]);
        assert!(most / least < 1.2, "{costs:?}");
    }

    #[test]
    fn a_few_cases_are_one_shard() {
        assert_eq!(check_union(&ids("1.1.1 9.1.1 10.1.1"), 8).alone.len(), 1);
        assert_eq!(check_union(&ids("9.1.1 9.1.2"), 8).alone.len(), 1);
    }

    #[test]
    fn there_is_at_least_one_lane() {
        assert_eq!(lanes(Jobs::AtMost(0)), 1);
        assert_eq!(lanes(Jobs::AtMost(3)), 3);
        assert_eq!(lanes(Jobs::Serial), 1);
    }
}
