//! Payloads that are written a part at a time.

use autobahn_cases::event::Excerpt;
use autobahn_cases::frame::Payload;
use bytes::Bytes;

use crate::recorder::Head;

/// A payload.
#[derive(Debug)]
pub(super) enum Body {
    Own(Payload),
    Shared(Bytes),
}

impl Body {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Own(payload) => payload.len(),
            Self::Shared(octets) => octets.len(),
        }
    }

    pub(super) fn head(&self, start: usize, end: usize) -> Head {
        let mut octets = Vec::new();
        let len = (end - start) as u64;
        let end = end.min(start + Excerpt::MAX);
        match self {
            Self::Own(Payload::Octets(own)) => Head::of(&own[start..end], len),
            Self::Shared(own) => Head::of(&own[start..end], len),
            Self::Own(Payload::Repeat { .. }) => {
                self.append(start, end, &mut octets);
                Head::of(&octets, len)
            }
        }
    }

    /// Appends the octets from `start` up to `end`.
    pub(super) fn append(&self, start: usize, end: usize, out: &mut Vec<u8>) {
        match self {
            Self::Own(Payload::Octets(octets)) => out.extend_from_slice(&octets[start..end]),
            Self::Shared(octets) => out.extend_from_slice(&octets[start..end]),
            Self::Own(Payload::Repeat { pattern, .. }) => {
                let (begin, len) = (out.len(), end - start);
                let first = pattern.iter().cycle().skip(start % pattern.len());
                out.extend(first.take(pattern.len().min(len)));
                // Whole patterns, twice as many each time.
                while out.len() - begin < len {
                    let have = out.len() - begin;
                    out.extend_from_within(begin..begin + have.min(len - have));
                }
            }
        }
    }
}
