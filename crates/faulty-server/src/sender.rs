//! Messages in, frames out (RFC 6455, 6.1), as wrong as the behavior has it.

use crate::{
    behavior::Behavior,
    decision::{CloseFrame, Deflate, Echo, Layout, Pong},
    deflate::Deflater,
    frame::{self, BINARY, CLOSE, CONTINUATION, Header, PING, PONG, RSV1, TEXT},
    violation::Violation,
};

/// Makes octets of what a server answers.
pub(crate) struct Sender {
    behavior: Behavior,
    deflater: Option<Deflater>,
    /// Messages that were to be echoed.
    messages: u64,
}

impl Sender {
    pub(crate) fn new(behavior: Behavior, deflater: Option<Deflater>) -> Self {
        Self {
            behavior,
            deflater,
            messages: 0,
        }
    }

    /// Appends what comes back for a message.
    pub(crate) fn echo(&mut self, opcode: u8, mut payload: Vec<u8>, out: &mut Vec<u8>) {
        self.messages += 1;
        match self.behavior.echo {
            Echo::Same => self.message(opcode, payload, out),
            Echo::Twice => {
                self.message(opcode, payload.clone(), out);
                self.message(opcode, payload, out);
            }
            Echo::EveryOther if self.messages.is_multiple_of(2) => {}
            Echo::EveryOther => self.message(opcode, payload, out),
            Echo::BitFlipped => {
                flip_bit(&mut payload);
                self.message(opcode, payload, out);
            }
            Echo::Truncated => {
                payload.pop();
                self.message(opcode, payload, out);
            }
            Echo::AsBinary => self.message(BINARY, payload, out),
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
            | Deflate::IgnoresTakeover
            | Deflate::WrongWindow => {
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

    /// The answer to a ping.
    pub(crate) fn pong(&self, mut payload: Vec<u8>) -> Vec<u8> {
        match self.behavior.pong {
            Pong::SamePayload => {}
            Pong::OtherPayload if payload.is_empty() => payload.push(b'?'),
            Pong::OtherPayload => flip_bit(&mut payload),
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
