//! The opening handshake of a client (RFC 6455, section 4.1), checked by the
//! rules of the official suite.

use autobahn_cases::play::Offer;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::extension::{Deflate, InvalidExtension};

/// What we ask for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Path and query.
    pub path: String,
    /// The value of `Host`.
    pub host: String,
    /// 16 octets in base64.
    pub key: String,
    /// The offers of permessage-deflate; none outside sections 12 and 13.
    pub offers: &'static [Offer],
}

/// Why a response completes no opening handshake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidResponse {
    /// It is no UTF-8.
    #[error("the response is not UTF-8")]
    NotUtf8,
    /// Its header is longer than we read.
    #[error("the header of the response is longer than {MAX_HEAD} octets")]
    TooLong,
    /// Its first line is no status line of HTTP/1.1.
    #[error("`{0}` is not a status line of HTTP/1.1")]
    StatusLine(String),
    /// Its status is not 101.
    #[error("expected status 101; got {0}")]
    Status(String),
    /// A header field is missing.
    #[error("the response has no `{0}`")]
    Missing(&'static str),
    /// A header field has the wrong value.
    #[error("`{name}` is `{value}`; expected {expected}")]
    Wrong {
        /// The field.
        name: &'static str,
        /// Its value.
        value: String,
        /// What would have been right.
        expected: String,
    },
    /// A header field stands more than once.
    #[error("`{0}` stands in the response more than once")]
    Twice(&'static str),
    /// An extension cannot be accepted.
    #[error(transparent)]
    Extension(#[from] InvalidExtension),
    /// An extension that was not asked for.
    #[error("the response accepts permessage-deflate, which was not offered")]
    UnexpectedDeflate,
}

/// The longest header of a response that is read, in octets.
pub const MAX_HEAD: usize = 64 * 1024;

/// What the accept value is made of besides the key (RFC 6455, section 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

impl Request {
    /// The request as it is sent.
    #[must_use]
    pub fn encode(&self) -> String {
        let offers: Vec<_> = self.offers.iter().map(Offer::header_value).collect();
        let extensions = match offers.is_empty() {
            true => String::new(),
            false => format!("Sec-WebSocket-Extensions: {}\r\n", offers.join(", ")),
        };
        format!(
            "GET {} HTTP/1.1\r\n\
             User-Agent: autobahn-engine/{}\r\n\
             Host: {}\r\n\
             Upgrade: WebSocket\r\n\
             Connection: Upgrade\r\n\
             Pragma: no-cache\r\n\
             Cache-Control: no-cache\r\n\
             Sec-WebSocket-Key: {}\r\n\
             {extensions}\
             Sec-WebSocket-Version: 13\r\n\r\n",
            self.path,
            env!("CARGO_PKG_VERSION"),
            self.host,
            self.key,
        )
    }

    /// Checks the header of a response, up to the blank line; returns what of
    /// permessage-deflate is in use.
    ///
    /// # Errors
    ///
    /// If the response completes no opening handshake.
    pub fn check(&self, head: &[u8]) -> Result<Option<Deflate>, InvalidResponse> {
        let text = std::str::from_utf8(head).map_err(|_| InvalidResponse::NotUtf8)?;
        let mut lines = lines(text);
        check_status(lines.next().unwrap_or_default())?;
        let fields = Fields::parse(lines);

        let upgrade = fields.require("Upgrade")?;
        if !upgrade.eq_ignore_ascii_case("websocket") {
            return Err(wrong("Upgrade", &upgrade, "`websocket`"));
        }
        let connection = fields.require("Connection")?;
        let mut tokens = connection.split(',').map(str::trim);
        if !tokens.any(|token| token.eq_ignore_ascii_case("upgrade")) {
            return Err(wrong("Connection", &connection, "`Upgrade`"));
        }
        let accept = fields.require("Sec-WebSocket-Accept")?;
        fields.at_most_once("Sec-WebSocket-Accept")?;
        let expected = accept_value(&self.key);
        if accept != expected {
            let expected = format!("`{expected}`");
            return Err(wrong("Sec-WebSocket-Accept", &accept, &expected));
        }
        fields.at_most_once("Sec-WebSocket-Extensions")?;
        let extensions = fields.value("Sec-WebSocket-Extensions").unwrap_or_default();
        let deflate = Deflate::parse(&extensions)?;
        if deflate.is_some() && self.offers.is_empty() {
            return Err(InvalidResponse::UnexpectedDeflate);
        }
        fields.at_most_once("Sec-WebSocket-Protocol")?;
        match fields.value("Sec-WebSocket-Protocol") {
            Some(protocol) if !protocol.is_empty() => Err(wrong(
                "Sec-WebSocket-Protocol",
                &protocol,
                "none, for none was asked for",
            )),
            _ => Ok(deflate),
        }
    }
}

/// The value of `Sec-WebSocket-Accept` for a key (RFC 6455, section 4.2.2).
#[must_use]
pub fn accept_value(key: &str) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    STANDARD.encode(digest)
}

/// A key of 16 random octets.
pub fn random_key(random: &mut fastrand::Rng) -> String {
    STANDARD.encode(random.u128(..).to_ne_bytes())
}

/// Where the header of a response ends: after its blank line.
#[must_use]
pub fn head_len(octets: &[u8]) -> Option<usize> {
    let end = octets.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some(end + 4)
}

fn check_status(line: &str) -> Result<(), InvalidResponse> {
    let mut tokens = line.split_whitespace();
    let (Some("HTTP/1.1"), Some(status)) = (tokens.next(), tokens.next()) else {
        return Err(InvalidResponse::StatusLine(shorten(line)));
    };
    match status.parse::<i64>() {
        Ok(101) => Ok(()),
        Ok(_) | Err(_) => Err(InvalidResponse::Status(shorten(status))),
    }
}

/// Lines as the suite splits them: at every line boundary that Unicode knows.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let is_boundary = |letter| {
        matches!(
            letter,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'
                ..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    // Of `\r\n` the empty line between the two has no colon, and is skipped.
    text.split(is_boundary)
}

/// Header fields: names in lower case, values of a repeated field joined.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn parse<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let fields = lines.filter_map(|line| match line.split_once(':') {
            Some((name, value)) if !name.is_empty() => {
                Some((name.trim().to_lowercase(), value.trim().to_owned()))
            }
            _ => None,
        });
        Self(fields.collect())
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self
            .0
            .iter()
            .filter(move |(own, _)| own.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    fn value(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self.values(name).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    fn require(&self, name: &'static str) -> Result<String, InvalidResponse> {
        self.value(name).ok_or(InvalidResponse::Missing(name))
    }

    fn at_most_once(&self, name: &'static str) -> Result<(), InvalidResponse> {
        match self.values(name).count() {
            0 | 1 => Ok(()),
            _ => Err(InvalidResponse::Twice(name)),
        }
    }
}

fn wrong(name: &'static str, value: &str, expected: &str) -> InvalidResponse {
    InvalidResponse::Wrong {
        name,
        value: shorten(value),
        expected: expected.to_owned(),
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
#[path = "handshake_tests.rs"]
mod tests;
