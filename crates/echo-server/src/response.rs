//! The answer to an opening handshake (RFC 6455, 4.2.1 and 4.2.2).

use tokio_tungstenite::tungstenite::{
    handshake::derive_accept_key,
    http::{
        HeaderMap, Method, Request, Response, StatusCode, Version,
        header::{
            AsHeaderName, CONNECTION, HOST, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
            SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
        },
    },
};

use crate::{Config, origin, refusal::Refusal, subprotocol};

/// The response to a request that is an opening handshake (RFC 6455, 4.2.1 and 4.2.2).
pub(crate) fn respond(request: &Request<()>, config: &Config) -> Result<Response<()>, Refusal> {
    let headers = request.headers();
    // RFC 9110, 7.8: Upgrade is ignored in a request older than HTTP/1.1.
    if request.version() < Version::HTTP_11
        || !has_token(headers, UPGRADE, "websocket")
        || !has_token(headers, CONNECTION, "upgrade")
    {
        return Err(Refusal::NotAnUpgrade);
    }
    if request.method() != Method::GET {
        return Err(Refusal::WrongMethod(request.method().clone()));
    }
    if only(headers, HOST).is_none() {
        return Err(Refusal::WrongHost);
    }
    if only(headers, SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(Refusal::UnsupportedVersion);
    }
    let key = only(headers, SEC_WEBSOCKET_KEY).filter(|key| is_key(key.as_bytes()));
    let Some(key) = key else {
        return Err(Refusal::WrongKey);
    };
    origin::check(headers, &config.allowed_origins)?;
    let subprotocol = subprotocol::negotiate(headers, &config.subprotocols);
    let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes()))
        .expect("base64 is a valid header value");

    let mut response = Response::new(());
    *response.version_mut() = Version::HTTP_11;
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    if let Some(subprotocol) = subprotocol {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
    }
    Ok(response)
}

/// Whether the comma-separated lists of all lines of this name hold the token, in any case.
fn has_token(headers: &HeaderMap, name: impl AsHeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(token))
}

/// The value of a header that occurs once.
fn only(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&HeaderValue> {
    let mut lines = headers.get_all(name).iter();
    lines.next().filter(|_| lines.next().is_none())
}

/// Whether this is 16 octets in base64 (RFC 6455, 4.2.1): 21 full sextets, one of two bits.
fn is_key(value: &[u8]) -> bool {
    let Some((last, sextets)) = value.strip_suffix(b"==").and_then(<[u8]>::split_last) else {
        return false;
    };
    sextets.len() == 21
        && sextets
            .iter()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/'))
        && matches!(last, b'A' | b'Q' | b'g' | b'w')
}

#[cfg(test)]
mod tests {
    use crate::request::parse;

    use super::*;

    /// The request of RFC 6455, 1.2.
    const SAMPLE: &str = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Origin: http://example.com\r\nSec-WebSocket-Version: 13\r\n\r\n";

    fn answer(request: &str) -> Result<Response<()>, Refusal> {
        let (request, _) = parse(request.as_bytes())?.expect("the request is complete");
        respond(&request, &Config::default())
    }

    #[track_caller]
    fn refused(from: &str, to: &str, expected: Refusal) {
        assert!(SAMPLE.contains(from), "{from:?} is in the sample");
        assert_eq!(answer(&SAMPLE.replace(from, to)).unwrap_err(), expected);
    }

    #[track_caller]
    fn accepted(from: &str, to: &str) {
        assert!(SAMPLE.contains(from), "{from:?} is in the sample");
        assert_eq!(answer(&SAMPLE.replace(from, to)).unwrap().status(), 101);
    }

    #[test]
    fn the_sample_of_the_rfc_is_answered_as_there() {
        let response = answer(SAMPLE).unwrap();
        assert_eq!(response.status(), 101);
        assert_eq!(response.headers()["Upgrade"], "websocket");
        assert_eq!(response.headers()["Connection"], "Upgrade");
        assert_eq!(
            response.headers()["Sec-WebSocket-Accept"],
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[test]
    fn names_and_tokens_are_read_in_any_case_and_any_list() {
        accepted("Upgrade: websocket", "UPGRADE:WebSocket");
        accepted("Upgrade: websocket", "Upgrade: h2c, websocket");
        accepted("Connection: Upgrade", "Connection: keep-alive, upgrade");
        accepted(
            "Connection: Upgrade",
            "Connection: keep-alive\r\nConnection: Upgrade",
        );
    }

    #[test]
    fn what_is_no_opening_handshake_is_refused() {
        refused("Upgrade: websocket\r\n", "", Refusal::NotAnUpgrade);
        refused("Upgrade: websocket", "Upgrade: h2c", Refusal::NotAnUpgrade);
        refused(
            "Connection: Upgrade",
            "Connection: keep-alive",
            Refusal::NotAnUpgrade,
        );
        refused("HTTP/1.1", "HTTP/1.0", Refusal::NotAnUpgrade);
        refused("GET", "POST", Refusal::WrongMethod(Method::POST));
        refused("Host: server.example.com\r\n", "", Refusal::WrongHost);
        refused("Origin:", "Host:", Refusal::WrongHost);
        refused("Version: 13", "Version: 8", Refusal::UnsupportedVersion);
        refused(
            "Sec-WebSocket-Version: 13\r\n",
            "",
            Refusal::UnsupportedVersion,
        );
        refused("Sec-WebSocket-Key:", "X:", Refusal::WrongKey);
        refused("Origin:", "Sec-WebSocket-Key:", Refusal::WrongKey);
        refused("b25jZQ==", "b25jZ===", Refusal::WrongKey);
        refused("b25jZQ==", "b25jZR==", Refusal::WrongKey);
        refused("b25jZQ==", "b25jZQ", Refusal::WrongKey);
        refused("b25jZQ==", "b25jZQAA", Refusal::WrongKey);
        refused("b25jZQ==", "b2*jZQ==", Refusal::WrongKey);
    }
}
