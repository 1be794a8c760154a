//! How every text that is no markup of ours gets into the page: the templates
//! escape with this, so that there is no other way in.

use std::fmt::{self, Write};

use askama::filters::Escaper;

use crate::escape::is_unsafe;

/// Escapes markup, and what moves a cursor, hides or reorders text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text;

impl Escaper for Text {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        let mut plain = 0;
        for (at, c) in text.char_indices() {
            if is_plain(c) {
                continue;
            }
            dest.write_str(&text[plain..at])?;
            escape(&mut dest, c)?;
            plain = at + c.len_utf8();
        }
        dest.write_str(&text[plain..])
    }

    fn write_escaped_char<W: Write>(&self, mut dest: W, c: char) -> fmt::Result {
        if is_plain(c) {
            dest.write_char(c)
        } else {
            escape(&mut dest, c)
        }
    }
}

fn is_plain(c: char) -> bool {
    !matches!(c, '<' | '>' | '&' | '"' | '\'') && !is_unsafe(c)
}

fn escape(dest: &mut impl Write, c: char) -> fmt::Result {
    match c {
        '<' => dest.write_str("&lt;"),
        '>' => dest.write_str("&gt;"),
        '&' => dest.write_str("&amp;"),
        '"' | '\'' => write!(dest, "&#{};", u32::from(c)),
        c => write!(dest, "{}", c.escape_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut whole = String::new();
        Text.write_escaped_str(&mut whole, text).unwrap();
        let mut by_char = String::new();
        for c in text.chars() {
            Text.write_escaped_char(&mut by_char, c).unwrap();
        }
        assert_eq!((whole.as_str(), by_char.as_str()), (expected, expected));
    }

    #[test]
    fn markup_is_text() {
        check(
            "<script>x('a', \"b\") && c",
            "&lt;script&gt;x(&#39;a&#39;, &#34;b&#34;) &amp;&amp; c",
        );
        check("Ünïcode 漢字 stays", "Ünïcode 漢字 stays");
    }

    #[test]
    fn what_hides_or_reorders_text_is_seen() {
        check("a\u{202e}b\0\r\n\u{200b}", r"a\u{202e}b\u{0}\r\n\u{200b}");
    }
}
