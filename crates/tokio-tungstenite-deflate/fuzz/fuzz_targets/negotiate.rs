//! Any text as an offer or as an answer: no panic, and a client understands our answers as we do.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue};
use tokio_tungstenite_deflate::{Agreement, DeflateConfig, Takeover, Window, WindowBits};

const NAME: &str = "sec-websocket-extensions";

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (send, receive, line) = input;
    let config = DeflateConfig::default()
        .send(window(send))
        .receive(window(receive));
    let mut headers = HeaderMap::new();
    for line in line.split(|octet| *octet == b'\n') {
        let Ok(line) = HeaderValue::from_bytes(line) else {
            return;
        };
        headers.append(NAME, line);
    }

    let _ = Agreement::confirm(&headers, &config);
    let Some((agreed, answer)) = Agreement::answer(&headers, &config) else {
        return;
    };
    let offered = String::from_utf8_lossy(line);
    let text = answer.to_str().expect("the answer is text");
    assert!(!text.contains("client_max_window_bits") || offered.contains("client_max_window_bits"));
    assert!(agreed.server.bits <= config.send.bits);

    // A client without wishes has to take any answer, and to understand it as we do.
    let mut response = HeaderMap::new();
    response.insert(NAME, answer);
    let understood = Agreement::confirm(&response, &DeflateConfig::default());
    assert_eq!(understood, Ok(Some(agreed)));
});

fn window(octet: u8) -> Window {
    Window {
        bits: WindowBits::new(8 + (octet & 7)).expect("8 to 15"),
        takeover: match octet & 8 {
            0 => Takeover::Allowed,
            _ => Takeover::Refused,
        },
    }
}
