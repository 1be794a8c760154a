//! Tests of the corpora.

use flate2::Compression;

use super::*;
use crate::deflate::{Context, Deflater};

/// How far a message of 128 KiB is compressed, at zlib's default level.
fn ratio(corpora: &Corpora, corpus: Corpus) -> f64 {
    let file = corpora.file(corpus);
    let mut deflater = Deflater::new(Compression::new(6), 15, Context::Kept);
    let (mut from, mut plain, mut compressed) = (0, 0, Vec::new());
    for _ in 0..20 {
        let (content, to) = file.window(from, 131_072);
        let Content::Ring {
            ring,
            from: start,
            len,
        } = &content
        else {
            panic!("a window is cut from a ring");
        };
        let octets: Vec<u8> = ring
            .iter()
            .cycle()
            .skip(*start)
            .take(*len)
            .copied()
            .collect();
        deflater.message(&[&octets], &mut compressed);
        plain += len;
        from = to;
    }
    compressed.len() as f64 / plain as f64
}

#[test]
fn sizes_and_ratios_are_those_of_the_suite() {
    let corpora = Corpora::generate(crate::setting::SEED);
    for (corpus, len, suite) in [
        (Corpus::Json, 194_056, 0.043),
        (Corpus::Picture, 263_222, 0.85),
        (Corpus::Prose, 222_218, 0.385),
        (Corpus::Html, 263_647, 0.055),
        (Corpus::Document, 1_042_328, 0.76),
    ] {
        assert_eq!(corpora.file(corpus).octets.len(), len, "{corpus:?}");
        let ratio = ratio(&corpora, corpus);
        assert!(
            (ratio / suite - 1.0).abs() < 0.2,
            "{corpus:?}: {ratio:.3}, suite {suite}"
        );
    }
}

#[test]
fn text_is_valid_and_html_has_a_few_wide_characters() {
    let corpora = Corpora::generate(1);
    let json = corpora.file(Corpus::Json);
    assert!(json.octets.is_ascii());
    assert_eq!(json.len, json.octets.len());
    let html = corpora.file(Corpus::Html);
    assert_eq!(html.wide.len(), 26);
    assert!(html.len < html.octets.len());
}

#[test]
fn the_same_seed_makes_the_same_files() {
    let (one, other) = (Corpora::generate(7), Corpora::generate(7));
    for corpus in ALL {
        assert_eq!(one.file(corpus).octets, other.file(corpus).octets);
    }
}

#[test]
fn windows_slide_over_characters_and_around_the_end() {
    let file = File::new("a€bä".into(), true, "").unwrap();
    assert_eq!((file.len, file.octets.len()), (4, 7));
    let text = |from, len| {
        let (content, to) = file.window(from, len);
        let Content::Ring { ring, from, len } = content else {
            panic!("a window is cut from a ring");
        };
        let octets: Vec<u8> = ring.iter().cycle().skip(from).take(len).copied().collect();
        (String::from_utf8(octets).unwrap(), to)
    };
    assert_eq!(text(0, 2), ("a€".into(), 2));
    assert_eq!(text(2, 1), ("b".into(), 3));
    assert_eq!(text(3, 3), ("äa€".into(), 2));
    assert_eq!(text(1, 4), ("€bäa".into(), 1));
}
