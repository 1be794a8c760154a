//! What a message consists of.

/// Octets as they are, and then a repetition of earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sequence {
    /// How many octets stand for themselves.
    pub(super) literals: u32,
    /// How many are repeated: 4 to 258, or 0 at the end of a block.
    pub(super) length: u16,
    /// How far back they are found: 1 to 32,768.
    pub(super) distance: u16,
}

/// The literals and the repetition of every sequence of `data`.
pub(super) fn parts<'d>(
    sequences: &'d [Sequence],
    mut data: &'d [u8],
) -> impl Iterator<Item = (&'d [u8], Option<Sequence>)> {
    sequences.iter().map(move |sequence| {
        let (literals, rest) = data.split_at(sequence.literals as usize);
        data = &rest[usize::from(sequence.length)..];
        (literals, (sequence.length > 0).then_some(*sequence))
    })
}
