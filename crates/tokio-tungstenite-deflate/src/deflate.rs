//! Compression of messages (RFC 7692, 7.2.1).

use std::fmt;

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress};

use crate::{
    Budget, DeflateConfig, Level, Takeover, Window, WindowBits, budget::Share, pool::Pool,
};

/// Compresses the messages of one direction.
pub(crate) struct Deflater {
    window: Window,
    level: Level,
    min_length: usize,
    budget: Budget,
    kept: Option<Kept>,
}

/// A compressor that remembers the messages before.
struct Kept {
    zlib: Compress,
    level: Level,
    _share: Share,
}

/// Octets of the longest message that level 1 compresses nearly as well as level 2, in a tenth of
/// the time: so short, the fixed codes are the best ones, which only level 1 knows beforehand.
const SHORT: usize = 64;

impl Deflater {
    pub(crate) fn new(window: Window, config: &DeflateConfig) -> Self {
        Self {
            window,
            level: config.level,
            min_length: config.min_length,
            budget: config.budget.clone(),
            kept: None,
        }
    }

    /// The payload of a compressed message; `None` where it is better sent as it is.
    pub(crate) fn compress(&mut self, message: &[u8]) -> Option<Bytes> {
        // An empty message leaves nothing to flush.
        if message.is_empty() || message.len() < self.min_length {
            return None;
        }
        let level = self.level(message.len());
        if self.window.takeover == Takeover::Allowed {
            // Where messages are short there is a compressor for short ones, up to the first that
            // is longer: zlib-rs cannot change the level of one that is in use.
            if self.kept.as_ref().is_none_or(|kept| kept.level < level) {
                self.kept = None;
                self.kept = self.keep(level);
            }
            if let Some(kept) = &mut self.kept {
                return Some(compress(&mut kept.zlib, message).into());
            }
        }
        let key = (level, self.window.bits);
        let spare = SPARE.with(|spare| spare.take(&key));
        let mut zlib = spare.unwrap_or_else(|| self.create(level));
        let compressed = compress(&mut zlib, message);
        zlib.reset();
        SPARE.with(|spare| spare.put(key, zlib));
        // Nothing that comes later refers to this message, so that it need not be sent.
        (compressed.len() < message.len()).then(|| compressed.into())
    }

    /// Frees the compressor. The next message begins with an empty window, which a sender may
    /// always do.
    pub(crate) fn release(&mut self) {
        self.kept = None;
    }

    /// The level for a message of so many octets.
    fn level(&self, length: usize) -> Level {
        match length <= SHORT && self.level == Level::default() {
            true => Level::FAST,
            false => self.level,
        }
    }

    fn keep(&self, level: Level) -> Option<Kept> {
        let share = self.budget.take(memory(self.window.bits))?;
        Some(Kept {
            zlib: self.create(level),
            level,
            _share: share,
        })
    }

    fn create(&self, level: Level) -> Compress {
        let level = Compression::new(u8::from(level).into());
        Compress::new_with_window_bits(level, false, self.window.bits.zlib())
    }
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater")
            .field("window", &self.window)
            .field("level", &self.level)
            .field("kept", &self.kept.is_some())
            .finish_non_exhaustive()
    }
}

thread_local! {
    static SPARE: Pool<(Level, WindowBits), Compress> = const { Pool::new() };
}

/// Octets that a compressor takes up, about.
fn memory(bits: WindowBits) -> usize {
    // What zlib-rs 0.6 was seen to allocate: 243 KiB, and window and chains of 2 octets each per
    // octet of the window.
    (243 << 10) + (4 << bits.zlib())
}

fn compress(zlib: &mut Compress, message: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(64 + (message.len() / 4).min(64 << 10));
    let mut input = message;
    loop {
        let consumed = zlib.total_in();
        zlib.compress_vec(input, &mut output, FlushCompress::Sync)
            .expect("raw deflate at a level that exists takes any input");
        let consumed = zlib.total_in() - consumed;
        input = &input[usize::try_from(consumed).expect("no slice is longer than memory")..];
        if output.len() < output.capacity() {
            break;
        }
        output.reserve(output.len());
    }
    debug_assert!(input.is_empty(), "a flush consumes all input");
    // RFC 7692, 7.2.1: remove 4 octets from the tail end.
    assert!(
        output.ends_with(&TAIL),
        "a sync flush ends with an empty stored block"
    );
    output.truncate(output.len() - TAIL.len());
    output
}

/// The end of an empty stored block.
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

#[cfg(test)]
mod tests {
    use crate::inflate::Inflater;

    use super::*;

    fn deflater(bits: u8, takeover: Takeover, config: &DeflateConfig) -> Deflater {
        let bits = WindowBits::new(bits).unwrap();
        Deflater::new(Window { bits, takeover }, config)
    }

    #[test]
    fn the_examples_of_rfc_7692_are_written() {
        let config = DeflateConfig::default().level(Level::new(6).unwrap());
        let mut deflater = deflater(15, Takeover::Allowed, &config);
        // 7.2.3.1 and 7.2.3.2: the second message refers to the first.
        let hello = deflater.compress(b"Hello").unwrap();
        assert_eq!(hello[..], [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
        let again = deflater.compress(b"Hello").unwrap();
        assert_eq!(again[..], [0xf2, 0x00, 0x11, 0x00, 0x00]);
        // A sender may start afresh at any time.
        deflater.release();
        assert_eq!(deflater.compress(b"Hello").unwrap(), hello);
    }

    /// Text that compresses, with words that come again near and far.
    fn text(length: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut text = Vec::with_capacity(length + 16);
        while text.len() < length {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.extend_from_slice(format!("{} ", state >> 22).as_bytes());
        }
        text.truncate(length);
        text
    }

    #[test]
    fn every_level_and_window_comes_back() {
        for level in 0..=9 {
            let config = DeflateConfig::default().level(Level::new(level).unwrap());
            for bits in 8..=15 {
                for takeover in [Takeover::Allowed, Takeover::Refused] {
                    let mut deflater = deflater(bits, takeover, &config);
                    let mut inflater = Inflater::new(takeover);
                    for length in [1, 2, 100, 10_000, 100_000, 70_000, 10] {
                        let message = text(length);
                        let Some(payload) = deflater.compress(&message) else {
                            assert_eq!(takeover, Takeover::Refused);
                            continue;
                        };
                        let mut output = vec![0; length + 1];
                        let progress = inflater.inflate(&payload, &mut output).unwrap();
                        inflater.finish().unwrap();
                        assert_eq!(progress.consumed, payload.len());
                        assert_eq!(output[..progress.produced], message);
                    }
                }
            }
        }
    }

    #[test]
    fn short_messages_have_a_compressor_of_their_own_up_to_a_longer_one() {
        let long = text(1000);
        let (short, limit) = (&long[500..540], &long[600..600 + SHORT]);
        // They refer to each other, and later on to all before them; a longer one begins anew.
        let messages = [
            short, limit, short, limit, &long, limit, short, &long, short,
        ];
        let refers = [false, false, true, true, false, true, true, true, true];
        let mut first = deflater(15, Takeover::Allowed, &DeflateConfig::default());
        let mut inflater = Inflater::new(Takeover::Allowed);
        let lengths = messages.map(|message| {
            let payload = first.compress(message).unwrap();
            assert_eq!(inflater.whole(&payload, 1000).unwrap(), message);
            payload.len()
        });
        assert_eq!(lengths.map(|length| length < 20), refers, "{lengths:?}");
        // Who asks for another level has it for all messages.
        let config = DeflateConfig::default().level(Level::BEST);
        let mut best = deflater(15, Takeover::Allowed, &config);
        for message in messages {
            best.compress(message).unwrap();
            assert_eq!(best.kept.as_ref().unwrap().level, Level::BEST);
        }
    }

    #[test]
    fn what_does_not_gain_is_sent_as_it_is() {
        let config = DeflateConfig::default().min_length(5);
        let mut kept = deflater(15, Takeover::Allowed, &config);
        assert_eq!(kept.compress(b""), None);
        assert_eq!(kept.compress(b"aaaa"), None);
        assert!(kept.compress(b"aaaaa").is_some());
        let mut fresh = deflater(15, Takeover::Refused, &config);
        assert_eq!(fresh.compress(b"Hello"), None);
        assert!(fresh.compress(&[b'a'; 50]).is_some());
    }

    #[test]
    fn without_budget_each_message_stands_for_itself() {
        let octets = memory(WindowBits::MAX);
        let config = DeflateConfig::default().budget(Budget::new(octets));
        let mut first = deflater(15, Takeover::Allowed, &config);
        let mut second = deflater(15, Takeover::Allowed, &config);
        let message = text(1000);
        let fresh = first.compress(&message).unwrap();
        assert_eq!(config.budget.left(), 0);
        assert!(first.compress(&message).unwrap().len() < fresh.len() / 10);
        for _ in 0..2 {
            assert_eq!(second.compress(&message).unwrap(), fresh);
        }
        first.release();
        assert_eq!(config.budget.left(), octets);
        second.compress(&message).unwrap();
        assert!(second.compress(&message).unwrap().len() < fresh.len() / 10);
    }
}
