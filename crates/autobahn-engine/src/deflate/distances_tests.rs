//! Tests of distances.

use flate2::Compression;
use proptest::prelude::*;

use super::*;
use crate::deflate::{Context, Deflater, TAIL};

/// Octets that repeat at a distance, and not nearer.
fn repeating(distance: usize, len: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(3);
    let block: Vec<u8> = (0..distance).map(|_| random.u8(..)).collect();
    block.into_iter().cycle().take(len).collect()
}

#[test]
fn the_longest_distance_is_found_however_the_octets_come() {
    for level in [1, 6, 9] {
        let mut deflater = Deflater::new(Compression::new(level), 15, Context::Kept);
        let mut out = Vec::new();
        deflater.message(&[&repeating(5000, 9000)], &mut out);
        for piece in [1, 7, 100_000] {
            let mut distances = Distances::new(15);
            assert!(out.chunks(piece).all(|octets| distances.take(octets)));
            assert_eq!(distances.longest, 5000);
        }
    }
}

#[test]
fn what_was_just_written_may_be_referred_to_beyond_the_window() {
    let mut deflater = Deflater::new(Compression::new(6), 15, Context::Kept);
    let mut out = Vec::new();
    deflater.message(&[&repeating(5000, 9000)], &mut out);
    assert!(Distances::new(9).take(&out), "9000 octets are one turn");
    out.extend_from_slice(&TAIL);
    let mut more = Vec::new();
    deflater.message(&[&repeating(5000, 9000)], &mut more);
    let mut distances = Distances::new(9);
    assert!(distances.take(&out), "the first");
    assert!(!distances.take(&more), "the second");
}

proptest! {
    #[test]
    fn garbage_ends_somewhere(octets: Vec<u8>, bits in 8u8..=15) {
        let mut distances = Distances::new(bits);
        let _ = distances.take(&octets) && distances.take(&octets);
    }

    #[test]
    fn what_fits_into_a_window_is_found_there(octets: Vec<u8>, times in 1usize..200) {
        let octets = octets.repeat(times);
        for bits in [9, 12, 15] {
            let mut deflater = Deflater::new(Compression::new(6), bits, Context::Kept);
            let mut distances = Distances::new(bits);
            for _ in 0..2 {
                let mut out = Vec::new();
                deflater.message(&[&octets], &mut out);
                out.extend_from_slice(&TAIL);
                prop_assert!(out.chunks(100).all(|octets| distances.take(octets)));
            }
            prop_assert!(distances.longest <= 1 << bits);
        }
    }
}
