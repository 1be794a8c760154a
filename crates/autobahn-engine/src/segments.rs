//! A corpus that is compressed once, in segments that can be put together.
//!
//! All messages of a case are a walk around the same ring of octets. What stands
//! before a segment of it is therefore the same each time one comes by, and so is
//! the segment compressed with that as its context. Only the ends of a message,
//! which lie within segments, are compressed anew. All 216 cases of sections 12
//! and 13 live on less than two megabytes of this, where their compressed streams
//! have more than five hundred.

use std::ops::Range;

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress};

use crate::deflate::{TAIL, deflate};

/// The octets of a segment before compression.
pub const SEGMENT: usize = 8 * 1024;

/// A ring of octets, compressed in segments.
#[derive(Debug)]
pub struct Segments {
    ring: Bytes,
    window: usize,
    bits: u8,
    /// As they are the first time, when nothing stands before the ring.
    first: Vec<Bytes>,
    /// As they are every other time.
    again: Vec<Bytes>,
}

/// Messages that are cut from the ring one after the other.
#[derive(Debug)]
pub struct Walk {
    edges: Compress,
    /// How many octets have been sent.
    sent: usize,
}

impl Segments {
    /// Compresses a ring for a window of so many bits, 9 to 15.
    #[must_use]
    pub fn new(ring: Bytes, bits: u8) -> Self {
        let mut stream = Compress::new_with_window_bits(Compression::new(6), false, bits);
        let mut round = || {
            let segments = ring.chunks(SEGMENT).map(|segment| {
                let mut out = Vec::new();
                deflate(&mut stream, segment, &mut out, FlushCompress::Sync);
                Bytes::from(out)
            });
            segments.collect()
        };
        let (first, again) = (round(), round());
        Self {
            ring,
            window: 1 << bits,
            bits,
            first,
            again,
        }
    }

    /// A walk that begins at the start of the ring.
    #[must_use]
    pub fn walk(&self) -> Walk {
        Walk {
            edges: Compress::new_with_window_bits(Compression::new(1), false, self.bits),
            sent: 0,
        }
    }

    /// Compresses the next `len` octets of a walk, without the four at the end of
    /// a message.
    pub fn message(&self, walk: &mut Walk, len: usize) -> Bytes {
        let end = walk.sent + len;
        let mut out = Vec::with_capacity(len / 2);
        while walk.sent < end {
            let at = walk.sent % self.ring.len();
            let index = at / SEGMENT;
            let segment = index * SEGMENT..self.ring.len().min((index + 1) * SEGMENT);
            let rest = end - walk.sent;
            let part = at..segment.end.min(at + rest);
            if part == segment {
                let is_first = walk.sent < self.window;
                let segments = if is_first { &self.first } else { &self.again };
                out.extend_from_slice(&segments[index]);
            } else {
                self.edge(walk, part.clone(), &mut out);
            }
            walk.sent += part.len();
        }
        assert!(out.ends_with(&TAIL), "a segment ends with an empty block");
        out.truncate(out.len() - TAIL.len());
        out.into()
    }

    /// Compresses a part of a segment by itself.
    fn edge(&self, walk: &mut Walk, part: Range<usize>, out: &mut Vec<u8>) {
        walk.edges.reset();
        deflate(&mut walk.edges, &self.ring[part], out, FlushCompress::Sync);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate::{Context, Inflater};

    #[test]
    fn a_walk_says_what_stands_in_the_ring_within_the_window() {
        let mut random = fastrand::Rng::with_seed(9);
        let text: Vec<u8> = (0..100_001).map(|_| random.u8(..4)).collect();
        for bits in [9, 12, 15] {
            let segments = Segments::new(text.clone().into(), bits);
            for len in [1, SEGMENT, SEGMENT + 1, 32_768, 70_000, 100_001, 250_000] {
                let (mut walk, mut at) = (segments.walk(), 0);
                let mut inflater = Inflater::new(bits, Context::Kept);
                for _ in 0..20 {
                    let expected: Vec<u8> = text
                        .iter()
                        .cycle()
                        .skip(at % text.len())
                        .take(len)
                        .copied()
                        .collect();
                    let message = segments.message(&mut walk, len);
                    let mut got = Vec::new();
                    inflater.begin();
                    inflater
                        .take(&message, |octets| got.extend_from_slice(octets))
                        .unwrap();
                    inflater
                        .end(|octets| got.extend_from_slice(octets))
                        .unwrap();
                    assert!(got == expected, "{bits} bits, {len} octets, from {at}");
                    at += len;
                }
                let longest = inflater.longest_distance();
                assert!(longest.is_none_or(|(longest, window)| longest <= window));
            }
        }
    }

    #[test]
    fn messages_refer_to_the_messages_before_them() {
        let corpora = crate::corpus::Corpora::generate(1);
        let file = corpora.file(autobahn_cases::play::Corpus::Json);
        let segments = Segments::new(file.octets.clone(), 15);
        let mut walk = segments.walk();
        let _ = segments.message(&mut walk, 32_768);
        let second = segments.message(&mut walk, 32_768);
        // Alone it cannot be read: a peer that resets its context is found out.
        let mut inflater = Inflater::new(15, Context::Reset);
        inflater.begin();
        assert!(inflater.take(&second, |_| ()).is_err());
    }
}
