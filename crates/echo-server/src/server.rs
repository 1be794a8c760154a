//! The accept loop and its end.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tracing::{info, warn};

use crate::{Config, connection};

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
    info!(address = %local_addr, "listening");
    let accepting = tokio::spawn(accept(listener, config, stopped));
    Ok(ServerHandle {
        local_addr,
        stop,
        accepting,
    })
}

/// A running server. Dropping it ends the server, without waiting for that.
#[derive(Debug)]
pub struct ServerHandle {
    local_addr: SocketAddr,
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

    /// The address as a URL for clients: `ws://127.0.0.1:41233`.
    pub fn url(&self) -> String {
        format!("ws://{}", self.local_addr)
    }
}

/// How long connections may take to end once the server stops; what is left then is cut off.
const STOP_LIMIT: Duration = Duration::from_millis(1750);

/// How long to wait before accepting again when there are no descriptors or no memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

async fn accept(listener: TcpListener, config: Config, stop: watch::Receiver<bool>) {
    let mut stopping = stop.clone();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(start(stream, peer, config.clone(), stop.clone()));
                }
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    if !is_of_one_connection(&error) {
                        sleep(ACCEPT_PAUSE).await;
                    }
                }
            },
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    warn!(%error, "a connection did not end as it should");
                }
            }
            () = stopped(&mut stopping) => break,
        }
    }
    drop(listener);
    info!(connections = connections.len(), "stopping");
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if timeout(STOP_LIMIT, all_ended).await.is_err() {
        warn!(connections = connections.len(), "connections cut off");
    }
}

async fn start(stream: TcpStream, peer: SocketAddr, config: Config, stop: watch::Receiver<bool>) {
    // An echo is small and late enough without Nagle's algorithm.
    if let Err(error) = stream.set_nodelay(true) {
        warn!(%peer, %error, "cannot set TCP_NODELAY");
    }
    connection::run(stream, peer, config, stop).await;
}

/// Returns once the server is to stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the handle is gone, which stops the server too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Whether the error concerns the connection that was to be accepted, not the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
