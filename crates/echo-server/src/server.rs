//! The accept loop and its end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tracing::{info, warn};

use crate::{
    Config,
    connection::{self, Common},
    incoming::Incoming,
};

/// Starts a server on `listener` and returns at once.
///
/// Has to be called within a tokio runtime.
///
/// # Errors
///
/// When the operating system does not tell the listener's address.
pub fn serve(listener: TcpListener, config: Config) -> io::Result<ServerHandle> {
    let local_addr = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let url = format!("{}://{local_addr}", config.scheme());
    info!(address = %local_addr, "listening");
    let accepting = tokio::spawn(accept(listener, config, stopped));
    Ok(ServerHandle {
        local_addr,
        url,
        stop,
        accepting,
    })
}

/// A running server. Dropping it ends the server, without waiting for that.
#[derive(Debug)]
pub struct ServerHandle {
    local_addr: SocketAddr,
    url: String,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl ServerHandle {
    /// Stops accepting, tells every peer with close code 1001 (RFC 6455, 7.4.1) and returns when
    /// all connections are gone, after less than two seconds whatever the peers do.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.accepting.await {
            warn!(%error, "the server did not end as it should");
        }
    }

    /// The address that the server listens on, with the port that the operating system chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The address as a URL for clients: `ws://127.0.0.1:41233`, or `wss://` with TLS.
    pub fn url(&self) -> String {
        self.url.clone()
    }
}

/// How long connections may take to end once the server stops; what is left then is cut off.
const STOP_LIMIT: Duration = Duration::from_millis(1750);

/// Connections that have no place as a WebSocket, at most: opening handshakes, refusals and
/// questions for the server's health. What is beyond waits in the listener's queue.
const PLAIN_PLACES: usize = 256;

async fn accept(listener: TcpListener, config: Config, stop: watch::Receiver<bool>) {
    let max_connections = config.max_connections.min(Semaphore::MAX_PERMITS / 2);
    let places = Arc::new(Semaphore::new(max_connections));
    let common = Arc::new(Common { config, places });
    let mut incoming = Incoming::new(listener, max_connections + PLAIN_PLACES);
    let mut stopping = stop.clone();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            (stream, peer, place) = incoming.next() => {
                let (common, stop) = (Arc::clone(&common), stop.clone());
                connections.spawn(async move {
                    start(stream, peer, &common, stop).await;
                    drop(place);
                });
            }
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    warn!(%error, "a connection did not end as it should");
                }
            }
            () = stopped(&mut stopping) => break,
        }
    }
    drop(incoming);
    info!(connections = connections.len(), "stopping");
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if timeout(STOP_LIMIT, all_ended).await.is_err() {
        warn!(connections = connections.len(), "connections cut off");
    }
}

async fn start(stream: TcpStream, peer: SocketAddr, common: &Common, stop: watch::Receiver<bool>) {
    // An echo is small and late enough without Nagle's algorithm.
    if let Err(error) = stream.set_nodelay(true) {
        warn!(%peer, %error, "cannot set TCP_NODELAY");
    }
    connection::run(stream, peer, common, stop).await;
}

/// Returns once the server is to stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the handle is gone, which stops the server too.
    let _ = stop.wait_for(|stop| *stop).await;
}
