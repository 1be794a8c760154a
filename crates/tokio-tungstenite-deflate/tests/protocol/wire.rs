//! Frames as octets, and a connection that delivers them in pieces.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use flate2::{Compress, Compression, FlushCompress};
use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    protocol::{Role, WebSocketConfig},
};
use tokio_tungstenite_deflate::{
    Agreement, DeflateConfig, DeflateStream, Takeover, Window, WindowBits, default_config,
};

pub(crate) const FIN: u8 = 0x80;
pub(crate) const RSV1: u8 = 0x40;
pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const PING: u8 = 9;

/// A frame with this first octet, masked as a peer of `role` has to.
pub(crate) fn frame(first: u8, payload: &[u8], role: Role) -> Vec<u8> {
    let masked = if role == Role::Server { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(masked | length as u8),
        length @ 126..65_536 => {
            frame.push(masked | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(masked | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    if role == Role::Client {
        frame.extend(payload);
        return frame;
    }
    let key = [0x12, 0x34, 0x56, 0x78];
    frame.extend(key);
    frame.extend(payload.iter().zip(key.iter().cycle()).map(|(a, b)| a ^ b));
    frame
}

/// Compresses a message as RFC 7692, 7.2.1 says.
pub(crate) fn compress(zlib: &mut Compress, message: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(message.len() + message.len() / 100 + 1000);
    zlib.compress_vec(message, &mut output, FlushCompress::Sync)
        .unwrap();
    if output.is_empty() {
        return vec![0];
    }
    assert!(output.len() < output.capacity() && output.ends_with(&[0, 0, 0xff, 0xff]));
    output.truncate(output.len() - 4);
    output
}

pub(crate) fn compressor(window: Window) -> Compress {
    let bits = u8::from(window.bits).max(9);
    Compress::new_with_window_bits(Compression::default(), false, bits)
}

pub(crate) fn window(bits: u8, takeover: Takeover) -> Window {
    let bits = WindowBits::new(bits).unwrap();
    Window { bits, takeover }
}

/// What two sides agree on that ask for nothing.
pub(crate) fn plain() -> Agreement {
    Agreement {
        server: Window::default(),
        client: Window::default(),
    }
}

/// A connection whose input is there from the start, and comes in pieces of the given sizes, again
/// and again, with a pause after each. Then it stays open, in silence.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    pub(crate) input: VecDeque<u8>,
    sizes: Vec<usize>,
    turn: usize,
    pause: bool,
    /// Whether a read has found nothing more.
    exhausted: bool,
    pub(crate) output: Vec<u8>,
}

impl Pieces {
    pub(crate) fn new(input: Vec<u8>, sizes: Vec<usize>) -> Self {
        Self {
            input: input.into(),
            sizes,
            ..Self::default()
        }
    }
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.input.is_empty() {
            self.exhausted = true;
            return Poll::Pending;
        }
        self.pause = !self.pause;
        if self.pause {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let size = self.sizes[self.turn % self.sizes.len()];
        self.turn += 1;
        let size = size.min(self.input.len()).min(buffer.remaining());
        let octets = self.input.drain(..size).collect::<Vec<_>>();
        buffer.put_slice(&octets);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.output.extend(octets);
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A WebSocket of this role after the opening handshake.
pub(crate) async fn socket<S>(
    stream: S,
    role: Role,
    agreement: Option<Agreement>,
    config: WebSocketConfig,
) -> DeflateStream<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let deflate = DeflateConfig::default();
    DeflateStream::from_partially_read(stream, Vec::new(), role, Some(config), agreement, &deflate)
        .await
}

/// What a socket of this role makes of the input: the messages up to the first error, or up to
/// the moment when it waits for more.
pub(crate) fn receive(
    input: Vec<u8>,
    sizes: Vec<usize>,
    role: Role,
    agreement: Option<Agreement>,
) -> (Vec<Message>, Option<Error>) {
    receive_with(input, sizes, role, agreement, default_config())
}

pub(crate) fn receive_with(
    input: Vec<u8>,
    sizes: Vec<usize>,
    role: Role,
    agreement: Option<Agreement>,
    config: WebSocketConfig,
) -> (Vec<Message>, Option<Error>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(receive_async(input, sizes, role, agreement, config))
}

pub(crate) async fn receive_async(
    input: Vec<u8>,
    sizes: Vec<usize>,
    role: Role,
    agreement: Option<Agreement>,
    config: WebSocketConfig,
) -> (Vec<Message>, Option<Error>) {
    let mut socket = socket(Pieces::new(input, sizes), role, agreement, config).await;
    let mut messages = Vec::new();
    loop {
        // A socket that waits for more input has seen everything.
        let next = std::future::poll_fn(|context| match socket.poll_next_unpin(context) {
            Poll::Pending if socket.get_ref().exhausted => Poll::Ready(None),
            poll => poll,
        });
        match next.await {
            Some(Ok(message)) => messages.push(message),
            Some(Err(error)) => return (messages, Some(error)),
            None => return (messages, None),
        }
    }
}
