//! The text of the suite's reports, as octets: Python 2 writes lone surrogates,
//! cuts what is long and shows in hexadecimal digits what is not UTF-8.

use std::borrow::Cow;
use std::fmt;

use autobahn_cases::event::{Excerpt, hex};
use serde::de::{self, Deserialize, Deserializer, Visitor};

/// The ending of a text that was cut.
const CUT: &[u8] = b" ...";
/// The longest payload that the suite does not cut.
const WHOLE: usize = 60;

/// A JSON string as octets. A lone surrogate becomes the three octets that
/// Python 2 had read it from (ED A0 80 and the like), where `str` has no place
/// for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, [u8]>);

impl Text<'_> {
    /// As text, with U+FFFD for what is not UTF-8.
    pub(crate) fn to_string_lossy(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// The payload that the suite shows like this, of `len` octets if that is
    /// known. A payload that itself begins with `0x` is taken for digits: the
    /// suite writes both alike.
    pub(crate) fn payload(&self, len: Option<u64>) -> Excerpt {
        let shown: &[u8] = &self.0;
        if len == Some(shown.len() as u64) && shown.len() <= WHOLE {
            return Excerpt::of(shown);
        }
        let (shown, cut) = match shown.strip_suffix(CUT) {
            Some(beginning) => (beginning, Cut::Yes),
            None => (shown, Cut::No),
        };
        let digits = shown.strip_prefix(b"0x").and_then(decode);
        excerpt(digits.unwrap_or_else(|| shown.to_vec()), cut, len)
    }

    /// The octets whose hexadecimal digits the suite shows, of `len` octets if
    /// that is known; `None` where there are no digits.
    pub(crate) fn octets(&self, len: Option<u64>) -> Option<Excerpt> {
        let (shown, cut) = match self.0.strip_suffix(CUT) {
            Some(beginning) => (beginning, Cut::Yes),
            None => (&*self.0, Cut::No),
        };
        Some(excerpt(decode(shown)?, cut, len))
    }
}

/// Whether the suite left something out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    Yes,
    No,
}

fn decode(digits: &[u8]) -> Option<Vec<u8>> {
    hex::decode(std::str::from_utf8(digits).ok()?)
}

fn excerpt(mut octets: Vec<u8>, cut: Cut, len: Option<u64>) -> Excerpt {
    let whole = (cut == Cut::No).then_some(octets.len() as u64);
    octets.truncate(Excerpt::MAX);
    Excerpt {
        len: len.or(whole),
        hex: octets,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Octets;
        impl<'de> Visitor<'de> for Octets {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_bytes<E: de::Error>(self, octets: &'de [u8]) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(octets)))
            }

            fn visit_bytes<E: de::Error>(self, octets: &[u8]) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(octets.to_vec())))
            }
        }
        deserializer.deserialize_bytes(Octets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &[u8]) -> Text<'_> {
        serde_json::from_slice(json).unwrap()
    }

    #[test]
    fn a_lone_surrogate_is_the_octets_it_was_read_from() {
        assert_eq!(&*read(br#""a\ud800b""#).0, b"a\xed\xa0\x80b");
        assert_eq!(&*read(br#""\udfff""#).0, b"\xed\xbf\xbf");
        assert_eq!(&*read(br#""\ud83d\ude00""#).0, "😀".as_bytes());
        assert_eq!(&*read("\"h\u{e4}\"".as_bytes()).0, "h\u{e4}".as_bytes());
    }

    #[track_caller]
    fn check(shown: &str, len: Option<u64>, hex: &[u8], expected: Option<u64>) {
        let excerpt = Text(Cow::Borrowed(shown.as_bytes())).payload(len);
        assert_eq!((&*excerpt.hex, excerpt.len), (hex, expected));
    }

    #[test]
    fn payloads_are_what_the_suite_shows_of_them() {
        check("Hello", None, b"Hello", Some(5));
        check("0x00ff", Some(2), b"\x00\xff", Some(2));
        check("0x00ff ...", Some(200), b"\x00\xff", Some(200));
        check("abc ...", None, b"abc", None);
        check("abc ...", Some(7), b"abc ...", Some(7));
        check("0x", Some(2), b"0x", Some(2));
        check("0x0g", None, b"0x0g", Some(4));
        // Of 61 to 64 octets the suite shows all, and that it cut them.
        let shown = format!("{} ...", "*".repeat(64));
        check(&shown, Some(64), &[b'*'; 64], Some(64));
    }

    #[test]
    fn octets_are_digits_or_nothing() {
        let octets = |shown: &'static str| Text(Cow::Borrowed(shown.as_bytes())).octets(None);
        assert_eq!(octets("8882"), Some(Excerpt::of(&[0x88, 0x82])));
        assert_eq!(octets("8882 ...").unwrap().len, None);
        assert_eq!(octets("0x88"), None);
    }
}
