//! Subprotocols (RFC 6455, 1.9 and 4.2.2).

use std::{fmt, str::FromStr};

use thiserror::Error;
use tokio_tungstenite::tungstenite::http::{
    HeaderMap,
    header::{HeaderValue, SEC_WEBSOCKET_PROTOCOL},
};

/// The name of a subprotocol: a token (RFC 9110, 5.6.2), in which case matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subprotocol(String);

/// Why a text is no [`Subprotocol`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the name of a subprotocol consists of letters, digits and !#$%&'*+-.^_`|~")]
pub struct InvalidSubprotocol;

/// The first of the client's subprotocols, which it lists in order of preference, that is ours.
///
/// Without one the connection has no subprotocol; whether that will do is for the client to say.
pub(crate) fn negotiate(headers: &HeaderMap, ours: &[Subprotocol]) -> Option<HeaderValue> {
    headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .find(|name| ours.iter().any(|own| own.0 == *name))
        .map(|name| HeaderValue::from_str(name).expect("a token is a valid header value"))
}

impl FromStr for Subprotocol {
    type Err = InvalidSubprotocol;

    fn from_str(name: &str) -> Result<Self, InvalidSubprotocol> {
        let is_token = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c);
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(InvalidSubprotocol);
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for Subprotocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], ours: &[&str], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(SEC_WEBSOCKET_PROTOCOL, line.parse().unwrap());
        }
        let ours: Vec<Subprotocol> = ours.iter().map(|name| name.parse().unwrap()).collect();
        let agreed = negotiate(&headers, &ours);
        assert_eq!(agreed.as_ref().map(|name| name.to_str().unwrap()), expected);
    }

    #[test]
    fn the_client_decides_among_ours() {
        check(&["chat, superchat"], &["superchat", "chat"], Some("chat"));
        check(&["v3.chat,v2.chat ,v1.chat"], &["v2.chat"], Some("v2.chat"));
        check(&["other", "mqtt"], &["chat", "mqtt"], Some("mqtt"));
        check(&["other"], &["chat"], None);
        check(&["Chat"], &["chat"], None);
        check(&[], &["chat"], None);
        check(&["chat"], &[], None);
        check(&[",, ,"], &["chat"], None);
    }

    #[test]
    fn a_name_is_a_token() {
        for name in ["", "a b", "a,b", "chät", "a/b", "\"chat\""] {
            assert_eq!(name.parse::<Subprotocol>(), Err(InvalidSubprotocol));
        }
    }
}
