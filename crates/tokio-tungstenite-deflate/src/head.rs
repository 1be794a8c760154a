//! Where the head of a request or response ends.

use tokio_tungstenite::tungstenite::protocol::Role;

/// Finds the empty lines behind which frames may begin.
#[derive(Debug)]
pub(crate) struct Head {
    role: Role,
    /// Octets seen, up to the end of a status code.
    seen: usize,
    /// Whether a client sees another status than 101: what follows is the response's body.
    refused: bool,
    empty_line: bool,
}

/// Where RFC 9112, 4, has the status code of a response.
const STATUS: std::ops::Range<usize> = 9..12;

impl Head {
    /// The head that this side gets to see.
    pub(crate) fn to(role: Role) -> Self {
        Self {
            role,
            seen: 0,
            refused: false,
            empty_line: false,
        }
    }

    /// How many of these octets, which come next, belong to the head, and to the body of a
    /// response that refuses.
    pub(crate) fn end(&mut self, octets: &[u8]) -> usize {
        for (index, octet) in octets.iter().enumerate() {
            if self.role == Role::Client && STATUS.contains(&self.seen) {
                self.refused |= b"101"[self.seen - STATUS.start] != *octet;
            }
            self.seen = STATUS.end.min(self.seen + 1);
            match octet {
                b'\n' if self.empty_line => {
                    self.empty_line = false;
                    if !self.refused {
                        return index + 1;
                    }
                }
                b'\n' => self.empty_line = true,
                b'\r' => {}
                _ => self.empty_line = false,
            }
        }
        octets.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces that a handshake sees.
    fn heads(role: Role, octets: &str) -> Vec<&str> {
        let (mut rest, mut head, mut heads) = (octets, Head::to(role), Vec::new());
        while !rest.is_empty() {
            let (first, after) = rest.split_at(head.end(rest.as_bytes()));
            heads.push(first);
            rest = after;
        }
        heads
    }

    #[test]
    fn nothing_past_a_head_is_handed_on_with_it() {
        for (octets, expected) in [
            ("a\r\nb\r\n\r\nc", &["a\r\nb\r\n\r\n", "c"][..]),
            ("a\nb\n\nc", &["a\nb\n\n", "c"]),
            ("a\r\n\nb", &["a\r\n\n", "b"]),
            ("\r\n\r\na\r\n\r\nb", &["\r\n\r\n", "a\r\n\r\n", "b"]),
            ("a\r\nb", &["a\r\nb"]),
            (
                "GET /chat1 HTTP/1.1\r\n\r\nb",
                &["GET /chat1 HTTP/1.1\r\n\r\n", "b"],
            ),
        ] {
            assert_eq!(heads(Role::Server, octets), expected);
        }
    }

    #[test]
    fn only_a_response_that_switches_protocols_is_followed_by_frames() {
        for (octets, expected) in [
            (
                "HTTP/1.1 101 Yes\r\n\r\nb",
                &["HTTP/1.1 101 Yes\r\n\r\n", "b"][..],
            ),
            ("HTTP/1.1 101\n\nb", &["HTTP/1.1 101\n\n", "b"]),
            (
                "HTTP/1.1 403 No\r\n\r\nwhy\n\nb",
                &["HTTP/1.1 403 No\r\n\r\nwhy\n\nb"],
            ),
            ("HTTP/1.1 201 No\r\n\r\nb", &["HTTP/1.1 201 No\r\n\r\nb"]),
        ] {
            assert_eq!(heads(Role::Client, octets), expected);
        }
    }
}
