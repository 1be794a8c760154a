//! Writes a block in the shortest of its three forms (RFC 1951, 3.2.3 to 3.2.7).

use super::{
    bits::{BitWriter, Room},
    header::Header,
    huffman::{Code, MAX_LENGTH, codes, lengths},
    sequence::{Sequence, parts},
    symbols::{self, DISTANCE_BITS, DISTANCES, END, LITERAL_BITS, LITERALS},
};

/// The headers of blocks that are not the last one: BFINAL and BTYPE.
pub(super) const STORED: u32 = 0b000;
const FIXED: u32 = 0b010;
const DYNAMIC: u32 = 0b100;

/// The codes of a block.
struct Codes {
    literals: [Code; LITERALS],
    distances: [Code; DISTANCES],
}

/// The lengths of the fixed codes (RFC 1951, 3.2.6): two symbols of each kind take part in making
/// them that are never used.
const FIXED_LITERALS: [u8; 288] = {
    let mut lengths = [8; 288];
    let mut symbol = 144;
    while symbol < 280 {
        lengths[symbol] = if symbol < END { 9 } else { 7 };
        symbol += 1;
    }
    lengths
};
const FIXED_DISTANCES: [u8; 32] = [5; 32];

static FIXED_CODES: Codes = Codes {
    literals: first(&codes(&FIXED_LITERALS)),
    distances: first(&codes(&FIXED_DISTANCES)),
};

/// Without those symbols that are never used.
const fn first<const N: usize>(all: &[Code]) -> [Code; N] {
    *all.first_chunk().expect("more than there are symbols")
}

/// Octets of the longest block that gets the fixed codes unseen.
const SHORT: usize = 64;
/// Bits with the fixed codes that no others can be expected to save anything of: their lengths
/// alone take up half of it.
const FEW: u32 = 800;
/// Octets of the longest stored block.
const LONGEST_STORED: usize = 0xffff;

/// Writes what the sequences make of the octets.
pub(super) fn write(writer: &mut BitWriter<'_>, sequences: &[Sequence], octets: &[u8]) {
    if octets.len() <= SHORT {
        // No octet costs more than nine bits, nor does one of four or more that are repeated.
        let most = 9 * octets.len() + 16;
        return writer.bits(most, |room| {
            room.put(FIXED, 3);
            FIXED_CODES.write(room, sequences, octets);
        });
    }
    let frequencies = Frequencies::count(sequences, octets);
    let extra = frequencies.cost(&LITERAL_BITS, &DISTANCE_BITS);
    let fixed = extra + frequencies.cost(&FIXED_LITERALS, &FIXED_DISTANCES);
    let own = (fixed > FEW).then(|| Own::new(&frequencies));
    let dynamic = own.as_ref().map_or(u32::MAX, |own| extra + own.bits);
    if stored_bits(octets.len()) <= fixed.min(dynamic) {
        return store(writer, octets);
    }
    match own.filter(|_| dynamic < fixed) {
        Some(own) => writer.bits(3 + dynamic as usize, |room| {
            room.put(DYNAMIC, 3);
            own.header.write(room);
            own.codes().write(room, sequences, octets);
        }),
        None => writer.bits(3 + fixed as usize, |room| {
            room.put(FIXED, 3);
            FIXED_CODES.write(room, sequences, octets);
        }),
    }
}

/// Bits of the octets as they are, about.
fn stored_bits(octets: usize) -> u32 {
    let headers = 5 * octets.div_ceil(LONGEST_STORED);
    8 * (octets + headers) as u32
}

fn store(writer: &mut BitWriter<'_>, octets: &[u8]) {
    for part in octets.chunks(LONGEST_STORED) {
        let length = part.len() as u16;
        writer.align(STORED);
        writer.octets(&length.to_le_bytes());
        writer.octets(&(!length).to_le_bytes());
        writer.octets(part);
    }
}

/// How often each symbol is there.
struct Frequencies {
    literals: [u32; LITERALS],
    distances: [u32; DISTANCES],
}

impl Frequencies {
    fn count(sequences: &[Sequence], octets: &[u8]) -> Self {
        let mut literals = [0; LITERALS];
        let mut distances = [0; DISTANCES];
        for (run, repetition) in parts(sequences, octets) {
            for octet in run {
                literals[usize::from(*octet)] += 1;
            }
            if let Some(repetition) = repetition {
                literals[symbols::length(repetition.length).symbol] += 1;
                distances[symbols::distance(repetition.distance).symbol] += 1;
            }
        }
        literals[END] = 1;
        Self {
            literals,
            distances,
        }
    }

    /// Bits, where each symbol has so many.
    fn cost(&self, literals: &[u8], distances: &[u8]) -> u32 {
        let sum = |frequencies: &[u32], bits: &[u8]| -> u32 {
            let both = frequencies.iter().zip(bits);
            both.map(|(f, bits)| f * u32::from(*bits)).sum()
        };
        sum(&self.literals, literals) + sum(&self.distances, distances)
    }
}

/// Codes for one block.
struct Own {
    literals: [u8; LITERALS],
    distances: [u8; DISTANCES],
    header: Header,
    /// All bits but the extra ones.
    bits: u32,
}

impl Own {
    fn new(frequencies: &Frequencies) -> Self {
        let literals = lengths(&frequencies.literals, MAX_LENGTH);
        let distances = lengths(&frequencies.distances, MAX_LENGTH);
        let header = Header::new(&literals, &distances);
        let bits = header.bits + frequencies.cost(&literals, &distances);
        Self {
            literals,
            distances,
            header,
            bits,
        }
    }

    fn codes(&self) -> Codes {
        Codes {
            literals: codes(&self.literals),
            distances: codes(&self.distances),
        }
    }
}

impl Codes {
    fn write(&self, room: &mut Room<'_>, sequences: &[Sequence], octets: &[u8]) {
        let put = |room: &mut Room<'_>, code: Code| {
            room.put(u32::from(code.bits), u32::from(code.length));
        };
        for (run, repetition) in parts(sequences, octets) {
            // Of three codes none is too long to be held.
            let mut threes = run.chunks_exact(3);
            for three in &mut threes {
                for octet in three {
                    put(room, self.literals[usize::from(*octet)]);
                }
                room.flush();
            }
            for octet in threes.remainder() {
                put(room, self.literals[usize::from(*octet)]);
            }
            room.flush();
            if let Some(repetition) = repetition {
                let length = symbols::length(repetition.length);
                put(room, self.literals[length.symbol]);
                room.put(length.extra, length.bits);
                let distance = symbols::distance(repetition.distance);
                put(room, self.distances[distance.symbol]);
                room.put(distance.extra, distance.bits);
                room.flush();
            }
        }
        put(room, self.literals[END]);
        room.flush();
    }
}
