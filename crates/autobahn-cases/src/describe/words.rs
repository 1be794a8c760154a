//! Frames, messages and payloads in words.

use std::fmt::Write as _;
use std::time::Duration;

use crate::event::hex;
use crate::frame::{FrameSpec, LengthForm, Mask, Opcode, Payload, Write};
use crate::play::Message;

pub(super) fn frame(spec: &FrameSpec) -> String {
    let mut text = match spec.opcode {
        Opcode::CONTINUATION => "continuation".to_owned(),
        Opcode::TEXT => "text".to_owned(),
        Opcode::BINARY => "binary".to_owned(),
        Opcode::CLOSE => "Close frame".to_owned(),
        Opcode::PING => "ping".to_owned(),
        Opcode::PONG => "pong".to_owned(),
        Opcode(number) => format!("opcode {number}"),
    };
    text.push(' ');
    text.push_str(&octets(&spec.payload));
    if !spec.fin {
        text.push_str(", not final");
    }
    for (bit, name) in [(4, "RSV1"), (2, "RSV2"), (1, "RSV3")] {
        if spec.rsv & bit != 0 {
            text.push_str(", ");
            text.push_str(name);
        }
    }
    match spec.mask {
        Mask::ByRole => {}
        Mask::Fixed(key) => append(
            &mut text,
            format_args!(", masked with 0x{}", hex::encode(&key)),
        ),
        Mask::Absent => text.push_str(", not masked"),
    }
    match spec.length {
        LengthForm::Minimal => {}
        LengthForm::Bits16 => text.push_str(", length in 16 bits"),
        LengthForm::Bits64 => text.push_str(", length in 64 bits"),
        LengthForm::Declared(len) => append(&mut text, format_args!(", length declared as {len}")),
    }
    text.push_str(&written(spec.write));
    text
}

pub(super) fn message(message: &Message) -> String {
    let kind = message.kind.name();
    let octets = octets(&message.payload);
    let frames = match (message.fragment, message.frame_lengths().count()) {
        (_, 1) => "in one frame".to_owned(),
        (fragment, count) => format!(
            "in {count} frames of at most {}{}",
            count_of(fragment.unwrap_or_default()),
            match message.frame_lengths().last() {
                Some(0) => ", the last one empty",
                _ => "",
            }
        ),
    };
    format!(
        "{kind} message {octets}, {frames}{}",
        written(message.write)
    )
}

pub(super) fn close(code: Option<u16>, reason: &Payload) -> String {
    match (code, reason.is_empty()) {
        (None, true) => "close without a code".to_owned(),
        (None, false) => format!("close without a code, body {}", octets(reason)),
        (Some(code), true) => format!("close with {code}"),
        (Some(code), false) => format!("close with {code}, reason {}", octets(reason)),
    }
}

/// The octets of a payload: as text where they are plain ASCII, otherwise as
/// hexadecimal digits.
pub(super) fn octets(payload: &Payload) -> String {
    match payload {
        payload if payload.is_empty() => "without payload".to_owned(),
        Payload::Octets(octets) => literal(octets),
        Payload::Repeat { pattern, len } => {
            format!("of {len} octets, {} repeated", literal(pattern))
        }
    }
}

fn literal(octets: &[u8]) -> String {
    let plain = |octet: &u8| octet.is_ascii_graphic() || *octet == b' ';
    match std::str::from_utf8(octets) {
        Ok(text) if octets.iter().all(plain) => format!("{text:?}"),
        _ => format!("0x{}", hex::encode(octets)),
    }
}

fn count_of(octets: usize) -> String {
    match octets {
        1 => "1 octet".to_owned(),
        _ => format!("{octets} octets"),
    }
}

fn written(write: Write) -> String {
    match write {
        Write::Plain => String::new(),
        Write::Sync => ", in a write of its own".to_owned(),
        Write::Chop(1) => ", octet by octet".to_owned(),
        Write::Chop(octets) => format!(", in writes of {octets} octets"),
    }
}

pub(super) fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

fn append(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{MessageKind, binary, frame as any, repeat, text};

    #[test]
    fn frames_say_everything_that_is_unusual_about_them() {
        let spec = FrameSpec {
            mask: Mask::Fixed([1, 2, 3, 4]),
            length: LengthForm::Declared(7),
            ..any(3, "a\"b").rsv(6).more().chop(1)
        };
        assert_eq!(
            frame(&spec),
            r#"opcode 3 "a\"b", not final, RSV1, RSV2, masked with 0x01020304, length declared as 7, octet by octet"#
        );
        let spec = FrameSpec {
            mask: Mask::Absent,
            length: LengthForm::Bits64,
            ..binary(repeat(b"\xfe", 9)).sync()
        };
        assert_eq!(
            frame(&spec),
            "binary of 9 octets, 0xfe repeated, not masked, length in 64 bits, in a write of its own"
        );
        assert_eq!(frame(&text("é")), "text 0xc3a9");
    }

    #[test]
    fn messages_say_how_they_are_cut() {
        let whole = Message::new(MessageKind::Text, "abcd");
        assert_eq!(message(&whole), "text message \"abcd\", in one frame");
        assert_eq!(
            message(&whole.clone().fragments_of(2)),
            "text message \"abcd\", in 3 frames of at most 2 octets, the last one empty"
        );
        assert_eq!(
            message(&whole.fragments_of(3)),
            "text message \"abcd\", in 2 frames of at most 3 octets"
        );
    }
}
