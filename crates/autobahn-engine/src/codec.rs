//! Frames (RFC 6455, section 5.2): writes the header it is told to, reads
//! whatever comes. What is legal is not decided here.

use autobahn_cases::frame::{LengthForm, Opcode};

use crate::mask;

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The FIN bit.
    pub fin: bool,
    /// The three reserved bits as a number: 4 is RSV1, 2 is RSV2, 1 is RSV3.
    pub rsv: u8,
    /// The opcode.
    pub opcode: Opcode,
    /// The masking key, if there is one.
    pub mask: Option<[u8; 4]>,
    /// The length of the payload as it is written.
    pub len: u64,
    /// How the length is written.
    pub form: LengthForm,
}

/// The most octets that a header has.
pub const MAX_HEADER: usize = 14;

impl Header {
    /// Writes the header to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.fin) << 7 | (self.rsv & 7) << 4 | self.opcode.0 & 15);
        let masked = u8::from(self.mask.is_some()) << 7;
        let (form, len) = match self.form {
            LengthForm::Declared(len) => (LengthForm::Bits64, len),
            LengthForm::Minimal if self.len > 0xffff => (LengthForm::Bits64, self.len),
            LengthForm::Minimal if self.len > 125 => (LengthForm::Bits16, self.len),
            form => (form, self.len),
        };
        match form {
            LengthForm::Bits64 | LengthForm::Declared(_) => {
                out.push(masked | 127);
                out.extend_from_slice(&len.to_be_bytes());
            }
            LengthForm::Bits16 => {
                out.push(masked | 126);
                out.extend_from_slice(&(len as u16).to_be_bytes());
            }
            LengthForm::Minimal => out.push(masked | len as u8),
        }
        out.extend(self.mask.into_iter().flatten());
    }

    /// Whether the length is written in the fewest octets.
    #[must_use]
    pub fn is_minimal(&self) -> bool {
        match self.form {
            LengthForm::Minimal => true,
            LengthForm::Bits16 => self.len > 125,
            LengthForm::Bits64 | LengthForm::Declared(_) => self.len > 0xffff,
        }
    }
}

/// A part of a frame, as it comes.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// A frame begins.
    Begin(Header),
    /// Some of its payload, unmasked; at least one octet.
    Payload(&'a mut [u8]),
    /// Its payload is complete.
    End,
}

/// Reads frames from octets that come in pieces.
#[derive(Debug, Default)]
pub struct Decoder {
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Header {
        octets: [u8; MAX_HEADER],
        have: usize,
    },
    Payload {
        mask: Option<[u8; 4]>,
        done: u64,
        len: u64,
    },
}

impl Default for Stage {
    fn default() -> Self {
        Self::Header {
            octets: [0; MAX_HEADER],
            have: 0,
        }
    }
}

impl Decoder {
    /// The next part in `input`, which is shortened by what was read, or `None`
    /// where more octets are needed.
    pub fn next<'a>(&mut self, input: &mut &'a mut [u8]) -> Option<Part<'a>> {
        match &mut self.stage {
            Stage::Header { octets, have } => loop {
                let wanted = header_len(&octets[..*have]);
                if *have == wanted {
                    let header = parse(octets);
                    self.stage = Stage::Payload {
                        mask: header.mask,
                        done: 0,
                        len: header.len,
                    };
                    return Some(Part::Begin(header));
                }
                let taken = take(input, wanted - *have);
                if taken.is_empty() {
                    return None;
                }
                octets[*have..*have + taken.len()].copy_from_slice(taken);
                *have += taken.len();
            },
            Stage::Payload { done, len, .. } if done == len => {
                self.stage = Stage::default();
                Some(Part::End)
            }
            Stage::Payload { mask, done, len } => {
                let rest = usize::try_from(*len - *done).unwrap_or(usize::MAX);
                let taken = take(input, rest);
                if taken.is_empty() {
                    return None;
                }
                if let Some(key) = *mask {
                    mask::apply(key, (*done % 4) as usize, taken);
                }
                *done += taken.len() as u64;
                Some(Part::Payload(taken))
            }
        }
    }

    /// Whether the octets so far end with a whole frame.
    #[must_use]
    pub fn is_between_frames(&self) -> bool {
        matches!(self.stage, Stage::Header { have: 0, .. })
    }
}

/// Splits at most `len` octets off the front of `input`.
fn take<'a>(input: &mut &'a mut [u8], len: usize) -> &'a mut [u8] {
    let len = len.min(input.len());
    let (taken, rest) = std::mem::take(input).split_at_mut(len);
    *input = rest;
    taken
}

/// How long the header is that begins with these octets.
fn header_len(octets: &[u8]) -> usize {
    let [_, second, ..] = octets else { return 2 };
    let len = match second & 127 {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    len + if second & 128 != 0 { 4 } else { 0 }
}

/// Reads a complete header.
fn parse(octets: &[u8; MAX_HEADER]) -> Header {
    let number = |octets: &[u8]| {
        let shifted = octets.iter().map(|octet| u64::from(*octet));
        shifted.fold(0, |number, octet| number << 8 | octet)
    };
    let (form, len, end) = match octets[1] & 127 {
        126 => (LengthForm::Bits16, number(&octets[2..4]), 4),
        127 => (LengthForm::Bits64, number(&octets[2..10]), 10),
        len => (LengthForm::Minimal, u64::from(len), 2),
    };
    let key = [
        octets[end],
        octets[end + 1],
        octets[end + 2],
        octets[end + 3],
    ];
    Header {
        fin: octets[0] & 0x80 != 0,
        rsv: octets[0] >> 4 & 7,
        opcode: Opcode(octets[0] & 15),
        mask: (octets[1] & 128 != 0).then_some(key),
        len,
        form,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A part with its own octets; payloads in a row become one.
    #[derive(Debug, PartialEq)]
    enum Read {
        Begin(Header),
        Payload(Vec<u8>),
        End,
    }

    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Read> {
        let mut decoder = Decoder::default();
        let mut read: Vec<Read> = Vec::new();
        for piece in pieces {
            let mut piece = piece.to_vec();
            let mut input = piece.as_mut_slice();
            while let Some(part) = decoder.next(&mut input) {
                match (part, read.last_mut()) {
                    (Part::Begin(header), _) => read.push(Read::Begin(header)),
                    (Part::Payload(octets), Some(Read::Payload(before))) => {
                        before.extend_from_slice(octets);
                    }
                    (Part::Payload(octets), _) => read.push(Read::Payload(octets.to_vec())),
                    (Part::End, _) => read.push(Read::End),
                }
            }
            assert!(input.is_empty(), "all octets are read");
        }
        read
    }

    fn header(len: u64, form: LengthForm, mask: Option<[u8; 4]>) -> Header {
        Header {
            fin: true,
            rsv: 0,
            opcode: Opcode::TEXT,
            mask,
            len,
            form,
        }
    }

    #[track_caller]
    fn check(header: Header, octets: &str, minimal: bool) {
        let mut out = Vec::new();
        header.encode(&mut out);
        assert_eq!(autobahn_cases::event::hex::encode(&out), octets);
        assert_eq!(header.is_minimal(), minimal);
        let [Read::Begin(back), ..] = &read([out.as_slice()])[..] else {
            panic!("a header comes back");
        };
        assert_eq!(
            (back.len, back.mask, back.is_minimal()),
            (header.len, header.mask, minimal)
        );
    }

    #[test]
    fn headers_are_written_and_read_in_every_form() {
        let key = Some([1, 2, 3, 4]);
        check(header(0, LengthForm::Minimal, None), "8100", true);
        check(header(125, LengthForm::Minimal, key), "81fd01020304", true);
        check(header(5, LengthForm::Bits16, None), "817e0005", false);
        check(header(126, LengthForm::Bits16, None), "817e007e", true);
        check(
            header(5, LengthForm::Bits64, None),
            "817f0000000000000005",
            false,
        );
        check(
            header(65_536, LengthForm::Bits64, None),
            "817f0000000000010000",
            true,
        );
    }

    #[test]
    fn a_declared_length_need_not_be_the_real_one() {
        let mut out = Vec::new();
        header(3, LengthForm::Declared(1 << 62), None).encode(&mut out);
        assert_eq!(out, *b"\x81\x7f\x40\0\0\0\0\0\0\0");
    }

    proptest::proptest! {
        #[test]
        fn pieces_are_read_as_the_whole(octets: Vec<u8>, cuts: Vec<u8>) {
            let mut rest = octets.as_slice();
            let mut pieces = Vec::new();
            for cut in cuts {
                let (piece, tail) = rest.split_at(usize::from(cut).min(rest.len()));
                pieces.push(piece);
                rest = tail;
            }
            pieces.push(rest);
            assert_eq!(read(pieces), read([octets.as_slice()]));
        }
    }
}
