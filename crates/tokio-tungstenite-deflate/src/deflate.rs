//! Compression of messages (RFC 7692, 7.2.1).

use std::fmt;

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress};

use crate::{
    Budget, DeflateConfig, Level, Takeover, Window, WindowBits, budget::Share,
    compressor::Compressor, pool::Pool,
};

/// Compresses the messages of one direction.
pub(crate) struct Deflater {
    window: Window,
    level: Level,
    min_length: usize,
    budget: Budget,
    kept: Option<Kept>,
}

/// An encoder that remembers the messages before.
struct Kept {
    encoder: Encoder,
    _share: Share,
}

/// Writes DEFLATE (RFC 1951).
enum Encoder {
    /// That of the default level.
    Own(Compressor),
    /// Those of all other levels.
    Zlib(Compress),
}

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
        if self.window.takeover == Takeover::Allowed {
            if self.kept.is_none() {
                self.kept = self.keep();
            }
            if let Some(kept) = &mut self.kept {
                return Some(kept.encoder.message(message).into());
            }
        }
        let key = (self.level, self.window.bits);
        let spare = SPARE.with(|spare| spare.take(&key));
        let mut encoder = spare.unwrap_or_else(|| Encoder::new(self.level, self.window.bits));
        let compressed = encoder.message(message);
        encoder.forget();
        SPARE.with(|spare| spare.put(key, encoder));
        // Nothing that comes later refers to this message, so that it need not be sent.
        (compressed.len() < message.len()).then(|| compressed.into())
    }

    /// Frees the encoder. The next message begins with an empty window, which a sender may always
    /// do.
    pub(crate) fn release(&mut self) {
        self.kept = None;
    }

    fn keep(&self) -> Option<Kept> {
        let share = self.budget.take(memory(self.level, self.window.bits))?;
        Some(Kept {
            encoder: Encoder::new(self.level, self.window.bits),
            _share: share,
        })
    }
}

impl Encoder {
    fn new(level: Level, bits: WindowBits) -> Self {
        if level == Level::default() {
            return Self::Own(Compressor::new(bits));
        }
        let level = Compression::new(u8::from(level).into());
        Self::Zlib(Compress::new_with_window_bits(level, false, bits.zlib()))
    }

    /// The message, without the 4 octets that RFC 7692, 7.2.1 removes.
    fn message(&mut self, message: &[u8]) -> Vec<u8> {
        let mut output = Vec::with_capacity(64 + (message.len() / 4).min(64 << 10));
        match self {
            Self::Own(compressor) => compressor.message(message, &mut output),
            Self::Zlib(zlib) => flush(zlib, message, &mut output),
        }
        output
    }

    /// Lets what comes refer to nothing that was.
    fn forget(&mut self) {
        match self {
            Self::Own(compressor) => compressor.forget(),
            Self::Zlib(zlib) => zlib.reset(),
        }
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
    static SPARE: Pool<(Level, WindowBits), Encoder> = const { Pool::new() };
}

/// Octets that an encoder takes up, about.
fn memory(level: Level, bits: WindowBits) -> usize {
    match level == Level::default() {
        true => Compressor::MEMORY,
        // What zlib-rs 0.6 was seen to allocate: 243 KiB, and window and chains of 2 octets each
        // per octet of the window.
        false => (243 << 10) + (4 << bits.zlib()),
    }
}

fn flush(zlib: &mut Compress, message: &[u8], output: &mut Vec<u8>) {
    let mut input = message;
    loop {
        let consumed = zlib.total_in();
        zlib.compress_vec(input, output, FlushCompress::Sync)
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
        for level in [Level::default(), Level::new(6).unwrap()] {
            let config = DeflateConfig::default().level(level);
            let mut deflater = deflater(15, Takeover::Allowed, &config);
            // 7.2.3.1.
            let hello = deflater.compress(b"Hello").unwrap();
            assert_eq!(hello[..], [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
            // 7.2.3.2: the second message refers to the first, there after an octet that does not.
            let again = deflater.compress(b"Hello").unwrap();
            match level == Level::default() {
                true => assert_eq!(again[..], [0x02, 0x13, 0x00, 0x00]),
                false => assert_eq!(again[..], [0xf2, 0x00, 0x11, 0x00, 0x00]),
            }
            // A sender may start afresh at any time.
            deflater.release();
            assert_eq!(deflater.compress(b"Hello").unwrap(), hello);
        }
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
        let octets = memory(Level::default(), WindowBits::MAX);
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
