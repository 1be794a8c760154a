//! What is sent: frames one after the other, to be sent again and again.

use flate2::{Compress, Compression, FlushCompress};

use crate::Kind;
use crate::text::{Random, text};

pub(crate) struct Tape {
    /// Masked frames (RFC 6455, 5.2).
    pub(crate) octets: Vec<u8>,
    /// Where each frame ends.
    pub(crate) ends: Vec<usize>,
    /// What an echo server sends back: the plain messages, or for [`Kind::Raw`] the frames.
    expected: Vec<u8>,
    expected_ends: Vec<usize>,
    pub(crate) kind: Kind,
}

/// Octets of the messages on a tape, about: several times the window of a compressor.
const LENGTH: usize = 256 << 10;

impl Tape {
    pub(crate) fn new(kind: Kind, size: usize) -> Self {
        let mut random = Random::new();
        let mut tape = Self {
            octets: Vec::new(),
            ends: Vec::new(),
            expected: Vec::new(),
            expected_ends: Vec::new(),
            kind,
        };
        for _ in 0..(LENGTH / size).clamp(2, 1024) {
            match kind {
                Kind::Plain | Kind::Raw => {
                    let message: Vec<u8> =
                        (0..size).map(|_| random.next().to_be_bytes()[0]).collect();
                    tape.push(0x82, &message, &mut random);
                    tape.expected.extend_from_slice(&message);
                }
                Kind::Deflate => {
                    let message = text(&mut random, size);
                    // RFC 7692, 6: RSV1 says that a message is compressed.
                    tape.push(0xc1, &compress(&message), &mut random);
                    tape.expected.extend_from_slice(&message);
                }
            }
            tape.expected_ends.push(tape.expected.len());
        }
        if kind == Kind::Raw {
            tape.expected.clone_from(&tape.octets);
            tape.expected_ends.clone_from(&tape.ends);
        }
        tape
    }

    fn push(&mut self, first: u8, payload: &[u8], random: &mut Random) {
        self.octets.push(first);
        match payload.len() {
            length @ ..126 => self.octets.push(0x80 | length as u8),
            length @ 126..=0xffff => {
                self.octets.push(0x80 | 126);
                self.octets.extend((length as u16).to_be_bytes());
            }
            length => {
                self.octets.push(0x80 | 127);
                self.octets.extend((length as u64).to_be_bytes());
            }
        }
        let key = ((random.next() >> 32) as u32).to_be_bytes();
        self.octets.extend(key);
        self.octets.extend(
            payload
                .iter()
                .zip(key.iter().cycle())
                .map(|(octet, key)| octet ^ key),
        );
        self.ends.push(self.octets.len());
    }

    /// How many messages there are.
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// What comes back for the message of this number.
    pub(crate) fn expected(&self, number: usize) -> &[u8] {
        let start = number
            .checked_sub(1)
            .map_or(0, |before| self.expected_ends[before]);
        &self.expected[start..self.expected_ends[number]]
    }

    /// Where the frame of this number starts.
    pub(crate) fn start(&self, number: usize) -> usize {
        number.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

/// A message that refers to no other (RFC 7692, 7.2.1), as any client may send it.
fn compress(message: &[u8]) -> Vec<u8> {
    let mut zlib = Compress::new(Compression::default(), false);
    let mut output = Vec::with_capacity(message.len() + 1024);
    zlib.compress_vec(message, &mut output, FlushCompress::Sync)
        .expect("deflate takes any input");
    assert!(output.len() < output.capacity(), "all input found room");
    assert!(
        output.ends_with(&[0, 0, 0xff, 0xff]),
        "a sync flush ends so"
    );
    output.truncate(output.len() - 4);
    output
}
