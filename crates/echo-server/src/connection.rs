//! The echo and the closing handshake of one connection.

use std::{net::SocketAddr, time::Duration};

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message, Utf8Bytes,
        error::ProtocolError,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};
use tracing::{debug, info, warn};

use crate::{
    Config,
    handshake::{self, HandshakeError},
    preview::Preview,
    request::ReadError,
    server::stopped,
};

/// Serves one connection from its opening handshake to the end of TCP.
///
/// Once `stop` holds true or its sender is gone, the peer is told with close code 1001.
pub(crate) async fn run(
    mut stream: TcpStream,
    peer: SocketAddr,
    config: Config,
    mut stop: watch::Receiver<bool>,
) {
    let accepted = tokio::select! {
        accepted = handshake::accept(&mut stream, &config) => accepted,
        () = stopped(&mut stop) => return,
    };
    match accepted {
        Ok(accepted) => {
            info!(%peer, target = %accepted.request.uri(), "opening handshake completed");
            let mut socket = accepted.upgrade(stream, &config).await;
            converse(&mut socket, peer, &mut stop).await;
            linger(socket.get_mut()).await;
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

/// How long input is read and discarded after our FIN.
const LINGER_LIMIT: Duration = Duration::from_millis(750);

/// Exchanges messages until the closing handshake, a failure or the end of the server.
async fn converse<S>(
    socket: &mut WebSocketStream<S>,
    peer: SocketAddr,
    stop: &mut watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let ended = tokio::select! {
        ended = echo(socket, peer) => Some(ended),
        () = stopped(stop) => None,
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
async fn echo<S>(socket: &mut WebSocketStream<S>, peer: SocketAddr) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        // Echoes leave together once the input has run dry.
        let message = match socket.next().now_or_never() {
            Some(message) => message,
            None => {
                socket.flush().await?;
                socket.next().await
            }
        };
        match message.transpose()? {
            None => return Ok(()),
            Some(Message::Text(text)) => {
                debug!(%peer, length = text.len(), preview = %Preview(text.as_bytes()), "text");
                socket.feed(Message::Text(text)).await?;
            }
            Some(Message::Binary(data)) => {
                debug!(%peer, length = data.len(), preview = %Preview(&data), "binary");
                socket.feed(Message::Binary(data)).await?;
            }
            Some(Message::Ping(data)) => {
                debug!(%peer, length = data.len(), preview = %Preview(&data), "ping");
                // tungstenite has queued the Pong. Waiting here until it is written keeps a flood
                // of pings from a peer that reads nothing out of our memory.
                socket.flush().await?;
            }
            Some(Message::Pong(data)) => {
                debug!(%peer, length = data.len(), preview = %Preview(&data), "pong");
            }
            Some(Message::Close(close)) => {
                let code = close.as_ref().map(|close| u16::from(close.code));
                let reason = close.as_ref().map_or("", |close| &close.reason);
                debug!(%peer, code, reason = %Preview(reason.as_bytes()), "close");
                // tungstenite has queued the answer.
                return match timeout(CLOSE_LIMIT, socket.flush()).await {
                    Ok(flushed) => flushed,
                    Err(elapsed) => Err(Error::Io(elapsed.into())),
                };
            }
            Some(Message::Frame(_)) => unreachable!("tungstenite returns no raw frame"),
        }
    }
}

/// Starts the closing handshake and reads until the peer's Close.
async fn go_away<S>(socket: &mut WebSocketStream<S>) -> Result<(), Error>
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

/// The Close that tells the peer what it did wrong; `None` when the connection is gone.
fn close_frame(error: &Error) -> Option<CloseFrame> {
    let code = match error {
        Error::Utf8(_) => CloseCode::Invalid,
        Error::Capacity(_) => CloseCode::Size,
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => return None,
        Error::Protocol(_) => CloseCode::Protocol,
        Error::Io(_) | Error::ConnectionClosed | Error::AlreadyClosed => return None,
        _ => CloseCode::Error,
    };
    // RFC 6455, 5.5: a control frame is at most 125 octets, two of them the code.
    let mut reason = error.to_string();
    reason.truncate(reason.floor_char_boundary(123));
    Some(CloseFrame {
        code,
        reason: reason.into(),
    })
}

/// Ends our direction and discards input until the peer ends its own.
///
/// Closing a socket with unread input sends RST, which may destroy the Close frame before the
/// peer has read it.
async fn linger<S>(stream: &mut S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let drained = timeout(LINGER_LIMIT, async {
        stream.shutdown().await?;
        let mut discarded = vec![0; 16 << 10];
        while stream.read(&mut discarded).await? > 0 {}
        std::io::Result::Ok(())
    });
    // Neither a peer that is gone nor one that keeps TCP open is of interest any more.
    let _ = drained.await;
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::error::CapacityError;

    use super::*;

    #[track_caller]
    fn check(error: Error, expected: Option<u16>) {
        assert_eq!(
            close_frame(&error).map(|close| close.code.into()),
            expected,
            "{error}"
        );
    }

    #[test]
    fn the_close_code_fits_the_failure() {
        check(
            Error::Protocol(ProtocolError::NonZeroReservedBits),
            Some(1002),
        );
        check(
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
            None,
        );
        check(Error::Utf8("x".to_owned()), Some(1007));
        let too_long = CapacityError::MessageTooLong {
            size: 2,
            max_size: 1,
        };
        check(Error::Capacity(too_long), Some(1009));
        check(Error::Io(std::io::ErrorKind::ConnectionReset.into()), None);
    }

    #[test]
    fn a_long_reason_is_cut_between_code_points() {
        let close = close_frame(&Error::Utf8("µ".repeat(100))).unwrap();
        assert!(
            (122..=123).contains(&close.reason.len()),
            "{}",
            close.reason.len()
        );
    }
}
