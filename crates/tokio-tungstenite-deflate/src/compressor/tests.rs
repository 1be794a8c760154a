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
fn the_window_is_referred_to_up_to_its_end() {
    for bits in 8..=15 {
        let length = 1 << bits;
        let octets = noise(length + 1);
        for (period, refers) in [(length, true), (length + 1, false)] {
            let mut compressor = compressor(bits);
            compress(&mut compressor, &octets[..period]);
            let payload = compress(&mut compressor, &octets[..period]);
            assert_eq!(
                payload.len() < period / 2,
                refers,
                "{bits}, {}",
                payload.len()
            );
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

/// Octets without any order.
fn noise(length: usize) -> Vec<u8> {
    let mut random = 1_u64;
    std::iter::repeat_with(|| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as u8
    })
    .take(length)
    .collect()
}

/// BTYPE of the first block (RFC 1951, 3.2.3), which is not the last one.
fn form(payload: &[u8]) -> u8 {
    assert_eq!(payload[0] & 1, 0);
    payload[0] >> 1 & 3
}
const NO_COMPRESSION: u8 = 0;
const FIXED_CODES: u8 = 1;
const OWN_CODES: u8 = 2;

#[test]
fn what_cannot_be_compressed_is_stored() {
    let (mut compressor, mut reader) = (compressor(15), Reader::new(15));
    let noise = noise(200_000);
    let mut rest = &noise[..];
    // 5 octets more for each block, which is no longer than 65,535, and one at the end. The first
    // 10,000 octets have the block after them end past that.
    for (length, blocks) in [(100, 1), (1000, 1), (10_000, 1), (100_000, 3)] {
        let (message, after) = rest.split_at(length);
        rest = after;
        let payload = compress(&mut compressor, message);
        assert!(reader.read(&payload) == message);
        assert_eq!(
            (form(&payload), payload.len()),
            (NO_COMPRESSION, length + 5 * blocks + 1)
        );
    }
}

#[test]
fn each_block_has_the_form_that_is_shortest() {
    let text = |from: u32, to: u32| -> Vec<u8> {
        (from..to)
            .flat_map(|number| number.wrapping_mul(2_654_435_761).to_string().into_bytes())
            .collect()
    };
    let check = |message: &[u8], expected, most: usize| {
        let payload = compress(&mut compressor(15), message);
        assert!(Reader::new(15).read(&payload) == message);
        assert_eq!(
            (form(&payload), payload.len() <= most),
            (expected, true),
            "{}",
            payload.len()
        );
    };
    check(
        b"A short one, for which no codes are worth it.",
        FIXED_CODES,
        48,
    );
    // Digits are three and a third bits each; four, with codes of whole bits, or eight.
    check(&text(0, 5), FIXED_CODES, 50);
    check(&text(0, 30), OWN_CODES, 180);
    // A message whose parts are of different kinds has codes for each of them.
    let mut both: Vec<u8> = text(0, 7000);
    let digits = both.len();
    both.extend(noise(digits).iter().map(|octet| b'a' + octet % 26));
    let apart = digits / 2 + digits * 5 / 8;
    check(&both, OWN_CODES, apart);
    // Codes of its own would be shorter, but for their lengths.
    check(&Vec::from_iter(0..=143), FIXED_CODES, 147);
    // A little is gained, or nothing.
    let gains: Vec<_> = noise(4000).iter().map(|octet| octet % 200).collect();
    check(&gains, OWN_CODES, 3960);
    check(&noise(1000), NO_COMPRESSION, 1006);
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
                reader = Reader::new(bits);
            }
            let message = piece.repeat(times);
            let payload = compress(&mut compressor, &message);
            prop_assert!(reader.read(&payload) == message);
        }
    }
}
