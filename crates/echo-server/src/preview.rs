//! A payload as one short line of a log.

use std::fmt;

/// Shows the first octets of a payload, control characters and what is not UTF-8 escaped.
pub(crate) struct Preview<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Preview<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(MAX_OCTETS)];
        f.write_str("\"")?;
        for chunk in shown.utf8_chunks() {
            write!(f, "{}", chunk.valid().escape_debug())?;
            for octet in chunk.invalid() {
                write!(f, "\\x{octet:02x}")?;
            }
        }
        f.write_str(if shown.len() < self.0.len() {
            "\"..."
        } else {
            "\""
        })
    }
}

/// Octets of the payload that are shown.
const MAX_OCTETS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(payload: &[u8], expected: &str) {
        assert_eq!(Preview(payload).to_string(), expected);
    }

    #[test]
    fn a_line_stays_a_line() {
        check(b"", r#""""#);
        check("κόσμε".as_bytes(), r#""κόσμε""#);
        check(b"say \"hi\"\r\n\x1b[31m", r#""say \"hi\"\r\n\u{1b}[31m""#);
        check(b"a\xff\xfeb\x00", r#""a\xff\xfeb\0""#);
    }

    #[test]
    fn a_long_payload_is_cut() {
        check(&[b'*'; 65], &format!("\"{}\"...", "*".repeat(64)));
        // The cut goes through the last code point.
        check(
            format!("{}µ", "*".repeat(63)).as_bytes(),
            &format!("\"{}\\xc2\"...", "*".repeat(63)),
        );
    }
}
