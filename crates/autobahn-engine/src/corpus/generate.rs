//! Makes the corpora. What counts is their size and how well they compress.

use std::fmt::Write;

use autobahn_cases::play::Corpus;
use fastrand::Rng;

/// The octets of a corpus.
pub(super) fn octets(corpus: Corpus, seed: u64) -> Vec<u8> {
    let mut random = Rng::with_seed(seed);
    match corpus {
        Corpus::Json => json(&mut random),
        Corpus::Picture => picture(&mut random),
        Corpus::Prose => prose(&mut random, 222_218),
        Corpus::Html => html(&mut random),
        Corpus::Document => document(&mut random),
    }
}

/// Records that differ in a few digits only.
fn json(random: &mut Rng) -> Vec<u8> {
    const LEN: usize = 194_056;
    const END: &str = "\n  ]\n}\n";
    let mut text = String::from("{\n  \"measurements\": [");
    loop {
        let before = text.len();
        let separator = if before > 30 { "," } else { "" };
        let (id, value) = (random.u32(1000..10_000), random.u32(10..1000));
        let north = random.u32(1000..10_000);
        write!(
            text,
            "{separator}\n    {{\n      \"station\": \"weather-station-{id}\",\n      \
             \"location\": {{ \"latitude\": 51.{north}, \"longitude\": -0.0015 }},\n      \
             \"temperature\": {{ \"value\": {value}, \"unit\": \"degree Celsius\" }},\n      \
             \"status\": \"operational\",\n      \"comment\": null\n    }}"
        )
        .expect("a string takes all");
        if text.len() + END.len() > LEN {
            text.truncate(before);
            break;
        }
    }
    let room = LEN - text.len() - END.len();
    text.push_str(&" ".repeat(room));
    text.push_str(END);
    text.into_bytes()
}

/// An uncompressed picture: a gradient with noise, in three colours.
fn picture(random: &mut Rng) -> Vec<u8> {
    const LEN: usize = 263_222;
    let mut octets = b"BM".to_vec();
    octets.resize(54, 0);
    while octets.len() < LEN {
        let row = octets.len() / 1536;
        let light = (row * 48 / 171) as u8;
        octets.push(40 + light + random.u8(..96));
    }
    octets
}

/// Words, the frequent ones more often, in lines.
fn prose(random: &mut Rng, len: usize) -> Vec<u8> {
    /// Letters as often as German has them, roughly.
    const LETTERS: &[u8] = b"eeeeeeeennnnniiiirrrrsssstttaaaddddhhhuuulllccgggmmoobbwwfkzvp";
    let words: Vec<String> = (0..3000)
        .map(|index: usize| {
            // Frequent words are short.
            let letters = 2 + usize::from(index > 60) * 2 + random.usize(..6);
            (0..letters)
                .map(|_| char::from(LETTERS[random.usize(..LETTERS.len())]))
                .collect()
        })
        .collect();
    let mut text = String::new();
    let mut column = 0;
    while text.len() < len {
        // A power of an even distribution prefers small indices.
        let index = (random.f64().powf(3.5) * words.len() as f64) as usize;
        let word = &words[index];
        text.push_str(word);
        column += word.len();
        let end = match random.u8(..12) {
            0 => ", ",
            1 => ". ",
            _ => " ",
        };
        text.push_str(end);
        if column > 60 {
            text.push_str("\r\n");
            column = 0;
        }
    }
    text.truncate(len);
    text.into_bytes()
}

/// A report of many alike rows, with 26 characters beyond ASCII.
fn html(random: &mut Rng) -> Vec<u8> {
    const LEN: usize = 263_647;
    const END: &str = "</table>\n</body></html>\n";
    let mut text = String::from(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Übersicht – Ergebnisse</title></head>\n\
         <body>\n<table class=\"report\">\n",
    );
    text.push_str("<!-- ÄÖÜäöüß€ÄÖÜäöüß€ÄÖÜäöüß€ -->\n");
    loop {
        let before = text.len();
        let (case, millis, size) = (random.u32(1..999), random.u32(1..400), random.u32(10..999));
        write!(
            text,
            "<tr class=\"case_row\">\n  <td class=\"case_subcategory\"><a href=\"case_{case}.html\">Case {case}</a></td>\n  \
             <td class=\"case_ok\"><span class=\"close_code\">1000</span> Pass</td>\n  \
             <td class=\"case_time\">{millis} ms</td><td class=\"case_size\">{size} octets</td>\n</tr>\n"
        )
        .expect("a string takes all");
        if text.len() + END.len() > LEN {
            text.truncate(before);
            break;
        }
    }
    let room = LEN - text.len() - END.len();
    text.push_str(&" ".repeat(room));
    text.push_str(END);
    text.into_bytes()
}

/// Streams that are compressed already between text that is not.
fn document(random: &mut Rng) -> Vec<u8> {
    const LEN: usize = 1_042_328;
    let prose = prose(random, 200_000);
    let mut words = prose.iter().cycle();
    let mut octets = b"%PDF-1.4\n".to_vec();
    while octets.len() < LEN {
        let object = octets.len();
        let compressed = 2600 + random.usize(..1600);
        octets.extend_from_slice(format!("{object} 0 obj\nstream\n").as_bytes());
        octets.extend((0..compressed).map(|_| random.u8(..)));
        octets.extend_from_slice(b"\nendstream\nendobj\n");
        octets.extend(words.by_ref().take(2400));
    }
    octets.truncate(LEN);
    octets
}
