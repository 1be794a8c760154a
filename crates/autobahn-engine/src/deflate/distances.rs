//! Follows a DEFLATE stream (RFC 1951) without its octets, to see how far back
//! it refers: our decompressor has the largest window, whatever was negotiated.

use super::huffman::{Read, Table};

/// Follows a stream.
#[derive(Debug)]
pub(super) struct Distances {
    window: usize,
    bits: u64,
    have: u32,
    stage: Stage,
    is_last: bool,
    literals: Table,
    distances: Table,
    /// How much of the window is filled from earlier turns.
    before: usize,
    written: usize,
    room: usize,
    /// How much was written in the current call before this turn.
    filled: usize,
    /// The longest distance so far.
    pub(super) longest: usize,
}

#[derive(Debug)]
enum Stage {
    Block,
    StoredLength,
    Stored(usize),
    Counts,
    /// How many literal codes, distance codes and code lengths there are, and
    /// the lengths so far.
    CodeLengths([usize; 3], Vec<u8>),
    /// How many literal and distance codes there are, how their lengths are
    /// coded, and the lengths so far.
    Lengths([usize; 2], Table, Vec<u8>),
    Symbols,
    /// At the end, or where no stream goes on: the decompressor says which.
    Done,
}

/// Whether a step was possible.
enum Next {
    Again,
    Wait,
    TooFar,
}

/// How much the suite's decompressor writes at first in a turn.
const ROOM: usize = 16 * 1024;

/// In which order code lengths stand (RFC 1951, section 3.2.7).
const ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];
const LENGTHS: [u16; 29] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
];
const OFFSETS: [u16; 30] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
    2049, 3073, 4097, 6145, 8193, 12_289, 16_385, 24_577,
];

impl Distances {
    /// A stream for a window of so many bits.
    pub(super) fn new(bits: u8) -> Self {
        Self {
            window: 1 << bits,
            bits: 0,
            have: 0,
            stage: Stage::Block,
            is_last: false,
            literals: Table::default(),
            distances: Table::default(),
            before: 0,
            written: 0,
            room: ROOM,
            filled: 0,
            longest: 0,
        }
    }

    /// Follows the next octets; returns whether the suite's decompressor would
    /// find all that they refer to: what it has just written, and as much of
    /// what came before as the window holds.
    pub(super) fn take(&mut self, octets: &[u8]) -> bool {
        self.filled = 0;
        self.turn(ROOM);
        let mut octets = octets;
        loop {
            self.refill(&mut octets);
            let next = match self.stage {
                // Most of the work by far.
                Stage::Symbols => self.symbol(),
                _ => self.step(),
            };
            match next {
                Next::Again => {}
                Next::TooFar => return false,
                Next::Wait if octets.is_empty() => return true,
                Next::Wait => {}
            }
        }
    }

    /// Takes in so many octets that there are at least 56 bits, if there are any.
    fn refill(&mut self, octets: &mut &[u8]) {
        if let Some(word) = octets.first_chunk() {
            // What does not fit is taken in again the next time: the same bits.
            self.bits |= u64::from_le_bytes(*word) << self.have;
            let taken = (63 - self.have) / 8;
            self.have += 8 * taken;
            *octets = &octets[taken as usize..];
            return;
        }
        while self.have < 56
            && let Some((octet, rest)) = octets.split_first()
        {
            self.bits |= u64::from(*octet) << self.have;
            self.have += 8;
            *octets = rest;
        }
    }

    fn turn(&mut self, room: usize) {
        self.before = self.window.min(self.before + self.written);
        self.written = 0;
        self.room = room;
    }

    fn drop(&mut self, count: u32) -> usize {
        let value = self.bits & ((1 << count) - 1);
        self.bits >>= count;
        self.have -= count;
        value as usize
    }

    /// Does as much as can be done at once; waits where 48 bits do not suffice,
    /// or where there is no more than that.
    fn step(&mut self) -> Next {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Block if self.have >= 3 => {
                self.is_last = self.drop(1) == 1;
                self.stage = match self.drop(2) {
                    0 => {
                        self.drop(self.have % 8);
                        Stage::StoredLength
                    }
                    1 => {
                        self.fix_tables();
                        Stage::Symbols
                    }
                    2 => Stage::Counts,
                    _ => Stage::Done,
                };
            }
            Stage::StoredLength if self.have >= 32 => {
                let len = self.drop(16);
                self.drop(16);
                self.stage = Stage::Stored(len);
            }
            Stage::Stored(0) => self.end_block(),
            Stage::Stored(len) if self.have >= 8 => {
                let there = (self.have / 8) as usize;
                let now = len.min(there).min(self.room - self.written);
                self.drop(8 * now as u32);
                self.write(now);
                self.stage = Stage::Stored(len - now);
            }
            Stage::Counts if self.have >= 14 => {
                let counts = [self.drop(5) + 257, self.drop(5) + 1, self.drop(4) + 4];
                self.stage = Stage::CodeLengths(counts, Vec::new());
            }
            Stage::CodeLengths([literals, distances, count], lengths) if lengths.len() == count => {
                let mut ordered = [0; 19];
                for (index, len) in ORDER.into_iter().zip(lengths) {
                    ordered[index] = len;
                }
                let table = Table::new(&ordered);
                self.stage = Stage::Lengths([literals, distances], table, Vec::new());
            }
            Stage::CodeLengths(counts, mut lengths) if self.have >= 3 => {
                lengths.push(self.drop(3) as u8);
                self.stage = Stage::CodeLengths(counts, lengths);
            }
            Stage::Lengths([literals, all], _, lengths) if lengths.len() >= literals + all => {
                self.literals = Table::new(&lengths[..literals]);
                self.distances = Table::new(&lengths[literals..]);
                self.stage = Stage::Symbols;
            }
            // A code and what repeats it have at most 14 bits.
            Stage::Lengths(counts, table, mut lengths) => match self.length(&table, &mut lengths) {
                Read::Symbol(..) => self.stage = Stage::Lengths(counts, table, lengths),
                Read::Incomplete => {
                    self.stage = Stage::Lengths(counts, table, lengths);
                    return Next::Wait;
                }
                Read::Invalid => {}
            },
            Stage::Done => {
                (self.bits, self.have) = (0, 0);
                self.stage = Stage::Done;
                return Next::Wait;
            }
            stage => {
                self.stage = stage;
                return Next::Wait;
            }
        }
        Next::Again
    }

    fn end_block(&mut self) {
        self.stage = match self.is_last {
            true => Stage::Done,
            false => Stage::Block,
        };
    }

    fn fix_tables(&mut self) {
        let mut lengths = [8; 288];
        lengths[144..256].fill(9);
        lengths[256..280].fill(7);
        self.literals = Table::new(&lengths);
        self.distances = Table::new(&[5; 30]);
    }

    /// Reads one code length, which may stand for several.
    fn length(&mut self, table: &Table, lengths: &mut Vec<u8>) -> Read {
        let read = table.read(self.bits, self.have);
        let Read::Symbol(symbol, code) = read else {
            return read;
        };
        let (extra, least) = match symbol {
            16 => (2, 3),
            17 => (3, 3),
            18 => (7, 11),
            _ => (0, 1),
        };
        if self.have < code + extra {
            return Read::Incomplete;
        }
        let len = match symbol {
            16 => lengths.last().copied().unwrap_or_default(),
            17 | 18 => 0,
            len => len as u8,
        };
        self.drop(code);
        let times = least + self.drop(extra);
        lengths.extend(std::iter::repeat_n(len, times));
        read
    }

    /// Reads a literal, a reference or the end of a block; only in [`Stage::Symbols`].
    fn symbol(&mut self) -> Next {
        let (symbol, code) = match self.literals.read(self.bits, self.have) {
            Read::Symbol(symbol, code) => (usize::from(symbol), code),
            Read::Incomplete => return Next::Wait,
            Read::Invalid => {
                self.stage = Stage::Done;
                return Next::Again;
            }
        };
        if symbol <= 256 {
            self.drop(code);
            match symbol {
                256 => self.end_block(),
                _ => self.write(1),
            }
            return Next::Again;
        }
        let index = symbol - 257;
        let extra = match index {
            ..8 | 28.. => 0,
            8..28 => index as u32 / 4 - 1,
        };
        let used = code + extra;
        let read = match self.have.checked_sub(used) {
            Some(rest) => self.distances.read(self.bits >> used, rest),
            None => Read::Incomplete,
        };
        let (far, far_code) = match read {
            Read::Symbol(far, far_code) => (usize::from(far), far_code),
            Read::Incomplete => return Next::Wait,
            Read::Invalid => (OFFSETS.len(), 0),
        };
        let far_extra = (far as u32 / 2).saturating_sub(1);
        let (Some(least), Some(offset)) = (LENGTHS.get(index), OFFSETS.get(far)) else {
            self.stage = Stage::Done;
            return Next::Again;
        };
        if self.have < used + far_code + far_extra {
            return Next::Wait;
        }
        self.drop(code);
        let len = usize::from(*least) + self.drop(extra);
        self.drop(far_code);
        let distance = usize::from(*offset) + self.drop(far_extra);
        self.copy(distance, len)
    }

    fn copy(&mut self, distance: usize, len: usize) -> Next {
        self.longest = self.longest.max(distance);
        let mut rest = len;
        while rest > 0 {
            if distance > self.written + self.before {
                return Next::TooFar;
            }
            let now = rest.min(self.room - self.written);
            self.write(now);
            rest -= now;
        }
        Next::Again
    }

    /// Notes that octets are written, at most as many as there is room for.
    fn write(&mut self, len: usize) {
        self.written += len;
        if self.written == self.room {
            // The suite doubles its buffer: there is as much room again as all
            // that was written in this turn.
            self.filled += self.room;
            self.turn(self.filled);
        }
    }
}

#[cfg(test)]
#[path = "distances_tests.rs"]
mod tests;
