use proptest::prelude::*;

use super::*;

/// Repeats, and all that they may be found in.
struct Seen {
    repeats: Repeats,
    octets: Vec<u8>,
}

impl Seen {
    fn new(window: usize) -> Self {
        Self {
            repeats: Repeats::new(window),
            octets: Vec::new(),
        }
    }

    fn forget(&mut self) {
        self.repeats.forget();
        self.octets.clear();
    }

    /// What a message consists of, which stands for it and for nothing else.
    fn find(&mut self, message: &[u8]) -> Vec<Sequence> {
        let (mut found, mut rest) = (Vec::new(), message);
        while !rest.is_empty() {
            let before = rest.len();
            rest = self.repeats.find(rest, &mut found);
            assert!(rest.len() < before, "something is taken");
            let without = self.repeats.at - self.repeats.placed;
            assert!(without < SHORTEST, "all that can be found has its place");
        }
        self.repeats.finish(&mut found);
        let start = self.octets.len();
        for sequence in &found {
            let from = self.octets.len() - start;
            let literals = &message[from..][..sequence.literals as usize];
            self.octets.extend_from_slice(literals);
            if sequence.length > 0 {
                let (length, distance) =
                    (usize::from(sequence.length), usize::from(sequence.distance));
                assert!((SHORTEST..=LONGEST).contains(&length), "{length}");
                assert!((1..=self.repeats.window).contains(&distance), "{distance}");
                assert!(distance <= self.octets.len(), "{distance}");
                for _ in 0..length {
                    self.octets.push(self.octets[self.octets.len() - distance]);
                }
            }
        }
        assert!(self.octets[start..] == *message);
        found
    }
}

/// Octets that hardly repeat, or often, where there are few kinds.
fn noise(kinds: u64, length: usize, mut seed: u64) -> Vec<u8> {
    std::iter::repeat_with(|| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((seed >> 40) % kinds) as u8
    })
    .take(length)
    .collect()
}

#[test]
fn of_the_last_two_the_longer_one_is_taken_and_of_equal_ones_the_nearer() {
    let mut seen = Seen::new(1 << 15);
    let mut repetitions = |message: &[u8]| {
        let found = seen.find(message);
        let all = found.iter().filter(|sequence| sequence.length > 0);
        all.map(|sequence| (sequence.length, sequence.distance))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        repetitions(b"abcdefgh 1abcdxyz 2abcdefgh!"),
        [(4, 10), (8, 19)]
    );
    assert_eq!(repetitions(b"0123/0123-0123."), [(4, 5), (4, 5)]);
    // The nearer one is within a repetition itself.
    assert_eq!(
        repetitions(b"qrstuvwx 1qrstu! 2rstuvwx"),
        [(5, 10), (7, 17)]
    );
    let long = noise(256, 60, 1);
    let message = [&long[..40], b"1", &long[..9], b"2", &long].concat();
    assert_eq!(repetitions(&message), [(9, 41), (40, 51)]);
}

#[test]
fn what_is_far_must_be_longer() {
    for (distance, length, expected) in [(FAR, 4, 1), (FAR + 1, 4, 0), (FAR + 1, 5, 1)] {
        let mut seen = Seen::new(1 << 15);
        let mut message = vec![0; distance];
        message[..5].copy_from_slice(b"abcde");
        message.extend_from_slice(&b"abcde"[..length]);
        message.push(b'!');
        let found = seen.find(&message);
        let repeated = |sequence: &&Sequence| usize::from(sequence.distance) == distance;
        assert_eq!(found.iter().filter(repeated).count(), expected, "{found:?}");
    }
}

#[test]
fn a_repetition_is_found_from_the_end_of_another_on() {
    let mut seen = Seen::new(1 << 15);
    seen.find(b"abcdefgh");
    assert_eq!(seen.find(b"abcdefgh123").len(), 2);
    let found = seen.find(b"-h123");
    assert_eq!((found[0].literals, found[0].length), (1, 4), "{found:?}");
}

#[test]
fn messages_are_repeated_across_their_border() {
    let mut seen = Seen::new(1 << 15);
    seen.find(b"something, then ab");
    seen.find(b"cdef, and so on");
    let found = seen.find(b"abcdef");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].literals, found[0].length), (0, 6));
}

#[test]
fn a_repetition_is_found_after_any_number_of_literals() {
    let mut seen = Seen::new(1 << 15);
    let mut message = noise(256, 150_000, 1);
    message.resize(151_000, 0);
    let found = seen.find(&message);
    assert!(found[0].literals > 150_000, "{found:?}");
    // What repeats nothing is walked through in wide steps, which are at an end where something
    // does.
    assert!(
        found[0].literals < 150_100 && found[0].length == 258,
        "{found:?}"
    );
    assert!(found[1].literals == 0, "{found:?}");
}

#[test]
fn what_is_forgotten_decides_nothing() {
    let lengths = [5, 30, 100, 300, 5000, 20_000, 40_000, 100_000];
    for kinds in [2, 3, 60] {
        let (mut one, mut other) = (Seen::new(1 << 15), Seen::new(1 << 15));
        for turn in 0..200 {
            // Of the same length, so that the octets of the one lie where those of the other do; and
            // of another length.
            one.find(&noise(kinds, 3000, turn));
            other.find(&noise(kinds, 3000, turn + 1000));
            if turn % 2 == 1 {
                other.find(&noise(kinds, 777, turn));
            }
            one.forget();
            other.forget();
            let message = noise(kinds, lengths[turn as usize % lengths.len()], turn + 2000);
            assert!(
                one.find(&message) == other.find(&message),
                "{kinds}, {turn}"
            );
        }
    }
}

#[test]
fn what_is_forgotten_is_not_repeated_once_old_octets_are_let_go() {
    let mut seen = Seen::new(1 << 15);
    let secret = noise(256, STRIDE - 1, 1);
    // At the start of the buffer, so that it stays there, and again, out of the reach of that, so
    // that it has its places right before what is not forgotten.
    seen.find(&secret);
    seen.find(&noise(256, 626 * STRIDE - 2 * secret.len() - 1, 2));
    seen.find(&secret);
    seen.forget();
    assert_eq!(seen.repeats.low % STRIDE, 0);
    seen.find(&noise(256, 15_000, 3));
    seen.find(&[secret, noise(256, 12_000, 4)].concat());
    assert_eq!(seen.repeats.low, STRIDE);
}

proptest! {
    #[test]
    fn what_is_found_is_within_the_window_and_stands_for_the_message(
        bits in 8_u32..=15,
        fill in prop_oneof![Just(0), 65_300_usize..=65_536],
        messages in prop::collection::vec(
            (1_u64..6, 1_usize..400, 1_usize..200, any::<u64>(), prop::bool::weighted(0.2)),
            1..20,
        ),
    ) {
        let mut seen = Seen::new(1 << bits);
        seen.find(&noise(3, fill, 1));
        for (kinds, length, times, seed, forget) in messages {
            if forget {
                seen.forget();
            }
            // Repeated, but for an octet here and there.
            let mut message = noise(kinds, length, seed).repeat(times);
            let steps = 1 + (seed % 1000) as usize;
            for octet in message.iter_mut().step_by(steps) {
                *octet ^= 1;
            }
            seen.find(&message);
        }
    }
}
