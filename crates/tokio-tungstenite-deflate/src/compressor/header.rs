//! The code lengths at the head of a block with codes of its own (RFC 1951, 3.2.7).

use super::{
    bits::Room,
    huffman::{Code, codes, lengths},
    symbols::{DISTANCES, END, LITERALS},
};

/// The lengths of both codes, themselves coded.
pub(super) struct Header {
    items: [Item; LITERALS + DISTANCES],
    count: usize,
    /// How many lengths there are of each code, and how many of the code for them.
    literals: usize,
    distances: usize,
    listed: usize,
    lengths: [u8; CODE_LENGTHS],
    /// How many bits all of it has.
    pub(super) bits: u32,
}

/// A symbol of the code for lengths, and its extra bits.
#[derive(Clone, Copy, Default)]
struct Item {
    symbol: u8,
    extra: u8,
}

/// Symbols for lengths: 0 to 15, and three that repeat.
const CODE_LENGTHS: usize = 19;
/// The length before, 3 to 6 times.
const SAME: u8 = 16;
/// 0, 3 to 10 times.
const ZEROES: u8 = 17;
/// 0, 11 to 138 times.
const MANY_ZEROES: u8 = 18;

/// In which order the lengths of the code for lengths are listed.
const ORDER: [usize; CODE_LENGTHS] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

impl Header {
    pub(super) fn new(of_literals: &[u8; LITERALS], of_distances: &[u8; DISTANCES]) -> Self {
        let literals = listed(of_literals, END + 1);
        let distances = listed(of_distances, 1);
        let mut all = [0; LITERALS + DISTANCES];
        all[..literals].copy_from_slice(&of_literals[..literals]);
        all[literals..literals + distances].copy_from_slice(&of_distances[..distances]);
        let mut header = Self {
            items: [Item::default(); LITERALS + DISTANCES],
            count: 0,
            literals,
            distances,
            listed: 0,
            lengths: [0; CODE_LENGTHS],
            bits: 0,
        };
        for run in all[..literals + distances].chunk_by(|a, b| a == b) {
            header.run(run[0], run.len());
        }
        let mut frequencies = [0; CODE_LENGTHS];
        for item in &header.items[..header.count] {
            frequencies[usize::from(item.symbol)] += 1;
            header.bits += extra_bits(item.symbol);
        }
        header.lengths = lengths(&frequencies, 7);
        header.listed = listed(&ORDER.map(|symbol| header.lengths[symbol]), 4);
        header.bits += 5 + 5 + 4 + 3 * header.listed as u32;
        for (frequency, length) in frequencies.iter().zip(header.lengths) {
            header.bits += frequency * u32::from(length);
        }
        header
    }

    /// Codes so many times the same length.
    fn run(&mut self, length: u8, mut times: usize) {
        let mut push = |symbol, extra: usize| {
            let extra = extra as u8;
            self.items[self.count] = Item { symbol, extra };
            self.count += 1;
        };
        if length == 0 {
            while times >= 11 {
                let many = times.min(138);
                push(MANY_ZEROES, many - 11);
                times -= many;
            }
            if times >= 3 {
                push(ZEROES, times - 3);
                times = 0;
            }
        } else {
            push(length, 0);
            times -= 1;
            while times >= 3 {
                let same = times.min(6);
                push(SAME, same - 3);
                times -= same;
            }
        }
        for _ in 0..times {
            push(length, 0);
        }
    }

    pub(super) fn write(&self, room: &mut Room<'_>) {
        room.put((self.literals - (END + 1)) as u32, 5);
        room.put((self.distances - 1) as u32, 5);
        room.put((self.listed - 4) as u32, 4);
        room.flush();
        for symbol in &ORDER[..self.listed] {
            room.put(u32::from(self.lengths[*symbol]), 3);
            room.flush();
        }
        let codes: [Code; CODE_LENGTHS] = codes(&self.lengths);
        for Item { symbol, extra } in &self.items[..self.count] {
            let code = codes[usize::from(*symbol)];
            room.put(u32::from(code.bits), u32::from(code.length));
            room.put(u32::from(*extra), extra_bits(*symbol));
            room.flush();
        }
    }
}

/// How many lengths are listed: all up to the last that is not 0, and no fewer than `least`.
fn listed(lengths: &[u8], least: usize) -> usize {
    let last = lengths.iter().rposition(|length| *length > 0);
    last.map_or(least, |last| least.max(last + 1))
}

fn extra_bits(symbol: u8) -> u32 {
    match symbol {
        SAME => 2,
        ZEROES => 3,
        MANY_ZEROES => 7,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written of lengths: how many, and the items with their extra bits.
    fn items(literals: &[(usize, u8)], distances: &[u8]) -> (usize, usize, Vec<(u8, u8)>) {
        let mut of_literals = [0; LITERALS];
        for (symbol, length) in literals {
            of_literals[*symbol] = *length;
        }
        let mut of_distances = [0; DISTANCES];
        of_distances[..distances.len()].copy_from_slice(distances);
        let header = Header::new(&of_literals, &of_distances);
        let items = header.items[..header.count].iter();
        let items = items.map(|item| (item.symbol, item.extra)).collect();
        (header.literals, header.distances, items)
    }

    #[test]
    fn lengths_that_repeat_are_told_once() {
        let (literals, distances, items) = items(&[(0, 2), (150, 2), (154, 2), (END, 2)], &[2; 9]);
        assert_eq!((literals, distances), (END + 1, 9));
        let expected = [
            (2, 0),
            (MANY_ZEROES, 138 - 11),
            (MANY_ZEROES, 11 - 11),
            (2, 0),
            (ZEROES, 0),
            (2, 0),
            (MANY_ZEROES, 101 - 11),
            // The end of the one list and all of the other.
            (2, 0),
            (SAME, 6 - 3),
            (SAME, 3 - 3),
        ];
        assert_eq!(items, expected);
    }

    #[test]
    fn the_last_ones_that_are_used_end_the_lists() {
        let (literals, distances, items) = items(&[(END, 1), (LITERALS - 1, 1)], &[0, 0, 1, 1]);
        assert_eq!((literals, distances), (LITERALS, 4));
        assert_eq!(
            items[items.len() - 5..],
            [(1, 0), (0, 0), (0, 0), (1, 0), (1, 0)]
        );
        // One distance is listed, used or not.
        assert_eq!(super::listed(&[0; DISTANCES], 1), 1);
    }
}
