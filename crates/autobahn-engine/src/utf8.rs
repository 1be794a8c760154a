//! UTF-8 that comes in pieces (RFC 3629), refused at the first octet that makes
//! it invalid.

/// Validates UTF-8 piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Utf8 {
    /// The beginning of a character whose rest is still to come.
    open: [u8; 4],
    open_len: usize,
    invalid: bool,
}

impl Utf8 {
    /// Takes the next octets; returns whether all octets so far can be the
    /// beginning of valid UTF-8. Once they cannot, no further octets mend it.
    pub fn take(&mut self, mut octets: &[u8]) -> bool {
        while !self.invalid && self.open_len > 0 {
            let Some((next, rest)) = octets.split_first() else {
                return true;
            };
            octets = rest;
            self.open[self.open_len] = *next;
            self.open_len += 1;
            match std::str::from_utf8(&self.open[..self.open_len]) {
                Ok(_) => self.open_len = 0,
                Err(error) => self.invalid = error.error_len().is_some(),
            }
        }
        if self.invalid {
            return false;
        }
        let Err(error) = std::str::from_utf8(octets) else {
            return true;
        };
        self.invalid = error.error_len().is_some();
        if !self.invalid {
            let open = &octets[error.valid_up_to()..];
            self.open[..open.len()].copy_from_slice(open);
            self.open_len = open.len();
        }
        !self.invalid
    }

    /// Whether the octets so far are valid UTF-8 and end with a whole character.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.invalid && self.open_len == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_refused_at_the_first_that_makes_them_invalid() {
        let check = |octets: &[u8], valid: usize| {
            let mut utf8 = Utf8::default();
            let accepted = octets.iter().take_while(|octet| utf8.take(&[**octet]));
            assert_eq!(accepted.count(), valid, "{octets:x?}");
        };
        check(b"\xf4\x90\x80\x80", 1);
        check(b"\xed\xa0\x80", 1);
        check(b"\xc0\xaf", 0);
        check(b"\xe0\x80\xaf", 1);
        check(b"\x80", 0);
        check(b"\xf8\x88\x80\x80\x80", 0);
        check("κόσμε".as_bytes(), 10);
    }

    #[test]
    fn what_is_invalid_stays_invalid() {
        let mut utf8 = Utf8::default();
        assert!(!utf8.take(b"\xff"));
        assert!(!utf8.take(b"good"));
        assert!(!utf8.take(b""));
        assert!(!utf8.is_complete());
    }

    proptest::proptest! {
        #[test]
        fn pieces_are_judged_as_the_whole(octets: Vec<u8>, text: String, cut: usize) {
            for octets in [octets, text.into_bytes()] {
                let (head, tail) = octets.split_at(cut % (octets.len() + 1));
                let mut utf8 = Utf8::default();
                utf8.take(head);
                utf8.take(tail);
                assert_eq!(utf8.is_complete(), std::str::from_utf8(&octets).is_ok());
            }
        }
    }
}
