//! What happened on the wire, a line an event:
//! `+1.002s  peer   ◄ 8a  PONG   fin=1 len=9 "pongme 1!"`.

use std::fmt::Write as _;

use autobahn_cases::Transcript;
use autobahn_cases::event::hex;
use autobahn_cases::frame::Write;
use autobahn_cases::transcript::{Entry, FrameEntry, Timer, What};

use crate::escape::line;

/// The end of a transcript.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireLog {
    /// A line an event, the last one last.
    pub lines: Vec<String>,
    /// How many events there were in all.
    pub all: u64,
}

/// The last events of a transcript. Reads, writes and timers that were set are
/// left out where frames tell the same.
#[must_use]
pub fn last(transcript: &Transcript, most: usize) -> WireLog {
    let is_frame = |entry: &&Entry| matches!(entry.what, What::Sent(_) | What::Received(_));
    let frames = transcript.entries.iter().any(|entry| is_frame(&entry));
    let tells = |entry: &&Entry| match entry.what {
        What::Sent(_) | What::Received(_) | What::TimerFired { .. } | What::Note { .. } => true,
        What::SentOctets { .. } | What::ReceivedOctets { .. } => !frames,
        What::TimerSet { .. } => false,
    };
    let telling: Vec<&Entry> = transcript.entries.iter().filter(tells).collect();
    let shown = &telling[telling.len().saturating_sub(most)..];
    WireLog {
        lines: shown.iter().map(|entry| render(entry)).collect(),
        all: (telling.len() as u64).saturating_add(transcript.omitted),
    }
}

/// All events of a transcript that are kept, with the handshake before them.
#[must_use]
pub fn whole(transcript: &Transcript) -> Vec<String> {
    let request = transcript
        .request
        .lines()
        .map(|text| format!("> {}", line(text)));
    let response = transcript
        .response
        .lines()
        .map(|text| format!("< {}", line(text)));
    let mut lines: Vec<String> = request.chain(response).collect();
    for (index, entry) in transcript.entries.iter().enumerate() {
        if transcript.omitted > 0 && index == transcript.entries.len() / 2 {
            lines.push(format!(
                "   ... {} events are not kept ...",
                transcript.omitted
            ));
        }
        lines.push(render(entry));
    }
    lines
}

/// One event.
#[must_use]
pub fn render(entry: &Entry) -> String {
    let time = entry.micros.map_or(String::new(), |micros| {
        format!("+{}.{:03}s", micros / 1_000_000, micros / 1000 % 1000)
    });
    let words = match &entry.what {
        What::Sent(sent) => format!("engine ► {}", frame(sent)),
        What::Received(received) => format!("peer   ◄ {}", frame(received)),
        What::SentOctets { octets } => format!("engine ► octets {}", line(&octets.display())),
        What::ReceivedOctets { octets } => format!("peer   ◄ octets {}", line(&octets.display())),
        What::TimerSet { timer: set, millis } => format!("engine · {} in {millis} ms", timer(set)),
        What::TimerFired { timer: fired } => format!("engine · {}: time is up", timer(fired)),
        What::Note { text } => format!("       · {}", line(text)),
    };
    format!("{time:>8}  {words}")
}

/// The first octet as it was on the wire, and what it says.
pub(super) fn frame(frame: &FrameEntry) -> String {
    let first = u8::from(frame.fin) << 7 | (frame.rsv & 7) << 4 | frame.opcode.0 & 15;
    let mut text = format!(
        "{first:02x}  {:8} fin={}",
        frame.opcode.name(),
        u8::from(frame.fin)
    );
    if frame.rsv != 0 {
        write!(text, " rsv={:03b}", frame.rsv).expect("a string takes all");
    }
    if let Some(len) = frame.payload.len {
        write!(text, " len={len}").expect("a string takes all");
    }
    if let Some(mask) = &frame.mask {
        write!(text, " mask={}", line(mask)).expect("a string takes all");
    }
    match frame.write {
        Write::Plain | Write::Sync => {}
        Write::Chop(octets) => {
            write!(text, " in writes of {octets}").expect("a string takes all");
        }
    }
    if frame.opcode.is_control() && frame.opcode.0 == 8 {
        text.push_str(&close(&frame.payload.hex));
    } else if !frame.payload.hex.is_empty() {
        write!(text, " {}", line(&frame.payload.display())).expect("a string takes all");
    }
    text
}

/// The code and the reason in the payload of a Close frame.
fn close(payload: &[u8]) -> String {
    match payload {
        [] => String::from(" without a code"),
        [only] => format!(" half a code: {only:02x}"),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            let reason = match std::str::from_utf8(reason) {
                Ok("") => String::new(),
                Ok(text) => format!(" \"{}\"", line(&text.escape_debug().to_string())),
                Err(_) => format!(" 0x{}", hex::encode(reason)),
            };
            format!(" code={code}{reason}")
        }
    }
}

pub(super) fn timer(timer: &Timer) -> String {
    match timer {
        Timer::KillAfter => String::from("failing the connection"),
        Timer::CloseAfter => String::from("closing"),
        Timer::Wait(None) => String::from("going on"),
        Timer::Wait(Some(tag)) => format!("event {}", line(tag)),
    }
}

#[cfg(test)]
mod tests {
    use autobahn_cases::event::Excerpt;
    use autobahn_cases::frame::Opcode;

    use super::*;

    fn entry(opcode: Opcode, fin: bool, payload: &[u8]) -> Entry {
        Entry {
            micros: Some(1_002_400),
            what: What::Received(FrameEntry {
                fin,
                rsv: 0,
                opcode,
                mask: None,
                payload: Excerpt::of(payload),
                write: Write::Plain,
            }),
        }
    }

    #[track_caller]
    fn check(entry: &Entry, expected: &str) {
        assert_eq!(render(entry), expected);
    }

    #[test]
    fn a_frame_is_its_first_octet_its_name_and_its_payload() {
        check(
            &entry(Opcode::PONG, true, b"pongme 1!"),
            " +1.002s  peer   ◄ 8a  PONG     fin=1 len=9 \"pongme 1!\"",
        );
        check(
            &entry(Opcode(5), false, b""),
            " +1.002s  peer   ◄ 05  RESERVED fin=0 len=0",
        );
    }

    #[test]
    fn a_close_frame_shows_its_code() {
        check(
            &entry(Opcode::CLOSE, true, b"\x03\xeabad\x1b"),
            " +1.002s  peer   ◄ 88  CLOSE    fin=1 len=6 code=1002 \"bad\\u{1b}\"",
        );
        check(
            &entry(Opcode::CLOSE, true, b""),
            " +1.002s  peer   ◄ 88  CLOSE    fin=1 len=0 without a code",
        );
        check(
            &entry(Opcode::CLOSE, true, b"\x03"),
            " +1.002s  peer   ◄ 88  CLOSE    fin=1 len=1 half a code: 03",
        );
    }

    #[test]
    fn the_last_events_are_shown_and_all_are_counted() {
        let mut transcript = Transcript::default();
        for _ in 0..10 {
            transcript.push(entry(Opcode::TEXT, true, b"x"));
            transcript.push(Entry {
                micros: None,
                what: What::ReceivedOctets {
                    octets: Excerpt::of(b"\x81\x01x"),
                },
            });
        }
        let log = last(&transcript, 4);
        assert_eq!((log.lines.len(), log.all), (4, 10));
        assert_eq!(whole(&transcript).len(), 20);
    }
}
