//! Masking: XOR with a key of four octets (RFC 6455, section 5.3).

/// Masks or unmasks `octets`, the first of which stands `offset` octets into
/// the payload.
pub fn apply(key: [u8; 4], offset: usize, octets: &mut [u8]) {
    if key == [0; 4] {
        return;
    }
    let mut key = key;
    key.rotate_left(offset % 4);
    let word = u64::from(u32::from_ne_bytes(key));
    let word = word << 32 | word;
    // A length of a multiple of four keeps the key aligned, whatever the width.
    let (words, rest) = octets.as_chunks_mut::<8>();
    for chunk in words {
        *chunk = (u64::from_ne_bytes(*chunk) ^ word).to_ne_bytes();
    }
    for (octet, key) in rest.iter_mut().zip(key.iter().cycle()) {
        *octet ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slowly(key: [u8; 4], offset: usize, octets: &mut [u8]) {
        for (index, octet) in octets.iter_mut().enumerate() {
            *octet ^= key[(offset + index) % 4];
        }
    }

    #[test]
    fn every_length_and_offset_is_masked_as_octet_by_octet() {
        let key = [0x12, 0xf4, 0x00, 0xa9];
        for len in 0..40 {
            for offset in 0..9 {
                let original: Vec<u8> = (0..len).map(|index| index as u8 ^ 0x5a).collect();
                let (mut fast, mut slow) = (original.clone(), original.clone());
                apply(key, offset, &mut fast);
                slowly(key, offset, &mut slow);
                assert_eq!(fast, slow, "length {len}, offset {offset}");
                apply(key, offset, &mut fast);
                assert_eq!(fast, original, "length {len}, offset {offset}");
            }
        }
    }
}
