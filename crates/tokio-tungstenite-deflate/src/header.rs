//! Frame headers (RFC 6455, 5.2), only as far as the adapter has to know them.

use crate::mask::Mask;

/// The octets of the longest header.
pub(crate) const MAX_SIZE: usize = 14;

/// A header as it came, legal or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) fin: bool,
    /// RSV1 to RSV3, as the three low bits.
    pub(crate) rsv: u8,
    pub(crate) opcode: u8,
    pub(crate) mask: Option<Mask>,
    /// Octets of payload.
    pub(crate) length: u64,
    /// Octets of this header.
    pub(crate) size: usize,
}

impl Header {
    /// Reads a header; `None` when it is not complete.
    #[inline]
    pub(crate) fn parse(octets: &[u8]) -> Option<Self> {
        let (&[first, second], rest) = octets.split_first_chunk()?;
        let (length, rest) = match second & 0x7f {
            126 => {
                let (length, rest) = rest.split_first_chunk()?;
                (u16::from_be_bytes(*length).into(), rest)
            }
            127 => {
                let (length, rest) = rest.split_first_chunk()?;
                (u64::from_be_bytes(*length), rest)
            }
            length => (length.into(), rest),
        };
        let (mask, rest) = match second & 0x80 {
            0 => (None, rest),
            _ => {
                let (key, rest) = rest.split_first_chunk()?;
                (Some(Mask::new(*key)), rest)
            }
        };
        Some(Self {
            fin: first & 0x80 != 0,
            rsv: first >> 4 & 0b111,
            opcode: first & 0x0f,
            mask,
            length,
            size: octets.len() - rest.len(),
        })
    }
}

/// Adds the header of an unmasked frame whose first octet is `first`.
#[inline]
pub(crate) fn write_unmasked(first: u8, length: usize, output: &mut Vec<u8>) {
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ 0..126), _) => output.extend_from_slice(&[first, length]),
        (_, Ok(length)) => {
            let [high, low] = length.to_be_bytes();
            output.extend_from_slice(&[first, 126, high, low]);
        }
        _ => {
            output.extend_from_slice(&[first, 127]);
            output.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// The header of a frame of ours: at most 65,535 octets of payload, no reserved bit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) fin: bool,
    pub(crate) opcode: u8,
    pub(crate) key: Option<[u8; 4]>,
    pub(crate) length: u16,
}

impl Piece {
    /// Octets of the header.
    pub(crate) fn size(&self) -> usize {
        let length = if self.length < 126 { 2 } else { 4 };
        length + self.key.map_or(0, |key| key.len())
    }

    /// Writes the header to the front of `output`, which has to be large enough.
    pub(crate) fn write(&self, output: &mut [u8]) {
        output[0] = u8::from(self.fin) << 7 | self.opcode;
        let masked = u8::from(self.key.is_some()) << 7;
        let length = self.length.to_be_bytes();
        let end = if self.length < 126 {
            output[1] = masked | length[1];
            2
        } else {
            output[1] = masked | 126;
            output[2..4].copy_from_slice(&length);
            4
        };
        if let Some(key) = self.key {
            output[end..end + key.len()].copy_from_slice(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_form_of_a_length_is_written() {
        for (length, size) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let mut octets = vec![0xff];
            write_unmasked(0xc1, length, &mut octets);
            let header = Header::parse(&octets[1..]).unwrap();
            assert_eq!((header.length, header.size), (length as u64, size));
            assert!(header.fin && header.rsv == 0b100 && header.opcode == 1);
            assert_eq!(header.mask, None);
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 125, 126, 127, 256, 65_535] {
            for key in [None, Some([1, 2, 3, 4])] {
                for fin in [false, true] {
                    let piece = Piece {
                        fin,
                        opcode: 2,
                        key,
                        length,
                    };
                    let mut octets = [0; MAX_SIZE];
                    piece.write(&mut octets);
                    let header = Header::parse(&octets[..piece.size()]).unwrap();
                    assert_eq!(
                        header,
                        Header {
                            fin,
                            rsv: 0,
                            opcode: 2,
                            mask: key.map(Mask::new),
                            length: length.into(),
                            size: piece.size(),
                        }
                    );
                    assert_eq!(Header::parse(&octets[..piece.size() - 1]), None);
                }
            }
        }
    }

    #[test]
    fn the_longest_header_is_read() {
        let octets = [0x7b, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 5, 6, 7, 8, 0xaa];
        let header = Header::parse(&octets).unwrap();
        assert_eq!((header.fin, header.rsv, header.opcode), (false, 0b111, 11));
        assert_eq!(header.length, 1 << 63 | 1);
        assert_eq!(header.size, MAX_SIZE);
        for cut in 0..MAX_SIZE {
            assert_eq!(Header::parse(&octets[..cut]), None);
        }
    }
}
