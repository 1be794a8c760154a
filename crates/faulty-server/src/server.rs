//! Listening, and the end of the whole server.

use std::{
    future, io,
    net::{Ipv4Addr, SocketAddr, TcpListener as StdListener},
    thread,
    time::Duration,
};

use tokio::{
    net::TcpListener,
    runtime,
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::sleep,
};

use crate::{Fault, connection};

/// A server that is wrong on purpose, on a thread of its own: it needs no runtime and no share
/// in the clock of a test. Dropping it stops it, without waiting for that.
#[derive(Debug)]
pub struct FaultyServer {
    local_addr: SocketAddr,
    /// Closed to stop the server.
    stop: oneshot::Sender<()>,
    /// Closed when the server has ended.
    ended: oneshot::Receiver<()>,
}

impl FaultyServer {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// URLs without a path get this fault; [`Fault::CrashAt`] and [`Fault::StopAcceptingAt`] hold
    /// from the second connection on.
    ///
    /// # Errors
    ///
    /// When there is no port or no thread to be had.
    pub fn start(fault: Fault) -> io::Result<Self> {
        Self::start_on((Ipv4Addr::LOCALHOST, 0).into(), fault, 2)
    }

    /// Starts a server on this address, for the two faults of whole servers with the number of
    /// the connection that they hold from, counting from 1.
    ///
    /// # Errors
    ///
    /// When the address cannot be had, or a thread.
    pub fn start_on(address: SocketAddr, fault: Fault, at: u64) -> io::Result<Self> {
        // Listening begins here, so that errors are returned and clients need not wait.
        let listener = StdListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let local_addr = listener.local_addr()?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let (end, ended) = oneshot::channel::<()>();
        thread::Builder::new()
            .name(format!("faulty-server {fault}"))
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = stopped => {}
                        _ = accept(listener, fault, at) => {}
                    }
                });
                drop(runtime);
                drop(end);
            })?;
        Ok(Self {
            local_addr,
            stop,
            ended,
        })
    }

    /// Stops the server and returns once all its sockets are closed.
    pub async fn stop(self) {
        drop(self.stop);
        // Nothing is ever sent: this is the end of the thread.
        let _ = self.ended.await;
    }

    /// Returns once the server has ended by itself: only [`Fault::CrashAt`] does.
    pub async fn crashed(&mut self) {
        let _ = (&mut self.ended).await;
    }

    /// The address that the server listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The URL of a fault: `ws://127.0.0.1:41233/silent`. The faults of whole servers are correct
    /// there, unless the server was started with them.
    pub fn url(&self, fault: Fault) -> String {
        format!("ws://{}/{fault}", self.local_addr)
    }
}

/// How long to wait before accepting again when there are no descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until the server crashes.
async fn accept(listener: StdListener, fault: Fault, at: u64) -> io::Result<()> {
    let mut listener = Some(TcpListener::from_std(listener)?);
    let mut connections = JoinSet::new();
    let (crash, mut crashed) = mpsc::channel::<()>(1);
    for number in 1.. {
        if fault == Fault::StopAcceptingAt && number >= at {
            listener = None;
        }
        let (stream, _) = loop {
            tokio::select! {
                accepted = next(listener.as_ref()) => match accepted {
                    Ok(accepted) => break accepted,
                    Err(_) => sleep(ACCEPT_PAUSE).await,
                },
                // What became of a connection is the client's business.
                Some(_) = connections.join_next() => {}
                Some(()) = crashed.recv() => return Ok(()),
            }
        };
        let crash = (fault == Fault::CrashAt && number >= at).then(|| crash.clone());
        connections.spawn(connection::run(stream, fault, crash));
    }
    Ok(())
}

async fn next(listener: Option<&TcpListener>) -> io::Result<(tokio::net::TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => future::pending().await,
    }
}
