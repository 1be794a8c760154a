//! DEFLATE (RFC 1951) for messages that are short and many.
//!
//! zlib-rs, which does all other levels, spends on each message what pays for long streams: it
//! clears tables, and makes Huffman codes only to find that the fixed ones are better. What is here
//! finds about the same repetitions as its level 2, in less time and a third of the memory; the
//! README of this crate has the figures.

use std::cell::RefCell;

use self::{bits::BitWriter, repeats::Repeats, sequence::Sequence};
use crate::WindowBits;

mod bits;
mod block;
mod header;
mod huffman;
mod repeats;
mod sequence;
mod symbols;

/// Compresses messages that may refer to each other.
pub(crate) struct Compressor {
    repeats: Repeats,
}

/// Sequences, and octets, after which a block ends, as soon as [`Repeats::find`] has taken what it
/// can: codes made for more would fit its parts less.
const LONG_BLOCK: (usize, usize) = (12_000, 60_000);

thread_local! {
    /// The sequences of a block. Only one is under way at a time.
    static SEQUENCES: RefCell<Vec<Sequence>> = const { RefCell::new(Vec::new()) };
}

impl Compressor {
    /// Octets that a compressor takes up, about.
    pub(crate) const MEMORY: usize = Repeats::MEMORY;

    pub(crate) fn new(window: WindowBits) -> Self {
        Self {
            repeats: Repeats::new(1 << u8::from(window)),
        }
    }

    /// Lets what comes refer to nothing that was.
    pub(crate) fn forget(&mut self) {
        self.repeats.forget();
    }

    /// Appends the compressed message, up to the 4 octets that RFC 7692, 7.2.1 removes.
    pub(crate) fn message(&mut self, message: &[u8], output: &mut Vec<u8>) {
        let mut writer = BitWriter::new(output);
        SEQUENCES.with_borrow_mut(|sequences| {
            sequences.clear();
            let (mut block, mut rest) = (message, message);
            while !rest.is_empty() {
                rest = self.repeats.find(rest, sequences);
                let length = block.len() - rest.len();
                if rest.is_empty() || sequences.len() > LONG_BLOCK.0 || length > LONG_BLOCK.1 {
                    self.repeats.finish(sequences);
                    block::write(&mut writer, sequences, &block[..length]);
                    sequences.clear();
                    block = rest;
                }
            }
        });
        // The header of an empty stored block, whose lengths are what is removed.
        writer.align(block::STORED);
    }
}

#[cfg(test)]
mod tests;
