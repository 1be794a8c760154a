//! Tests of the opening handshake.

use autobahn_cases::play::Offer;

use super::*;

const OFFERS: &[Offer] = &[Offer {
    server_no_context_takeover: false,
    server_max_window_bits: None,
}];

fn request(offers: &'static [Offer]) -> Request {
    Request {
        path: "/chat?a=b".into(),
        host: "localhost:9001".into(),
        // The example of RFC 6455, section 1.3.
        key: "dGhlIHNhbXBsZSBub25jZQ==".into(),
        offers,
    }
}

const GOOD: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

#[track_caller]
fn refused(response: impl AsRef<[u8]>) -> String {
    let error = request(&[]).check(response.as_ref());
    error.expect_err("it is refused").to_string()
}

#[test]
fn the_request_has_its_fields_in_the_order_of_the_suite() {
    let text = request(OFFERS).encode();
    let names: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .collect();
    let names: Vec<_> = names.into_iter().map(|(name, _)| name).collect();
    assert!(text.starts_with("GET /chat?a=b HTTP/1.1\r\n"));
    assert_eq!(
        names,
        [
            "User-Agent",
            "Host",
            "Upgrade",
            "Connection",
            "Pragma",
            "Cache-Control",
            "Sec-WebSocket-Key",
            "Sec-WebSocket-Extensions",
            "Sec-WebSocket-Version",
        ]
    );
    assert!(!request(&[]).encode().contains("Extensions"));
}

#[test]
fn a_good_response_is_accepted() {
    assert_eq!(request(&[]).check(GOOD.as_bytes()), Ok(None));
    let deflate = GOOD.replace(
        "\r\n\r\n",
        "\r\nsec-websocket-extensions: permessage-deflate\r\n\r\n",
    );
    let accepted = request(OFFERS).check(deflate.as_bytes());
    assert_eq!(accepted, Ok(Some(Deflate::default())));
}

#[test]
fn a_bad_response_is_refused_by_name() {
    let field = |line: &str| GOOD.replace("\r\n\r\n", &format!("\r\n{line}\r\n\r\n"));
    assert_eq!(
        refused("HTTP/1.1\r\n\r\n"),
        "`HTTP/1.1` is not a status line of HTTP/1.1"
    );
    assert!(refused(GOOD.replace("1.1 101", "1.0 101")).contains("not a status line"));
    assert_eq!(
        refused(GOOD.replace("101", "404")),
        "expected status 101; got 404"
    );
    assert_eq!(
        refused(GOOD.replace("Upgrade: ", "X: ")),
        "the response has no `Upgrade`"
    );
    assert!(refused(GOOD.replace(": websocket", ": h2c, websocket")).contains("`Upgrade` is"));
    assert!(refused(GOOD.replace("keep-alive, Upgrade", "close")).contains("`Connection` is"));
    assert!(refused(GOOD.replace("s3p", "S3p")).contains("Sec-WebSocket-Accept"));
    let twice = field("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert!(refused(twice).contains("more than once"));
    assert!(refused(field("Sec-WebSocket-Extensions: permessage-deflate")).contains("not offered"));
    assert!(refused(field("Sec-WebSocket-Extensions: foo")).contains("not offered"));
    assert!(refused(field("Sec-WebSocket-Protocol: chat")).contains("none was asked for"));
    assert_eq!(
        refused(b"HTTP/1.1 101 \xff\r\n\r\n"),
        "the response is not UTF-8"
    );
}

#[test]
fn the_head_ends_after_a_blank_line() {
    assert_eq!(head_len(b"HTTP/1.1 101\r\n\r\nrest"), Some(16));
    assert_eq!(head_len(b"HTTP/1.1 101\r\n\r"), None);
}

proptest::proptest! {
    #[test]
    fn any_octets_are_accepted_or_refused(octets: Vec<u8>, text: String) {
        let _ = request(OFFERS).check(&octets);
        let _ = request(OFFERS).check(text.as_bytes());
        let lines = GOOD.replace("\r\n\r\n", &format!("\r\nSec-WebSocket-Extensions: {text}\r\n\r\n"));
        let _ = request(OFFERS).check(lines.as_bytes());
    }
}
