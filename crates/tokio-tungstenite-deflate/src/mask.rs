//! Masking (RFC 6455, 5.3).

use multiversion::multiversion;

/// A masking key, and how far into the payload it has got: the octet that comes next is the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mask(u32);

/// Octets from which on it pays to begin with those in front of an aligned address: vectors that
/// lie across two lines of the processor's cache cost half as much again.
const LONG: usize = 1 << 10;

/// Octets of a line of the cache.
const LINE: usize = 64;

impl Mask {
    pub(crate) fn new(key: [u8; 4]) -> Self {
        Self(u32::from_le_bytes(key))
    }

    /// The key for a payload that begins where this one has got to.
    pub(crate) fn key(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }

    /// Goes past so many octets of payload.
    pub(crate) fn advance(&mut self, octets: usize) {
        self.0 = self.0.rotate_right(8 * (octets % 4) as u32);
    }

    /// Masks or unmasks the next octets of the payload.
    #[inline]
    pub(crate) fn apply(&mut self, payload: &mut [u8]) {
        match payload.len() {
            LONG.. => self.apply_long(payload),
            length => {
                xor(payload, self.0);
                self.advance(length);
            }
        }
    }

    fn apply_long(&mut self, payload: &mut [u8]) {
        let unaligned = payload.as_ptr().align_offset(LINE).min(LINE);
        let (unaligned, aligned) = payload.split_at_mut(unaligned);
        xor(unaligned, self.0);
        self.advance(unaligned.len());
        xor_long(aligned, self.0);
        self.advance(aligned.len());
    }
}

/// The same as [`xor`], by the longest vectors that the processor has.
#[multiversion(targets("x86_64+avx2"))]
fn xor_long(payload: &mut [u8], key: u32) {
    xor(payload, key);
}

#[inline(always)]
fn xor(payload: &mut [u8], key: u32) {
    let key = u64::from(key);
    let key = key << 32 | key;
    let (words, octets) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_le_bytes(*word) ^ key).to_le_bytes();
    }
    for (octet, key) in octets.iter_mut().zip(key.to_le_bytes()) {
        *octet ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_of_the_rfc_is_unmasked() {
        // RFC 6455, 5.7: a single-frame masked text message.
        let mut payload = [0x7f, 0x9f, 0x4d, 0x51, 0x58];
        Mask::new([0x37, 0xfa, 0x21, 0x3d]).apply(&mut payload);
        assert_eq!(&payload, b"Hello");
    }

    #[test]
    fn pieces_are_masked_as_the_whole_is() {
        let key = [1, 2, 4, 8];
        let mut whole = [0; 200];
        Mask::new(key).apply(&mut whole);
        for cut in 0..=whole.len() {
            let mut pieces = [0; 200];
            let (first, second) = pieces.split_at_mut(cut);
            let mut mask = Mask::new(key);
            mask.apply(first);
            assert_eq!(mask.key()[0], key[cut % 4]);
            mask.apply(second);
            assert_eq!(pieces, whole, "{cut}");
        }
    }

    #[test]
    fn a_long_payload_is_masked_wherever_it_lies() {
        let key = [1, 2, 4, 8];
        for begin in 0..2 * LINE {
            for length in [LONG - 1, LONG, LONG + LINE + 3] {
                let mut octets = vec![0; begin + length];
                let mut mask = Mask::new(key);
                mask.apply(&mut octets[begin..]);
                let (before, masked) = octets.split_at(begin);
                assert!(before.iter().all(|&octet| octet == 0));
                let expected = key.iter().cycle();
                assert!(masked.iter().zip(expected).all(|(octet, key)| octet == key));
                assert_eq!(mask.key()[0], key[length % 4], "{begin} {length}");
            }
        }
    }
}
