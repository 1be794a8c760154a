//! The echo and the closing handshake of one connection.

use std::{
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{Semaphore, watch},
    time::{Instant, timeout},
};
use tokio_tungstenite::tungstenite::{
    Bytes, Error, Message, Utf8Bytes,
    protocol::{CloseFrame, frame::coding::CloseCode},
};
use tokio_tungstenite_deflate::DeflateStream;
use tracing::{debug, info, warn};

use crate::{
    Config,
    closing::{close_frame, linger},
    handshake::{self, Answered, HandshakeError},
    idle::Idle,
    metered::Metered,
    preview::Preview,
    request::ReadError,
    server::{stopped, unless_stopped},
};
#[cfg(feature = "tls")]
use crate::{
    Identity,
    tls::{self, TlsError},
};

/// What all connections have in common.
pub(crate) struct Common {
    pub(crate) config: Config,
    /// Places for WebSockets.
    pub(crate) places: Arc<Semaphore>,
}

/// No clock overflows so soon, and no handshake lasts so long: a hundred years.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Serves one connection from its first octet to the end of TCP.
///
/// Once `stop` holds true or its sender is gone, the peer is told with close code 1001.
pub(crate) async fn run(
    stream: TcpStream,
    peer: SocketAddr,
    common: &Common,
    stop: watch::Receiver<bool>,
) {
    let deadline = Instant::now() + common.config.handshake_timeout.min(NEVER);
    #[cfg(feature = "tls")]
    if let Some(identity) = &common.config.tls {
        // On the heap, so that connections without TLS are the smaller for it.
        return Box::pin(run_tls(stream, peer, identity, common, deadline, stop)).await;
    }
    serve(stream, peer, common, deadline, stop).await;
}

#[cfg(feature = "tls")]
async fn run_tls(
    stream: TcpStream,
    peer: SocketAddr,
    identity: &Identity,
    common: &Common,
    deadline: Instant,
    mut stop: watch::Receiver<bool>,
) {
    let accepted = tokio::select! {
        accepted = tls::accept(stream, identity, deadline) => accepted,
        () = stopped(&mut stop) => return,
    };
    match accepted {
        Ok(stream) => serve(stream, peer, common, deadline, stop).await,
        Err((TlsError::Silent, _)) => debug!(%peer, "the client left without a word"),
        Err((error, told)) => {
            warn!(%peer, cause = %error, "TLS handshake failed");
            if let Some(mut stream) = told {
                linger(&mut stream).await;
            }
        }
    }
}

async fn serve<S>(
    mut stream: S,
    peer: SocketAddr,
    common: &Common,
    deadline: Instant,
    mut stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Common { config, places } = common;
    let answered = tokio::select! {
        answered = handshake::accept(&mut stream, config, places, deadline) => answered,
        () = stopped(&mut stop) => return,
    };
    match answered {
        Ok(Answered::WebSocket(accepted)) => {
            info!(%peer, target = %accepted.target, "opening handshake completed");
            let stream = Metered::new(stream, config.idle_timeout);
            let (mut socket, _place) = accepted.upgrade(stream, config).await;
            converse(&mut socket, peer, config.idle_timeout, &mut stop).await;
            linger(socket.get_mut()).await;
        }
        Ok(Answered::Health) => {
            debug!(%peer, "asked for its health");
            linger(&mut stream).await;
        }
        Err(HandshakeError::Request(ReadError::Incomplete(0))) => {
            debug!(%peer, "the client left without a word");
        }
        Err(error) => {
            warn!(%peer, cause = %error, "opening handshake failed");
            if matches!(error, HandshakeError::Request(ReadError::Refused(_))) {
                linger(&mut stream).await;
            }
        }
    }
    debug!(%peer, "connection closed");
}

/// How long a peer may take to receive what is left to send when the connection ends.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// How long a peer may take to answer the Close of a server that stops.
const GOING_AWAY_LIMIT: Duration = Duration::from_millis(750);

/// Exchanges messages until the closing handshake, a failure or the end of the server.
async fn converse<S>(
    socket: &mut DeflateStream<Metered<S>>,
    peer: SocketAddr,
    idle_timeout: Option<Duration>,
    stop: &mut watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let ended = {
        let mut echo = pin!(echo(socket, peer, Idle::new(idle_timeout)));
        unless_stopped(stop, echo.as_mut()).await
    };
    match ended {
        Some(Ok(())) => debug!(%peer, "closing handshake completed"),
        Some(Err(error)) => {
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
        None => {
            debug!(%peer, code = %CloseCode::Away, "closing");
            let _ = timeout(GOING_AWAY_LIMIT, go_away(socket)).await;
        }
    }
}

/// Sends every message back until the peer closes the connection.
async fn echo<S>(
    socket: &mut DeflateStream<Metered<S>>,
    peer: SocketAddr,
    mut idle: Idle,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let next = idle.next(socket, |socket, context| poll_echoes(socket, peer, context));
        match next.await? {
            Next::End => return Ok(()),
            Next::Ping(data) => {
                debug!(%peer, length = data.len(), preview = %Preview(&data), "ping");
                // tungstenite has queued the Pong. Waiting here until it is written keeps a flood
                // of pings from a peer that reads nothing out of our memory.
                socket.flush().await?;
            }
            Next::Close(close) => {
                let code = close.as_ref().map(|close| u16::from(close.code));
                let reason = close.as_ref().map_or("", |close| &close.reason);
                debug!(%peer, code, reason = %Preview(reason.as_bytes()), "close");
                // tungstenite has queued the answer.
                return match timeout(CLOSE_LIMIT, socket.flush()).await {
                    Ok(flushed) => flushed,
                    Err(elapsed) => Err(Error::Io(elapsed.into())),
                };
            }
        }
    }
}

/// What is not answered by an echo.
enum Next {
    Ping(Bytes),
    Close(Option<CloseFrame>),
    End,
}

/// Echoes while input lasts, and lets the echoes leave together once it has run dry.
fn poll_echoes<S>(
    socket: &mut DeflateStream<Metered<S>>,
    peer: SocketAddr,
    context: &mut Context<'_>,
) -> Poll<Result<Next, Error>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        // Without room for its echo no message is read.
        ready!(socket.poll_ready_unpin(context))?;
        let Poll::Ready(message) = socket.poll_next_unpin(context) else {
            // More input is echoed even while earlier echoes wait for the peer to take them, until
            // there is no room for more.
            if let Poll::Ready(flushed) = socket.poll_flush_unpin(context) {
                flushed?;
            }
            return Poll::Pending;
        };
        match message.transpose()? {
            None => return Poll::Ready(Ok(Next::End)),
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
            Some(Message::Ping(data)) => return Poll::Ready(Ok(Next::Ping(data))),
            Some(Message::Close(close)) => return Poll::Ready(Ok(Next::Close(close))),
            Some(Message::Frame(_)) => unreachable!("tungstenite returns no raw frame"),
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
    use std::{io, pin::Pin};

    use futures_util::FutureExt;
    use tokio::io::ReadBuf;
    use tokio_tungstenite::tungstenite::protocol::Role;
    use tokio_tungstenite_deflate::DeflateConfig;

    use super::*;

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
        let mut socket = DeflateStream::from_partially_read(
            Metered::new(stream, None),
            Vec::new(),
            Role::Server,
            config,
            None,
            &DeflateConfig::default(),
        )
        .await;
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        assert!(
            echo(&mut socket, peer, Idle::new(None))
                .now_or_never()
                .is_none(),
            "the echo waits for more"
        );
        assert_eq!(socket.into_inner().into_inner().writes, [3000]);
    }
}
