//! Bits into octets (RFC 1951, 3.1.1).

/// Appends bits to octets, the least significant first.
pub(super) struct BitWriter<'o> {
    output: &'o mut Vec<u8>,
    /// Bits that do not fill an octet yet.
    held: u64,
    /// How many there are: 7 at most.
    count: u32,
}

/// Writes into room that was made before.
pub(super) struct Room<'o> {
    octets: &'o mut [u8],
    at: usize,
    held: u64,
    count: u32,
}

/// Octets that are written at a time, whether bits are held for them or not.
const STEP: usize = 8;

impl<'o> BitWriter<'o> {
    pub(super) fn new(output: &'o mut Vec<u8>) -> Self {
        Self {
            output,
            held: 0,
            count: 0,
        }
    }

    /// Makes room for as many bits, and has them written.
    pub(super) fn bits(&mut self, most: usize, write: impl FnOnce(&mut Room<'_>)) {
        let start = self.output.len();
        self.output.resize(start + most / 8 + 2 * STEP, 0);
        let mut room = Room {
            octets: &mut self.output[start..],
            at: 0,
            held: self.held,
            count: self.count,
        };
        write(&mut room);
        debug_assert!(
            8 * room.at + room.count as usize <= most + self.count as usize,
            "no more than was said"
        );
        room.flush();
        (self.held, self.count) = (room.held, room.count);
        let end = start + room.at;
        self.output.truncate(end);
    }

    /// Appends the three bits of a block's header, and fills the octet up.
    pub(super) fn align(&mut self, header: u32) {
        self.bits(3, |room| room.put(header, 3));
        if self.count > 0 {
            self.output.push(self.held as u8);
        }
        (self.held, self.count) = (0, 0);
    }

    /// Appends octets, after [`align`](Self::align).
    pub(super) fn octets(&mut self, octets: &[u8]) {
        debug_assert_eq!(self.count, 0, "aligned");
        self.output.extend_from_slice(octets);
    }
}

impl Room<'_> {
    /// Appends so many bits. Between two flushes up to 56 fit.
    #[inline]
    pub(super) fn put(&mut self, bits: u32, count: u32) {
        debug_assert!(self.count + count < u64::BITS && u64::from(bits) >> count == 0);
        self.held |= u64::from(bits) << self.count;
        self.count += count;
    }

    /// Makes octets of the bits.
    #[inline]
    pub(super) fn flush(&mut self) {
        self.octets[self.at..self.at + STEP].copy_from_slice(&self.held.to_le_bytes());
        self.at += (self.count / 8) as usize;
        self.held >>= self.count & !7;
        self.count &= 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_fill_octets_from_the_least_significant_on() {
        let mut output = vec![0xaa];
        let mut writer = BitWriter::new(&mut output);
        writer.bits(11, |room| {
            room.put(0b1, 1);
            room.put(0b0101, 4);
            room.flush();
            room.put(0b11_1111, 6);
        });
        // What is left of one room goes on in the next.
        writer.bits(2, |room| room.put(0b10, 2));
        writer.align(0b000);
        writer.octets(&[0xbb]);
        assert_eq!(output, [0xaa, 0b1110_1011, 0b0001_0111, 0xbb]);
    }

    #[test]
    fn between_two_flushes_fifty_six_bits_fit() {
        let mut output = Vec::new();
        BitWriter::new(&mut output).bits(64, |room| {
            room.put(0b111_1111, 7);
            room.flush();
            room.put(0x00ff_ffff, 24);
            room.put(0xffff_fffe, 32);
            room.flush();
            room.put(0b1, 1);
        });
        assert_eq!(output, [0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff]);
    }

    #[test]
    fn an_octet_that_is_full_needs_no_filling() {
        let mut output = Vec::new();
        let mut writer = BitWriter::new(&mut output);
        writer.bits(5, |room| room.put(0b1_1111, 5));
        writer.align(0b010);
        assert_eq!(output, [0b0101_1111]);
    }
}
