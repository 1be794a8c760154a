//! Finds what a message repeats of the octets before (RFC 1951, 4).

use super::sequence::Sequence;

/// The octets that were last, and where in them what is found.
pub(super) struct Repeats {
    /// Octets up to `at`, and zeros where more are read: what others have left there must
    /// decide nothing.
    octets: Box<[u8; CAPACITY + BEYOND]>,
    /// For each hash of four octets, the last two places where such were, the later one first. What
    /// is below `low` counts for nothing.
    places: Box<[[u16; 2]; 1 << HASH_BITS]>,
    /// How far back a repetition may be.
    window: usize,
    /// The first octet that may be referred to: never 0, which is no place.
    low: usize,
    /// The end of the octets.
    at: usize,
    /// Up to where there are places.
    placed: usize,
    /// How many octets since the last repetition stand for themselves.
    literals: usize,
}

/// Places have 16 bits.
const CAPACITY: usize = 1 << 16;
/// Octets that are read beyond the end: that many are compared at a time.
const BEYOND: usize = STEP;
/// Octets that are compared at a time.
const STEP: usize = 16;
/// Old octets are let go in multiples of so many: AMD's Zen 4 copies sixteen times slower by one to
/// eight octets less than a multiple of the page, 32 KiB in 12 us.
const STRIDE: usize = 64;
/// Octets that must be free, or enough for the rest of the message, or old ones are let go.
const FREE: usize = 16 << 10;

const HASH_BITS: u32 = 14;
/// The lengths of repetitions.
const SHORTEST: usize = 4;
const LONGEST: usize = 258;
/// From here on the shortest ones cost more than the octets that they stand for.
const FAR: usize = 4096;
/// A repetition of this length needs no better one.
const LONG: usize = 32;
/// The logarithm of the number of octets without a repetition after which each step is wider by
/// one.
const PATIENCE: u32 = 6;

impl Repeats {
    /// Octets that one takes up.
    pub(super) const MEMORY: usize = CAPACITY + BEYOND + (4 << HASH_BITS);

    pub(super) fn new(window: usize) -> Self {
        Self {
            octets: boxed(0),
            places: boxed([0; 2]),
            window,
            low: 1,
            at: 1,
            placed: 1,
            literals: 0,
        }
    }

    /// Lets what comes refer to nothing that was.
    pub(super) fn forget(&mut self) {
        (self.low, self.placed) = (self.at, self.at);
    }

    /// Takes as much of the message as there is room for, and appends what it consists of. Gives
    /// what it has not taken, which must come next.
    pub(super) fn find<'m>(&mut self, message: &'m [u8], found: &mut Vec<Sequence>) -> &'m [u8] {
        let room = CAPACITY - self.at;
        // Where nothing is remembered, how full the buffer is tells of the messages of others, and
        // is to make no difference: the message begins with all the room that there can be.
        let is_fresh = self.low == self.at;
        if room < message.len().min(FREE) || is_fresh && room < message.len() {
            self.slide();
        }
        let (taken, rest) = message.split_at(message.len().min(CAPACITY - self.at));
        let end = self.at + taken.len();
        self.octets[self.at..end].copy_from_slice(taken);
        self.octets[end..end + BEYOND].fill(0);
        self.walk(end, found);
        self.at = end;
        rest
    }

    /// Appends the octets since the last repetition: a block ends.
    pub(super) fn finish(&mut self, found: &mut Vec<Sequence>) {
        if self.literals > 0 {
            found.push(Sequence {
                literals: self.literals as u32,
                length: 0,
                distance: 0,
            });
            self.literals = 0;
        }
    }

    /// Lets go of what lies before the window.
    fn slide(&mut self) {
        let start = self.low.max(self.at.saturating_sub(self.window));
        let by = match start == self.at {
            // Nothing is kept, and how full the buffer was is to make no difference.
            true => start - 1,
            false => (start - 1) / STRIDE * STRIDE,
        };
        if by == 0 {
            return;
        }
        self.octets.copy_within(start..self.at, start - by);
        self.low = start - by;
        self.at -= by;
        self.placed = self.placed.saturating_sub(by).max(1);
        for place in self.places.as_flattened_mut() {
            *place = place.saturating_sub(by as u16);
        }
    }

    fn walk(&mut self, end: usize, found: &mut Vec<Sequence>) {
        let mut at = self.at;
        // Past the last place that has four octets.
        let last = (end + 1).saturating_sub(SHORTEST);
        for place in self.placed..at.min(last) {
            self.place(place);
        }
        let mut since = at;
        let mut misses = 0_usize;
        while at < last {
            let here = self.load(at);
            let places = &mut self.places[hash(here)];
            let [first, second] = *places;
            *places = [at as u16, first];
            // The two are compared without a branch: which is the better one cannot be foreseen.
            let low = self.low.max(at.saturating_sub(self.window));
            let same = |place: u16| {
                let place = usize::from(place);
                let differ = (self.load(place) ^ here) | u128::from(place < low);
                differ.trailing_zeros() as usize / 8
            };
            let (one, other) = (same(first), same(second));
            let (mut length, mut place) = match other > one {
                true => (other, second),
                false => (one, first),
            };
            if length < SHORTEST || length == SHORTEST && at - usize::from(place) > FAR {
                misses += 1;
                at += 1 + (misses >> PATIENCE);
                continue;
            }
            misses = 0;
            let most = (end - at).min(LONGEST);
            if length == STEP {
                length = self.extend(place, at, most);
                if one == STEP && other == STEP && length < LONG {
                    let longer = self.extend(second, at, most);
                    if longer > length {
                        (length, place) = (longer, second);
                    }
                }
            }
            length = length.min(most);
            found.push(Sequence {
                literals: (self.literals + at - since) as u32,
                length: length as u16,
                distance: (at - usize::from(place)) as u16,
            });
            self.literals = 0;
            // The places of all octets would cost more time than they save size.
            self.place(at + 1);
            self.place(at + 2);
            self.place(at + length - 1);
            at += length;
            since = at;
        }
        self.placed = self.placed.max(at.min(last));
        self.literals += end - since;
    }

    /// How many octets are the same here and there, of which [`STEP`] are known to be.
    fn extend(&self, place: u16, at: usize, most: usize) -> usize {
        let mut length = STEP;
        while length < most {
            let differ = self.load(usize::from(place) + length) ^ self.load(at + length);
            if differ != 0 {
                return length + differ.trailing_zeros() as usize / 8;
            }
            length += STEP;
        }
        most
    }

    fn place(&mut self, at: usize) {
        let places = &mut self.places[hash(self.load(at))];
        *places = [at as u16, places[0]];
    }

    /// The octets from there on, the first one lowest.
    fn load(&self, at: usize) -> u128 {
        let octets = &self.octets[at..at + STEP];
        u128::from_le_bytes(octets.try_into().expect("a slice of sixteen"))
    }
}

/// Where the places of the first four octets are.
fn hash(octets: u128) -> usize {
    ((octets as u32).wrapping_mul(0x9e37_79b1) >> (u32::BITS - HASH_BITS)) as usize
}

fn boxed<T: Clone, const N: usize>(value: T) -> Box<[T; N]> {
    let Ok(boxed) = vec![value; N].into_boxed_slice().try_into() else {
        unreachable!("it has N elements")
    };
    boxed
}

#[cfg(test)]
mod tests;
