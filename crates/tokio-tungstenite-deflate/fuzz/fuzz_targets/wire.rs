//! A connection whose input is there from the start, read in pieces of one size.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{FutureExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::{Error, Message, protocol::Role};
use tokio_tungstenite_deflate::{Agreement, DeflateConfig, DeflateStream, default_config};

struct Wire<'a> {
    input: &'a [u8],
    size: usize,
}

impl AsyncRead for Wire<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let length = self.size.min(self.input.len()).min(buffer.remaining());
        let (piece, rest) = self.input.split_at(length);
        buffer.put_slice(piece);
        self.input = rest;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire<'_> {
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

/// No message may be longer than this.
pub const LIMIT: usize = 1 << 20;

/// All messages of the input, and how it ends.
pub fn receive(
    input: &[u8],
    size: usize,
    role: Role,
    agreement: Option<Agreement>,
) -> (Vec<Message>, Option<Error>) {
    let config = default_config().max_message_size(Some(LIMIT));
    let deflate = DeflateConfig::default();
    let wire = Wire { input, size };
    let mut socket =
        DeflateStream::from_partially_read(wire, vec![], role, Some(config), agreement, &deflate)
            .now_or_never()
            .expect("without a handshake there is nothing to wait for");
    let mut messages = Vec::new();
    loop {
        // All input is there: whoever is to wait has only come to the end of a turn.
        let next = std::iter::repeat_with(|| socket.next().now_or_never()).find_map(|next| next);
        match next.expect("an endless iterator ends with what is looked for") {
            Some(Ok(message)) => {
                assert!(message.len() <= LIMIT);
                messages.push(message);
            }
            Some(Err(error)) => return (messages, Some(error)),
            None => return (messages, None),
        }
    }
}
