//! Huffman codes of DEFLATE (RFC 1951, section 3.2.2), read from the low bits.

/// A set of codes.
#[derive(Debug)]
pub(super) struct Table {
    /// By the next bits: the symbol and the length of its code; length 0 where
    /// the code is longer than [`FAST`] bits or there is none.
    fast: Vec<(u16, u8)>,
    /// How many codes there are of each length.
    counts: [u16; 16],
    /// All symbols that have a code, in the order of their codes.
    symbols: Vec<u16>,
}

/// What the next bits are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A symbol, and how many bits its code has.
    Symbol(u16, u32),
    /// The beginning of a code.
    Incomplete,
    /// No code.
    Invalid,
}

/// The longest code that is looked up at once, in bits.
const FAST: u32 = 10;

impl Default for Table {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl Table {
    /// The codes that have these lengths, by symbol; symbols of length 0 have none.
    pub(super) fn new(lengths: &[u8]) -> Self {
        let mut counts = [0; 16];
        for len in lengths.iter().filter(|len| **len > 0) {
            counts[usize::from(*len)] += 1;
        }
        let mut code = 0;
        let mut next = [0u32; 16];
        for len in 1..16 {
            code = (code + u32::from(counts[len - 1])) << 1;
            next[len] = code;
        }
        let mut fast = vec![(0, 0); 1 << FAST];
        let mut symbols: Vec<(u8, u16)> = Vec::new();
        for (symbol, len) in lengths.iter().enumerate().filter(|(_, len)| **len > 0) {
            let (symbol, bits) = (symbol as u16, u32::from(*len));
            symbols.push((*len, symbol));
            let code = next[usize::from(*len)];
            next[usize::from(*len)] += 1;
            // Lengths that are too many for their codes have no place here.
            if bits > FAST || code >> bits != 0 {
                continue;
            }
            let reversed = (code.reverse_bits() >> (32 - bits)) as usize;
            for entry in fast.iter_mut().skip(reversed).step_by(1 << bits) {
                *entry = (symbol, *len);
            }
        }
        symbols.sort_unstable();
        let symbols = symbols.into_iter().map(|(_, symbol)| symbol).collect();
        Self {
            fast,
            counts,
            symbols,
        }
    }

    /// Reads the code in the low `have` bits.
    pub(super) fn read(&self, bits: u64, have: u32) -> Read {
        let (symbol, len) = self.fast[bits as usize & ((1 << FAST) - 1)];
        match u32::from(len) {
            0 => self.read_long(bits, have),
            len if len <= have => Read::Symbol(symbol, len),
            _ => Read::Incomplete,
        }
    }

    fn read_long(&self, bits: u64, have: u32) -> Read {
        let (mut code, mut first, mut index) = (0u32, 0u32, 0u32);
        for len in 1..16 {
            if len > have {
                return Read::Incomplete;
            }
            code |= (bits >> (len - 1) & 1) as u32;
            let count = u32::from(self.counts[len as usize]);
            if code >= first && code - first < count {
                let symbol = self.symbols[(index + code - first) as usize];
                return Read::Symbol(symbol, len);
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Read::Invalid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_the_rfc_are_read() {
        // RFC 1951, 3.2.2: lengths (3, 3, 3, 3, 3, 2, 4, 4) for A to H.
        let table = Table::new(&[3, 3, 3, 3, 3, 2, 4, 4]);
        let codes = ["010", "011", "100", "101", "110", "00", "1110", "1111"];
        for (symbol, code) in codes.into_iter().enumerate() {
            let reversed: String = code.chars().rev().collect();
            let bits = u64::from_str_radix(&reversed, 2).unwrap();
            let len = code.len() as u32;
            assert_eq!(table.read(bits, len), Read::Symbol(symbol as u16, len));
            assert_eq!(table.read(bits, len - 1), Read::Incomplete);
        }
    }

    #[test]
    fn long_codes_are_read_and_missing_ones_are_invalid() {
        let lengths: Vec<u8> = (1..=15).collect();
        let table = Table::new(&lengths);
        assert_eq!(table.read(0b011_1111_1111_1111, 15), Read::Symbol(14, 15));
        assert_eq!(table.read(u64::MAX, 15), Read::Invalid);
    }
}
