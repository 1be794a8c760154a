use flate2::{Decompress, FlushDecompress, Status};
use proptest::prelude::*;

use super::*;

/// zlib's decoder, with a window of its own for which no distance may be too far.
struct Reader(Decompress);

impl Reader {
    fn new(bits: u8) -> Self {
        Self(Decompress::new_with_window_bits(false, bits.max(9)))
    }

    fn read(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut input = payload.to_vec();
        input.extend([0x00, 0x00, 0xff, 0xff]);
        let (mut input, mut message) = (&input[..], Vec::new());
        loop {
            // Little at a time: the window is all that is left of what came before.
            let mut output = [0; 100];
            let (before, there) = (self.0.total_in(), self.0.total_out());
            let status = self.0.decompress(input, &mut output, FlushDecompress::Sync);
            let status = status.expect("what is written can be read");
            assert_ne!(status, Status::StreamEnd, "no block is the last");
            input = &input[(self.0.total_in() - before) as usize..];
            let produced = (self.0.total_out() - there) as usize;
            message.extend_from_slice(&output[..produced]);
            if input.is_empty() && produced < output.len() {
                return message;
            }
        }
    }
}

fn compressor(bits: u8) -> Compressor {
    Compressor::new(WindowBits::new(bits).unwrap())
}

fn compress(compressor: &mut Compressor, message: &[u8]) -> Vec<u8> {
    let mut output = vec![];
    compressor.message(message, &mut output);
    output
}

/// Octets of so many kinds, which come again, now near, now far.
fn octets(kinds: u8, length: usize) -> Vec<u8> {
    let mut state = u32::from(kinds);
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let mut octets = Vec::with_capacity(length + 300);
    while octets.len() < length {
        if octets.len() > 10 && next(3) == 0 {
            let back = 1 + next(octets.len().min(40_000));
            for _ in 0..next(300) {
                octets.push(octets[octets.len() - back]);
            }
        } else {
            for _ in 0..next(20) {
                octets.push(next(usize::from(kinds)) as u8);
            }
        }
    }
    octets.truncate(length);
    octets
}

#[test]
fn messages_of_all_lengths_come_back_through_every_window() {
    for bits in 8..=15 {
        let (mut compressor, mut reader) = (compressor(bits), Reader::new(bits));
        for kinds in [1, 3, 60, 255] {
            for length in [1, 2, 3, 4, 5, 9, 63, 64, 65, 300, 5000, 70_000, 200_000, 1] {
                let message = octets(kinds, length);
                let payload = compress(&mut compressor, &message);
                assert!(
                    reader.read(&payload) == message,
                    "{bits}, {kinds}, {length}"
                );
            }
        }
    }
}

#[test]
fn nothing_is_referred_to_that_is_forgotten() {
    let mut compressor = compressor(15);
    let message = octets(200, 500);
    let first = compress(&mut compressor, &message);
    for _ in 0..500 {
        compressor.forget();
        let payload = compress(&mut compressor, &message);
        assert!(Reader::new(15).read(&payload) == message);
        assert_eq!(payload.len(), first.len());
    }
    assert!(compress(&mut compressor, &message).len() < 20);
}

#[test]
fn what_cannot_be_compressed_is_stored() {
    let mut random = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as u8
    })
    .take(300_000)
    .collect();
    let (mut compressor, mut reader) = (compressor(15), Reader::new(15));
    for length in [100, 1000, 300_000] {
        let payload = compress(&mut compressor, &noise[..length]);
        assert!(reader.read(&payload) == noise[..length]);
        // 5 octets for each block, which is no longer than 65,535.
        assert!(payload.len() <= length + 5 * 9 + 1, "{}", payload.len());
    }
}

#[test]
fn about_as_small_as_zlib_at_level_2() {
    let words = |length| -> Vec<u8> {
        let octets = octets(250, length);
        octets
            .iter()
            .flat_map(|octet| format!("{octet} ").into_bytes())
            .take(length)
            .collect()
    };
    let zlib = |message: &[u8]| {
        let level = flate2::Compression::new(2);
        let mut zlib = flate2::Compress::new_with_window_bits(level, false, 15);
        let mut output = Vec::with_capacity(2 * message.len() + 100);
        let flush = flate2::FlushCompress::Sync;
        zlib.compress_vec(message, &mut output, flush).unwrap();
        output.len() - 4
    };
    for message in [
        octets(60, 1000),
        octets(250, 50_000),
        words(500),
        words(100_000),
    ] {
        let ours = compress(&mut compressor(15), &message).len();
        let theirs = zlib(&message);
        assert!(ours <= theirs + theirs / 20, "{ours} against {theirs}");
    }
}

proptest! {
    #[test]
    fn any_messages_come_back(
        bits in 8_u8..=15,
        messages in prop::collection::vec((prop::collection::vec(any::<u8>(), 1..300), 1_usize..300, any::<bool>()), 1..30),
    ) {
        let (mut compressor, mut reader) = (compressor(bits), Reader::new(bits));
        for (piece, times, forget) in messages {
            if forget {
                compressor.forget();
            }
            let message = piece.repeat(times);
            let payload = compress(&mut compressor, &message);
            prop_assert!(reader.read(&payload) == message);
        }
    }
}
