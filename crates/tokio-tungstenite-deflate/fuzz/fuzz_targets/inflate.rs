//! Any octets as a compressed message: what comes out is what zlib makes of it.

#![no_main]

mod wire;

use flate2::{Decompress, FlushDecompress, Status};
use libfuzzer_sys::fuzz_target;
use tokio_tungstenite::tungstenite::{Message, protocol::Role};
use tokio_tungstenite_deflate::{Agreement, Window};

fuzz_target!(|input: (u16, &[u8])| {
    let (size, payload) = input;
    let mut frame = vec![0xc2, 127];
    frame.extend((payload.len() as u64).to_be_bytes());
    frame.extend(payload);
    let agreement = Agreement {
        server: Window::default(),
        client: Window::default(),
    };
    let size = usize::from(size).max(1);
    let (messages, _) = wire::receive(&frame, size, Role::Client, Some(agreement));
    let [Message::Binary(message)] = &messages[..] else {
        assert!(messages.is_empty());
        return;
    };
    // RFC 7692, 7.2.2.
    let octets = [payload, &[0x00, 0x00, 0xff, 0xff]].concat();
    let mut plain = Vec::with_capacity(wire::LIMIT + 1);
    let mut zlib = Decompress::new(false);
    let status = zlib.decompress_vec(&octets, &mut plain, FlushDecompress::Sync);
    match status.expect("zlib reads what we read") {
        // More may follow after a last block, which zlib leaves to its caller.
        Status::StreamEnd => assert!(message.starts_with(&plain)),
        Status::Ok | Status::BufError => assert_eq!(plain, message[..]),
    }
});
