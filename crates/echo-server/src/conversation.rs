//! The messages of one connection: each is sent back, until the closing handshake, a failure or
//! the end of the server.

use std::{
    future::poll_fn,
    net::SocketAddr,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt, future::BoxFuture};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::OwnedSemaphorePermit,
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    Bytes, Error, Message, Utf8Bytes,
    protocol::{CloseFrame, frame::coding::CloseCode},
};
use tokio_tungstenite_deflate::DeflateStream;
use tracing::{debug, warn};

use crate::{
    closing::{close_frame, linger},
    idle::Idle,
    metered::Metered,
    preview::Preview,
    stop::{PolledStop, Stop},
};

/// A WebSocket whose messages are sent back.
pub(crate) struct Conversation<S> {
    socket: DeflateStream<Metered<S>>,
    peer: SocketAddr,
    idle: Idle,
    stop: PolledStop,
    /// Its place among all WebSockets.
    _place: OwnedSemaphorePermit,
}

/// What an echo is no answer to.
#[derive(Debug)]
pub(crate) enum Event {
    Ping(Bytes),
    Close(Option<CloseFrame>),
    /// The end of TCP.
    End,
    Failure(Error),
    /// An interval without a message has passed.
    Interval,
    /// The server stops.
    Stop,
}

/// Why a conversation is over.
#[derive(Debug)]
pub(crate) enum Ended {
    Closed,
    Failed(Error),
    Stopped,
}

/// How long a peer may take to receive what is left to send when the connection ends.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// How long a peer may take to answer the Close of a server that stops.
const GOING_AWAY_LIMIT: Duration = Duration::from_millis(750);

impl<S> Conversation<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    pub(crate) fn new(
        socket: DeflateStream<Metered<S>>,
        peer: SocketAddr,
        idle: Idle,
        stop: &Stop,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            socket,
            peer,
            idle,
            stop: stop.polled(),
            _place: place,
        }
    }

    /// Sends messages back until there is something else to do, which is then to be told to
    /// [`Self::react`].
    pub(crate) fn next(&mut self) -> impl Future<Output = Event> {
        poll_fn(|context| {
            if let Poll::Ready(event) = self.poll_echoes(context) {
                return Poll::Ready(event.unwrap_or_else(Event::Failure));
            }
            if self.idle.poll(context).is_ready() {
                return Poll::Ready(Event::Interval);
            }
            self.stop.poll(context).map(|()| Event::Stop)
        })
    }

    /// Echoes while input lasts, and lets the echoes leave together once it has run dry.
    #[inline]
    fn poll_echoes(&mut self, context: &mut Context<'_>) -> Poll<Result<Event, Error>> {
        let Self { socket, peer, .. } = self;
        loop {
            // Without room for its echo no message is read.
            ready!(socket.poll_ready_unpin(context))?;
            let Poll::Ready(message) = socket.poll_next_unpin(context) else {
                // More input is echoed even while earlier echoes wait for the peer to take them,
                // until there is no room for more.
                if let Poll::Ready(flushed) = socket.poll_flush_unpin(context) {
                    flushed?;
                }
                return Poll::Pending;
            };
            match message.transpose()? {
                None => return Poll::Ready(Ok(Event::End)),
                Some(Message::Text(text)) => {
                    debug!(%peer, length = text.len(), preview = %Preview(text.as_bytes()), "text");
                    socket.start_send_unpin(Message::Text(text))?;
                }
                Some(Message::Binary(data)) => {
                    debug!(%peer, length = data.len(), preview = %Preview(&data), "binary");
                    socket.start_send_unpin(Message::Binary(data))?;
                }
                Some(Message::Pong(data)) => {
                    debug!(%peer, length = data.len(), preview = %Preview(&data), "pong");
                }
                Some(Message::Ping(data)) => return Poll::Ready(Ok(Event::Ping(data))),
                Some(Message::Close(close)) => return Poll::Ready(Ok(Event::Close(close))),
                Some(Message::Frame(_)) => unreachable!("tungstenite returns no raw frame"),
            }
        }
    }

    /// Does what `event` asks for; `None` where the conversation goes on.
    #[inline(never)]
    pub(crate) fn react(&mut self, event: Event) -> BoxFuture<'_, Option<Ended>> {
        let stop = self.stop.stop.clone();
        Box::pin(async move {
            let reacted = tokio::select! {
                biased;
                reacted = self.react_unless_stopped(event) => reacted,
                () = stop.stopped() => Ok(Some(Ended::Stopped)),
            };
            reacted.unwrap_or_else(|error| Some(Ended::Failed(error)))
        })
    }

    async fn react_unless_stopped(&mut self, event: Event) -> Result<Option<Ended>, Error> {
        let Self {
            socket, peer, idle, ..
        } = self;
        match event {
            Event::Ping(data) => {
                debug!(%peer, length = data.len(), preview = %Preview(&data), "ping");
                // tungstenite has queued the Pong. Waiting here until it is written keeps a flood
                // of pings from a peer that reads nothing out of our memory.
                socket.flush().await?;
                Ok(None)
            }
            Event::Close(close) => {
                let code = close.as_ref().map(|close| u16::from(close.code));
                let reason = close.as_ref().map_or("", |close| &close.reason);
                debug!(%peer, code, reason = %Preview(reason.as_bytes()), "close");
                // tungstenite has queued the answer.
                match timeout(CLOSE_LIMIT, socket.flush()).await {
                    Ok(flushed) => flushed?,
                    Err(elapsed) => return Err(Error::Io(elapsed.into())),
                }
                Ok(Some(Ended::Closed))
            }
            Event::End => Ok(Some(Ended::Closed)),
            Event::Failure(error) => Err(error),
            Event::Interval => {
                idle.passed(socket).await?;
                Ok(None)
            }
            Event::Stop => Ok(Some(Ended::Stopped)),
        }
    }

    /// Tells the peer why the conversation has ended, and ends TCP.
    #[inline(never)]
    pub(crate) fn end(mut self: Box<Self>, ended: Ended) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            self.tell(ended).await;
            linger(self.socket.get_mut()).await;
        })
    }

    async fn tell(&mut self, ended: Ended) {
        let Self { socket, peer, .. } = self;
        match ended {
            Ended::Closed => debug!(%peer, "closing handshake completed"),
            Ended::Failed(error) => {
                warn!(%peer, %error, "connection failed");
                if let Some(close) = close_frame(&error) {
                    debug!(%peer, code = %close.code, "closing");
                    let sent = timeout(CLOSE_LIMIT, socket.send(Message::Close(Some(close)))).await;
                    if let Ok(Err(error)) = sent {
                        debug!(%peer, %error, "no Close could be sent");
                    }
                } else {
                    // Echoes may still wait for a peer that closed only its own direction.
                    let _ = timeout(CLOSE_LIMIT, socket.flush()).await;
                }
            }
            Ended::Stopped => {
                debug!(%peer, code = %CloseCode::Away, "closing");
                let _ = timeout(GOING_AWAY_LIMIT, go_away(socket)).await;
            }
        }
    }
}

/// Starts the closing handshake and reads until the peer's Close.
async fn go_away<S>(socket: &mut DeflateStream<Metered<S>>) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let reason = Utf8Bytes::from_static("server stops");
    socket
        .send(Message::Close(Some(CloseFrame {
            code: CloseCode::Away,
            reason,
        })))
        .await?;
    while let Some(message) = socket.next().await {
        message?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{io, pin::Pin, sync::Arc};

    use futures_util::FutureExt;
    use tokio::{io::ReadBuf, sync::Semaphore};
    use tokio_tungstenite::tungstenite::protocol::Role;
    use tokio_tungstenite_deflate::DeflateConfig;

    use super::*;
    use crate::Config;

    /// All the input at once, then silence; remembers the length of each write.
    struct Recorded {
        input: Vec<u8>,
        writes: Vec<usize>,
    }

    impl AsyncRead for Recorded {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if self.input.is_empty() {
                return Poll::Pending;
            }
            let length = self.input.len().min(buffer.remaining());
            buffer.put_slice(&self.input.drain(..length).collect::<Vec<_>>());
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Recorded {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            octets: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.writes.push(octets.len());
            Poll::Ready(Ok(octets.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn echoes_of_messages_that_came_together_leave_together() {
        let stream = Recorded {
            input: b"\x81\x81\0\0\0\0a".repeat(1000),
            writes: Vec::new(),
        };
        let config = Some(Config::default().websocket());
        let socket = DeflateStream::from_partially_read(
            Metered::new(stream, None),
            Vec::new(),
            Role::Server,
            config,
            None,
            &DeflateConfig::default(),
        )
        .await;
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let (_sender, stop) = Stop::channel();
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let mut conversation = Conversation::new(socket, peer, Idle::new(None), &stop, place);
        assert!(
            conversation.next().now_or_never().is_none(),
            "the echo waits for more"
        );
        let stream = conversation.socket.into_inner().into_inner();
        assert_eq!(stream.writes, [3000]);
    }
}
