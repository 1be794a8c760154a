//! What happened on the wire as lines: frames decoded, with a hexdump.

use autobahn_cases::Transcript;
use autobahn_cases::event::Excerpt;
use autobahn_cases::transcript::{Entry, FrameEntry, What};

use crate::escape::line;
use crate::report::wire;

use super::detail::Detail;

/// What happened, as far as it is told.
#[derive(Debug, Default)]
pub(super) struct Frames {
    pub(super) lines: Vec<Line>,
}

/// One thing that happened.
#[derive(Debug)]
pub(super) struct Line {
    /// Whether the peer sent it.
    pub(super) received: bool,
    /// When, who and what.
    pub(super) text: String,
    /// The octets, sixteen a line.
    pub(super) dump: Vec<String>,
}

/// The events that are told: all, or those that frames do not tell already.
pub(super) fn told(transcript: &Transcript, detail: Detail) -> Vec<&Entry> {
    let frames = transcript
        .entries
        .iter()
        .any(|entry| matches!(entry.what, What::Received(_)));
    let tells = |entry: &&Entry| match entry.what {
        What::Sent(_) | What::Received(_) | What::TimerFired { .. } | What::Note { .. } => true,
        What::SentOctets { .. } | What::ReceivedOctets { .. } => detail.hexdump || !frames,
        What::TimerSet { .. } => detail.hexdump,
    };
    transcript.entries.iter().filter(tells).collect()
}

impl Frames {
    pub(super) fn of(transcript: &Transcript, detail: Detail) -> Self {
        let told = told(transcript, detail);
        // Of a cut the last lines are kept: they tell how it ended.
        let (first, last) = match told.len() {
            all if all <= detail.events => (all, 0),
            _ => (detail.events - detail.events / 3, detail.events / 3),
        };
        let cut = told.len() - first - last;
        let mut lines: Vec<Line> = told[..first]
            .iter()
            .map(|one| line_of(one, detail))
            .collect();
        let omitted = transcript.omitted.saturating_add(cut as u64);
        if omitted > 0 {
            // What the engine did not keep was in the middle.
            let at = if cut > 0 { first } else { first / 2 };
            lines.insert(
                at,
                Line {
                    received: false,
                    text: format!("{:>9}   {omitted} more", "…"),
                    dump: Vec::new(),
                },
            );
        }
        let rest = &told[told.len() - last..];
        lines.extend(rest.iter().map(|one| line_of(one, detail)));
        Self { lines }
    }
}

fn line_of(entry: &Entry, detail: Detail) -> Line {
    let (who, text, octets) = match &entry.what {
        What::Sent(frame) => ("→", frame_text(frame, detail), Some(&frame.payload)),
        What::Received(frame) => ("←", frame_text(frame, detail), Some(&frame.payload)),
        What::SentOctets { octets } => ("→", octets_text(octets), Some(octets)),
        What::ReceivedOctets { octets } => ("←", octets_text(octets), Some(octets)),
        What::TimerSet { timer, millis } => {
            ("·", format!("{} in {millis} ms", wire::timer(timer)), None)
        }
        What::TimerFired { timer } => ("·", format!("{}: time is up", wire::timer(timer)), None),
        What::Note { text } => ("·", line(text), None),
    };
    let octets = octets.filter(|_| detail.hexdump);
    let time = entry.micros.map_or(String::new(), time);
    Line {
        received: who == "←",
        text: format!("{time:>9} {who} {text}"),
        dump: octets.map(dump).unwrap_or_default(),
    }
}

fn octets_text(octets: &Excerpt) -> String {
    match octets.len {
        Some(1) => String::from("1 octet"),
        Some(len) => format!("{len} octets"),
        None => String::from("octets"),
    }
}

fn frame_text(frame: &FrameEntry, detail: Detail) -> String {
    if detail.hexdump {
        return wire::frame(frame);
    }
    let mut frame = frame.clone();
    // The key is random, and the payload is shown without it.
    frame.mask = None;
    let whole = frame.payload.hex.len() as u64;
    frame.payload.len = frame.payload.len.or(Some(whole));
    frame.payload.hex.truncate(detail.payload);
    wire::frame(&frame)
}

/// `0.3 ms`, `1.002 s`.
fn time(micros: u64) -> String {
    match micros {
        0..1_000_000 => format!("{}.{} ms", micros / 1000, micros / 100 % 10),
        _ => format!("{}.{:03} s", micros / 1_000_000, micros / 1000 % 1000),
    }
}

/// `0000  48 65 6c 6c 6f  |Hello|`, a line for every sixteen octets.
fn dump(octets: &Excerpt) -> Vec<String> {
    let mut lines: Vec<String> = octets
        .hex
        .chunks(16)
        .enumerate()
        .map(|(at, row)| {
            let hex: Vec<String> = row.iter().map(|octet| format!("{octet:02x}")).collect();
            let text: String = row.iter().map(|octet| printable(*octet)).collect();
            format!(
                "            {:04x}  {:47}  |{text}|",
                at * 16,
                hex.join(" ")
            )
        })
        .collect();
    if octets.is_cut() && !lines.is_empty() {
        lines.push(format!("            {:04x}  …", octets.hex.len()));
    }
    lines
}

fn printable(octet: u8) -> char {
    match octet {
        b' '..=b'~' => char::from(octet),
        _ => '.',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hexdump_has_sixteen_octets_a_line() {
        let lines = dump(&Excerpt::of(b"Hello, world! \x00\xff<b>"));
        assert_eq!(
            lines,
            [
                "            0000  48 65 6c 6c 6f 2c 20 77 6f 72 6c 64 21 20 00 ff  |Hello, world! ..|",
                "            0010  3c 62 3e                                         |<b>|",
            ]
        );
        assert_eq!(dump(&Excerpt::of(b"")), [""; 0]);
        assert_eq!(
            dump(&Excerpt::of(&[0; 65])).last().unwrap(),
            "            0040  …"
        );
    }

    #[test]
    fn the_first_and_the_last_events_of_a_cut_are_kept() {
        let mut transcript = Transcript::default();
        for number in 0..100 {
            let text = format!("event {number}");
            transcript.push(Entry {
                micros: None,
                what: What::Note { text },
            });
        }
        let detail = Detail {
            hexdump: false,
            events: 12,
            payload: 32,
            reason: true,
        };
        let frames = Frames::of(&transcript, detail);
        let lines = frames.lines.iter();
        let texts: Vec<&str> = lines
            .map(|line| line.text.trim_matches([' ', '·', '…']))
            .collect();
        assert_eq!(texts.len(), 13);
        assert_eq!(&texts[7..10], ["event 7", "88 more", "event 96"]);
        assert_eq!(texts[12], "event 99");
    }
}
