//! Accepting connections, as many as there may be and as soon as the system can.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};
use tracing::warn;

/// The connections that come in over a listener.
pub(crate) struct Incoming {
    listener: TcpListener,
    places: Arc<Semaphore>,
    pause: Pause,
}

impl Incoming {
    /// At most `most` connections are there at a time.
    pub(crate) fn new(listener: TcpListener, most: usize) -> Self {
        Self {
            listener,
            places: Arc::new(Semaphore::new(most)),
            pause: Pause::default(),
        }
    }

    /// The next connection, whoever made it, and its place. Without descriptors or memory this
    /// tries again, more and more slowly. Dropping the future loses no connection.
    pub(crate) async fn next(&mut self) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
        loop {
            self.pause.over().await;
            let place = Arc::clone(&self.places).acquire_owned().await;
            let place = place.expect("nobody closes the semaphore");
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    self.pause = Pause::default();
                    return (stream, peer, place);
                }
                Err(error) if is_of_one_connection(&error) => {
                    warn!(%error, "a connection was gone before it was accepted");
                }
                Err(error) => {
                    let pause = self.pause.lengthen();
                    warn!(%error, again_in = ?pause, "cannot accept a connection");
                }
            }
        }
    }
}

/// How long to wait before accepting again when there are no descriptors or no memory.
#[derive(Default)]
struct Pause {
    length: Duration,
    until: Option<Instant>,
}

impl Pause {
    const FIRST: Duration = Duration::from_millis(10);
    const LONGEST: Duration = Duration::from_secs(1);

    fn lengthen(&mut self) -> Duration {
        self.length = (self.length * 2).clamp(Self::FIRST, Self::LONGEST);
        self.until = Some(Instant::now() + self.length);
        self.length
    }

    async fn over(&self) {
        if let Some(until) = self.until {
            sleep_until(until).await;
        }
    }
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

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_up_to_a_second() {
        let mut pause = Pause::default();
        pause.over().await;
        let lengths: Vec<u128> = (0..9).map(|_| pause.lengthen().as_millis()).collect();
        assert_eq!(lengths, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
        let began = Instant::now();
        pause.over().await;
        assert!(began.elapsed() >= Pause::LONGEST);
    }

    #[tokio::test]
    async fn what_is_beyond_waits_for_a_place() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut incoming = Incoming::new(listener, 1);
        let _clients = [
            TcpStream::connect(address).await.unwrap(),
            TcpStream::connect(address).await.unwrap(),
        ];
        let first = incoming.next().await;
        let second = timeout(Duration::from_millis(50), incoming.next()).await;
        assert!(second.is_err(), "there is no place for a second one");
        drop(first);
        let third = timeout(Duration::from_secs(10), incoming.next()).await;
        assert!(third.is_ok(), "the place is free again");
    }
}
