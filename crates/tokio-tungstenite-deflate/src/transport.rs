//! The adapter between tungstenite and the network.

use std::{
    future::Future,
    io, mem,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use tokio_tungstenite::tungstenite::{Error, Message, protocol::Role};

use crate::{
    InvalidDeflate,
    head::Head,
    outgoing::Outgoing,
    reader::{BESIDES, Next, Reader},
    recycled,
    turn::Turn,
};

/// A stream whose input goes through a [`Reader`] once the opening handshake is over. Output is
/// passed on as it is, after what waits in [`Outgoing`].
#[derive(Debug)]
pub(crate) struct Transport<S> {
    stream: S,
    /// What was read and not handed on.
    input: BytesMut,
    /// Octets allocated for it.
    allocated: usize,
    /// How many octets to ask for: follows what has come of late.
    read_size: usize,
    phase: Phase,
    turn: Turn,
    /// To be returned once what came before it has been handed on.
    failure: Option<InvalidDeflate>,
    /// How the input has ended, if that is not known to tungstenite yet.
    end: Option<io::Result<()>>,
    outgoing: Outgoing,
    /// How many times tungstenite has to flush before it surely has nothing to send.
    flushes_due: u8,
}

#[derive(Debug)]
enum Phase {
    /// Octets are passed on as they come, but never past the end of a head, so that no frame
    /// gets past the reader that is to come.
    Handshake(Head),
    Frames(Box<Reader>),
}

/// What a connection of small messages asks for, and keeps allocated while it waits.
const MIN_READ: usize = 4 << 10;

/// What one read asks for at most; and at most so much is allocated before any of it has come.
const MAX_READ: usize = 1 << 20;

/// What one read asks for of a message that has a buffer of its own: less is more work for the
/// kernel, and what is more has left the processor's cache before it is unmasked.
const MAX_PIECE: usize = 512 << 10;

impl<S> Transport<S> {
    /// Begins with the opening handshake of this side.
    pub(crate) fn new(stream: S, role: Role) -> Self {
        let head = Head::to(role);
        Self::with(stream, BytesMut::new(), Phase::Handshake(head))
    }

    /// Begins after the opening handshake, with octets that have been read already.
    pub(crate) fn started(stream: S, input: Vec<u8>, reader: Reader) -> Self {
        let input = BytesMut::from(Bytes::from(input));
        Self::with(stream, input, Phase::Frames(Box::new(reader)))
    }

    fn with(stream: S, input: BytesMut, phase: Phase) -> Self {
        Self {
            stream,
            input,
            allocated: 0,
            read_size: MIN_READ,
            phase,
            turn: Turn::default(),
            failure: None,
            end: None,
            outgoing: Outgoing::default(),
            flushes_due: 0,
        }
    }

    /// Ends the opening handshake.
    pub(crate) fn start(&mut self, reader: Reader) {
        self.phase = Phase::Frames(Box::new(reader));
    }

    pub(crate) fn stream(&self) -> &S {
        &self.stream
    }

    pub(crate) fn stream_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Whether tungstenite has nothing to send: it had nothing when it last was, and was not
    /// given anything since.
    pub(crate) fn flushed(&self) -> bool {
        self.flushes_due == 0
    }

    /// tungstenite has something to send now, or may have, and needs so many flushes for it.
    pub(crate) fn expect_flushes(&mut self, due: u8) {
        self.flushes_due = due;
    }

    /// What leaves before anything that tungstenite sends.
    pub(crate) fn outgoing(&mut self) -> &mut Outgoing {
        &mut self.outgoing
    }

    pub(crate) fn into_stream(self) -> S {
        self.stream
    }

    /// Hands on what has been read, as far as possible.
    fn hand_on(&mut self, output: &mut ReadBuf<'_>) -> Result<(), InvalidDeflate> {
        match &mut self.phase {
            Phase::Handshake(head) => {
                let length = self.input.len().min(output.remaining());
                let length = head.end(&self.input[..length]);
                output.put_slice(&self.input[..length]);
                self.input.advance(length);
                Ok(())
            }
            Phase::Frames(reader) => reader.read(&mut self.input, output),
        }
    }
}

impl<S: AsyncRead + Unpin> Transport<S> {
    /// The next message, if it can be had without tungstenite; `None` where that has to go on.
    ///
    /// Not before tungstenite has taken in all that it was given: it has where it has returned a
    /// message or waits for input.
    #[inline]
    pub(crate) fn poll_whole(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, Error>>> {
        loop {
            let Phase::Frames(reader) = &mut self.phase else {
                return Poll::Ready(None);
            };
            if self.failure.is_some() {
                return Poll::Ready(None);
            }
            ready!(self.turn.poll_go_on(context));
            let missing = match reader.whole(&mut self.input, self.allocated) {
                Next::Plain(message) => {
                    self.turn.spend_plain(message.len());
                    return Poll::Ready(Some(Ok(message)));
                }
                Next::Inflated(message) => {
                    self.turn.spend(message.len());
                    return Poll::Ready(Some(Ok(message)));
                }
                Next::Failed(error) => return Poll::Ready(Some(Err(error))),
                Next::More(missing) => missing,
                Next::Other => return Poll::Ready(None),
            };
            match ready!(self.poll_more(context, missing)) {
                Ok(0) => self.end = Some(Ok(())),
                Ok(_) => continue,
                Err(error) => self.end = Some(Err(error)),
            }
            if let Phase::Frames(reader) = &mut self.phase
                && reader.abandon()
            {
                self.input.clear();
            }
            return Poll::Ready(None);
        }
    }

    /// Whether a message has begun to come through [`poll_whole`](Self::poll_whole), and so has
    /// to go on there.
    pub(crate) fn midway(&self) -> bool {
        matches!(&self.phase, Phase::Frames(reader) if reader.midway())
    }

    /// Reads more: at best as many octets as are missing, and as many as have come of late.
    #[inline]
    fn poll_more(&mut self, context: &mut Context<'_>, missing: usize) -> Poll<io::Result<usize>> {
        if let Some(end) = self.end.take() {
            return Poll::Ready(end.map(|()| 0));
        }
        let room = missing.saturating_add(BESIDES);
        if let Phase::Frames(reader) = &mut self.phase
            && let Some(buffer) = reader.own_buffer(room)
        {
            // What comes next may be as large, and is to find nothing read of it.
            self.read_size = MIN_READ;
            let mut buffer = buffer.limit(room.min(MAX_PIECE));
            let read = pin!(self.stream.read_buf(&mut buffer)).poll(context);
            if read.is_pending() {
                self.wait();
            }
            return read;
        }
        let wanted = missing.max(self.read_size + BESIDES);
        let room = wanted.min(self.input.len().max(MAX_READ + BESIDES));
        let is_kept = (recycled::MIN_KEPT..=recycled::MAX_OF_READ).contains(&room);
        if is_kept && self.input.is_empty() && !self.input.try_reclaim(room) {
            self.input = Bytes::from(recycled::take(room)).into();
        }
        self.input.reserve(room);
        self.allocated = self.allocated.max(self.input.capacity());
        let read = pin!(self.stream.read_buf(&mut self.input)).poll(context);
        let Poll::Ready(read) = read else {
            self.wait();
            return Poll::Pending;
        };
        let length = read?;
        if length >= self.read_size {
            self.read_size = MAX_READ.min(self.read_size * 4);
        } else if length < self.read_size / 8 {
            self.read_size = MIN_READ.max(self.read_size / 2);
        }
        Poll::Ready(Ok(length))
    }

    /// A connection that waits lets others have their turn, and needs no large buffer.
    #[inline]
    fn wait(&mut self) {
        self.turn = Turn::default();
        if self.input.is_empty() && self.allocated > MIN_READ + BESIDES {
            recycled::keep(mem::take(&mut self.input));
            self.allocated = 0;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Transport<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        output: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = output.filled().len();
        ready!(this.turn.poll_go_on(context));
        loop {
            // Even without input there may be output that found no room the last time.
            let handed_on = match this.failure.take() {
                Some(failure) => Err(failure),
                None => this.hand_on(output),
            };
            let handed = output.filled().len() - before;
            if handed > 0 {
                this.turn.spend(handed);
                this.failure = handed_on.err();
                return Poll::Ready(Ok(()));
            }
            handed_on?;
            if ready!(this.poll_more(context, 1))? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> Transport<S> {
    /// The stream, once what has to leave before has left.
    #[inline]
    fn poll_drained(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Pin<&mut S>>> {
        ready!(self.outgoing.poll_write(&mut self.stream, context))?;
        Poll::Ready(Ok(Pin::new(&mut self.stream)))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Transport<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let stream = ready!(self.get_mut().poll_drained(context))?;
        stream.poll_write(context, octets)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let stream = ready!(this.poll_drained(context))?;
        ready!(stream.poll_flush(context))?;
        // tungstenite flushes what is below it when it has written all it had.
        this.flushes_due = this.flushes_due.saturating_sub(1);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let stream = ready!(self.get_mut().poll_drained(context))?;
        stream.poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::io::{AsyncWriteExt, duplex};
    use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

    use super::*;

    #[tokio::test]
    async fn a_connection_that_waits_leaves_a_large_buffer_to_others() {
        let (near, mut far) = duplex(1 << 20);
        let reader = Reader::new(Role::Client, &WebSocketConfig::default(), None);
        let mut transport = Transport::started(near, Vec::new(), reader);
        transport.read_size = 100 << 10;
        let mut context = Context::from_waker(Waker::noop());
        assert!(transport.poll_whole(&mut context).is_pending());
        let kept = recycled::take(transport.read_size);
        assert!(kept.capacity() >= 100 << 10);
        recycled::keep(BytesMut::from(Bytes::from(kept)));
        // What comes is read into it.
        far.write_all(b"\x82\x01a").await.unwrap();
        let Poll::Ready(Some(Ok(message))) = transport.poll_whole(&mut context) else {
            panic!("a message has come");
        };
        assert_eq!(message, Message::binary(&b"a"[..]));
        assert_eq!(recycled::take(1 << 20).capacity(), 0, "it is in use");
    }

    #[tokio::test]
    async fn the_largest_buffers_are_not_kept() {
        let (near, _far) = duplex(1);
        let reader = Reader::new(Role::Client, &WebSocketConfig::default(), None);
        let mut transport = Transport::started(near, Vec::new(), reader);
        transport.read_size = MAX_READ;
        let mut context = Context::from_waker(Waker::noop());
        assert!(transport.poll_whole(&mut context).is_pending());
        assert_eq!(transport.input.capacity(), 0, "it has no buffer any more");
        assert_eq!(recycled::take(MAX_READ).capacity(), 0);
    }
}
