//! Decompression of messages (RFC 7692, 7.2.2).

use std::{cell::Cell, io};

use bytes::Bytes;
use flate2::{Decompress, DecompressError, FlushDecompress, Status};
use tokio_tungstenite::tungstenite::{Error, error::CapacityError};

use crate::{InvalidDeflate, Takeover, pool::Pool};

/// Decompresses the messages of one direction, piece by piece.
#[derive(Debug)]
pub(crate) struct Inflater {
    takeover: Takeover,
    /// Created for the first message. Without context takeover it is needed only within one.
    zlib: Option<Decompress>,
    /// Whether there was input since the last end of a message or of a deflate stream.
    pending: bool,
}

/// What came of a step of decompression, in octets.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) consumed: usize,
    pub(crate) produced: usize,
}

impl Inflater {
    /// The largest window serves for smaller ones too: zlib-rs takes up as much memory for any,
    /// 46 KiB.
    pub(crate) fn new(takeover: Takeover) -> Self {
        Self {
            takeover,
            zlib: None,
            pending: false,
        }
    }

    /// Decompresses until the input is consumed or the output is full.
    ///
    /// # Errors
    ///
    /// When the input is no deflate data.
    pub(crate) fn inflate(
        &mut self,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<Progress, InvalidDeflate> {
        let mut progress = Progress::default();
        loop {
            let output = &mut output[progress.produced..];
            let step = self.step(&input[progress.consumed..], |zlib, input| {
                zlib.decompress(input, output, FlushDecompress::Sync)
            });
            let (step, ended) = step?;
            progress.consumed += step.consumed;
            progress.produced += step.produced;
            if !ended {
                return Ok(progress);
            }
        }
    }

    /// Decompresses all of the input, to the end of `message`.
    ///
    /// # Errors
    ///
    /// When the input is no deflate data, or the message becomes longer than `limit`.
    pub(crate) fn append(
        &mut self,
        mut input: &[u8],
        message: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), Error> {
        loop {
            if message.len() == message.capacity() {
                // One octet more than allowed is enough to see that it is too long.
                let allowed = limit.saturating_add(1).saturating_sub(message.len());
                message.reserve_exact(message.len().max(MAX_ROOM).min(allowed));
            }
            let step = self.step(input, |zlib, input| {
                zlib.decompress_vec(input, message, FlushDecompress::Sync)
            });
            let (progress, ended) = step.map_err(io::Error::from)?;
            input = &input[progress.consumed..];
            if message.len() > limit {
                return Err(Error::Capacity(CapacityError::MessageTooLong {
                    size: message.len(),
                    max_size: limit,
                }));
            }
            // A full output may be followed by more from the same input.
            if !ended && input.is_empty() && message.len() < message.capacity() {
                return Ok(());
            }
        }
    }

    /// Decompresses a whole message.
    ///
    /// # Errors
    ///
    /// When it is none, or becomes longer than `limit`.
    pub(crate) fn whole(&mut self, input: &[u8], limit: usize) -> Result<Bytes, Error> {
        let mut message = ROOM.take();
        if message.capacity() < MAX_ROOM {
            message = Vec::with_capacity(MAX_ROOM);
        }
        self.append(input, &mut message, limit)?;
        self.finish().map_err(io::Error::from)?;
        if message.len() > MAX_ROOM / 2 {
            return Ok(message.into());
        }
        let copy = Bytes::copy_from_slice(&message);
        message.clear();
        ROOM.set(message);
        Ok(copy)
    }

    /// Lets zlib do a step; says whether a deflate stream has ended.
    fn step(
        &mut self,
        input: &[u8],
        decompress: impl FnOnce(&mut Decompress, &[u8]) -> Result<Status, DecompressError>,
    ) -> Result<(Progress, bool), InvalidDeflate> {
        let zlib = self.zlib.get_or_insert_with(|| {
            let spare = SPARE.with(|spare| spare.take(&()));
            spare.unwrap_or_else(|| Decompress::new(false))
        });
        let (total_in, total_out) = (zlib.total_in(), zlib.total_out());
        let status = decompress(zlib, input).map_err(|error| {
            InvalidDeflate(error.message().unwrap_or("corrupt data").to_owned())
        })?;
        let progress = Progress {
            consumed: octets(zlib.total_in() - total_in),
            produced: octets(zlib.total_out() - total_out),
        };
        self.pending |= progress.consumed > 0;
        // RFC 7692, 7.2.3.4: blocks with BFINAL set are allowed, and data may go on.
        let ended = status == Status::StreamEnd;
        if ended {
            zlib.reset(false);
            self.pending = false;
        }
        Ok((progress, ended))
    }

    /// Ends a message of which all input has been consumed and all output produced.
    ///
    /// # Errors
    ///
    /// When the message ends within a block. zlib itself would not notice before some later
    /// message, or never.
    pub(crate) fn finish(&mut self) -> Result<(), InvalidDeflate> {
        // An ended deflate stream needs no end, and neither does a message without any octet,
        // which some peers send as an empty message.
        if self.pending {
            let mut output = [0; PROBE.len()];
            let progress = self.inflate(&PROBE, &mut output)?;
            // Where a block was under way, some of these octets are data of it.
            if progress.produced > 0 || progress.consumed < PROBE.len() || !self.pending {
                return Err(InvalidDeflate("it ends within a block".to_owned()));
            }
            self.pending = false;
        }
        if self.takeover == Takeover::Refused
            && let Some(mut zlib) = self.zlib.take()
        {
            zlib.reset(false);
            SPARE.with(|spare| spare.put((), zlib));
        }
        Ok(())
    }
}

/// The octets that a sender removes (RFC 7692, 7.2.1): the rest of an empty stored block whose
/// first three bits are the message's last. Then a whole one, which changes nothing between two
/// blocks and is noticed within one.
const PROBE: [u8; 9] = [0x00, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0xff, 0xff];

/// Octets of the buffer that whole messages are decompressed into. A message that fills at most
/// half of it is copied, and takes up no more than it needs. It has a little more room than a
/// power of two, which is how long messages often are: a full buffer is no end.
const MAX_ROOM: usize = (64 << 10) + 64;

thread_local! {
    static SPARE: Pool<(), Decompress> = const { Pool::new() };
    static ROOM: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A difference of two totals, which is at most the length of a slice.
fn octets(difference: u64) -> usize {
    usize::try_from(difference).expect("no slice is longer than memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: Takeover = Takeover::Allowed;
    const FRESH: Takeover = Takeover::Refused;

    fn message(inflater: &mut Inflater, payload: &[u8]) -> Result<Vec<u8>, InvalidDeflate> {
        let mut message = vec![0; 1000];
        let progress = inflater.inflate(payload, &mut message)?;
        assert_eq!(progress.consumed, payload.len());
        message.truncate(progress.produced);
        inflater.finish()?;
        Ok(message)
    }

    #[track_caller]
    fn check(takeover: Takeover, payloads: &[&[u8]], expected: &[&str]) {
        let mut inflater = Inflater::new(takeover);
        for (payload, expected) in payloads.iter().zip(expected) {
            let message = message(&mut inflater, payload).unwrap();
            assert_eq!(String::from_utf8(message).unwrap(), *expected);
        }
    }

    #[test]
    fn the_examples_of_rfc_7692_are_read() {
        // 7.2.3.1: one block.
        let hello: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        check(FRESH, &[hello, hello], &["Hello", "Hello"]);
        // 7.2.3.2: sharing the window.
        check(
            KEPT,
            &[hello, &[0xf2, 0x00, 0x11, 0x00, 0x00]],
            &["Hello", "Hello"],
        );
        // 7.2.3.3: a block without compression.
        let stored = &[
            0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00,
        ];
        check(KEPT, &[stored, hello], &["Hello", "Hello"]);
        // 7.2.3.4: a block with BFINAL set to 1.
        let last = &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
        check(KEPT, &[last, last, hello], &["Hello", "Hello", "Hello"]);
        // 7.2.3.5: two blocks in one message.
        let two = &[
            0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
        ];
        check(KEPT, &[two, two], &["Hello", "Hello"]);
        // 7.2.3.6: an empty fragment, or message.
        check(
            KEPT,
            &[&[0x00], hello, &[0x00], hello],
            &["", "Hello", "", "Hello"],
        );
    }

    #[test]
    fn an_ended_stream_needs_no_empty_block_after_it() {
        let last: &[u8] = &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        check(KEPT, &[last, last], &["Hello", "Hello"]);
        check(FRESH, &[last, last], &["Hello", "Hello"]);
    }

    #[test]
    fn a_message_without_octets_is_empty() {
        let hello: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        check(KEPT, &[&[], hello, &[], hello], &["", "Hello", "", "Hello"]);
    }

    #[test]
    fn without_takeover_nothing_is_left_of_the_message_before() {
        let mut inflater = Inflater::new(FRESH);
        message(&mut inflater, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]).unwrap();
        message(&mut inflater, &[0xf2, 0x00, 0x11, 0x00, 0x00]).unwrap_err();
    }

    #[test]
    fn what_is_not_a_whole_number_of_blocks_is_refused() {
        let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        for cut in 1..hello.len() {
            let error = message(&mut Inflater::new(KEPT), &hello[..cut]).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with("invalid compressed message: ")
            );
        }
        // The sender forgot to remove 00 00 ff ff.
        message(
            &mut Inflater::new(KEPT),
            &[&hello[..], &[0, 0, 0xff, 0xff]].concat(),
        )
        .unwrap_err();
        // A stored block that lacks two of its five octets.
        message(
            &mut Inflater::new(KEPT),
            &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c],
        )
        .unwrap_err();
        // Block type 3.
        message(&mut Inflater::new(KEPT), &[0x07, 0x00]).unwrap_err();
    }
}
