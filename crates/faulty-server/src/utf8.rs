//! UTF-8 in pieces (RFC 3629), wrong at the first octet that no continuation can mend; and what
//! is taken for UTF-8 by those who know it less well.

use crate::decision::Dialect;

/// The end of what has been seen of a text: a character that is not complete.
#[derive(Debug, Default)]
pub(crate) struct Utf8 {
    dialect: Dialect,
    /// The bits that have come of a character.
    bits: u32,
    /// How many octets it has.
    length: u32,
    /// How many of them are still to come.
    missing: u32,
}

impl Utf8 {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            ..Self::default()
        }
    }

    /// Takes the next piece and says whether the text can still be UTF-8.
    pub(crate) fn push(&mut self, piece: &[u8]) -> bool {
        let mut rest = piece;
        while let Some(&octet) = rest.first() {
            if !self.take(octet) {
                return false;
            }
            rest = &rest[1..];
            // Long texts are mostly ASCII, which is quickly found.
            if self.missing == 0 && self.dialect != Dialect::NoControlCharacters {
                let end = rest.iter().position(|octet| !octet.is_ascii());
                rest = &rest[end.unwrap_or(rest.len())..];
            }
        }
        true
    }

    /// Whether a text may end here.
    pub(crate) fn is_complete(&self) -> bool {
        self.missing == 0 || self.dialect == Dialect::IncompleteEnd
    }

    fn take(&mut self, octet: u8) -> bool {
        if self.missing > 0 {
            if octet & 0xc0 == 0x80 {
                self.missing -= 1;
                self.bits = self.bits << 6 | u32::from(octet & 0x3f);
                return self.is_possible();
            }
            if self.dialect != Dialect::LoneLead {
                return false;
            }
        }
        let (bits, length) = match octet {
            0..0x80 => (octet, 1),
            0x80..0xc0 => return self.dialect == Dialect::LoneContinuation,
            0xc0..0xe0 => (octet & 0x1f, 2),
            0xe0..0xf0 => (octet & 0x0f, 3),
            0xf0..0xf8 => (octet & 0x07, 4),
            0xf8..0xfc => (octet & 0x03, 5),
            0xfc..0xfe => (octet & 0x01, 6),
            0xfe.. => return self.dialect == Dialect::ImpossibleOctets,
        };
        self.bits = u32::from(bits);
        self.length = length;
        self.missing = length - 1;
        self.is_possible()
    }

    /// Whether any character that may be sent begins with the octets that have come of it.
    fn is_possible(&self) -> bool {
        const SHORTEST: [u32; 7] = [0, 0, 0x80, 0x800, 0x1_0000, 0x20_0000, 0x400_0000];
        let open = 6 * self.missing;
        let (least, most) = (self.bits << open, ((self.bits + 1) << open) - 1);
        if self.length > 4 {
            return self.dialect == Dialect::LongSequences;
        }
        let long_enough = most >= SHORTEST[self.length as usize];
        let surrogate = least >= 0xd800 && most <= 0xdfff;
        let known = (long_enough || self.dialect == Dialect::Overlong)
            && (!surrogate || self.dialect == Dialect::Surrogates)
            && (least <= 0x10_ffff || self.dialect == Dialect::BeyondUnicode);
        known && (self.missing > 0 || !self.is_refused())
    }

    /// Whether this dialect lacks the character that is complete.
    fn is_refused(&self) -> bool {
        match self.dialect {
            Dialect::NoControlCharacters => matches!(self.bits, 0 | 0x7f),
            Dialect::NoNoncharacters => {
                self.bits & 0xfffe == 0xfffe || matches!(self.bits, 0xfdd0..=0xfdef)
            }
            Dialect::NoSpecials => matches!(self.bits, 0xfff0..=0xfffd),
            Dialect::NoSupplementary => self.bits > 0xffff,
            Dialect::NoNeighborsOfSurrogates => matches!(self.bits, 0xd7ff | 0xe000),
            Dialect::Utf8
            | Dialect::Surrogates
            | Dialect::Overlong
            | Dialect::BeyondUnicode
            | Dialect::LongSequences
            | Dialect::IncompleteEnd
            | Dialect::LoneContinuation
            | Dialect::LoneLead
            | Dialect::ImpossibleOctets => false,
        }
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

    #[test]
    fn the_standard_library_agrees() {
        // All that can begin a character, and what can follow.
        let seconds = [0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
        for first in 0..=255 {
            for second in seconds {
                for third in [0x41, 0x80, 0xbf] {
                    for fourth in [0x41, 0x80, 0xbf] {
                        let octets = [first, second, third, fourth];
                        for end in 1..=4 {
                            let octets = &octets[..end];
                            let mut utf8 = Utf8::default();
                            let valid = utf8.push(octets) && utf8.is_complete();
                            assert_eq!(valid, str::from_utf8(octets).is_ok(), "{octets:x?}");
                        }
                    }
                }
            }
        }
    }

    /// A text that a dialect and UTF-8 disagree about.
    #[track_caller]
    fn differs(dialect: Dialect, text: &[u8]) {
        let valid = |dialect| {
            let mut utf8 = Utf8::new(dialect);
            utf8.push(text) && utf8.is_complete()
        };
        assert_eq!(valid(Dialect::Utf8), str::from_utf8(text).is_ok());
        assert_ne!(valid(dialect), valid(Dialect::Utf8), "{dialect:?}");
        assert!(Utf8::new(dialect).push("aκ\u{ffff}".as_bytes()) || text == b"\xef\xbf\xbf");
    }

    #[test]
    fn dialects_have_a_little_more_or_less() {
        differs(Dialect::Surrogates, b"\xed\xbf\xbf");
        differs(Dialect::Overlong, b"\xf0\x8f\xbf\xbf");
        differs(Dialect::Overlong, b"\xc0\x80");
        differs(Dialect::BeyondUnicode, b"\xf7\xbf\xbf\xbf");
        differs(Dialect::LongSequences, b"\xfd\xbf\xbf\xbf\xbf\xbf");
        differs(Dialect::LongSequences, b"\xf8\x80\x80\x80\xaf");
        differs(Dialect::IncompleteEnd, b"\xe1\xbd");
        differs(Dialect::LoneContinuation, b"a\x80\xbf");
        differs(Dialect::LoneLead, b"\xc3 \xe1\xbd ");
        differs(Dialect::ImpossibleOctets, b"\xfe\xff");
        differs(Dialect::NoControlCharacters, b"a\x7f");
        differs(Dialect::NoNoncharacters, b"\xef\xbf\xbf");
        differs(Dialect::NoSpecials, b"\xef\xbf\xbd");
        differs(Dialect::NoSupplementary, b"\xf0\x90\x80\x80");
        differs(Dialect::NoNeighborsOfSurrogates, b"\xee\x80\x80");
    }
}
