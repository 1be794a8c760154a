//! Messages through DEFLATE (RFC 7692, 7.2).

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::violation::Violation;

/// Whether a message is compressed with the context of those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takeover {
    Context,
    None,
}

/// Compresses messages.
pub(crate) struct Deflater {
    compress: Compress,
    takeover: Takeover,
}

impl Deflater {
    /// A deflater with a window of 2 to the power of 9 to 15 octets.
    pub(crate) fn new(window_bits: u8, takeover: Takeover) -> Self {
        let compress = Compress::new_with_window_bits(Compression::default(), false, window_bits);
        Self { compress, takeover }
    }

    /// Compresses a message (RFC 7692, 7.2.1).
    pub(crate) fn deflate(&mut self, message: &[u8]) -> Vec<u8> {
        if self.takeover == Takeover::None {
            self.compress.reset();
        }
        let mut out = Vec::with_capacity(message.len() / 2 + 64);
        let mut rest = message;
        loop {
            let before = self.compress.total_in();
            self.compress
                .compress_vec(rest, &mut out, FlushCompress::Sync)
                .expect("deflate takes any octets");
            rest = &rest[(self.compress.total_in() - before) as usize..];
            if rest.is_empty() && out.len() < out.capacity() {
                break;
            }
            out.reserve(out.capacity());
        }
        if out.ends_with(&TAIL) {
            out.truncate(out.len() - TAIL.len());
        }
        if out.is_empty() {
            // RFC 7692, 7.2.3.6: zlib has nothing to say about nothing; this is an empty block.
            out.push(0);
        }
        out
    }
}

/// Inflates messages, with the largest window.
pub(crate) struct Inflater {
    decompress: Decompress,
    takeover: Takeover,
}

impl Inflater {
    pub(crate) fn new(takeover: Takeover) -> Self {
        Self {
            decompress: Decompress::new_with_window_bits(false, 15),
            takeover,
        }
    }

    /// Inflates a piece of a message and appends the outcome.
    pub(crate) fn inflate(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), Violation> {
        let mut rest = piece;
        loop {
            if out.capacity() - out.len() < 1024 {
                out.reserve((4 * rest.len()).max(4096));
            }
            let before = self.decompress.total_in();
            let status = self
                .decompress
                .decompress_vec(rest, out, FlushDecompress::Sync)
                .map_err(|_| Violation::BadCompression)?;
            let taken = (self.decompress.total_in() - before) as usize;
            rest = &rest[taken..];
            if status == Status::StreamEnd {
                // RFC 7692, 7.2.3.4: a block with BFINAL ends a stream, another one may follow.
                self.decompress.reset(false);
            } else if out.len() < out.capacity() && (rest.is_empty() || taken == 0) {
                break;
            }
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(Violation::BadCompression)
        }
    }

    /// Ends a message (RFC 7692, 7.2.2).
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Violation> {
        self.inflate(&TAIL, out)?;
        if self.takeover == Takeover::None {
            self.forget();
        }
        Ok(())
    }

    /// Gives up the context.
    pub(crate) fn forget(&mut self) {
        self.decompress.reset(false);
    }
}

/// The end of a message that is not sent.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages through a deflater as agreed and an inflater, in pieces of this length.
    #[track_caller]
    fn round_trip(mut deflater: Deflater, piece: usize, messages: &[Vec<u8>]) {
        let mut inflater = Inflater::new(Takeover::Context);
        for message in messages {
            let mut inflated = Vec::new();
            for piece in deflater.deflate(message).chunks(piece) {
                inflater.inflate(piece, &mut inflated).unwrap();
            }
            inflater.finish(&mut inflated).unwrap();
            assert!(
                inflated == *message,
                "{} octets of {}",
                inflated.len(),
                message.len()
            );
        }
    }

    #[test]
    fn messages_are_deflated_and_inflated() {
        let noise: Vec<u8> = (0..100_000u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        let messages = [
            b"Hello".to_vec(),
            b"Hello".to_vec(),
            Vec::new(),
            Vec::new(),
            vec![b'*'; 1 << 20],
            noise,
        ];
        for (window_bits, takeover) in [
            (15, Takeover::Context),
            (15, Takeover::None),
            (9, Takeover::Context),
        ] {
            round_trip(Deflater::new(window_bits, takeover), 1 << 30, &messages);
            round_trip(Deflater::new(window_bits, takeover), 7, &messages);
        }
    }

    #[test]
    fn the_samples_of_the_rfc_are_reproduced() {
        // RFC 7692, 7.2.3.1, 7.2.3.2 and 7.2.3.6.
        let mut deflater = Deflater::new(15, Takeover::Context);
        assert_eq!(deflater.deflate(b"Hello"), b"\xf2\x48\xcd\xc9\xc9\x07\x00");
        assert_eq!(deflater.deflate(b"Hello"), b"\xf2\x00\x11\x00\x00");
        assert_eq!(deflater.deflate(b""), b"\x00");
    }

    #[track_caller]
    fn inflated(data: &[u8], expected: Result<&[u8], Violation>) {
        let mut inflater = Inflater::new(Takeover::Context);
        let mut out = Vec::new();
        let result = inflater
            .inflate(data, &mut out)
            .and_then(|()| inflater.finish(&mut out));
        assert_eq!(result.map(|()| out.as_slice()), expected);
    }

    #[test]
    fn blocks_of_every_kind_are_inflated() {
        // RFC 7692, 7.2.3.3 to 7.2.3.5.
        inflated(
            b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00",
            Ok(b"Hello"),
        );
        inflated(b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", Ok(b"Hello"));
        inflated(
            b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
            Ok(b"Hello"),
        );
        inflated(b"\x06", Err(Violation::BadCompression));
    }
}
