//! What an echo should hold, compared as it comes and never held as a whole.

use autobahn_cases::frame::Payload;
use bytes::Bytes;

/// The octets that a message should have.
#[derive(Clone, Debug)]
pub enum Content {
    /// These octets.
    Octets(Bytes),
    /// A pattern over and over, cut to `len` octets.
    Pattern {
        /// The pattern, several times.
        repeated: Bytes,
        /// The length of the message.
        len: usize,
    },
    /// `len` octets of `ring`, from `from` on and around its end.
    Ring {
        /// All octets.
        ring: Bytes,
        /// Where the message begins.
        from: usize,
        /// The length of the message, at most that of the ring.
        len: usize,
    },
}

impl Content {
    /// The length in octets.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Octets(octets) => octets.len(),
            Self::Pattern { len, .. } | Self::Ring { len, .. } => *len,
        }
    }

    /// Whether there are no octets.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The last `len` octets of the message, and where it has fewer, of what stands
    /// before it in its ring.
    #[must_use]
    pub fn end(&self, len: usize) -> Vec<u8> {
        let (around, end) = match self {
            Self::Octets(own) => (own, own.len()),
            Self::Pattern { repeated, len } => (repeated, *len),
            Self::Ring { ring, from, len } => (ring, from + len),
        };
        let ring = around.len().max(1);
        // As many rounds earlier as `len` takes.
        let start = (end + len.div_ceil(ring) * ring - len) % ring;
        around
            .iter()
            .cycle()
            .skip(start)
            .take(len)
            .copied()
            .collect()
    }

    /// Whether `octets` are what stands `at` octets into the message.
    #[must_use]
    pub fn matches(&self, at: u64, octets: &[u8]) -> bool {
        let Some(at) = usize::try_from(at)
            .ok()
            .filter(|at| at + octets.len() <= self.len())
        else {
            return false;
        };
        match self {
            Self::Octets(own) => own[at..at + octets.len()] == *octets,
            Self::Pattern { repeated, .. } => matches_around(repeated, at, octets),
            Self::Ring { ring, from, .. } => matches_around(ring, from + at, octets),
        }
    }
}

/// Whether `octets` stand in `ring` from `at` on, around its end as often as needed.
fn matches_around(ring: &[u8], at: usize, mut octets: &[u8]) -> bool {
    let mut at = at % ring.len().max(1);
    while !octets.is_empty() {
        let len = octets.len().min(ring.len() - at);
        let (head, rest) = octets.split_at(len);
        if ring[at..at + len] != *head {
            return false;
        }
        octets = rest;
        at = 0;
    }
    true
}

impl From<&Payload> for Content {
    fn from(payload: &Payload) -> Self {
        /// Long enough that comparing takes whole cache lines.
        const REPEATED: usize = 4096;
        match payload {
            Payload::Octets(octets) => Self::Octets(Bytes::copy_from_slice(octets)),
            Payload::Repeat { pattern, len } => Self::Pattern {
                repeated: pattern.repeat(REPEATED / pattern.len() + 1).into(),
                len: *len,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use autobahn_cases::frame::repeat;

    use super::*;

    #[test]
    fn a_pattern_is_compared_in_pieces_of_any_length() {
        let payload = repeat(b"abcdefg", 10_000);
        let content = Content::from(&payload);
        let octets = payload.to_vec();
        let mut at = 0;
        for piece in octets.chunks(999) {
            assert!(content.matches(at, piece));
            assert!(!content.matches(at + 1, piece));
            at += piece.len() as u64;
        }
        assert!(content.matches(0, &octets));
        assert!(!content.matches(at, b"a"), "nothing stands behind the end");
    }

    #[test]
    fn a_ring_goes_around_its_end() {
        let content = Content::Ring {
            ring: Bytes::from_static(b"0123456789"),
            from: 7,
            len: 6,
        };
        assert!(content.matches(0, b"789012"));
        assert!(content.matches(2, b"901"));
        assert!(!content.matches(2, b"902"));
    }
}
