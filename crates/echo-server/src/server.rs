//! The accept loop and its end.

use std::{
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Poll, Waker},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::{JoinHandle, JoinSet, coop::unconstrained},
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

/// What `future` comes to, or `None` once the server is to stop.
///
/// For a future that is woken for each message: the stop is asked for once, because to ask takes a
/// lock that all connections share.
pub(crate) async fn unless_stopped<T>(
    stop: &mut watch::Receiver<bool>,
    mut future: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    let flag = stop.clone();
    // Whatever `future` has left of the task's budget, it is to be asked in earnest.
    let mut stopped = pin!(unconstrained(stopped(stop)));
    let mut asked: Option<Waker> = None;
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        let will_wake = |asked: &Waker| asked.will_wake(context.waker());
        if asked.as_ref().is_some_and(will_wake) && matches!(flag.has_changed(), Ok(false)) {
            return Poll::Pending;
        }
        asked = Some(context.waker().clone());
        stopped.as_mut().poll(context).map(|()| None)
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures_util::FutureExt;
    use tokio::{
        select,
        task::{consume_budget, yield_now},
    };

    use super::*;

    /// Uses up the budget of its task at once, and does nothing more.
    async fn busy_once() {
        poll_fn(|context| {
            while pin!(consume_budget()).poll(context).is_ready() {}
            Poll::Ready(())
        })
        .await;
        pending().await
    }

    #[tokio::test]
    async fn a_future_that_is_woken_often_is_stopped_all_the_same() {
        for drop_sender in [false, true] {
            let (sender, mut stop) = watch::channel(false);
            let mut woken_often = pin!(async {
                loop {
                    yield_now().await;
                }
            });
            let task = unless_stopped(&mut stop, woken_often.as_mut());
            let mut task = pin!(task);
            select! {
                biased;
                _ = &mut task => panic!("nobody has stopped it"),
                () = async { for _ in 0..10 { yield_now().await } } => {}
            }
            match drop_sender {
                false => _ = sender.send_replace(true),
                true => drop(sender),
            }
            let none: Option<()> = task.await;
            assert_eq!(none, None);
        }
    }

    #[tokio::test]
    async fn a_future_that_is_never_woken_is_woken_by_the_stop() {
        let (sender, mut stop) = watch::channel(false);
        let task = tokio::spawn(async move {
            let mut never = pin!(pending::<()>());
            unless_stopped(&mut stop, never.as_mut()).await
        });
        yield_now().await;
        sender.send_replace(true);
        assert_eq!(task.await.unwrap(), None);
    }

    #[tokio::test]
    async fn the_stop_comes_through_though_no_budget_was_left_to_ask_for_it() {
        let (sender, mut stop) = watch::channel(false);
        let task = tokio::spawn(async move {
            let mut busy = pin!(busy_once());
            unless_stopped(&mut stop, busy.as_mut()).await
        });
        for _ in 0..10 {
            yield_now().await;
        }
        sender.send_replace(true);
        let ended = timeout(Duration::from_secs(10), task).await;
        assert_eq!(ended.expect("the stop comes through").unwrap(), None);
    }

    #[tokio::test]
    async fn whoever_polls_last_is_woken_by_the_stop() {
        let (sender, mut stop) = watch::channel(false);
        let mut never = pin!(pending::<()>());
        let mut waiting = pin!(unless_stopped(&mut stop, never.as_mut()));
        // With a waker that wakes nobody.
        assert_eq!(waiting.as_mut().now_or_never(), None);
        let (ended, ()) = tokio::join!(waiting, async {
            yield_now().await;
            sender.send_replace(true);
        });
        assert_eq!(ended, None);
    }

    #[tokio::test]
    async fn what_has_been_stopped_before_does_not_begin_to_wait() {
        let (_sender, mut stop) = watch::channel(true);
        let mut never = pin!(pending::<()>());
        assert_eq!(unless_stopped(&mut stop, never.as_mut()).await, None);
        let mut done = pin!(ready(7));
        assert_eq!(unless_stopped(&mut stop, done.as_mut()).await, Some(7));
    }
}
