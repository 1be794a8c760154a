//! Text like that of a feed of events: JSON objects with words that come again and
//! numbers that do not.

/// Random numbers that are the same each time.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn next(&mut self) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 33) % limit
    }
}

const WORDS: [&str; 24] = [
    "account",
    "arrived",
    "blue",
    "cancelled",
    "delivery",
    "east",
    "failed",
    "garden",
    "harbour",
    "invoice",
    "journey",
    "kitchen",
    "ledger",
    "market",
    "north",
    "order",
    "paid",
    "quarter",
    "river",
    "shipped",
    "ticket",
    "update",
    "valley",
    "winter",
];

/// So many octets of text.
pub(crate) fn text(random: &mut Random, length: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(length + 256);
    while text.len() < length {
        let mut word = || WORDS[random.below(24) as usize];
        let (kind, place, note) = (word(), word(), [word(), word(), word(), word()].join(" "));
        let (id, time, price) = (
            random.next() >> 32,
            random.below(86_400),
            random.below(100_000),
        );
        let object = format!(
            r#"{{"id":"{id:08x}","time":{time},"kind":"{kind}","place":"{place}","price":{}.{:02},"note":"{note}"}},"#,
            price / 100,
            price % 100,
        );
        text.extend_from_slice(object.as_bytes());
    }
    text.truncate(length);
    text
}
