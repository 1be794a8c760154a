//! Huffman codes (RFC 1951, 3.2.2).

/// The code of a symbol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Code {
    /// In the order in which they are written.
    pub(super) bits: u16,
    /// How many bits. 0: no such symbol.
    pub(super) length: u8,
}

/// The longest code of all.
pub(super) const MAX_LENGTH: usize = 15;

/// Bits of a symbol's number, below its frequency.
const SYMBOL_BITS: u32 = 9;

/// The lengths of the codes that suit these frequencies best; nearly so where they would be longer
/// than `most`.
///
/// There are two at least, as zlib has it too: a decoder that refuses an incomplete code finds
/// none.
pub(super) fn lengths<const N: usize>(frequencies: &[u32; N], most: usize) -> [u8; N] {
    let mut keys = [0; N];
    let mut used = 0;
    for (symbol, frequency) in frequencies.iter().enumerate() {
        keys[used] = frequency << SYMBOL_BITS | symbol as u32;
        used += usize::from(*frequency > 0);
    }
    let symbol = |key: u32| (key & ((1 << SYMBOL_BITS) - 1)) as usize;
    let mut lengths = [0; N];
    if used < 2 {
        let only = if used == 1 { symbol(keys[0]) } else { 0 };
        lengths[only] = 1;
        lengths[usize::from(only == 0)] = 1;
        return lengths;
    }
    let keys = &mut keys[..used];
    keys.sort_unstable();
    let mut depths = [0; N];
    let depths = &mut depths[..used];
    for (depth, key) in depths.iter_mut().zip(keys.iter()) {
        *depth = key >> SYMBOL_BITS;
    }
    to_depths(depths);
    let counts = limited(depths, most);
    // The rarest symbols have the longest codes.
    let mut keys = keys.iter();
    for length in (1..=most).rev() {
        for key in keys.by_ref().take(counts[length]) {
            lengths[symbol(*key)] = length as u8;
        }
    }
    lengths
}

/// Makes of two frequencies or more, in ascending order, the depths of their leaves in a Huffman
/// tree, in place: A. Moffat and J. Katajainen, In-Place Calculation of Minimum-Redundancy Codes
/// (1995).
fn to_depths(values: &mut [u32]) {
    let count = values.len();
    // Each inner node takes the place of a leaf that is done with, and then the number of its
    // parent the place of its own weight.
    let (mut root, mut leaf) = (0, 0);
    for next in 0..count - 1 {
        let mut least = |values: &mut [u32]| {
            if leaf >= count || (root < next && values[root] < values[leaf]) {
                let weight = values[root];
                values[root] = next as u32;
                root += 1;
                weight
            } else {
                leaf += 1;
                values[leaf - 1]
            }
        };
        let weight = least(values) + least(values);
        values[next] = weight;
    }
    // Parents come after their children.
    values[count - 2] = 0;
    for node in (0..count - 2).rev() {
        values[node] = values[values[node] as usize] + 1;
    }
    // What of a level is no inner node is a leaf.
    let (mut nodes, mut next) = (count - 1, count);
    let (mut places, mut depth) = (1, 0);
    while places > 0 {
        let inner = values[..nodes]
            .iter()
            .rev()
            .take_while(|value| **value == depth)
            .count();
        nodes -= inner;
        for _ in inner..places {
            next -= 1;
            values[next] = depth;
        }
        places = 2 * inner;
        depth += 1;
    }
}

/// How many codes there are of each length, none longer than `most`.
fn limited(depths: &[u32], most: usize) -> [usize; MAX_LENGTH + 1] {
    let mut counts = [0; MAX_LENGTH + 1];
    // What the codes take of all codes of the greatest length.
    let mut taken = 0;
    for depth in depths {
        let length = (*depth as usize).min(most);
        counts[length] += 1;
        taken += 1 << (most - length);
    }
    // Those that were cut short take too much. One of the longest gets a place beside one that is
    // shorter, which gets longer by a bit.
    while taken > 1 << most {
        let shorter = (1..most).rev().find(|length| counts[*length] > 0);
        let shorter = shorter.expect("two to the power of `most` symbols or more");
        counts[shorter] -= 1;
        counts[shorter + 1] += 2;
        counts[most] -= 1;
        taken -= 1;
    }
    counts
}

/// The codes of these lengths.
pub(super) const fn codes<const N: usize>(lengths: &[u8; N]) -> [Code; N] {
    let mut counts = [0; MAX_LENGTH + 1];
    let mut symbol = 0;
    while symbol < N {
        counts[lengths[symbol] as usize] += 1;
        symbol += 1;
    }
    let mut next = [0_u16; MAX_LENGTH + 1];
    let mut length = 1;
    counts[0] = 0;
    while length <= MAX_LENGTH {
        next[length] = (next[length - 1] + counts[length - 1]) << 1;
        length += 1;
    }
    let mut codes = [Code { bits: 0, length: 0 }; N];
    symbol = 0;
    while symbol < N {
        let length = lengths[symbol];
        if length > 0 {
            let code = next[length as usize];
            next[length as usize] = code.wrapping_add(1);
            codes[symbol] = Code {
                bits: code.reverse_bits() >> (16 - length),
                length,
            };
        }
        symbol += 1;
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        // 3.2.2: ABCDEFGH.
        let codes = codes(&[3, 3, 3, 3, 3, 2, 4, 4]);
        let written: Vec<_> = codes
            .iter()
            .map(|code| {
                let bits = code.bits.reverse_bits() >> (16 - code.length);
                format!("{bits:0width$b}", width = usize::from(code.length))
            })
            .collect();
        let rfc = ["010", "011", "100", "101", "110", "00", "1110", "1111"];
        assert_eq!(written, rfc);
    }

    /// What the codes take of all there could be: 1 is a code without gaps.
    fn taken(lengths: &[u8]) -> f64 {
        let used = lengths.iter().filter(|length| **length > 0);
        used.map(|length| 0.5_f64.powi(i32::from(*length))).sum()
    }

    /// The bits that a tree of least weight has: what joining the two lightest, again and again,
    /// adds up to.
    fn least(frequencies: &[u32]) -> u32 {
        let mut weights: Vec<u32> = frequencies.iter().copied().filter(|f| *f > 0).collect();
        let mut bits = 0;
        while weights.len() > 1 {
            weights.sort_unstable_by(|a, b| b.cmp(a));
            let joined = weights.pop().unwrap() + weights.pop().unwrap();
            bits += joined;
            weights.push(joined);
        }
        bits
    }

    fn bits(frequencies: &[u32], lengths: &[u8]) -> u32 {
        let both = frequencies.iter().zip(lengths);
        both.map(|(f, length)| f * u32::from(*length)).sum()
    }

    #[test]
    fn no_code_is_shorter() {
        let mut state = 1_u32;
        for shift in 8..32 {
            let frequencies: [u32; 40] = std::array::from_fn(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state >> shift >> (state % 8)
            });
            let frequencies = frequencies.map(|frequency| frequency % (1 << 17));
            if frequencies.iter().filter(|f| **f > 0).count() < 2 {
                continue;
            }
            let lengths = lengths(&frequencies, MAX_LENGTH);
            assert_eq!(taken(&lengths), 1.0);
            let unlimited = least(&frequencies);
            assert!(bits(&frequencies, &lengths) >= unlimited);
            if lengths.iter().all(|length| *length < MAX_LENGTH as u8) {
                assert_eq!(bits(&frequencies, &lengths), unlimited, "{frequencies:?}");
            }
        }
    }

    #[test]
    fn a_tree_that_is_too_deep_is_made_flatter() {
        // Fibonacci's numbers make the deepest tree.
        let mut frequencies = [1_u32; 24];
        for index in 2..24 {
            frequencies[index] = frequencies[index - 1] + frequencies[index - 2];
        }
        for most in [5, 7, 15] {
            let lengths = lengths(&frequencies, most);
            assert_eq!(usize::from(*lengths.iter().max().unwrap()), most);
            assert_eq!(taken(&lengths), 1.0, "{lengths:?}");
            assert!(lengths.is_sorted_by(|a, b| a >= b), "{lengths:?}");
        }
    }

    #[test]
    fn there_are_two_codes_at_least() {
        assert_eq!(lengths(&[0, 0, 0, 0], 15), [1, 1, 0, 0]);
        assert_eq!(lengths(&[9, 0, 0, 0], 15), [1, 1, 0, 0]);
        assert_eq!(lengths(&[0, 0, 9, 0], 15), [1, 0, 1, 0]);
        assert_eq!(lengths(&[0, 3, 9, 0], 15), [0, 1, 1, 0]);
    }
}
