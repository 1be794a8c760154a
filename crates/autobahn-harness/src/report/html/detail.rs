//! How much is told of a case, so that the page stays small. Only cases that are
//! as they should be are cut; deviations keep everything.

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
}

/// How much is told of cases that are as they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Of those that pass.
    pub(super) passing: Detail,
    /// Of those that deviate as the baseline says.
    pub(super) expected: Detail,
}

const ALL: Detail = Detail {
    hexdump: true,
    events: usize::MAX,
    payload: usize::MAX,
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
/// further.
pub(super) const PLAN: [Cut; 9] = [
    cut(ALL, ALL),
    cut(NO_HEXDUMP, ALL),
    cut(FEW_EVENTS, ALL),
    cut(SHORT_PAYLOAD, ALL),
    cut(SHORT_PAYLOAD, SHORT_PAYLOAD),
    further(8, 16),
    further(6, 8),
    further(4, 4),
    further(0, 0),
];

const fn cut(passing: Detail, expected: Detail) -> Cut {
    Cut { passing, expected }
}

const fn further(events: usize, payload: usize) -> Cut {
    let detail = Detail {
        hexdump: false,
        events,
        payload,
    };
    cut(detail, detail)
}

impl Cut {
    /// How much is told of a case that came to this.
    pub(super) fn detail(self, status: Status) -> Detail {
        match status {
            // What is shown of a flaky case is how it passed.
            Status::Pass | Status::Flaky => self.passing,
            Status::Expected => self.expected,
            Status::Stale
            | Status::Changed
            | Status::Regression
            | Status::Error(_) => ALL,
        }
    }
}
