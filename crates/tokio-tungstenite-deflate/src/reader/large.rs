//! Messages that are read into buffers of their own.

use bytes::{Buf, Bytes, BytesMut};
use tokio_tungstenite::tungstenite::Error;

use super::partial::{Plain, Text};
use crate::{mask::Mask, recycled};

/// A message whose payload is read to where it stays.
#[derive(Debug)]
pub(super) struct Large {
    pub(super) opcode: u8,
    mask: Option<Mask>,
    /// Octets of the payload.
    length: usize,
    /// Unused octets, what has arrived, and perhaps some octets of what comes after it.
    octets: Vec<u8>,
    /// How many are unused.
    unused: usize,
    /// How many are unused or unmasked.
    unmasked: usize,
    text: Text,
}

/// Octets that are allocated at most before any of them has come.
const AHEAD: usize = 1 << 20;

/// Octets of a page of memory.
const PAGE: usize = 4 << 10;

/// Where in a page the payload begins.
///
/// AMD's Zen 3 copies six times slower to an address that, within its page, is up to 31 octets
/// behind where the source is in its own: 256 KiB from a connection on the same machine in 175 us
/// instead of 27. There the source is at the start of a page, and large buffers of the C library
/// begin 16 octets behind it.
const PLACE: usize = 1 << 10;

impl Large {
    /// Takes what has arrived. `beside` is how many octets more than are missing may be read.
    pub(super) fn new(plain: Plain, input: &mut BytesMut, beside: usize) -> Self {
        let mut octets = recycled::take(plain.length);
        let room = plain.length.min(input.len().max(AHEAD)) + beside;
        octets.reserve_exact(PAGE + room);
        let unused = octets.as_ptr().align_offset(PAGE).wrapping_add(PLACE) % PAGE;
        octets.resize(unused, 0);
        octets.extend_from_slice(input);
        input.clear();
        Self {
            opcode: plain.opcode,
            mask: plain.mask,
            length: plain.length,
            octets,
            unused,
            unmasked: unused + plain.unmasked,
            text: plain.text,
        }
    }

    /// Where the next octets are to be read to, with room for some of them.
    pub(super) fn buffer(&mut self, wanted: usize) -> &mut Vec<u8> {
        let length = self.octets.len();
        if length == self.octets.capacity() {
            self.octets.reserve_exact(wanted.min(length.max(AHEAD)));
        }
        &mut self.octets
    }

    /// Unmasks what has arrived, and puts what comes after the message to `input`. Says how many
    /// octets are missing.
    ///
    /// # Errors
    ///
    /// When no continuation could make a text valid.
    pub(super) fn go_on(&mut self, input: &mut BytesMut) -> Result<usize, Error> {
        let end = self.unused + self.length;
        if let Some(after) = self.octets.get(end..) {
            input.extend_from_slice(after);
            self.octets.truncate(end);
        }
        if let Some(mask) = &mut self.mask {
            mask.apply(&mut self.octets[self.unmasked..]);
        }
        self.unmasked = self.octets.len();
        let missing = end - self.octets.len();
        if missing > 0 {
            self.text.check(self.opcode, &self.octets[self.unused..])?;
        }
        Ok(missing)
    }

    /// The payload, once nothing is missing.
    pub(super) fn into_payload(self) -> Bytes {
        let mut payload = recycled::freeze(self.octets);
        payload.advance(self.unused);
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::{super::BINARY, *};

    fn large(length: usize, arrived: &[u8]) -> Large {
        let mut input = BytesMut::from(arrived);
        let large = Large::new(Plain::new(BINARY, None, length), &mut input, 3);
        assert!(input.is_empty());
        large
    }

    #[test]
    fn the_payload_begins_at_its_place_in_a_page() {
        for length in [200 << 10, 1 << 20] {
            let mut large = large(length, b"abc");
            let rest = vec![b'd'; length - 3];
            large.buffer(rest.len()).extend_from_slice(&rest);
            assert_eq!(large.go_on(&mut BytesMut::new()).unwrap(), 0);
            let payload = large.into_payload();
            assert_eq!(payload.as_ptr().align_offset(PAGE), PAGE - PLACE);
            assert_eq!((payload.len(), &payload[..4]), (length, &b"abcd"[..]));
        }
    }

    #[test]
    fn what_comes_after_the_message_is_left_to_the_next_one() {
        let (length, mut input) = (200 << 10, BytesMut::new());
        let mut large = large(length, &vec![b'a'; length - 2]);
        assert_eq!(large.go_on(&mut input).unwrap(), 2);
        let buffer = large.buffer(5);
        assert!(buffer.capacity() - buffer.len() >= 5);
        buffer.extend_from_slice(b"aabcd");
        assert_eq!(large.go_on(&mut input).unwrap(), 0);
        assert_eq!(input, b"bcd"[..]);
        let payload = large.into_payload();
        assert!(payload.len() == length && payload.iter().all(|&octet| octet == b'a'));
    }

    #[test]
    fn no_more_than_a_mebibyte_is_allocated_ahead() {
        let mut large = large(1 << 30, b"abc");
        let mut room = 0;
        while room < 3 << 20 {
            let buffer = large.buffer(1 << 30);
            let arrived = buffer.len();
            room = buffer.capacity();
            assert!(room > arrived && room - arrived <= arrived.max(AHEAD + PAGE + 3));
            buffer.resize(room, 0);
        }
    }
}
