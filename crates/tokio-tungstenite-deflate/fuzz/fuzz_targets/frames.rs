//! Any octets as frames: no panic, no message beyond the limit, and the same messages however the
//! input is cut.

#![no_main]

mod wire;

use libfuzzer_sys::fuzz_target;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite_deflate::{Agreement, Takeover, Window};

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (flags, size, octets) = input;
    let role = match flags & 1 {
        0 => Role::Server,
        _ => Role::Client,
    };
    let mut window = Window::default();
    if flags & 2 != 0 {
        window.takeover = Takeover::Refused;
    }
    let agreement = (flags & 4 == 0).then_some(Agreement {
        server: window,
        client: window,
    });
    let (messages, error) = wire::receive(octets, usize::from(size).max(1), role, agreement);
    let (whole, end) = wire::receive(octets, usize::MAX, role, agreement);
    assert_eq!(messages, whole);
    assert_eq!(error.is_some(), end.is_some());
});
