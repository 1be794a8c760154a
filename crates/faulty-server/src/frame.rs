//! The layout of a frame (RFC 6455, 5.2), legal or not.

pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// The first of the three reserved bits, as they stand in [`Header::rsv`].
pub(crate) const RSV1: u8 = 0b100;

/// What stands before the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) fin: bool,
    /// The three reserved bits.
    pub(crate) rsv: u8,
    pub(crate) opcode: u8,
    pub(crate) masking_key: Option<[u8; 4]>,
    /// Octets of the payload.
    pub(crate) length: u64,
    /// Octets that encode the length: 1, 3 or 9.
    pub(crate) length_octets: usize,
}

impl Header {
    /// A frame of a server, as it should be.
    pub(crate) fn new(opcode: u8, length: usize) -> Self {
        let length = length as u64;
        Self {
            fin: true,
            rsv: 0,
            opcode,
            masking_key: None,
            length,
            length_octets: minimal(length),
        }
    }

    /// Reads a header and says how long it is; `None` when octets are missing.
    pub(crate) fn parse(octets: &[u8]) -> Option<(Self, usize)> {
        let (&first, rest) = octets.split_first()?;
        let (&second, rest) = rest.split_first()?;
        let (length, length_octets) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes(*rest.first_chunk()?)), 3),
            127 => (u64::from_be_bytes(*rest.first_chunk()?), 9),
            length => (u64::from(length), 1),
        };
        let (masking_key, key_octets) = match second & 0x80 {
            0 => (None, 0),
            _ => (Some(*rest.get(length_octets - 1..)?.first_chunk()?), 4),
        };
        let header = Self {
            fin: first & 0x80 != 0,
            rsv: first >> 4 & 0b111,
            opcode: first & 0x0f,
            masking_key,
            length,
            length_octets,
        };
        Some((header, 1 + length_octets + key_octets))
    }

    /// Appends the frame: this header and the payload, masked if there is a key.
    pub(crate) fn write(&self, payload: &[u8], out: &mut Vec<u8>) {
        out.push(u8::from(self.fin) << 7 | self.rsv << 4 | self.opcode);
        let mask = if self.masking_key.is_some() { 0x80 } else { 0 };
        // Whoever asks for a longer encoding than needed gets it, but never a shorter one.
        match self.length_octets.max(minimal(self.length)) {
            1 => out.push(mask | self.length as u8),
            3 => {
                out.push(mask | 126);
                out.extend_from_slice(&(self.length as u16).to_be_bytes());
            }
            _ => {
                out.push(mask | 127);
                out.extend_from_slice(&self.length.to_be_bytes());
            }
        }
        out.extend(self.masking_key.into_iter().flatten());
        let begin = out.len();
        out.extend_from_slice(payload);
        if let Some(key) = self.masking_key {
            mask_from(key, 0, &mut out[begin..]);
        }
    }

    /// Whether no shorter encoding of the length exists.
    pub(crate) fn is_minimal(&self) -> bool {
        self.length_octets == minimal(self.length)
    }
}

/// A whole control frame.
pub(crate) fn control(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Header::new(opcode, payload.len()).write(payload, &mut out);
    out
}

/// Masks or unmasks octets that stand at `position` of a payload (RFC 6455, 5.3).
pub(crate) fn mask_from(key: [u8; 4], position: u64, octets: &mut [u8]) {
    let mut key = key;
    key.rotate_left((position % 4) as usize);
    let mut fours = octets.chunks_exact_mut(4);
    for four in &mut fours {
        for (octet, key) in four.iter_mut().zip(key) {
            *octet ^= key;
        }
    }
    for (octet, key) in fours.into_remainder().iter_mut().zip(key) {
        *octet ^= key;
    }
}

/// The least octets that encode a length.
fn minimal(length: u64) -> usize {
    match length {
        0..=125 => 1,
        126..=0xffff => 3,
        _ => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: Header, payload: &[u8], octets: &[u8]) {
        let mut written = Vec::new();
        header.write(payload, &mut written);
        assert_eq!(written, octets);
        let (read, length) = Header::parse(octets).unwrap();
        assert_eq!(read, header);
        assert_eq!(length, octets.len() - payload.len());
        for end in 0..length {
            assert_eq!(Header::parse(&octets[..end]), None);
        }
    }

    #[test]
    fn the_samples_of_the_rfc_are_written_and_read() {
        // RFC 6455, 5.7.
        let hello = Header::new(TEXT, 5);
        check(hello, b"Hello", b"\x81\x05Hello");
        let masked = Header {
            masking_key: Some([0x37, 0xfa, 0x21, 0x3d]),
            ..hello
        };
        check(
            masked,
            b"Hello",
            b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
        );
        let first = Header {
            fin: false,
            ..Header::new(TEXT, 3)
        };
        check(first, b"Hel", b"\x01\x03Hel");
        check(
            Header::new(BINARY, 256),
            &[0; 256],
            &[b"\x82\x7e\x01\x00".as_slice(), &[0; 256]].concat(),
        );
        let long = [b"\x82\x7f\0\0\0\0\0\x01\0\0".as_slice(), &[0; 65536]].concat();
        check(Header::new(BINARY, 65536), &[0; 65536], &long);
    }

    #[test]
    fn illegal_frames_are_written_and_read_too() {
        check(
            Header {
                rsv: RSV1,
                ..Header::new(11, 0)
            },
            b"",
            b"\xcb\0",
        );
        let long = Header {
            length_octets: 9,
            ..Header::new(TEXT, 1)
        };
        check(long, b"a", b"\x81\x7f\0\0\0\0\0\0\0\x01a");
        assert!(!long.is_minimal());
    }

    #[test]
    fn a_payload_is_unmasked_in_pieces_of_any_length() {
        let mut octets: Vec<u8> = (0..20).collect();
        mask_from([1, 2, 3, 4], 0, &mut octets);
        let (first, rest) = octets.split_at_mut(7);
        mask_from([1, 2, 3, 4], 0, first);
        mask_from([1, 2, 3, 4], 7, rest);
        assert_eq!(octets, (0..20).collect::<Vec<u8>>());
    }
}
