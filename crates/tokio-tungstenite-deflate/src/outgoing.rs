//! The way of our own messages to the network, past tungstenite's buffer.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use tokio::io::AsyncWrite;

use crate::header;

/// Frames of a server that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    /// Written before `gathered`.
    chunks: VecDeque<Bytes>,
    /// Headers, and payloads that are short enough to be copied.
    gathered: Vec<u8>,
    /// Octets of what is in front that are written already.
    written: usize,
    /// Octets in all that wait.
    length: usize,
}

/// Octets of the longest payload that is copied, so that small messages leave together. A longer
/// one is written from where it is.
const MAX_COPIED: usize = 8 << 10;

/// Octets of memory that an empty buffer keeps for what comes next.
const MAX_KEPT: usize = 32 << 10;

/// How many chunks one write takes at most.
const MAX_SLICES: usize = 16;

impl Outgoing {
    /// Octets that wait.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds an unmasked frame of the final kind: `first` is the first octet of its header.
    #[inline]
    pub(crate) fn push(&mut self, first: u8, payload: Bytes) {
        let before = self.gathered.len();
        header::write_unmasked(first, payload.len(), &mut self.gathered);
        if payload.len() <= MAX_COPIED {
            self.gathered.extend_from_slice(&payload);
            self.length += self.gathered.len() - before;
        } else {
            self.length += self.gathered.len() - before + payload.len();
            self.chunks
                .push_back(std::mem::take(&mut self.gathered).into());
            self.chunks.push_back(payload);
        }
    }

    /// Writes all that waits.
    #[inline]
    pub(crate) fn poll_write<S: AsyncWrite + Unpin>(
        &mut self,
        stream: &mut S,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.is_empty() {
            let mut stream = Pin::new(&mut *stream);
            let written = if self.chunks.is_empty() {
                stream.poll_write(context, &self.gathered[self.written..])
            } else if stream.is_write_vectored() {
                let mut slices = [IoSlice::new(&[]); MAX_SLICES];
                let used = self.slices(&mut slices);
                stream
                    .as_mut()
                    .poll_write_vectored(context, &slices[..used])
            } else {
                stream.poll_write(context, &self.chunks[0][self.written..])
            };
            match ready!(written)? {
                // What tungstenite makes of it.
                0 => return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
                length => self.advance(length),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// What to write next; how many slices it is.
    fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let chunks = self.chunks.iter().map(|chunk| &chunk[..]);
        let mut used = 0;
        for (slice, octets) in slices.iter_mut().zip(chunks.chain([&self.gathered[..]])) {
            let skip = if used == 0 { self.written } else { 0 };
            *slice = IoSlice::new(&octets[skip..]);
            used += 1;
        }
        used
    }

    /// Removes what has been written.
    #[inline]
    fn advance(&mut self, length: usize) {
        self.length -= length;
        self.written += length;
        while let Some(chunk) = self.chunks.front()
            && chunk.len() <= self.written
        {
            self.written -= chunk.len();
            self.chunks.pop_front();
        }
        if self.is_empty() {
            self.written = 0;
            self.gathered.clear();
            if self.gathered.capacity() > MAX_KEPT {
                self.gathered = Vec::new();
            }
        } else if self.chunks.is_empty()
            && self.written > MAX_KEPT
            && self.written >= self.gathered.len() / 2
        {
            // Where something always waits, what has left would stay for ever.
            self.gathered.drain(..self.written);
            self.written = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Takes so many octets at a time.
    struct Taking {
        at_once: usize,
        vectored: bool,
        writes: usize,
        taken: Vec<u8>,
    }

    impl Taking {
        fn new(at_once: usize, vectored: bool) -> Self {
            Self {
                at_once,
                vectored,
                writes: 0,
                taken: Vec::new(),
            }
        }
    }

    impl AsyncWrite for Taking {
        fn poll_write(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            octets: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.poll_write_vectored(context, &[IoSlice::new(octets)])
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let octets = slices.iter().flat_map(|slice| slice.iter());
            let octets: Vec<u8> = octets.take(self.at_once).copied().collect();
            self.taken.extend(&octets);
            self.writes += 1;
            Poll::Ready(Ok(octets.len()))
        }

        fn is_write_vectored(&self) -> bool {
            self.vectored
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn write(outgoing: &mut Outgoing, stream: &mut Taking) -> Poll<io::Result<()>> {
        outgoing.poll_write(stream, &mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn whatever_is_taken_at_once_all_is_written_in_order() {
        let lengths = [1, 0, 8192, 8193, 3, 70_000, 9000, 9000, 5];
        for at_once in [1, 7, 4096, 8195, 10_000, usize::MAX] {
            for vectored in [false, true] {
                let mut stream = Taking::new(at_once, vectored);
                let (mut outgoing, mut expected) = (Outgoing::default(), Vec::new());
                for (index, length) in lengths.into_iter().enumerate() {
                    let payload = vec![b'a' + index as u8; length];
                    header::write_unmasked(0x82, length, &mut expected);
                    expected.extend(&payload);
                    outgoing.push(0x82, payload.into());
                }
                assert_eq!(outgoing.len(), expected.len());
                assert!(write(&mut outgoing, &mut stream).is_ready());
                assert!(stream.taken == expected, "{at_once} {vectored}");
                assert!(outgoing.is_empty());
            }
        }
    }

    #[test]
    fn small_messages_leave_together_and_a_large_one_with_its_header() {
        let mut stream = Taking::new(usize::MAX, true);
        let mut outgoing = Outgoing::default();
        for _ in 0..100 {
            outgoing.push(0x82, Bytes::from_static(b"abc"));
        }
        outgoing.push(0x82, vec![0; 1 << 20].into());
        assert!(write(&mut outgoing, &mut stream).is_ready());
        assert_eq!(
            (stream.writes, stream.taken.len()),
            (1, 500 + 10 + (1 << 20))
        );
    }

    #[test]
    fn a_stream_that_takes_nothing_any_more_is_an_error() {
        let mut outgoing = Outgoing::default();
        outgoing.push(0x82, Bytes::from_static(b"abc"));
        let Poll::Ready(Err(error)) = write(&mut outgoing, &mut Taking::new(0, true)) else {
            panic!("no error");
        };
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    #[test]
    fn a_peer_that_always_leaves_something_waiting_does_not_make_it_more() {
        let mut outgoing = Outgoing::default();
        let payload = Bytes::from_static(&[b'a'; 98]);
        for _ in 0..500 {
            outgoing.push(0x82, payload.clone());
        }
        let waiting = outgoing.len();
        let mut octets = 0;
        for _ in 0..100_000 {
            outgoing.push(0x82, payload.clone());
            outgoing.advance(100);
            octets = octets.max(outgoing.gathered.capacity());
        }
        assert_eq!(outgoing.len(), waiting);
        assert!(octets <= 4 * (waiting + MAX_KEPT), "{octets}");
        let mut stream = Taking::new(usize::MAX, false);
        assert!(write(&mut outgoing, &mut stream).is_ready());
        assert_eq!(stream.taken.len(), waiting);
        let frame = [&[0x82, 98], &payload[..]].concat();
        assert!(stream.taken.chunks(100).all(|taken| taken == frame));
    }

    #[test]
    fn after_many_small_messages_no_large_buffer_is_kept() {
        let mut outgoing = Outgoing::default();
        for _ in 0..100_000 {
            outgoing.push(0x82, Bytes::from_static(b"abc"));
        }
        assert!(write(&mut outgoing, &mut Taking::new(1000, true)).is_ready());
        assert!(outgoing.gathered.capacity() <= MAX_KEPT);
    }
}
