//! The accept loop and its end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tracing::{info, warn};

use crate::{
    Config,
    connection::{self, Common},
    incoming::Incoming,
    stop::Stop,
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
    let (sender, stop) = Stop::channel();
    let url = format!("{}://{local_addr}", config.scheme());
    info!(address = %local_addr, "listening");
    let accepting = tokio::spawn(accept(listener, config, stop));
    Ok(ServerHandle {
        local_addr,
        url,
        stop: sender,
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

async fn accept(listener: TcpListener, config: Config, stop: Stop) {
    let max_connections = config.max_connections.min(Semaphore::MAX_PERMITS / 2);
    let places = Arc::new(Semaphore::new(max_connections));
    let common = Arc::new(Common {
        config,
        places,
        stop: stop.clone(),
    });
    let mut incoming = Incoming::new(listener, max_connections + PLAIN_PLACES);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            (stream, peer, place) = incoming.next() => {
                connection::spawn(&mut connections, stream, peer, Arc::clone(&common), place);
            }
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    warn!(%error, "a connection did not end as it should");
                }
            }
            () = stop.stopped() => break,
        }
    }
    drop(incoming);
    info!(connections = connections.len(), "stopping");
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if timeout(STOP_LIMIT, all_ended).await.is_err() {
        warn!(connections = connections.len(), "connections cut off");
    }
}
