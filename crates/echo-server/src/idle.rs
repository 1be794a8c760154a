//! Waiting for a peer that says nothing (RFC 6455, 5.5.2: a Ping may serve as a keepalive).

use std::{
    future::Future,
    io,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_util::SinkExt;
use thiserror::Error as ThisError;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::coop::unconstrained,
    time::{Instant, Sleep, sleep},
};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite_deflate::DeflateStream;

use crate::metered::Metered;

/// Pings a peer from which nothing has come for a while, and gives it up if nothing comes then.
///
/// The clock is looked at once an interval, not once a message: a peer is pinged when one whole
/// interval has passed in silence, and given up after the next one.
pub(crate) struct Idle {
    limit: Duration,
    /// There if there is a limit.
    interval: Option<Pin<Box<Sleep>>>,
    /// Who is woken when it ends.
    waiting: Option<Waker>,
    /// What had been received when the interval began.
    received: u64,
    pinged: bool,
}

impl Idle {
    /// With `None` a silent peer may stay.
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        Self {
            limit: limit.unwrap_or_default(),
            interval: limit.map(|limit| Box::pin(sleep(limit))),
            waiting: None,
            received: 0,
            pinged: false,
        }
    }

    /// Ready once an interval has passed, which is then to be told to [`Self::passed`].
    #[inline]
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(interval) = &mut self.interval else {
            return Poll::Pending;
        };
        // A task that is woken for each message need not ask each time.
        let will_wake = |waiting: &Waker| waiting.will_wake(context.waker());
        if self.waiting.as_ref().is_some_and(will_wake) && !interval.is_elapsed() {
            return Poll::Pending;
        }
        self.poll_in_earnest(context)
    }

    #[cold]
    fn poll_in_earnest(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.waiting = Some(context.waker().clone());
        // Whatever the task has left of its budget.
        match &mut self.interval {
            Some(interval) => pin!(unconstrained(interval.as_mut())).poll(context),
            None => Poll::Pending,
        }
    }

    /// Pings the peer if nothing has come from it in the interval that has passed.
    ///
    /// # Errors
    ///
    /// Those of the socket; and [`Error::Io`] that holds a [`NoPong`].
    pub(crate) async fn passed<S>(
        &mut self,
        socket: &mut DeflateStream<Metered<S>>,
    ) -> Result<(), Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let received = socket.get_ref().received();
        if received != self.received {
            self.received = received;
            self.pinged = false;
        } else if self.pinged {
            let error = io::Error::new(io::ErrorKind::TimedOut, NoPong(self.limit));
            return Err(Error::Io(error));
        } else {
            // Whoever has been silent for so long may do without earlier messages' context.
            socket.release();
            socket.send(Message::Ping(Default::default())).await?;
            self.pinged = true;
        }
        if let Some(interval) = &mut self.interval {
            interval.as_mut().reset(Instant::now() + self.limit);
            self.waiting = None;
        }
        Ok(())
    }
}

/// The peer has been silent, a ping notwithstanding.
#[derive(Debug, ThisError)]
#[error("the peer has not answered a ping for {0:?}")]
pub(crate) struct NoPong(Duration);

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
        task::consume_budget,
        time::timeout,
    };
    use tokio_tungstenite::tungstenite::protocol::Role;
    use tokio_tungstenite_deflate::DeflateConfig;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    type Socket = DeflateStream<Metered<DuplexStream>>;

    async fn pair(idle: Option<Duration>) -> (Socket, DuplexStream) {
        let (server, client) = duplex(1 << 10);
        let deflate = DeflateConfig::default();
        let socket = DeflateStream::from_partially_read(
            Metered::new(server, idle),
            Vec::new(),
            Role::Server,
            None,
            None,
            &deflate,
        );
        (socket.await, client)
    }

    fn message(socket: &mut Socket, context: &mut Context<'_>) -> Poll<Result<Message, Error>> {
        let next = socket.poll_next_unpin(context);
        next.map(|next| next.expect("the peer does not close"))
    }

    /// What `next` comes to, however long that takes, as long as the peer answers pings.
    async fn next<T>(
        idle: &mut Idle,
        socket: &mut Socket,
        mut next: impl FnMut(&mut Socket, &mut Context<'_>) -> Poll<Result<T, Error>>,
    ) -> Result<T, Error> {
        loop {
            let next = std::future::poll_fn(|context| match next(socket, context) {
                Poll::Ready(next) => Poll::Ready(Some(next)),
                Poll::Pending => idle.poll(context).map(|()| None),
            });
            if let Some(next) = next.await {
                return next;
            }
            idle.passed(socket).await?;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_mute_peer_is_pinged_and_then_given_up() {
        let (mut socket, mut client) = pair(Some(LIMIT)).await;
        let began = Instant::now();
        let ended = next(&mut Idle::new(Some(LIMIT)), &mut socket, message).await;
        let Err(Error::Io(error)) = ended else {
            panic!("{ended:?}");
        };
        assert_eq!(
            error.to_string(),
            "the peer has not answered a ping for 60s"
        );
        assert_eq!(began.elapsed().as_secs(), 120);
        let mut ping = [0; 2];
        client.read_exact(&mut ping).await.unwrap();
        assert_eq!(ping, [0x89, 0]);
        drop(socket);
        assert_eq!(client.read(&mut ping).await.unwrap(), 0, "one ping is all");
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_answers_stays() {
        let (mut socket, mut client) = pair(Some(LIMIT)).await;
        let answers = async {
            for _ in 0..10 {
                client.read_exact(&mut [0; 2]).await.unwrap();
                // A masked Pong.
                client.write_all(b"\x8a\x80\0\0\0\0").await.unwrap();
            }
            client.write_all(b"\x81\x81\0\0\0\0a").await.unwrap();
        };
        let messages = async {
            let mut idle = Idle::new(Some(LIMIT));
            let mut pongs = 0;
            loop {
                match next(&mut idle, &mut socket, message).await.unwrap() {
                    Message::Pong(_) => pongs += 1,
                    message => break (pongs, message),
                }
            }
        };
        let ((), received) = tokio::join!(answers, messages);
        assert_eq!(received, (10, Message::text("a")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_mute_peer_is_pinged_though_its_task_had_no_budget_left() {
        let (mut socket, mut client) = pair(Some(LIMIT)).await;
        let task = tokio::spawn(async move {
            let mut busy = true;
            let busy_once = |_: &mut Socket, context: &mut Context<'_>| {
                if std::mem::take(&mut busy) {
                    while pin!(consume_budget()).poll(context).is_ready() {}
                }
                Poll::<Result<(), Error>>::Pending
            };
            next(&mut Idle::new(Some(LIMIT)), &mut socket, busy_once).await
        });
        let mut ping = [0; 2];
        let pinged = timeout(LIMIT * 2, client.read_exact(&mut ping)).await;
        assert!(pinged.is_ok(), "no ping has come");
        assert_eq!(ping, [0x89, 0]);
        task.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn octets_of_an_unfinished_message_are_a_sign_of_life() {
        let (mut socket, mut client) = pair(Some(LIMIT)).await;
        let slowly = async {
            client.write_all(b"\x82\x8a\0\0\0\0").await.unwrap();
            for _ in 0..10 {
                sleep(LIMIT * 9 / 10).await;
                client.write_all(b"a").await.unwrap();
            }
        };
        let mut idle = Idle::new(Some(LIMIT));
        let (message, ()) = tokio::join!(next(&mut idle, &mut socket, message), slowly);
        assert_eq!(message.unwrap(), Message::binary(b"aaaaaaaaaa".to_vec()));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_a_mute_peer_may_stay() {
        let (mut socket, _client) = pair(None).await;
        let mut idle = Idle::new(None);
        let message = next(&mut idle, &mut socket, message);
        timeout(Duration::from_secs(86_400), message)
            .await
            .unwrap_err();
    }
}
