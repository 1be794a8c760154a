//! Messages in, frames out (RFC 6455, 6.1), as wrong as the behavior has it.

use crate::{
    behavior::Behavior,
    decision::{CloseFrame, Deflate, Echo, Layout, Pong, Scope},
    deflate::Deflater,
    extension::{Agreement, Window},
    frame::{self, BINARY, CLOSE, CONTINUATION, Header, PING, PONG, RSV1, TEXT},
    violation::Violation,
};

/// Makes octets of what a server answers.
pub(crate) struct Sender {
    behavior: Behavior,
    deflater: Option<Deflater>,
    window: Window,
    /// Messages that were to be echoed.
    messages: u64,
    /// Pings that were to be answered.
    pings: u64,
    /// The payload of the ping before.
    previous_ping: Option<Vec<u8>>,
}

impl Sender {
    pub(crate) fn new(behavior: Behavior, agreement: Option<&Agreement>) -> Self {
        Self {
            behavior,
            deflater: agreement.map(Agreement::deflater),
            window: agreement.map_or(Window::Free, |agreement| agreement.window),
            messages: 0,
            pings: 0,
            previous_ping: None,
        }
    }

    /// Appends what comes back for a message that came in so many frames.
    pub(crate) fn echo(&mut self, opcode: u8, payload: Vec<u8>, frames: u64, out: &mut Vec<u8>) {
        self.messages += 1;
        let faulty = self.behavior;
        if !self.is_meant(opcode, &payload, frames) {
            self.behavior = Behavior::CORRECT;
        }
        self.echo_any(opcode, payload, out);
        self.behavior = faulty;
    }

    /// Whether the fault is about this message.
    fn is_meant(&self, opcode: u8, payload: &[u8], frames: u64) -> bool {
        match self.behavior.scope {
            Scope::All => true,
            Scope::Text => opcode == TEXT,
            Scope::Binary => opcode == BINARY,
            Scope::AtLeast(length) => payload.len() >= length,
            Scope::AtMost(length) => payload.len() <= length,
            Scope::Fragmented => frames > 1,
            Scope::WindowAsked => self.window == Window::Asked,
        }
    }

    fn echo_any(&mut self, opcode: u8, mut payload: Vec<u8>, out: &mut Vec<u8>) {
        match self.behavior.echo {
            Echo::Same => self.message(opcode, payload, out),
            Echo::Twice => {
                self.message(opcode, payload.clone(), out);
                self.message(opcode, payload, out);
            }
            Echo::EveryOther if self.messages.is_multiple_of(2) => {}
            Echo::EveryOther => self.message(opcode, payload, out),
            Echo::Swallowed => {}
            Echo::BitFlipped => {
                flip_bit(&mut payload);
                self.message(opcode, payload, out);
            }
            Echo::Truncated => {
                payload.pop();
                self.message(opcode, payload, out);
            }
            Echo::AsBinary => self.message(BINARY, payload, out),
            Echo::AsText => self.message(TEXT, payload, out),
            Echo::Ascii => {
                let text = String::from_utf8_lossy(&payload);
                let ascii = text.replace(|char: char| !char.is_ascii(), "?");
                self.message(opcode, ascii.into_bytes(), out);
            }
            Echo::InvalidUtf8 => self.message(TEXT, b"\xed\xa0\x80".to_vec(), out),
        }
    }

    /// Appends a message, compressed if that was agreed.
    fn message(&mut self, opcode: u8, mut payload: Vec<u8>, out: &mut Vec<u8>) {
        let Some(deflater) = &mut self.deflater else {
            return self.frames(Header::new(opcode, 0), &payload, out);
        };
        let compressed = Header {
            rsv: RSV1,
            ..Header::new(opcode, 0)
        };
        match self.behavior.deflate {
            Deflate::Correct
            | Deflate::Declines
            | Deflate::RestrictsClient
            | Deflate::IgnoresTakeover
            | Deflate::KeepsContext
            | Deflate::WrongWindow
            | Deflate::ExceedsWindow
            | Deflate::ForgetsLong => {
                let data = deflater.deflate(&payload);
                self.frames(compressed, &data, out);
            }
            Deflate::Uncompressed => self.frames(Header::new(opcode, 0), &payload, out),
            Deflate::NoRsv1 => {
                let data = deflater.deflate(&payload);
                self.frames(Header::new(opcode, 0), &data, out);
            }
            Deflate::CorruptData => {
                let mut data = deflater.deflate(&payload);
                // RFC 1951, 3.2.3: the block type 11 is reserved.
                data[0] |= 0b110;
                self.frames(compressed, &data, out);
            }
            Deflate::TruncatedData => {
                let data = deflater.deflate(&payload);
                self.frames(compressed, &data[..data.len() / 2], out);
            }
            Deflate::WrongContent => {
                flip_bit(&mut payload);
                let data = deflater.deflate(&payload);
                self.frames(compressed, &data, out);
            }
        }
    }

    /// Appends the frames of a message; `first` tells the opcode and the reserved bits.
    fn frames(&self, first: Header, payload: &[u8], out: &mut Vec<u8>) {
        let length = payload.len() as u64;
        let whole = Header {
            length,
            ..Header::new(first.opcode, payload.len())
        };
        let whole = Header {
            rsv: first.rsv,
            ..whole
        };
        match self.behavior.layout {
            Layout::Whole => whole.write(payload, out),
            Layout::Masked => {
                Header {
                    masking_key: Some([0x37, 0xfa, 0x21, 0x3d]),
                    ..whole
                }
                .write(payload, out);
            }
            Layout::ReservedBit => Header {
                rsv: whole.rsv | 0b010,
                ..whole
            }
            .write(payload, out),
            Layout::NonMinimalLength => {
                Header {
                    length_octets: 9,
                    ..whole
                }
                .write(payload, out);
            }
            Layout::LengthLimitsTooLow => {
                let length_octets = match length {
                    125 => 3,
                    0xffff => 9,
                    _ => whole.length_octets,
                };
                Header {
                    length_octets,
                    ..whole
                }
                .write(payload, out);
            }
            Layout::LengthLimitsTooHigh | Layout::LengthSignExtended => {
                let begin = out.len();
                whole.write(payload, out);
                let header = begin + 1;
                match (self.behavior.layout, length) {
                    (Layout::LengthLimitsTooHigh, 126 | 127) => {
                        out.splice(header..header + 3, [length as u8]);
                    }
                    (Layout::LengthLimitsTooHigh, 0x1_0000) => {
                        out.splice(header..header + 9, [126, 0, 0]);
                    }
                    (Layout::LengthSignExtended, 126..=0xffff) if length & 0x80 != 0 => {
                        out[header + 1] = 0xff;
                    }
                    _ => {}
                }
            }
            Layout::Rsv1OnContinuations => {
                let (begin, end) = payload.split_at(payload.len() / 2);
                let begin_header = Header {
                    fin: false,
                    rsv: first.rsv,
                    ..Header::new(first.opcode, begin.len())
                };
                begin_header.write(begin, out);
                let end_header = Header {
                    rsv: first.rsv,
                    ..Header::new(CONTINUATION, end.len())
                };
                end_header.write(end, out);
            }
            Layout::Fragmented => {
                let (a, rest) = payload.split_at(payload.len() / 3);
                let (b, c) = rest.split_at(rest.len() / 2);
                let part = |opcode, rsv, payload: &[u8], fin, out: &mut Vec<u8>| {
                    Header {
                        fin,
                        rsv,
                        ..Header::new(opcode, payload.len())
                    }
                    .write(payload, out);
                };
                part(first.opcode, first.rsv, a, false, out);
                out.extend(frame::control(PING, b"between fragments"));
                part(CONTINUATION, 0, b, false, out);
                part(CONTINUATION, 0, c, true, out);
            }
        }
    }

    /// The answer to a ping, if there is one.
    pub(crate) fn pong(&mut self, mut payload: Vec<u8>) -> Vec<u8> {
        self.pings += 1;
        match self.behavior.pong {
            Pong::NotToEmpty if payload.is_empty() => return Vec::new(),
            Pong::EveryOther if self.pings.is_multiple_of(2) => return Vec::new(),
            Pong::SamePayload | Pong::AfterMessage | Pong::NotToEmpty | Pong::EveryOther => {}
            Pong::OtherPayload if payload.is_empty() => payload.push(b'?'),
            Pong::OtherPayload => flip_bit(&mut payload),
            Pong::Empty => payload.clear(),
            Pong::ThroughText => payload = String::from_utf8_lossy(&payload).into_owned().into(),
            Pong::OfPrevious => {
                let current = payload.clone();
                payload = self.previous_ping.replace(current).unwrap_or(payload);
            }
        }
        frame::control(PONG, &payload)
    }

    /// The answer to a Close with this body.
    pub(crate) fn close(&self, received: &[u8]) -> Vec<u8> {
        match self.behavior.answer.frame {
            // RFC 6455, 5.5.1: the answer typically echoes the code.
            CloseFrame::Fitting => frame::control(CLOSE, received.get(..2).unwrap_or_default()),
            CloseFrame::Received => frame::control(CLOSE, received),
            CloseFrame::Code(code) => frame::control(CLOSE, &code.to_be_bytes()),
            CloseFrame::Body(body) => frame::control(CLOSE, body),
            CloseFrame::Omitted => Vec::new(),
        }
    }

    /// The Close that tells of a violation.
    pub(crate) fn fail(&self, violation: Violation) -> Vec<u8> {
        match self.behavior.failure.frame {
            CloseFrame::Fitting | CloseFrame::Received => {
                let mut body = violation.close_code().to_be_bytes().to_vec();
                body.extend(violation.to_string().as_bytes());
                frame::control(CLOSE, &body)
            }
            CloseFrame::Code(code) => frame::control(CLOSE, &code.to_be_bytes()),
            CloseFrame::Body(body) => frame::control(CLOSE, body),
            CloseFrame::Omitted => Vec::new(),
        }
    }
}

/// Changes the last octet, so that UTF-8 stays UTF-8: the lowest bit of an ASCII character or of
/// the end of any other is free.
fn flip_bit(payload: &mut [u8]) {
    if let Some(last) = payload.last_mut() {
        *last ^= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_bit_leaves_utf8() {
        for char in '\0'..=char::MAX {
            let mut text = char.to_string().into_bytes();
            flip_bit(&mut text);
            assert!(str::from_utf8(&text).is_ok(), "{char:?}");
        }
    }
}
