//! Records what happens on the wire, the beginning and the end of it, at a cost
//! that a million frames do not notice.

use std::collections::VecDeque;

use autobahn_cases::event::{Excerpt, hex};
use autobahn_cases::frame::Write;
use autobahn_cases::transcript::{Entry, FrameEntry, Timer, Transcript, What};

use crate::codec::Header;
use crate::timers::Time;

/// Which way something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From us.
    Sent,
    /// To us.
    Received,
}

/// The first octets of a payload, without an allocation.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    octets: [u8; Excerpt::MAX],
    kept: usize,
    len: u64,
}

/// Records one connection.
#[derive(Debug, Default)]
pub struct Recorder {
    /// The request of the opening handshake.
    pub request: String,
    /// The response of the opening handshake.
    pub response: String,
    first: Vec<(Time, Recorded)>,
    last: VecDeque<(Time, Recorded)>,
    omitted: u64,
}

#[derive(Debug)]
enum Recorded {
    Frame {
        direction: Direction,
        header: Header,
        payload: Head,
        write: Write,
    },
    What(What),
}

const HALF: usize = Transcript::MAX_ENTRIES / 2;

impl Recorder {
    /// Records a frame.
    pub fn frame(
        &mut self,
        now: Time,
        direction: Direction,
        header: Header,
        payload: Head,
        write: Write,
    ) {
        self.push(
            now,
            Recorded::Frame {
                direction,
                header,
                payload,
                write,
            },
        );
    }

    /// Records octets that we sent and that are no whole frame.
    pub fn octets(&mut self, now: Time, octets: &[u8]) {
        let octets = Excerpt::of(octets);
        self.push(now, Recorded::What(What::SentOctets { octets }));
    }

    /// Records that a timer of the case was set.
    pub fn timer_set(&mut self, now: Time, timer: Timer, after: Time) {
        let millis = after.as_millis() as u64;
        self.push(now, Recorded::What(What::TimerSet { timer, millis }));
    }

    /// Records that a timer of the case ran out.
    pub fn timer_fired(&mut self, now: Time, timer: Timer) {
        self.push(now, Recorded::What(What::TimerFired { timer }));
    }

    /// Records words.
    pub fn note(&mut self, now: Time, text: impl Into<String>) {
        let text = text.into();
        self.push(now, Recorded::What(What::Note { text }));
    }

    /// What was recorded.
    #[must_use]
    pub fn into_transcript(self) -> Transcript {
        let mut response = self.response;
        if response.len() > Transcript::MAX_RESPONSE {
            response.truncate(response.floor_char_boundary(Transcript::MAX_RESPONSE));
        }
        Transcript {
            request: self.request,
            response,
            entries: self.first.into_iter().chain(self.last).map(entry).collect(),
            omitted: self.omitted,
        }
    }

    fn push(&mut self, now: Time, recorded: Recorded) {
        if self.first.len() < HALF {
            self.first.push((now, recorded));
            return;
        }
        if self.last.len() == HALF {
            self.last.pop_front();
            self.omitted += 1;
        }
        self.last.push_back((now, recorded));
    }
}

fn entry((time, recorded): (Time, Recorded)) -> Entry {
    let what = match recorded {
        Recorded::What(what) => what,
        Recorded::Frame {
            direction,
            header,
            payload,
            write,
        } => {
            let frame = FrameEntry {
                fin: header.fin,
                rsv: header.rsv,
                opcode: header.opcode,
                mask: header.mask.map(|key| hex::encode(&key)),
                payload: payload.excerpt(),
                write,
            };
            match direction {
                Direction::Sent => What::Sent(frame),
                Direction::Received => What::Received(frame),
            }
        }
    };
    let micros = Some(time.as_micros() as u64);
    Entry { micros, what }
}

impl Default for Head {
    fn default() -> Self {
        Self {
            octets: [0; Excerpt::MAX],
            kept: 0,
            len: 0,
        }
    }
}

impl Head {
    /// The head of a payload of `len` octets that begins with `octets`.
    #[must_use]
    pub fn of(octets: &[u8], len: u64) -> Self {
        let mut head = Self::default();
        head.take(octets);
        head.len = len;
        head
    }

    /// Takes the next octets of the payload.
    pub fn take(&mut self, octets: &[u8]) {
        let kept = octets.len().min(Excerpt::MAX - self.kept);
        self.octets[self.kept..self.kept + kept].copy_from_slice(&octets[..kept]);
        self.kept += kept;
        self.len += octets.len() as u64;
    }

    fn excerpt(&self) -> Excerpt {
        Excerpt {
            len: Some(self.len),
            hex: self.octets[..self.kept].to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_and_the_end_are_kept() {
        let mut recorder = Recorder::default();
        for index in 0..1000 {
            recorder.note(Time::from_micros(index), index.to_string());
        }
        let transcript = recorder.into_transcript();
        assert_eq!(transcript.entries.len(), Transcript::MAX_ENTRIES);
        assert_eq!(transcript.omitted, 872);
        assert_eq!(transcript.entries[HALF - 1].micros, Some(63));
        assert_eq!(transcript.entries[HALF].micros, Some(936));
    }

    #[test]
    fn a_head_is_put_together_from_pieces() {
        let mut head = Head::default();
        head.take(b"abc");
        head.take(&[b'*'; 100]);
        let excerpt = head.excerpt();
        assert_eq!((excerpt.len, excerpt.hex.len()), (Some(103), 64));
        assert!(excerpt.hex.starts_with(b"abc***"));
    }
}
