//! Masking (RFC 6455, 5.3).

/// A masking key, and how far into the payload it has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mask([u8; 4]);

impl Mask {
    pub(crate) fn new(key: [u8; 4]) -> Self {
        Self(key)
    }

    /// The key for a payload that begins where this one has got to.
    pub(crate) fn key(self) -> [u8; 4] {
        self.0
    }

    /// Goes past so many octets of payload.
    pub(crate) fn advance(&mut self, octets: usize) {
        self.0.rotate_left(octets % 4);
    }

    /// Masks or unmasks the next octets of the payload.
    pub(crate) fn apply(&mut self, payload: &mut [u8]) {
        let key = u64::from(u32::from_ne_bytes(self.0));
        let key = key << 32 | key;
        // Long payloads by vectors, what is left by words and octets.
        let (blocks, rest) = payload.as_chunks_mut::<32>();
        for block in blocks {
            for word in block.as_chunks_mut::<8>().0 {
                *word = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
            }
        }
        let (words, octets) = rest.as_chunks_mut::<8>();
        for word in words {
            *word = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
        }
        for (octet, key) in octets.iter_mut().zip(key.to_ne_bytes()) {
            *octet ^= key;
        }
        self.advance(payload.len());
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
}
