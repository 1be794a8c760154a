//! A corpus that is compressed once, in pieces that can be put together.
//!
//! All messages of a case are a walk around the same ring of octets. What stands
//! before a piece of it is therefore the same each time one comes by, and so is
//! the piece compressed with that as its context. Only the ends of a message,
//! which lie within pieces, are compressed by themselves, and kept for the next
//! case: long pieces make up most of a message, short ones keep its ends short.
//! All 216 cases of sections 12 and 13 live on a few megabytes of this, where
//! their compressed streams have more than five hundred.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress};

use crate::deflate::{Context, TAIL, deflate};

/// The octets of a short piece before compression.
pub const SHORT: usize = 1024;
/// The octets of a long piece before compression.
const LONG: usize = 8 * SHORT;
/// How many ends are kept: those of a thousand messages of each of the two longest
/// lengths, which take one to two megabytes.
const ENDS: usize = 4096;

/// A ring of octets, compressed in pieces.
#[derive(Debug)]
pub struct Segments {
    ring: Bytes,
    bits: u8,
    context: Context,
    long: Pieces,
    short: Pieces,
    /// Parts of short pieces, compressed by themselves.
    ends: Mutex<HashMap<Range<usize>, Bytes>>,
}

/// The ring in pieces of one length.
#[derive(Debug)]
struct Pieces {
    len: usize,
    /// As they are where less than a window of octets may be referred to.
    early: Vec<Bytes>,
    /// As they are behind a whole window.
    late: Vec<Bytes>,
}

/// Messages that are cut from the ring one after the other.
#[derive(Debug)]
pub struct Walk {
    ends: Compress,
    /// Where in the ring the next message begins.
    at: usize,
    /// How many octets stand before the next one to which it may refer.
    context: usize,
}

impl Segments {
    /// Compresses a ring for a window of so many bits, 9 to 15.
    #[must_use]
    pub fn new(ring: Bytes, bits: u8, context: Context) -> Self {
        let pieces = |len, level| Pieces::new(&ring, len, Compression::new(level), bits, context);
        Self {
            bits,
            context,
            long: pieces(LONG, 6),
            short: pieces(SHORT, 1),
            ends: Mutex::default(),
            ring,
        }
    }

    /// A walk that begins at the start of the ring.
    #[must_use]
    pub fn walk(&self) -> Walk {
        Walk {
            ends: Compress::new_with_window_bits(Compression::new(1), false, self.bits),
            at: 0,
            context: 0,
        }
    }

    /// Compresses the next `len` octets of a walk, without the four at the end of
    /// a message.
    pub fn message(&self, walk: &mut Walk, len: usize) -> Bytes {
        if self.context == Context::Reset {
            walk.context = 0;
        }
        let mut rest = len;
        let mut out = Vec::with_capacity(len / 2);
        while rest > 0 {
            let part = walk.at..self.ring.len().min(walk.at + rest);
            let is_early = walk.context < 1 << self.bits;
            let whole = [&self.long, &self.short]
                .into_iter()
                .find_map(|pieces| pieces.whole(&part, self.ring.len(), is_early));
            let taken = match whole {
                Some((octets, taken)) => {
                    out.extend_from_slice(octets);
                    taken
                }
                None => {
                    let end = part.start..part.end.min((part.start / SHORT + 1) * SHORT);
                    let taken = end.len();
                    out.extend_from_slice(&self.end(walk, end));
                    taken
                }
            };
            walk.at = (walk.at + taken) % self.ring.len();
            walk.context += taken;
            rest -= taken;
        }
        assert!(out.ends_with(&TAIL), "a piece ends with an empty block");
        out.truncate(out.len() - TAIL.len());
        out.into()
    }

    /// A part of a short piece, compressed by itself.
    fn end(&self, walk: &mut Walk, part: Range<usize>) -> Bytes {
        // Nothing here can panic half-way through a change.
        let ends = || self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(octets) = ends().get(&part) {
            return octets.clone();
        }
        let mut out = Vec::new();
        walk.ends.reset();
        deflate(
            &mut walk.ends,
            &self.ring[part.clone()],
            &mut out,
            FlushCompress::Sync,
        );
        let octets = Bytes::from(out);
        let mut ends = ends();
        if ends.len() < ENDS {
            ends.insert(part, octets.clone());
        }
        octets
    }
}

impl Pieces {
    fn new(ring: &[u8], len: usize, level: Compression, bits: u8, context: Context) -> Self {
        let mut stream = Compress::new_with_window_bits(level, false, bits);
        let mut round = |context| {
            let pieces = ring.chunks(len).map(|piece| {
                let mut out = Vec::new();
                deflate(&mut stream, piece, &mut out, FlushCompress::Sync);
                if context == Context::Reset {
                    stream.reset();
                }
                Bytes::from(out)
            });
            pieces.collect::<Vec<_>>()
        };
        let early = round(context);
        if context == Context::Reset {
            // What stands before the first piece.
            let _ = round(Context::Kept);
        }
        let late = round(Context::Kept);
        Self { len, early, late }
    }

    /// The piece with which `part` begins, compressed, and its length, if it lies
    /// in `part` as a whole.
    fn whole(&self, part: &Range<usize>, ring: usize, is_early: bool) -> Option<(&Bytes, usize)> {
        let end = ring.min(part.start + self.len);
        if !part.start.is_multiple_of(self.len) || end > part.end {
            return None;
        }
        let pieces = if is_early { &self.early } else { &self.late };
        Some((&pieces[part.start / self.len], end - part.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate::Inflater;

    #[test]
    fn a_walk_says_what_stands_in_the_ring_within_the_window() {
        let mut random = fastrand::Rng::with_seed(9);
        let text: Vec<u8> = (0..100_001).map(|_| random.u8(..4)).collect();
        for context in [Context::Kept, Context::Reset] {
            for bits in [9, 12, 15] {
                let segments = Segments::new(text.clone().into(), bits, context);
                for len in [1, SHORT, SHORT + 1, LONG, 32_768, 70_000, 100_001, 250_000] {
                    check(&segments, len, &text);
                    // With the ends that are kept now.
                    check(&segments, len, &text);
                }
            }
        }
    }

    #[track_caller]
    fn check(segments: &Segments, len: usize, text: &[u8]) {
        let (mut walk, mut at) = (segments.walk(), 0);
        let (bits, context) = (segments.bits, segments.context);
        let mut inflater = Inflater::new(bits, context);
        for _ in 0..20 {
            let ring = text.iter().cycle().skip(at % text.len());
            let expected: Vec<u8> = ring.take(len).copied().collect();
            let message = segments.message(&mut walk, len);
            let mut got = Vec::new();
            inflater.begin();
            inflater
                .take(&message, |octets| got.extend_from_slice(octets))
                .unwrap();
            inflater
                .end(|octets| got.extend_from_slice(octets))
                .unwrap();
            assert!(
                got == expected,
                "{bits} bits, {context:?}, {len} octets, from {at}"
            );
            at += len;
        }
        let longest = inflater.longest_distance();
        assert!(longest.is_none_or(|(longest, window)| longest <= window));
    }

    #[test]
    fn messages_refer_to_the_messages_before_them() {
        let corpora = crate::corpus::Corpora::generate(1);
        let file = corpora.file(autobahn_cases::play::Corpus::Json);
        let segments = Segments::new(file.octets.clone(), 15, Context::Kept);
        let mut walk = segments.walk();
        let _ = segments.message(&mut walk, 32_768);
        let second = segments.message(&mut walk, 32_768);
        // Alone it cannot be read: a peer that resets its context is found out.
        let mut inflater = Inflater::new(15, Context::Reset);
        inflater.begin();
        assert!(inflater.take(&second, |_| ()).is_err());
    }

    #[test]
    fn a_long_message_refers_back_by_a_whole_window_although_it_stands_alone() {
        // What repeats itself lies further apart than a piece is long.
        let mut random = fastrand::Rng::with_seed(9);
        let text: Vec<u8> = (0..20_000).map(|_| random.u8(..)).collect();
        let segments = Segments::new(text.into(), 15, Context::Reset);
        let message = segments.message(&mut segments.walk(), 120_000);
        assert!(message.len() < 60_000, "{}", message.len());
    }
}
