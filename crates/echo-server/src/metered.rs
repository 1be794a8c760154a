//! A stream that knows whether its peer is still there.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// Counts the octets that arrive, and fails when the peer takes nothing for too long.
///
/// What has not been taken stays in bounded buffers, but a peer that takes nothing would hold
/// them, and its place among the connections, for as long as it likes.
#[derive(Debug)]
pub(crate) struct Metered<S> {
    stream: S,
    received: u64,
    /// How long a write may make no progress; `None` means for ever.
    patience: Option<Duration>,
    /// Runs while a write makes no progress.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Metered<S> {
    pub(crate) fn new(stream: S, patience: Option<Duration>) -> Self {
        Self {
            stream,
            received: 0,
            patience,
            stalled: None,
        }
    }

    /// The stream itself.
    #[cfg(test)]
    pub(crate) fn into_inner(self) -> S {
        self.stream
    }

    /// Octets that have arrived so far.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Ends the wait for a write that makes no progress, with an error once it was too long.
    #[inline]
    fn check<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let (Poll::Pending, Some(patience)) = (&written, self.patience) else {
            if self.stalled.is_some() {
                self.stalled = None;
            }
            return written;
        };
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("the peer has taken nothing of what it is sent for {patience:?}"),
        )))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.received += (buffer.filled().len() - before) as u64;
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, octets);
        self.check(context, written)
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.check(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.check(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        time::{Instant, timeout},
    };

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_fails_the_write() {
        let (server, _client) = duplex(8);
        let mut server = Metered::new(server, Some(PATIENCE));
        let began = Instant::now();
        let error = server.write_all(&[0; 9]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed().as_secs(), PATIENCE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_peer_may_take_its_time() {
        let (server, mut client) = duplex(8);
        let mut server = Metered::new(server, Some(PATIENCE));
        let slowly = async {
            for _ in 0..5 {
                sleep(PATIENCE * 9 / 10).await;
                client.read_exact(&mut [0; 8]).await.unwrap();
            }
        };
        let (written, ()) = tokio::join!(server.write_all(&[0; 40]), slowly);
        written.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_a_write_waits_for_ever() {
        let (server, _client) = duplex(8);
        let mut server = Metered::new(server, None);
        let waiting = timeout(Duration::from_secs(86_400), server.write_all(&[0; 9]));
        waiting.await.unwrap_err();
    }

    #[tokio::test]
    async fn what_arrives_is_counted() {
        let (server, mut client) = duplex(8);
        let mut server = Metered::new(server, None);
        client.write_all(&[0; 5]).await.unwrap();
        drop(client);
        server.read_to_end(&mut Vec::new()).await.unwrap();
        assert_eq!(server.received(), 5);
    }
}
