//! The wire log of a case, in rows of mixed types as the official suite writes
//! them. Notes have no row.

use autobahn_cases::Transcript;
use autobahn_cases::event::{Excerpt, hex};
use autobahn_cases::frame::Write;
use autobahn_cases::transcript::{FrameEntry, Timer, What};
use serde_json::{Value, json};

/// The rows, with those of the opening handshake before them.
pub(super) fn rows(transcript: &Transcript) -> Vec<Value> {
    let request = octets(&Excerpt::of(transcript.request.as_bytes()));
    let response = octets(&Excerpt::of(transcript.response.as_bytes()));
    let handshake = [json!(["TO", request, false]), json!(["RO", response])];
    let entries = transcript.entries.iter();
    let entries = entries.filter_map(|entry| row(&entry.what));
    handshake.into_iter().chain(entries).collect()
}

fn row(what: &What) -> Option<Value> {
    Some(match what {
        What::Sent(frame) => {
            let (chop, sync) = match frame.write {
                Write::Plain => (None, false),
                Write::Sync => (None, true),
                Write::Chop(octets) => (Some(octets), false),
            };
            let FrameEntry { fin, rsv, mask, .. } = frame;
            let (opcode, payload) = (frame.opcode.0, payload(&frame.payload));
            json!(["TF", payload, opcode, fin, rsv, mask, null, chop, sync])
        }
        What::Received(frame) => {
            let FrameEntry { fin, rsv, mask, .. } = frame;
            let (opcode, payload) = (frame.opcode.0, payload(&frame.payload));
            json!(["RF", payload, opcode, fin, rsv, mask.is_some(), mask])
        }
        What::SentOctets { octets: sent } => json!(["TO", octets(sent), false]),
        What::ReceivedOctets { octets: read } => json!(["RO", octets(read)]),
        What::TimerSet { timer, millis } => {
            let seconds = *millis as f64 / 1000.0;
            match timer {
                Timer::KillAfter => json!(["KL", seconds]),
                Timer::CloseAfter => json!(["TI", seconds]),
                Timer::Wait(tag) => json!(["CT", seconds, tag]),
            }
        }
        What::TimerFired { timer } => match timer {
            Timer::KillAfter => json!(["KLE"]),
            Timer::CloseAfter => json!(["TIE"]),
            Timer::Wait(tag) => json!(["CTE", tag]),
        },
        What::Note { .. } => return None,
    })
}

fn payload(payload: &Excerpt) -> Value {
    let len = payload.len.unwrap_or(payload.hex.len() as u64);
    json!([len, shown(payload)])
}

fn octets(octets: &Excerpt) -> Value {
    let len = octets.len.unwrap_or(octets.hex.len() as u64);
    let cut = if octets.is_cut() { CUT } else { "" };
    json!([len, format!("{}{cut}", hex::encode(&octets.hex))])
}

/// What follows a text that is cut.
pub(super) const CUT: &str = " ...";

/// A payload as text, or as digits where it is no text or reads as something else.
pub(super) fn shown(payload: &Excerpt) -> String {
    let cut = if payload.is_cut() { CUT } else { "" };
    match std::str::from_utf8(&payload.hex) {
        Ok(text) if !text.starts_with("0x") && !text.ends_with(CUT) => format!("{text}{cut}"),
        _ => format!("0x{}{cut}", hex::encode(&payload.hex)),
    }
}
