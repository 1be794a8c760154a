//! How much is told of a case, so that the page stays small. Only cases that are
//! as they should be are cut; deviations keep everything.

use autobahn_cases::Case;
use autobahn_cases::play::Play;

use crate::gate::Status;

/// How much is told of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Detail {
    /// Whether payloads are shown octet by octet.
    pub(super) hexdump: bool,
    /// How many events on the wire are shown.
    pub(super) events: usize,
    /// How many octets of a payload are shown.
    pub(super) payload: usize,
    /// Whether the entry of the baseline is told in full; its place is always told.
    pub(super) reason: bool,
}

/// How much is told of cases that are as they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Of those that pass.
    passing: Detail,
    /// Of those that deviate as the baseline says.
    expected: Detail,
    /// How many events are shown of a case of many equal messages.
    of_many: usize,
}

const ALL: Detail = Detail {
    hexdump: true,
    events: usize::MAX,
    payload: usize::MAX,
    reason: true,
};
const NO_HEXDUMP: Detail = Detail {
    hexdump: false,
    ..ALL
};
const FEW_EVENTS: Detail = Detail {
    events: 12,
    ..NO_HEXDUMP
};
const SHORT_PAYLOAD: Detail = Detail {
    payload: 32,
    ..FEW_EVENTS
};

/// From everything to the least; the first that fits is taken. What is listed in
/// the baseline is cut after what passes, and if that is not enough both are cut
/// further, beginning with the cases whose messages are all alike.
pub(super) const PLAN: [Cut; 11] = [
    cut(ALL, ALL),
    cut(NO_HEXDUMP, ALL),
    cut(FEW_EVENTS, ALL),
    cut(SHORT_PAYLOAD, ALL),
    cut(SHORT_PAYLOAD, SHORT_PAYLOAD),
    further(12, 4, 16),
    further(12, 2, 8),
    further(9, 0, 8),
    further(6, 0, 4),
    further(4, 0, 4),
    further(0, 0, 0),
];

const fn cut(passing: Detail, expected: Detail) -> Cut {
    Cut {
        passing,
        expected,
        of_many: usize::MAX,
    }
}

const fn further(events: usize, of_many: usize, payload: usize) -> Cut {
    let detail = Detail {
        hexdump: false,
        events,
        payload,
        reason: false,
    };
    Cut {
        of_many,
        ..cut(detail, detail)
    }
}

impl Cut {
    /// How much is told of a case that came to this.
    pub(super) fn detail(self, case: Option<&Case>, status: Status) -> Detail {
        let detail = match status {
            // What is shown of a flaky case is how it passed.
            Status::Pass | Status::Flaky => self.passing,
            Status::Expected => self.expected,
            Status::Stale | Status::Changed | Status::Regression | Status::Error(_) => return ALL,
        };
        let many = |case: &Case| matches!(case.play, Play::RoundTrips(_) | Play::Compressed(_));
        if case.is_some_and(many) {
            Detail {
                events: detail.events.min(self.of_many),
                ..detail
            }
        } else {
            detail
        }
    }
}
