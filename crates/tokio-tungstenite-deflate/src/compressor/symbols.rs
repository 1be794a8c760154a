//! Lengths and distances as symbols and extra bits (RFC 1951, 3.2.5).

/// Literals 0 to 255, the end of a block, and lengths.
pub(super) const LITERALS: usize = 286;
/// Distances.
pub(super) const DISTANCES: usize = 30;
/// The literal/length symbol that ends a block.
pub(super) const END: usize = 256;

/// The shortest length of each symbol from 257 on.
const LENGTHS: [u16; 29] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
];

/// How many extra bits each symbol from 257 on has.
const LENGTH_BITS: [u8; 29] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];

/// How many extra bits each literal/length symbol has.
pub(super) const LITERAL_BITS: [u8; LITERALS] = {
    let mut bits = [0; LITERALS];
    let mut symbol = END + 1;
    while symbol < LITERALS {
        bits[symbol] = LENGTH_BITS[symbol - (END + 1)];
        symbol += 1;
    }
    bits
};

/// How many extra bits each distance symbol has.
pub(super) const DISTANCE_BITS: [u8; DISTANCES] = {
    let mut bits = [0; DISTANCES];
    let mut symbol = 4;
    while symbol < DISTANCES {
        bits[symbol] = (symbol / 2 - 1) as u8;
        symbol += 1;
    }
    bits
};

/// Which of [`LENGTHS`] a length belongs to, less 3.
const INDEX: [u8; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    let mut length = 3;
    while length < 258 {
        if LENGTHS[index + 1] == length {
            index += 1;
        }
        table[length as usize - 3] = index as u8;
        length += 1;
    }
    table[255] = 28;
    table
};

/// A symbol and what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) symbol: usize,
    pub(super) extra: u32,
    /// How many bits `extra` has.
    pub(super) bits: u32,
}

/// The symbol of a length from 3 to 258.
#[inline]
pub(super) fn length(length: u16) -> Symbol {
    let index = usize::from(INDEX[usize::from((length - 3) as u8)]);
    Symbol {
        symbol: END + 1 + index,
        extra: u32::from(length - LENGTHS[index]),
        bits: u32::from(LENGTH_BITS[index]),
    }
}

/// The symbol of a distance from 1 to 32,768.
#[inline]
pub(super) fn distance(distance: u16) -> Symbol {
    // Two symbols for each power of two.
    let past = u32::from(distance - 1);
    let Some(bits) = past.checked_ilog2().and_then(|log| log.checked_sub(1)) else {
        return Symbol {
            symbol: past as usize,
            extra: 0,
            bits: 0,
        };
    };
    Symbol {
        symbol: (2 * bits + (past >> bits)) as usize,
        extra: past & ((1 << bits) - 1),
        bits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_rfc() {
        // Length, symbol, extra bits and their number: rows of the table in 3.2.5.
        for (of, symbol, extra, bits) in [
            (3, 257, 0, 0),
            (10, 264, 0, 0),
            (11, 265, 0, 1),
            (12, 265, 1, 1),
            (13, 266, 0, 1),
            (18, 268, 1, 1),
            (19, 269, 0, 2),
            (34, 272, 3, 2),
            (114, 279, 15, 4),
            (115, 280, 0, 4),
            (130, 280, 15, 4),
            (131, 281, 0, 5),
            (257, 284, 30, 5),
            (258, 285, 0, 0),
        ] {
            assert_eq!(
                length(of),
                Symbol {
                    symbol,
                    extra,
                    bits
                },
                "{of}"
            );
        }
    }

    #[test]
    fn distances_are_those_of_the_rfc() {
        for (of, symbol, extra, bits) in [
            (1, 0, 0, 0),
            (2, 1, 0, 0),
            (4, 3, 0, 0),
            (5, 4, 0, 1),
            (6, 4, 1, 1),
            (7, 5, 0, 1),
            (9, 6, 0, 2),
            (32, 9, 7, 3),
            (33, 10, 0, 4),
            (257, 16, 0, 7),
            (8192, 25, 2047, 11),
            (24_576, 28, 8191, 13),
            (24_577, 29, 0, 13),
            (32_768, 29, 8191, 13),
        ] {
            assert_eq!(
                distance(of),
                Symbol {
                    symbol,
                    extra,
                    bits
                },
                "{of}"
            );
        }
    }

    #[test]
    fn the_bits_of_a_symbol_are_known_without_its_value() {
        for of in 3..=258 {
            let symbol = length(of);
            assert_eq!(u32::from(LITERAL_BITS[symbol.symbol]), symbol.bits, "{of}");
        }
        for of in 1..=32_768 {
            let symbol = distance(of);
            assert_eq!(u32::from(DISTANCE_BITS[symbol.symbol]), symbol.bits, "{of}");
        }
        assert_eq!(LITERAL_BITS[..=END], [0; END + 1]);
    }
}
