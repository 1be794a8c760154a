//! Steps and events as `wire.json` writes them.

use autobahn_cases::event::{Expected, hex};
use autobahn_cases::frame::{FrameSpec, Opcode, Payload, Write};
use autobahn_cases::play::{Message, Play, Script, Step};

/// The steps of a case.
pub(crate) fn notation(play: &Play) -> Vec<String> {
    match play {
        Play::Script(Script { steps, .. }) => steps.iter().flat_map(step).collect(),
        Play::Echo(echo) => vec![format!("closeAfter({})", echo.within.as_secs())],
        Play::RoundTrips(trips) => vec![format!("closeAfter({})", trips.within.as_secs())],
        Play::Compressed(_) => panic!("compressed cases are not recorded"),
    }
}

fn step(step: &Step) -> Vec<String> {
    match step {
        Step::Frame(spec) => vec![frame(spec)],
        Step::Message(message) => frames(message).iter().map(frame).collect(),
        Step::Begin { .. } | Step::Resume { .. } => vec![],
        Step::Octets(_) => panic!("the suite sends frames only"),
        Step::Close { code, reason } => vec![frame(&close_frame(*code, reason))],
        Step::Wait(after) => vec![format!("wait({},None)", after.as_secs())],
        Step::Timeout { after, tag } => vec![format!("wait({},{tag})", after.as_secs())],
        Step::KillAfter(after) => vec![format!("killAfter({})", after.as_secs_f64())],
        Step::CloseAfter(after) => vec![format!("closeAfter({})", after.as_secs_f64())],
    }
}

fn frame(spec: &FrameSpec) -> String {
    let mut text = match spec.opcode {
        Opcode::BINARY => "BIN".to_owned(),
        opcode if opcode.name() == "RESERVED" => format!("op{}", opcode.0),
        opcode => opcode.name().to_owned(),
    };
    if !spec.fin {
        text.push('-');
    }
    if spec.rsv != 0 {
        text.push_str(&format!(" rsv={}", spec.rsv));
    }
    text.push_str(&format!(
        "[{}]{}",
        spec.payload.len(),
        payload(&spec.payload)
    ));
    match spec.write {
        Write::Plain => {}
        Write::Sync => text.push_str(" sync"),
        Write::Chop(octets) => text.push_str(&format!(" chop={octets}")),
    }
    text
}

/// The frames that carry the message.
pub(crate) fn frames(message: &Message) -> Vec<FrameSpec> {
    let lengths: Vec<_> = message.frame_lengths().collect();
    let mut start = 0;
    let frames = lengths.iter().enumerate().map(|(index, len)| {
        let opcode = match index {
            0 => message.kind.opcode(),
            _ => Opcode::CONTINUATION,
        };
        let payload = message.payload.slice(start, start + len);
        start += len;
        let frame = FrameSpec::new(opcode, payload).written(message.write);
        if index + 1 < lengths.len() {
            frame.more()
        } else {
            frame
        }
    });
    frames.collect()
}

/// The Close frame with that body.
pub(crate) fn close_frame(code: Option<u16>, reason: &Payload) -> FrameSpec {
    let mut body = code
        .map(u16::to_be_bytes)
        .map(Vec::from)
        .unwrap_or_default();
    body.extend(reason.to_vec());
    FrameSpec::new(Opcode::CLOSE, body)
}

fn payload(payload: &Payload) -> String {
    match payload.len() {
        0 => String::new(),
        1..=32 => format!(" {}", hex::encode(&payload.to_vec())),
        _ => format!(" {}..", hex::encode(&payload.slice(0, 6))),
    }
}

/// The event as `wire.json` writes it.
pub(crate) fn event(event: &Expected) -> String {
    match event {
        Expected::Message {
            kind,
            payload: octets,
        } => format!("{}{}", kind.name(), payload(octets)),
        Expected::Pong { payload: octets } => format!("pong{}", payload(octets)),
        Expected::Timeout { tag } => format!("timeout {tag}"),
    }
}
