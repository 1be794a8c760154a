//! A decompression bomb takes up no more than the limit that the user has set. Alone in its
//! process, for it looks at the peak of that.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    fs, io,
    pin::Pin,
    task::{Context, Poll},
};

use flate2::{Compress, Compression, FlushCompress};
use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::{Error, protocol::Role};
use tokio_tungstenite_deflate::{
    Agreement, DeflateConfig, DeflateStream, Window, close_code, default_config,
};

/// Input that is all there.
struct Input(io::Cursor<Vec<u8>>);

impl AsyncRead for Input {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Input {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A binary frame whose payload becomes so many zeros: as dense as deflate gets, about 1030 to 1.
fn bomb(size: usize) -> Vec<u8> {
    let zeros = vec![0; 1 << 20];
    let mut zlib = Compress::new(Compression::best(), false);
    let mut payload = Vec::with_capacity(size / 1000);
    for _ in 0..size / zeros.len() {
        zlib.compress_vec(&zeros, &mut payload, FlushCompress::None)
            .unwrap();
    }
    zlib.compress_vec(&[], &mut payload, FlushCompress::Sync)
        .unwrap();
    assert!(payload.len() < payload.capacity() && size / payload.len() > 1000);
    let mut frame = vec![0xc2, 127];
    frame.extend((payload.len() as u64 - 4).to_be_bytes());
    frame.extend(&payload[..payload.len() - 4]);
    frame
}

/// The most memory that this process has ever had, in octets.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse::<usize>().unwrap() << 10
}

#[tokio::test]
async fn a_bomb_stays_within_the_size_limit() {
    const GIB: usize = 1 << 30;
    let agreement = Agreement {
        server: Window::default(),
        client: Window::default(),
    };
    let deflate = DeflateConfig::default();
    let bomb = bomb(GIB);
    let room = 2 << 20;
    // The last: a message of a million times the limit.
    for limit in [16 << 20, 1 << 20, GIB / 1_000_000] {
        let input = Input(io::Cursor::new(bomb.clone()));
        let config = default_config().max_message_size(Some(limit));
        let (role, config, agreement) = (Role::Client, Some(config), Some(agreement));
        let before = peak();
        let mut socket =
            DeflateStream::from_partially_read(input, vec![], role, config, agreement, &deflate)
                .await;
        let error = socket.next().await.unwrap().unwrap_err();
        assert!(matches!(error, Error::Capacity(_)), "{error}");
        assert_eq!(close_code(&error).unwrap(), 1009.into());
        // A vector may have twice the capacity that it needs.
        let growth = peak() - before;
        assert!(
            growth <= 2 * limit + room,
            "{growth} octets for a limit of {limit}"
        );
    }
}
