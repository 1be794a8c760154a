//! Any messages, compressed: zlib makes of them what they were.

#![no_main]

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use flate2::{Decompress, FlushDecompress};
use futures_util::{FutureExt, SinkExt};
use libfuzzer_sys::fuzz_target;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::{Message, protocol::Role};
use tokio_tungstenite_deflate::{
    Agreement, DeflateConfig, DeflateStream, Takeover, Window, WindowBits,
};

/// Keeps what is written.
struct Sent(Vec<u8>);

impl AsyncRead for Sent {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl AsyncWrite for Sent {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.extend_from_slice(octets);
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fuzz_target!(|input: (u8, bool, Vec<(&[u8], u16)>)| {
    let (bits, takeover, messages) = input;
    let server = Window {
        bits: WindowBits::new(8 + bits % 8).expect("8 to 15"),
        takeover: if takeover {
            Takeover::Allowed
        } else {
            Takeover::Refused
        },
    };
    let agreement = Agreement {
        server,
        client: Window::default(),
    };
    let config = DeflateConfig::default();
    let mut socket = DeflateStream::from_partially_read(
        Sent(vec![]),
        vec![],
        Role::Server,
        None,
        Some(agreement),
        &config,
    )
    .now_or_never()
    .expect("without a handshake there is nothing to wait for");
    let mut zlib = Decompress::new(false);
    for (piece, times) in messages {
        let times = usize::from(times).min((1 << 18) / piece.len().max(1));
        let message = piece.repeat(times);
        let sent = socket.send(Message::binary(message.clone())).now_or_never();
        sent.expect("there is always room").expect("nothing fails");
        let frame = std::mem::take(&mut socket.get_mut().0);
        if !takeover {
            zlib.reset(false);
        }
        assert_eq!(plain(&frame, &mut zlib, message.len()), message);
    }
});

/// The message of a frame.
fn plain(frame: &[u8], zlib: &mut Decompress, length: usize) -> Vec<u8> {
    // RFC 6455, 5.2.
    let head = match frame[1] {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    match frame[0] {
        0x82 => frame[head..].to_vec(),
        0xc2 => {
            // RFC 7692, 7.2.2.
            let octets = [&frame[head..], &[0x00, 0x00, 0xff, 0xff]].concat();
            let mut plain = Vec::with_capacity(length + 1);
            zlib.decompress_vec(&octets, &mut plain, FlushDecompress::Sync)
                .expect("zlib reads what we write");
            plain
        }
        first => panic!("a frame that starts with {first:#x}"),
    }
}
