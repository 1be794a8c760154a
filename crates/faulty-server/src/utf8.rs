//! UTF-8 in pieces (RFC 3629), wrong at the first octet that no continuation can mend.

use std::str;

/// The end of what has been seen of a text: the octets of a code point that is not complete.
#[derive(Debug, Default)]
pub(crate) struct Utf8 {
    partial: Vec<u8>,
}

impl Utf8 {
    /// Takes the next piece and says whether the text can still be UTF-8.
    pub(crate) fn push(&mut self, mut piece: &[u8]) -> bool {
        while !self.partial.is_empty()
            && let Some((&octet, rest)) = piece.split_first()
        {
            piece = rest;
            self.partial.push(octet);
            match str::from_utf8(&self.partial) {
                Ok(_) => self.partial.clear(),
                Err(error) if error.error_len().is_some() => return false,
                Err(_) => {}
            }
        }
        match str::from_utf8(piece) {
            Ok(_) => true,
            Err(error) if error.error_len().is_some() => false,
            Err(error) => {
                self.partial
                    .extend_from_slice(&piece[error.valid_up_to()..]);
                true
            }
        }
    }

    /// Whether a text may end here.
    pub(crate) fn is_complete(&self) -> bool {
        self.partial.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many octets are taken, one by one, before the text is wrong.
    #[track_caller]
    fn check(text: &[u8], taken: usize, complete: bool) {
        let mut utf8 = Utf8::default();
        let count = text
            .iter()
            .take_while(|&&octet| utf8.push(&[octet]))
            .count();
        assert_eq!(count, taken);
        if count == text.len() {
            assert_eq!(utf8.is_complete(), complete);
        }
        let mut utf8 = Utf8::default();
        assert_eq!(utf8.push(text), taken == text.len(), "in one piece");
    }

    #[test]
    fn a_text_is_wrong_at_the_first_octet_that_cannot_be_mended() {
        check("κόσμε".as_bytes(), "κόσμε".len(), true);
        check(b"\xce\xba\xe1\xbd", 4, false);
        check(b"\xf4\x8f\xbf\xbf", 4, true);
        check(b"\xf4\x90\x80\x80", 1, false);
        check(b"\xed\xa0\x80", 1, false);
        check(b"\xe0\x80\x80", 1, false);
        check(b"a\xc0\xaf", 1, false);
        check(b"\x80", 0, false);
        check(b"\xce\x61", 1, false);
    }
}
