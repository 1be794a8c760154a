//! The drawing of a connection: time runs to the right, we are the upper line,
//! the peer is the lower one, and a frame is an arrow between them. Many cases
//! look the same, so equal drawings are stored once.

use autobahn_cases::Transcript;
use autobahn_cases::frame::Opcode;
use autobahn_cases::transcript::{Entry, What};

use super::detail::Detail;
use super::frames::told;

/// The drawings of the page, in the order of their first use.
#[derive(Debug, Default)]
pub(super) struct Timelines {
    pub(super) drawings: Vec<Drawing>,
}

/// A drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Drawing {
    pub(super) width: usize,
    pub(super) marks: Vec<Mark>,
}

/// One thing in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Where, from the left.
    pub(super) x: usize,
    pub(super) kind: Kind,
}

/// What a mark is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A frame or octets, by the number of the arrow.
    Arrow(usize),
    /// A time in which nothing happened.
    Silence(String),
    /// A timer that ran out.
    Timer,
    /// So many events that are not drawn.
    Omitted(u64),
    /// The end of TCP.
    End,
    /// Something else worth a note.
    Note,
}

/// What an arrow looks like.
#[derive(Debug)]
pub(super) struct Arrow {
    pub(super) sent: bool,
    pub(super) name: &'static str,
    /// The class in the style.
    pub(super) colour: &'static str,
}

/// What arrows stand for; those of the peer follow those of ours.
const ARROWS: [(&str, &str); 8] = [
    ("CONT", "d"),
    ("TEXT", "d"),
    ("BINARY", "d"),
    ("CLOSE", "k"),
    ("PING", "g"),
    ("PONG", "g"),
    ("RESERVED", "u"),
    ("octets", "o"),
];

/// The most events of a drawing.
const MOST: usize = 8;
/// From one mark to the next.
const STEP: usize = 54;
/// The shortest silence that is drawn, in microseconds.
const SILENCE: u64 = 250_000;

impl Timelines {
    /// The number of the drawing of a transcript, from 1; none if there is nothing to draw.
    pub(super) fn draw(&mut self, transcript: &Transcript) -> Option<usize> {
        let drawing = Drawing::of(transcript)?;
        let known = self.drawings.iter().position(|one| *one == drawing);
        Some(known.map_or_else(
            || {
                self.drawings.push(drawing);
                self.drawings.len()
            },
            |at| at + 1,
        ))
    }

    /// The arrows of which drawings are made, with their numbers.
    pub(super) fn arrows(&self) -> impl Iterator<Item = (usize, Arrow)> {
        let both = [true, false].into_iter();
        let arrows = both.flat_map(|sent| {
            ARROWS
                .into_iter()
                .map(move |(name, colour)| Arrow { sent, name, colour })
        });
        arrows.enumerate()
    }
}

impl Drawing {
    fn of(transcript: &Transcript) -> Option<Self> {
        let detail = Detail {
            hexdump: false,
            events: MOST,
            payload: 0,
            reason: false,
        };
        let told = told(transcript, detail);
        if told.is_empty() {
            return None;
        }
        let (first, last) = match told.len() {
            all if all <= MOST => (all, all),
            all => (MOST - MOST / 3, all - MOST / 3),
        };
        let mut marks = Vec::new();
        let mut add = |kind| {
            let x = 60 + marks.len() * STEP;
            marks.push(Mark { x, kind });
        };
        let mut before: Option<u64> = None;
        for (at, entry) in told.iter().enumerate() {
            if at == first && first < last {
                let cut = (last - first) as u64;
                let omitted = transcript.omitted.saturating_add(cut);
                add(Kind::Omitted(omitted));
            }
            if (first..last).contains(&at) {
                before = entry.micros;
                continue;
            }
            if let (Some(before), Some(now)) = (before, entry.micros)
                && now.saturating_sub(before) >= SILENCE
            {
                add(Kind::Silence(silence(now - before)));
            }
            before = entry.micros;
            add(kind(entry));
        }
        Some(Self {
            width: 70 + marks.len() * STEP,
            marks,
        })
    }
}

/// Roughly how long, so that drawings are equal more often.
fn silence(micros: u64) -> String {
    match micros {
        0..750_000 => String::from("½ s"),
        _ => format!("{} s", micros.saturating_add(500_000) / 1_000_000),
    }
}

fn kind(entry: &Entry) -> Kind {
    match &entry.what {
        What::Sent(frame) => Kind::Arrow(arrow(frame.opcode)),
        What::Received(frame) => Kind::Arrow(ARROWS.len() + arrow(frame.opcode)),
        What::SentOctets { .. } => Kind::Arrow(ARROWS.len() - 1),
        What::ReceivedOctets { .. } => Kind::Arrow(2 * ARROWS.len() - 1),
        What::TimerSet { .. } | What::TimerFired { .. } => Kind::Timer,
        What::Note { text } if text.contains("TCP") => Kind::End,
        What::Note { .. } => Kind::Note,
    }
}

fn arrow(opcode: Opcode) -> usize {
    let known = ARROWS.iter().position(|(name, _)| *name == opcode.name());
    known.expect("every name of an opcode has an arrow")
}

#[cfg(test)]
mod tests {
    use autobahn_cases::event::Excerpt;
    use autobahn_cases::frame::Write;
    use autobahn_cases::transcript::FrameEntry;

    use super::*;

    fn frame(micros: u64, opcode: Opcode) -> Entry {
        let what = What::Sent(FrameEntry {
            fin: true,
            rsv: 0,
            opcode,
            mask: None,
            payload: Excerpt::default(),
            write: Write::Plain,
        });
        Entry {
            micros: Some(micros),
            what,
        }
    }

    fn transcript(entries: impl IntoIterator<Item = Entry>) -> Transcript {
        let mut transcript = Transcript::default();
        entries.into_iter().for_each(|entry| transcript.push(entry));
        transcript
    }

    #[test]
    fn equal_drawings_are_stored_once_whatever_the_exact_times() {
        let mut timelines = Timelines::default();
        let one = transcript([frame(10, Opcode::TEXT), frame(1_010_000, Opcode::CLOSE)]);
        let same = transcript([frame(99, Opcode::TEXT), frame(1_020_000, Opcode::CLOSE)]);
        let other = transcript([frame(99, Opcode::PING)]);
        assert_eq!(timelines.draw(&one), Some(1));
        assert_eq!(timelines.draw(&same), Some(1));
        assert_eq!(timelines.draw(&other), Some(2));
        assert_eq!(timelines.draw(&Transcript::default()), None);
        let silence = &timelines.drawings[0].marks[1].kind;
        assert_eq!(*silence, Kind::Silence(String::from("1 s")));
    }

    #[test]
    fn a_long_connection_is_drawn_with_a_gap() {
        let drawing = Drawing::of(&transcript((0..100).map(|at| frame(at, Opcode::TEXT))));
        let marks = drawing.unwrap().marks;
        assert_eq!(marks.len(), MOST + 1);
        assert_eq!(marks[6].kind, Kind::Omitted(92));
    }
}
