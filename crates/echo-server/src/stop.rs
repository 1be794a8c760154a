//! The end of the server, as its connections get to know of it.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use tokio::{sync::watch, task::coop::unconstrained};

/// Tells when the server stops: once the sender has sent true, or is gone.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// What ends a server, and what tells of it.
    pub(crate) fn channel() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Returns once the server stops.
    pub(crate) async fn stopped(&self) {
        let _ = self.0.clone().wait_for(|stop| *stop).await;
    }

    /// The same, for a task that is woken for each message.
    pub(crate) fn polled(&self) -> PolledStop {
        let stop = self.clone();
        PolledStop {
            stop: self.clone(),
            stopped: Box::pin(async move { stop.stopped().await }),
            asked: None,
        }
    }
}

/// A [`Stop`] that costs next to nothing to be asked again.
///
/// To ask in earnest takes a lock that all connections share, so that is done once for each waker.
pub(crate) struct PolledStop {
    pub(crate) stop: Stop,
    stopped: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Who is woken when the server stops.
    asked: Option<Waker>,
}

impl PolledStop {
    /// Ready once the server stops.
    #[inline]
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let will_wake = |asked: &Waker| asked.will_wake(context.waker());
        if self.asked.as_ref().is_some_and(will_wake)
            && matches!(self.stop.0.has_changed(), Ok(false))
        {
            return Poll::Pending;
        }
        self.poll_in_earnest(context)
    }

    #[cold]
    fn poll_in_earnest(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.asked = Some(context.waker().clone());
        // Whatever the task has left of its budget.
        pin!(unconstrained(self.stopped.as_mut())).poll(context)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, time::Duration};

    use futures_util::FutureExt;
    use tokio::{
        select,
        task::{consume_budget, yield_now},
        time::timeout,
    };

    use super::*;

    async fn polled(stop: &Stop) {
        let mut stop = stop.polled();
        poll_fn(|context| stop.poll(context)).await;
    }

    #[tokio::test]
    async fn a_task_that_is_woken_often_gets_to_know() {
        for drop_sender in [false, true] {
            let (sender, stop) = Stop::channel();
            let mut stop = stop.polled();
            let mut woken_often = pin!(async {
                loop {
                    yield_now().await;
                }
            });
            let task = poll_fn(|context| {
                let _: Poll<()> = woken_often.as_mut().poll(context);
                stop.poll(context)
            });
            let mut task = pin!(task);
            select! {
                biased;
                () = &mut task => panic!("nobody has stopped it"),
                () = async { for _ in 0..10 { yield_now().await } } => {}
            }
            match drop_sender {
                false => _ = sender.send_replace(true),
                true => drop(sender),
            }
            task.await;
        }
    }

    #[tokio::test]
    async fn a_task_that_is_never_woken_is_woken_by_the_stop() {
        let (sender, stop) = Stop::channel();
        let task = tokio::spawn(async move { polled(&stop).await });
        yield_now().await;
        sender.send_replace(true);
        task.await.unwrap();
    }

    #[tokio::test]
    async fn the_stop_comes_through_though_no_budget_was_left_to_ask_for_it() {
        let (sender, stop) = Stop::channel();
        let task = tokio::spawn(async move {
            let mut busy = true;
            let mut stop = stop.polled();
            poll_fn(|context| {
                if std::mem::take(&mut busy) {
                    while pin!(consume_budget()).poll(context).is_ready() {}
                }
                stop.poll(context)
            })
            .await;
        });
        for _ in 0..10 {
            yield_now().await;
        }
        sender.send_replace(true);
        let ended = timeout(Duration::from_secs(10), task).await;
        ended.expect("the stop comes through").unwrap();
    }

    #[tokio::test]
    async fn whoever_polls_last_is_woken_by_the_stop() {
        let (sender, stop) = Stop::channel();
        let mut waiting = pin!(polled(&stop));
        // With a waker that wakes nobody.
        assert_eq!(waiting.as_mut().now_or_never(), None);
        tokio::join!(waiting, async {
            yield_now().await;
            sender.send_replace(true);
        });
    }

    #[tokio::test]
    async fn what_has_been_stopped_before_does_not_begin_to_wait() {
        let (sender, stop) = Stop::channel();
        sender.send_replace(true);
        assert_eq!(polled(&stop).now_or_never(), Some(()));
        drop(sender);
        let (sender, stop) = Stop::channel();
        drop(sender);
        assert_eq!(polled(&stop).now_or_never(), Some(()));
        let (_sender, stop) = Stop::channel();
        assert_eq!(polled(&stop).now_or_never(), None);
    }
}
