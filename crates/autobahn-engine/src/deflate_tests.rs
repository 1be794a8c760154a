//! Tests of permessage-deflate.

use super::*;

fn inflate(inflater: &mut Inflater, message: &[u8]) -> Result<Vec<u8>, InflateError> {
    let mut out = Vec::new();
    inflater.begin();
    for piece in message.chunks(1000) {
        inflater.take(piece, |octets| out.extend_from_slice(octets))?;
    }
    inflater.end(|octets| out.extend_from_slice(octets))?;
    Ok(out)
}

fn compress(deflater: &mut Deflater, message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let (head, tail) = message.split_at(message.len() / 3);
    deflater.message(&[head, tail], &mut out);
    out
}

/// Octets that repeat at a distance, and not nearer.
fn repeating(distance: usize, len: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    let block: Vec<u8> = (0..distance).map(|_| random.u8(..)).collect();
    block.into_iter().cycle().take(len).collect()
}

#[test]
fn messages_come_back_in_every_window_and_context() {
    for bits in 8..=15 {
        for context in [Context::Kept, Context::Reset] {
            let mut deflater = Deflater::new(Compression::new(6), bits, context);
            let mut inflater = Inflater::new(bits, context);
            for message in [
                &b""[..],
                b"Hello",
                b"Hello",
                &repeating(700, 100_000),
                &[0; 70_000],
            ] {
                let compressed = compress(&mut deflater, message);
                assert_eq!(
                    inflate(&mut inflater, &compressed).unwrap(),
                    message,
                    "{bits} bits"
                );
            }
        }
    }
}

#[test]
fn the_example_of_the_rfc_is_read() {
    // RFC 7692, 7.2.3.1 and 7.2.3.2: "Hello" twice with context takeover.
    let mut inflater = Inflater::new(15, Context::Kept);
    assert_eq!(
        inflate(&mut inflater, b"\xf2\x48\xcd\xc9\xc9\x07\x00").unwrap(),
        b"Hello"
    );
    assert_eq!(
        inflate(&mut inflater, b"\xf2\x00\x11\x00\x00").unwrap(),
        b"Hello"
    );
}

#[test]
fn a_reference_out_of_the_window_is_an_error_with_a_name() {
    let message = repeating(4000, 100_000);
    let mut deflater = Deflater::new(Compression::new(6), 15, Context::Kept);
    let compressed = compress(&mut deflater, &message);
    let error = inflate(&mut Inflater::new(9, Context::Kept), &compressed).unwrap_err();
    assert!(error.to_string().contains("too far back"), "{error}");
}

#[test]
fn a_distance_is_known_also_of_a_message_whose_context_is_reset() {
    let mut deflater = Deflater::new(Compression::default(), 15, Context::Reset);
    let mut inflater = Inflater::new(9, Context::Reset);
    inflate(
        &mut inflater,
        &compress(&mut deflater, &repeating(600, 700)),
    )
    .unwrap();
    inflate(&mut inflater, &compress(&mut deflater, b"Hello")).unwrap();
    let (longest, window) = inflater.longest_distance().unwrap();
    assert_eq!((longest, window), (600, 512));
}

#[test]
fn a_message_that_ends_inside_a_block_is_not_orderly() {
    let whole = compress(&mut Deflater::Stored, b"Hello");
    for (message, is_orderly) in [(&whole[..], true), (&whole[..whole.len() - 1], false)] {
        let mut inflater = Inflater::new(15, Context::Kept);
        assert_eq!(inflate(&mut inflater, message).unwrap(), b"Hello");
        assert_eq!(inflater.is_orderly(), is_orderly);
    }
}

#[test]
fn a_reference_to_a_context_that_is_reset_is_an_error() {
    let mut deflater = Deflater::new(Compression::new(6), 15, Context::Kept);
    let message = repeating(200, 200);
    let (first, second) = (
        compress(&mut deflater, &message),
        compress(&mut deflater, &message),
    );
    let mut inflater = Inflater::new(15, Context::Reset);
    assert_eq!(inflate(&mut inflater, &first).unwrap(), message);
    assert!(inflate(&mut inflater, &second).is_err());
}

#[test]
fn nothing_counts_after_the_end_of_a_stream_whose_context_is_kept() {
    // RFC 7692, 7.2.3.4: "Hello" in a block with BFINAL=1.
    let message = b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00";
    let mut kept = Inflater::new(15, Context::Kept);
    assert_eq!(inflate(&mut kept, message).unwrap(), b"Hello");
    assert_eq!(inflate(&mut kept, message).unwrap(), b"");
    let mut reset = Inflater::new(15, Context::Reset);
    for _ in 0..2 {
        assert_eq!(inflate(&mut reset, message).unwrap(), b"Hello");
    }
}

proptest::proptest! {
    #[test]
    fn garbage_is_an_error_or_octets(octets: Vec<u8>, bits in 8u8..=15) {
        let mut inflater = Inflater::new(bits, Context::Kept);
        let _ = inflate(&mut inflater, &octets);
        let _ = inflate(&mut inflater, &octets);
    }
}
