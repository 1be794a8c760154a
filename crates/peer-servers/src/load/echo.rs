//! What comes back, compared with what was sent.

use anyhow::{bail, ensure};

use crate::Kind;
use crate::inflate::Inflate;
use crate::tape::Tape;

pub(crate) struct Echo<'a> {
    expected: Expected<'a>,
    /// A header of which only a part has come.
    header: Vec<u8>,
    /// The frame whose payload is under way.
    frame: Option<Frame>,
    /// Whether a message is under way, and is compressed.
    compressed: Option<bool>,
    inflate: Inflate,
}

/// A frame, as far as it makes a difference here.
#[derive(Clone, Copy)]
struct Frame {
    fin: bool,
    left: usize,
}

impl<'a> Echo<'a> {
    /// Begins with the message of this number.
    pub(crate) fn new(tape: &'a Tape, message: usize) -> Self {
        Self {
            expected: Expected {
                tape,
                message,
                matched: 0,
            },
            header: Vec::new(),
            frame: None,
            compressed: None,
            inflate: Inflate::new(),
        }
    }

    /// Takes the next octets, and says how many messages they complete.
    pub(crate) fn check(&mut self, octets: &[u8]) -> anyhow::Result<usize> {
        match self.expected.tape.kind {
            Kind::Plain | Kind::Deflate => self.frames(octets),
            Kind::Raw => self.expected.raw(octets),
        }
    }

    fn frames(&mut self, mut octets: &[u8]) -> anyhow::Result<usize> {
        let mut echoes = 0;
        while !octets.is_empty() {
            let Some(mut frame) = self.frame.take() else {
                octets = self.header(octets)?;
                // A frame may be complete with its header.
                if let Some(Frame { fin, left: 0 }) = self.frame {
                    self.frame = None;
                    echoes += usize::from(self.end(fin)?);
                }
                continue;
            };
            let (now, later) = octets.split_at(frame.left.min(octets.len()));
            self.payload(now)?;
            octets = later;
            frame.left -= now.len();
            if frame.left > 0 {
                self.frame = Some(frame);
            } else {
                echoes += usize::from(self.end(frame.fin)?);
            }
        }
        Ok(echoes)
    }

    /// Takes a header, or a part of one, and returns the rest.
    fn header<'o>(&mut self, octets: &'o [u8]) -> anyhow::Result<&'o [u8]> {
        for (index, &octet) in octets.iter().enumerate() {
            self.header.push(octet);
            let [first, second, length @ ..] = &self.header[..] else {
                continue;
            };
            ensure!(second & 0x80 == 0, "a server's frame is masked");
            let left = match (second, length) {
                (126, &[a, b]) => u16::from_be_bytes([a, b]).into(),
                (127, length) if length.len() == 8 => length
                    .iter()
                    .fold(0, |length, &octet| length << 8 | usize::from(octet)),
                (126 | 127, _) => continue,
                (&length, _) => length.into(),
            };
            let expected = match self.expected.tape.kind {
                Kind::Plain | Kind::Raw => 2,
                Kind::Deflate => 1,
            };
            match (first & 0x0f, self.compressed) {
                (0, Some(_)) if first & 0x70 == 0 => {}
                (opcode, None) if opcode == expected && first & 0x30 == 0 => {
                    let compressed = first & 0x40 != 0;
                    ensure!(
                        !compressed || self.expected.tape.kind == Kind::Deflate,
                        "RSV1 without permessage-deflate"
                    );
                    self.compressed = Some(compressed);
                }
                _ => bail!("a frame that begins with {first:02x} is no echo"),
            }
            self.frame = Some(Frame {
                fin: first & 0x80 != 0,
                left,
            });
            self.header.clear();
            return Ok(&octets[index + 1..]);
        }
        Ok(&[])
    }

    fn payload(&mut self, octets: &[u8]) -> anyhow::Result<()> {
        match self.compressed {
            Some(true) => self
                .inflate
                .run(octets, |plain| self.expected.compare(plain)),
            Some(false) | None => self.expected.compare(octets),
        }
    }

    /// Ends a frame, and says whether the message ends with it.
    fn end(&mut self, fin: bool) -> anyhow::Result<bool> {
        if !fin {
            return Ok(false);
        }
        if self.compressed == Some(true) {
            // RFC 7692, 7.2.2: what the sender has removed.
            self.payload(&[0, 0, 0xff, 0xff])?;
        }
        self.compressed = None;
        self.expected.complete()?;
        Ok(true)
    }
}

/// What is to come back, and how far it has.
struct Expected<'a> {
    tape: &'a Tape,
    /// The message that comes next or is under way.
    message: usize,
    /// How much of it was as expected.
    matched: usize,
}

impl Expected<'_> {
    fn raw(&mut self, mut octets: &[u8]) -> anyhow::Result<usize> {
        let mut echoes = 0;
        while !octets.is_empty() {
            let left = self.tape.expected(self.message).len() - self.matched;
            let (now, later) = octets.split_at(left.min(octets.len()));
            self.compare(now)?;
            octets = later;
            if now.len() == left {
                self.complete()?;
                echoes += 1;
            }
        }
        Ok(echoes)
    }

    fn compare(&mut self, plain: &[u8]) -> anyhow::Result<()> {
        let expected = &self.tape.expected(self.message)[self.matched..];
        ensure!(expected.starts_with(plain), "an echo is not what was sent");
        self.matched += plain.len();
        Ok(())
    }

    fn complete(&mut self) -> anyhow::Result<()> {
        let expected = self.tape.expected(self.message).len();
        ensure!(
            self.matched == expected,
            "an echo is shorter than what was sent"
        );
        self.matched = 0;
        self.message = (self.message + 1) % self.tape.count();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first];
        match payload.len() {
            length @ ..126 => frame.push(length as u8),
            length => frame.extend([126, (length >> 8) as u8, length as u8]),
        }
        frame.extend(payload);
        frame
    }

    #[test]
    fn echoes_are_counted_however_they_are_cut() {
        let tape = Tape::new(Kind::Plain, 300);
        let both = [
            unmasked(0x82, tape.expected(0)),
            unmasked(0x02, &tape.expected(1)[..7]),
            unmasked(0x80, &tape.expected(1)[7..]),
        ]
        .concat();
        for piece in 1..both.len() {
            let mut echo = Echo::new(&tape, 0);
            let counts = both.chunks(piece).map(|piece| echo.check(piece).unwrap());
            assert_eq!(counts.sum::<usize>(), 2, "{piece}");
        }
    }

    #[test]
    fn an_octet_that_differs_is_an_error() {
        let tape = Tape::new(Kind::Plain, 300);
        let mut frame = unmasked(0x82, tape.expected(0));
        frame[200] ^= 1;
        let error = Echo::new(&tape, 0).check(&frame).unwrap_err();
        assert_eq!(error.to_string(), "an echo is not what was sent");
    }

    #[test]
    fn a_message_that_is_too_short_is_an_error() {
        let tape = Tape::new(Kind::Plain, 300);
        let frame = unmasked(0x82, &tape.expected(0)[..299]);
        Echo::new(&tape, 0).check(&frame).unwrap_err();
    }

    #[test]
    fn what_is_no_echo_is_an_error() {
        let tape = Tape::new(Kind::Plain, 20);
        for frame in [
            &[0x81, 20][..],
            &[0xc2, 20],
            &[0x88, 0],
            &[0x80, 1],
            &[0x82, 0x94],
        ] {
            Echo::new(&tape, 0).check(frame).unwrap_err();
        }
    }

    #[test]
    fn compressed_echoes_are_inflated() {
        let tape = Tape::new(Kind::Deflate, 1000);
        // The frames of the tape themselves, without their masks.
        let mut echo = Echo::new(&tape, 0);
        for number in 0..3 {
            let frame = &tape.octets[tape.start(number)..tape.ends[number]];
            let payload: Vec<u8> = frame[8..]
                .iter()
                .zip(frame[4..8].iter().cycle())
                .map(|(octet, key)| octet ^ key)
                .collect();
            assert!(payload.len() < 500);
            assert_eq!(echo.check(&unmasked(0xc1, &payload)).unwrap(), 1);
        }
        // One that was sent as it is.
        let plain = unmasked(0x81, tape.expected(3));
        assert_eq!(echo.check(&plain).unwrap(), 1);
        let other = unmasked(0x81, tape.expected(3));
        echo.check(&other).unwrap_err();
    }

    #[test]
    fn raw_octets_come_back_as_they_are() {
        let tape = Tape::new(Kind::Raw, 20);
        let mut echo = Echo::new(&tape, 0);
        assert_eq!(echo.check(&tape.octets[..tape.ends[1] + 3]).unwrap(), 2);
        echo.check(&[0; 4]).unwrap_err();
    }
}
