//! What is known of a message of which a part has arrived.

use tokio_tungstenite::tungstenite::Error;

use super::{TEXT, large::Large};
use crate::mask::Mask;

/// A message of one frame whose header is off the input.
#[derive(Debug)]
pub(super) enum Partial {
    Plain(Plain),
    Large(Large),
    Compressed(Compressed),
}

/// A message whose payload gathers in the input.
#[derive(Debug)]
pub(super) struct Plain {
    pub(super) opcode: u8,
    pub(super) mask: Option<Mask>,
    /// Octets of the payload.
    pub(super) length: usize,
    /// How many of them are unmasked.
    pub(super) unmasked: usize,
    pub(super) text: Text,
}

/// A message whose payload is decompressed as it arrives.
#[derive(Debug)]
pub(super) struct Compressed {
    pub(super) opcode: u8,
    pub(super) mask: Option<Mask>,
    /// Octets of the payload that have not arrived.
    pub(super) left: usize,
    pub(super) plain: Vec<u8>,
    pub(super) text: Text,
}

impl Plain {
    pub(super) fn new(opcode: u8, mask: Option<Mask>, length: usize) -> Self {
        Self {
            opcode,
            mask,
            length,
            unmasked: 0,
            text: Text::default(),
        }
    }
}

impl Compressed {
    pub(super) fn new(opcode: u8, mask: Option<Mask>, length: usize) -> Self {
        Self {
            opcode,
            mask,
            left: length,
            plain: Vec::new(),
            text: Text::default(),
        }
    }
}

/// How far a text is known to be valid UTF-8 (RFC 6455, 8.1).
#[derive(Debug, Default)]
pub(super) struct Text {
    valid: usize,
}

impl Text {
    /// Looks at what is new of an unfinished text; other messages may hold anything.
    ///
    /// # Errors
    ///
    /// When no continuation could make it valid.
    pub(super) fn check(&mut self, opcode: u8, text: &[u8]) -> Result<(), Error> {
        if opcode == TEXT {
            self.valid += match std::str::from_utf8(&text[self.valid..]) {
                Ok(valid) => valid.len(),
                Err(error) if error.error_len().is_none() => error.valid_up_to(),
                Err(error) => return Err(error.into()),
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_utf_8_is_found_with_its_first_octet() {
        // Each with the octets after which nothing can save it.
        for (text, invalid_from) in [
            (&b"\xce\xba\xe1\xbd"[..], None),
            (b"a\xff", Some(2)),
            (b"\xed\xa0\x80", Some(2)),     // a surrogate
            (b"\xf4\x90\x80\x80", Some(2)), // beyond U+10FFFF
            (b"\xc3\x28", Some(2)),
        ] {
            let mut checked = Text::default();
            let failed = (1..=text.len()).find(|&end| checked.check(TEXT, &text[..end]).is_err());
            assert_eq!(failed, invalid_from, "{text:x?}");
        }
    }

    #[test]
    fn only_text_is_looked_at() {
        assert!(Text::default().check(super::super::BINARY, b"\xff").is_ok());
    }
}
