//! An echo that batches: echoes leave together once the input has run dry.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};

/// Sends back every message that `is_data`, until the stream ends.
pub(crate) async fn echo<S, M, E>(socket: &mut S, is_data: fn(&M) -> bool) -> Result<(), E>
where
    S: Stream<Item = Result<M, E>> + Sink<M, Error = E> + Unpin,
{
    poll_fn(|context| match input(socket, is_data, context) {
        Poll::Ready(ended) => Poll::Ready(ended),
        Poll::Pending => match socket.poll_flush_unpin(context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        },
    })
    .await?;
    socket.flush().await
}

/// Takes in what has arrived.
fn input<S, M, E>(
    socket: &mut S,
    is_data: fn(&M) -> bool,
    context: &mut Context<'_>,
) -> Poll<Result<(), E>>
where
    S: Stream<Item = Result<M, E>> + Sink<M, Error = E> + Unpin,
{
    loop {
        // Room first: where there is none, nothing more is read.
        ready!(socket.poll_ready_unpin(context))?;
        match ready!(socket.poll_next_unpin(context)).transpose()? {
            Some(message) if is_data(&message) => socket.start_send_unpin(message)?,
            Some(_) => {}
            None => return Poll::Ready(Ok(())),
        }
    }
}
