//! The syntax of `Sec-WebSocket-Extensions` (RFC 6455, 9.1).

use std::borrow::Cow;

/// An extension with its parameters, as one element of the header lists it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Extension<'a> {
    pub(crate) name: &'a str,
    pub(crate) params: Vec<Param<'a>>,
}

/// A parameter: its name, and its value if it has one.
pub(crate) type Param<'a> = (&'a str, Option<Cow<'a, str>>);

/// The elements of one header line in their order; `None` for one that is malformed.
pub(crate) fn extensions(line: &str) -> impl Iterator<Item = Option<Extension<'_>>> {
    split(line, b',')
        // RFC 9110, 5.6.1.2: a recipient MUST parse and ignore empty list elements.
        .filter(|element| !element.is_empty())
        .map(extension)
}

fn extension(element: &str) -> Option<Extension<'_>> {
    let mut parts = split(element, b';');
    let name = parts.next().filter(|name| is_token(name))?;
    let params = parts.map(param).collect::<Option<_>>()?;
    Some(Extension { name, params })
}

fn param(part: &str) -> Option<Param<'_>> {
    let (name, value) = match part.split_once('=') {
        Some((name, value)) => (trim(name), Some(unquote(trim(value))?)),
        None => (part, None),
    };
    // RFC 6455, 9.1: the value after quoted-string unescaping MUST conform to the 'token' ABNF.
    (is_token(name) && value.as_deref().is_none_or(is_token)).then_some((name, value))
}

fn unquote(value: &str) -> Option<Cow<'_, str>> {
    let Some(quoted) = value.strip_prefix('"') else {
        return Some(value.into());
    };
    let quoted = quoted.strip_suffix('"')?;
    if !quoted.contains(['\\', '"']) {
        return Some(quoted.into());
    }
    let mut text = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(chars.next()?),
            '"' => return None,
            _ => text.push(c),
        }
    }
    Some(text.into())
}

/// Splits at a separator outside of quoted strings and trims what lies between.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut quoted, mut escaped) = (false, false);
        let end = text.bytes().position(|octet| {
            if escaped {
                escaped = false;
            } else if quoted && octet == b'\\' {
                escaped = true;
            } else if octet == b'"' {
                quoted = !quoted;
            }
            !quoted && octet == separator
        });
        let (part, after) = match end {
            Some(end) => (&text[..end], Some(&text[end + 1..])),
            None => (text, None),
        };
        rest = after;
        Some(trim(part))
    })
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// RFC 9110, 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes what was read in one way: `a; b="c", -` (`-`: malformed).
    fn read(line: &str) -> String {
        let element = |element: Option<Extension<'_>>| {
            let Some(extension) = element else {
                return "-".to_owned();
            };
            let params = extension.params.iter().map(|(name, value)| match value {
                Some(value) => format!("; {name}={value:?}"),
                None => format!("; {name}"),
            });
            extension.name.to_owned() + &params.collect::<String>()
        };
        extensions(line).map(element).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn well_formed_lines() {
        for (line, expected) in [
            ("", ""),
            (" , ,\t", ""),
            ("a", "a"),
            ("a, b;c , d", "a, b; c, d"),
            ("a;b=c;d", "a; b=\"c\"; d"),
            (" a ; b = c ", "a; b=\"c\""),
            ("a;b=\"c\"", "a; b=\"c\""),
            ("a;b=\"\\c\\d\"", "a; b=\"cd\""),
            ("x-webkit-deflate-frame, a", "x-webkit-deflate-frame, a"),
        ] {
            assert_eq!(read(line), expected, "{line:?}");
        }
    }

    #[test]
    fn a_malformed_element_leaves_its_neighbors_alone() {
        for (line, expected) in [
            ("a;", "-"),
            (";a", "-"),
            ("a b", "-"),
            ("a;b=", "-"),
            ("a;=b", "-"),
            ("a;b=c=d", "-"),
            ("a;b=\"c d\"", "-"),
            ("a;b=\"\"", "-"),
            ("a;b=\"c", "-"),
            ("a;b=c\"", "-"),
            ("a;b=\"c\\\"", "-"),
            ("a;b=\"c\"d\"", "-"),
            ("a;b=\"c,d\", e", "-, e"),
            ("a;b=\"c;d\", e", "-, e"),
            ("a;b=\"c\\\",d\", e", "-, e"),
            ("a;;b, c", "-, c"),
            ("a/b, c", "-, c"),
        ] {
            assert_eq!(read(line), expected, "{line:?}");
        }
    }
}
