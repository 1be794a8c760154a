//! One connection, from its first octet to the end of TCP.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::Instant,
};
use tracing::{debug, info, warn};

use crate::{
    Config,
    closing::linger,
    conversation::Conversation,
    handshake::{self, Accepted, Answered, HandshakeError},
    idle::Idle,
    metered::Metered,
    request::ReadError,
    stop::Stop,
};
#[cfg(feature = "tls")]
use crate::{
    Identity,
    tls::{self, TlsError},
};
#[cfg(feature = "tls")]
use tokio_rustls::server::TlsStream;

/// What all connections have in common.
pub(crate) struct Common {
    pub(crate) config: Config,
    /// Places for WebSockets.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) stop: Stop,
}

/// No clock overflows so soon, and no handshake lasts so long: a hundred years.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Serves one connection, as a task of `connections`, and frees its `place` in the end.
///
/// Once the server stops, the peer is told with close code 1001.
pub(crate) fn spawn(
    connections: &mut JoinSet<()>,
    stream: TcpStream,
    peer: SocketAddr,
    common: Arc<Common>,
    place: OwnedSemaphorePermit,
) {
    // An echo is small and late enough without Nagle's algorithm.
    if let Err(error) = stream.set_nodelay(true) {
        warn!(%peer, %error, "cannot set TCP_NODELAY");
    }
    let deadline = Instant::now() + common.config.handshake_timeout.min(NEVER);
    #[cfg(feature = "tls")]
    if common.config.tls.is_some() {
        connections.spawn(serve_tls(stream, peer, common, deadline, place));
        return;
    }
    connections.spawn(serve(stream, peer, common, deadline, place));
}

#[cfg(feature = "tls")]
async fn serve_tls(
    stream: TcpStream,
    peer: SocketAddr,
    common: Arc<Common>,
    deadline: Instant,
    place: OwnedSemaphorePermit,
) {
    if let Some(identity) = &common.config.tls
        && let Some(stream) = secure(stream, peer, identity, &common.stop, deadline).await
    {
        serve(stream, peer, Arc::clone(&common), deadline, place).await;
    }
}

/// The TLS handshake; `None` where there is nothing more to do.
#[cfg(feature = "tls")]
#[inline(never)]
fn secure<'a>(
    stream: TcpStream,
    peer: SocketAddr,
    identity: &'a Identity,
    stop: &'a Stop,
    deadline: Instant,
) -> BoxFuture<'a, Option<TlsStream<TcpStream>>> {
    Box::pin(async move {
        let accepted = tokio::select! {
            accepted = tls::accept(stream, identity, deadline) => accepted,
            () = stop.stopped() => return None,
        };
        match accepted {
            Ok(stream) => return Some(stream),
            Err((TlsError::Silent, _)) => debug!(%peer, "the client left without a word"),
            Err((error, told)) => {
                warn!(%peer, cause = %error, "TLS handshake failed");
                if let Some(mut stream) = told {
                    linger(&mut stream).await;
                }
            }
        }
        None
    })
}

async fn serve<S>(
    stream: S,
    peer: SocketAddr,
    common: Arc<Common>,
    deadline: Instant,
    _place: OwnedSemaphorePermit,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // What comes before the messages, between them and after them is on the heap while it lasts,
    // and made by functions that are not inlined: so the task and its stack frame are small, and a
    // message finds most of what it touches in the cache.
    if let Some(mut conversation) = open(stream, peer, &common, deadline).await {
        let ended = loop {
            let event = conversation.next().await;
            if let Some(ended) = conversation.react(event).await {
                break ended;
            }
        };
        conversation.end(ended).await;
    }
    debug!(%peer, "connection closed");
}

/// The opening handshake; `None` where there is nothing more to do.
#[inline(never)]
fn open<S>(
    mut stream: S,
    peer: SocketAddr,
    common: &Common,
    deadline: Instant,
) -> BoxFuture<'_, Option<Box<Conversation<S>>>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    Box::pin(async move {
        let accepted = handshake(&mut stream, peer, common, deadline).await?;
        let stream = Metered::new(stream, common.config.idle_timeout);
        let (socket, place) = accepted.upgrade(stream, &common.config).await;
        let idle = Idle::new(common.config.idle_timeout);
        Some(Box::new(Conversation::new(
            socket,
            peer,
            idle,
            &common.stop,
            place,
        )))
    })
}

async fn handshake<S>(
    stream: &mut S,
    peer: SocketAddr,
    common: &Common,
    deadline: Instant,
) -> Option<Accepted>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Common {
        config,
        places,
        stop,
    } = common;
    let answered = tokio::select! {
        answered = handshake::accept(stream, config, places, deadline) => answered,
        () = stop.stopped() => return None,
    };
    match answered {
        Ok(Answered::WebSocket(accepted)) => {
            info!(%peer, target = %accepted.target, "opening handshake completed");
            return Some(accepted);
        }
        Ok(Answered::Health) => {
            debug!(%peer, "asked for its health");
            linger(stream).await;
        }
        Err(HandshakeError::Request(ReadError::Incomplete(0))) => {
            debug!(%peer, "the client left without a word");
        }
        Err(error) => {
            warn!(%peer, cause = %error, "opening handshake failed");
            if matches!(error, HandshakeError::Request(ReadError::Refused(_))) {
                linger(stream).await;
            }
        }
    }
    None
}
