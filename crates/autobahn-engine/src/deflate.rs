//! permessage-deflate (RFC 7692): which windows and contexts there are, and how
//! a message is framed. The DEFLATE itself is zlib's.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use self::distances::Distances;
use crate::extension::Deflate as Negotiated;

mod distances;
mod huffman;

/// What the end of every message is cut down to (RFC 7692, section 7.2.1).
pub(crate) const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// Whether a compressor or decompressor lives longer than a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// It goes on with the next message.
    Kept,
    /// It begins anew with every message.
    Reset,
}

impl Negotiated {
    /// Decompresses what the server sends.
    #[must_use]
    pub fn inflater(&self) -> Inflater {
        let (bits, context) = self.server_window();
        Inflater::new(bits, context)
    }

    /// The server's window in bits, and whether it is kept.
    #[must_use]
    pub fn server_window(&self) -> (u8, Context) {
        let context = Context::reset_if(self.server_no_context_takeover);
        (self.server_max_window_bits.unwrap_or(15), context)
    }

    /// Our window in bits, and whether it is kept.
    #[must_use]
    pub fn own_window(&self) -> (u8, Context) {
        let context = Context::reset_if(self.client_no_context_takeover);
        (self.client_max_window_bits.unwrap_or(15), context)
    }
}

impl Context {
    fn reset_if(no_context_takeover: bool) -> Self {
        match no_context_takeover {
            true => Self::Reset,
            false => Self::Kept,
        }
    }
}

/// Data that is no DEFLATE stream within what was negotiated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("inflate error: {0}")]
pub struct InflateError(String);

/// Decompresses the messages of one direction.
#[derive(Debug)]
pub struct Inflater {
    stream: Decompress,
    bits: u8,
    context: Context,
    /// The stream has said that it is at its end; nothing after it counts.
    has_ended: bool,
    /// The last octet that the peer has sent of any message.
    last: u8,
    out: Vec<u8>,
    /// Sees to it that a small window is not exceeded.
    distances: Option<Distances>,
}

impl Inflater {
    /// How far back any stream may refer (RFC 1951, section 2).
    pub const WINDOW: usize = 32 * 1024;
    /// How much is decompressed at a time.
    const TURN: usize = 128 * 1024;

    /// A decompressor for a window of so many bits, 8 to 15.
    #[must_use]
    pub fn new(bits: u8, context: Context) -> Self {
        Self {
            stream: Decompress::new(false),
            bits,
            context,
            has_ended: false,
            last: 0,
            out: vec![0; Self::TURN],
            distances: Self::distances(bits),
        }
    }

    /// A message begins.
    pub fn begin(&mut self) {
        if self.context == Context::Reset {
            self.restart();
        }
    }

    /// Begins a stream, and keeps what is known of the distances so far.
    fn restart(&mut self) {
        self.stream.reset(false);
        self.has_ended = false;
        let longest = self.distances.take().map_or(0, |before| before.longest);
        self.distances = Self::distances(self.bits);
        if let Some(distances) = &mut self.distances {
            distances.longest = longest;
        }
    }

    /// Decompresses the next octets of a message and hands on what they become.
    ///
    /// # Errors
    ///
    /// If they are no DEFLATE, or refer to what is out of the window.
    pub fn take(&mut self, octets: &[u8], each: impl FnMut(&[u8])) -> Result<(), InflateError> {
        self.last = octets.last().copied().unwrap_or(self.last);
        self.run(octets, each)
    }

    fn run(&mut self, octets: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), InflateError> {
        let distances = self.distances.as_mut();
        if distances.is_some_and(|distances| !distances.take(octets)) {
            return Err(InflateError("invalid distance too far back".to_owned()));
        }
        let mut octets = octets;
        while !self.has_ended {
            let (before_in, before_out) = (self.stream.total_in(), self.stream.total_out());
            let status = self
                .stream
                .decompress(octets, &mut self.out, FlushDecompress::None);
            let status = status.map_err(|error| {
                InflateError(error.message().unwrap_or("invalid data").to_owned())
            })?;
            let read = (self.stream.total_in() - before_in) as usize;
            let written = (self.stream.total_out() - before_out) as usize;
            octets = &octets[read..];
            each(&self.out[..written]);
            self.has_ended = status == Status::StreamEnd;
            if written < self.out.len() && octets.is_empty() || read == 0 && written == 0 {
                break;
            }
        }
        Ok(())
    }

    /// The message is complete.
    ///
    /// # Errors
    ///
    /// As [`Inflater::take`].
    pub fn end(&mut self, each: impl FnMut(&[u8])) -> Result<(), InflateError> {
        // RFC 7692, 7.2.2: the octets that the sender has removed are appended.
        self.run(&TAIL, each)
    }

    /// Goes on between two messages as if it had decompressed what ends with `history`,
    /// at most [`Inflater::WINDOW`] octets.
    pub fn resume(&mut self, history: &[u8]) {
        if self.context == Context::Reset {
            return;
        }
        self.restart();
        // RFC 1951, 3.2.4: a block that is not compressed.
        let len = (history.len() as u16).to_le_bytes();
        let block = [0, len[0], len[1], !len[0], !len[1]];
        for octets in [&block, history] {
            self.run(octets, |_| ()).expect("any octets can be stored");
        }
    }

    /// Whether nothing in the stream so far would be read otherwise if it came in
    /// other pieces, or another time.
    #[must_use]
    pub fn is_orderly(&self) -> bool {
        let is_within = |(longest, window)| longest <= window;
        // RFC 7692, 7.2.1: the last three bits begin an empty block, and are zero, as is
        // what fills their octet.
        let ends_with_a_block = self.last < 0x20;
        !self.has_ended && ends_with_a_block && self.longest_distance().is_none_or(is_within)
    }

    /// The longest distance at which the peer has referred to what it sent
    /// before, and how long it may be; known for small windows only.
    #[must_use]
    pub fn longest_distance(&self) -> Option<(usize, usize)> {
        let distances = self.distances.as_ref()?;
        Some((distances.longest, 1 << self.bits))
    }

    fn distances(bits: u8) -> Option<Distances> {
        // Every distance that can be written fits into the largest window.
        (bits < 15).then(|| Distances::new(bits))
    }
}

/// Compresses the messages of one direction.
#[derive(Debug)]
pub enum Deflater {
    /// By zlib, which knows windows of 512 octets and more.
    Zlib(Compress, Context),
    /// As blocks that are not compressed, which need no window at all.
    Stored,
}

impl Deflater {
    /// A compressor for a window of so many bits, 8 to 15.
    #[must_use]
    pub fn new(level: Compression, bits: u8, context: Context) -> Self {
        match bits {
            ..9 => Self::Stored,
            9.. => Self::Zlib(Compress::new_with_window_bits(level, false, bits), context),
        }
    }

    /// Compresses a message that comes in parts; appends it to `out` without
    /// the four octets at its end.
    pub fn message(&mut self, parts: &[&[u8]], out: &mut Vec<u8>) {
        if parts.iter().all(|part| part.is_empty()) {
            // RFC 7692, 7.2.3.6: an empty block without its length.
            out.push(0);
            return;
        }
        match self {
            Self::Zlib(stream, context) => {
                if *context == Context::Reset {
                    stream.reset();
                }
                for part in parts {
                    deflate(stream, part, out, FlushCompress::None);
                }
                deflate(stream, &[], out, FlushCompress::Sync);
                assert!(
                    out.ends_with(&TAIL),
                    "a sync flush ends with an empty block"
                );
                out.truncate(out.len() - TAIL.len());
            }
            Self::Stored => {
                for block in parts.iter().flat_map(|part| part.chunks(0xffff)) {
                    let len = block.len() as u16;
                    out.push(0);
                    out.extend_from_slice(&len.to_le_bytes());
                    out.extend_from_slice(&(!len).to_le_bytes());
                    out.extend_from_slice(block);
                }
                // The empty block at the end, without its length.
                out.push(0);
            }
        }
    }
}

/// Runs all of `octets` through `stream` and appends what comes out.
pub(crate) fn deflate(
    stream: &mut Compress,
    mut octets: &[u8],
    out: &mut Vec<u8>,
    flush: FlushCompress,
) {
    loop {
        out.reserve(octets.len() / 2 + 64);
        let before = stream.total_in();
        let status = stream.compress_vec(octets, out, flush);
        let status = status.expect("a compressor takes all octets");
        octets = &octets[(stream.total_in() - before) as usize..];
        // Room that is left means that nothing more is to come.
        if octets.is_empty() && out.len() < out.capacity() || status == Status::BufError {
            return;
        }
    }
}

#[cfg(test)]
#[path = "deflate_tests.rs"]
mod tests;
