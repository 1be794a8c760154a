//! The WebSocket itself.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::{
    sink::{Sink, SinkExt},
    stream::{FusedStream, Stream},
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        protocol::{
            CloseFrame, Role, WebSocketConfig,
            frame::{
                Frame, FrameHeader,
                coding::{Data, OpCode},
            },
        },
    },
};

use crate::{
    Agreement, DeflateConfig, deflate::Deflater, header, inflate::Inflater, reader::Reader,
    transport::Transport,
};

/// A WebSocket with permessage-deflate, if that was agreed on.
///
/// It takes and gives the same messages and errors as [`WebSocketStream`], through the same
/// traits; compression does not show. Five things differ:
///
/// - Text is checked for invalid UTF-8 as it arrives, and not first when a frame is complete.
///   This holds without compression too.
/// - Invalid compressed data is an [`Error::Io`] of kind
///   [`InvalidData`](std::io::ErrorKind::InvalidData) that holds an
///   [`InvalidDeflate`](crate::InvalidDeflate). [`close_code`](crate::close_code) knows the close
///   code of every error.
/// - [`Message::Frame`] goes out as it is. Frames that have RSV1 set are the caller's own affair.
/// - A server's messages are queued when they are sent, and written by a flush, or before the next
///   one where more than `write_buffer_size` of [`WebSocketConfig`] waits.
/// - After a mebibyte that had to be decompressed, sixteen that had not, or some four thousand
///   messages, that were there without waiting, it is pending once and has its task woken, so
///   that other tasks get their turn.
///
/// `max_message_size` of [`WebSocketConfig`] holds for messages after decompression, and is
/// enforced while they are being decompressed.
#[derive(Debug)]
pub struct DeflateStream<S> {
    inner: WebSocketStream<Transport<S>>,
    agreement: Option<Agreement>,
    /// There if compression was agreed on.
    deflater: Option<Deflater>,
    role: Role,
    path: Path,
}

/// Which way messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    /// While tungstenite has nothing to send, incoming messages of one frame come straight from
    /// the transport, and a server's messages go straight there. All else goes through
    /// tungstenite.
    Direct,
    /// All goes through tungstenite: the connection is about to end.
    Closing,
    /// Nothing comes any more: a message has failed the connection.
    Failed,
}

impl<S: AsyncRead + AsyncWrite + Unpin> DeflateStream<S> {
    /// Makes a WebSocket of a connection whose opening handshake was done elsewhere.
    ///
    /// `part` is what has been read past the handshake; `agreement` is what came of
    /// [`Agreement::answer`] or [`Agreement::confirm`] with the same `deflate`. Without a
    /// `config` it is [`default_config`].
    pub async fn from_partially_read(
        stream: S,
        part: Vec<u8>,
        role: Role,
        config: Option<WebSocketConfig>,
        agreement: Option<Agreement>,
        deflate: &DeflateConfig,
    ) -> Self {
        let config = config.unwrap_or_else(default_config);
        let reader = reader(role, &config, agreement);
        let transport = Transport::started(stream, part, reader);
        let inner = WebSocketStream::from_raw_socket(transport, role, Some(config)).await;
        Self {
            inner,
            agreement,
            deflater: deflater(role, agreement, deflate),
            role,
            path: Path::Direct,
        }
    }

    /// Starts with what was agreed on in a handshake through `inner`.
    pub(crate) fn after_handshake(
        mut inner: WebSocketStream<Transport<S>>,
        role: Role,
        agreement: Option<Agreement>,
        deflate: &DeflateConfig,
    ) -> Self {
        let reader = reader(role, inner.get_config(), agreement);
        inner.get_mut().start(reader);
        Self {
            inner,
            agreement,
            deflater: deflater(role, agreement, deflate),
            role,
            path: Path::Direct,
        }
    }

    /// Sends a Close frame, or answers the peer's.
    ///
    /// # Errors
    ///
    /// Those of [`WebSocketStream::close`].
    pub async fn close(&mut self, frame: Option<CloseFrame>) -> Result<(), Error> {
        self.send(Message::Close(frame)).await
    }

    /// The underlying stream.
    pub fn get_ref(&self) -> &S {
        self.inner.get_ref().stream()
    }

    /// The underlying stream. What is read from or written to it directly is lost to the
    /// WebSocket.
    pub fn get_mut(&mut self) -> &mut S {
        self.inner.get_mut().stream_mut()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> DeflateStream<S> {
    /// A Close is about to be sent: tungstenite knows what may come after it.
    fn closing(&mut self) {
        if self.path == Path::Direct {
            self.path = Path::Closing;
        }
    }

    /// tungstenite has something to send now, or may have.
    fn expect_flush(&mut self) {
        // A Pong that finds no room in its buffer is sent with the flush after the next.
        let may_lack_room = self.inner.get_config().max_write_buffer_size < usize::MAX;
        let due = 1 + u8::from(may_lack_room);
        self.inner.get_mut().expect_flushes(due);
    }

    /// Queues a message of a server while nothing waits in tungstenite: as it is, where there is
    /// no `compressed` payload.
    #[inline]
    fn send_directly(
        &mut self,
        opcode: Data,
        compressed: Option<Bytes>,
        message: Message,
    ) -> Result<(), Error> {
        let limit = self.inner.get_config().max_write_buffer_size;
        let outgoing = self.inner.get_mut().outgoing();
        let length = compressed.as_ref().map_or(message.len(), Bytes::len);
        let frame = length.saturating_add(header::MAX_SIZE);
        if outgoing.len().saturating_add(frame) > limit {
            // The peer never gets to see this message, so none may refer to it.
            self.release();
            return Err(Error::WriteBufferFull(Box::new(message)));
        }
        let (rsv1, payload) = match compressed {
            Some(payload) => (RSV1, payload),
            None => (0, message.into_data()),
        };
        outgoing.push(FIN | rsv1 | u8::from(OpCode::Data(opcode)), payload);
        Ok(())
    }
}

/// The bits of a header's first octet (RFC 6455, 5.2).
const FIN: u8 = 0x80;
const RSV1: u8 = 0x40;

impl<S> DeflateStream<S> {
    /// Frees the compressor until the next message is sent: for a window of 15 bits 128 KiB at the
    /// default level, 371 at all others. That message cannot refer to earlier ones, and is larger
    /// for it; the peer notices nothing else. Of use for connections that have been idle for a
    /// while.
    pub fn release(&mut self) {
        if let Some(deflater) = &mut self.deflater {
            deflater.release();
        }
    }

    /// What was agreed on; `None` without compression.
    pub fn agreement(&self) -> Option<&Agreement> {
        self.agreement.as_ref()
    }

    /// The configuration of the WebSocket.
    pub fn get_config(&self) -> &WebSocketConfig {
        self.inner.get_config()
    }

    /// The underlying stream, without what has been read from it and not been consumed.
    pub fn into_inner(self) -> S {
        self.inner.into_inner().into_stream()
    }
}

/// tungstenite's defaults, but for a read buffer of 4 KiB.
///
/// The buffer of tungstenite is filled from our own, which grows and shrinks with the traffic.
/// tungstenite's default of 128 KiB would be allocated for each connection, and be zeroed before
/// each read.
pub fn default_config() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4 << 10)
}

fn reader(role: Role, config: &WebSocketConfig, agreement: Option<Agreement>) -> Reader {
    let inflater = agreement.map(|agreement| Inflater::new(agreement.incoming(role).takeover));
    Reader::new(role, config, inflater)
}

fn deflater(role: Role, agreement: Option<Agreement>, deflate: &DeflateConfig) -> Option<Deflater> {
    agreement.map(|agreement| Deflater::new(agreement.outgoing(role), deflate))
}

/// The frame of a compressed message.
fn compressed(data: Data, payload: Bytes) -> Message {
    let header = FrameHeader {
        is_final: true,
        rsv1: true,
        opcode: OpCode::Data(data),
        ..FrameHeader::default()
    };
    Message::Frame(Frame::from_payload(header, payload))
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for DeflateStream<S> {
    type Item = Result<Message, Error>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let transport = this.inner.get_ref();
        // What waits in tungstenite may be a Pong, which it sends before it reads on.
        let direct = this.path == Path::Direct && transport.flushed();
        if (direct || transport.midway())
            && let Some(message) = ready!(this.inner.get_mut().poll_whole(context))
        {
            if message.is_err() {
                this.path = Path::Failed;
            }
            return Poll::Ready(Some(message));
        }
        if this.path == Path::Failed {
            return Poll::Ready(None);
        }
        let next = ready!(Pin::new(&mut this.inner).poll_next(context));
        match &next {
            Some(Ok(
                Message::Text(_) | Message::Binary(_) | Message::Pong(_) | Message::Frame(_),
            )) => {}
            Some(Ok(Message::Ping(_))) => this.expect_flush(),
            Some(Ok(Message::Close(_)) | Err(_)) | None => this.path = Path::Closing,
        }
        Poll::Ready(next)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> DeflateStream<S> {
    /// Writes what tungstenite leaves: once the peer has sent a Close, or ended TCP, it flushes
    /// nothing below it any more.
    fn poll_last(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        match self.path {
            Path::Direct => Poll::Ready(Ok(())),
            Path::Closing | Path::Failed => Pin::new(self.inner.get_mut())
                .poll_flush(context)
                .map_err(Error::Io),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> FusedStream for DeflateStream<S> {
    fn is_terminated(&self) -> bool {
        self.path == Path::Failed || self.inner.is_terminated()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Sink<Message> for DeflateStream<S> {
    type Error = Error;

    #[inline]
    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let limit = self.inner.get_config().write_buffer_size;
        if self.inner.get_mut().outgoing().len() > limit {
            ready!(self.as_mut().poll_flush(context))?;
        }
        if self.path == Path::Direct && self.inner.get_ref().flushed() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.inner).poll_ready(context)
    }

    #[inline]
    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        let this = self.get_mut();
        let (opcode, plain) = match &message {
            Message::Text(text) => (Data::Text, text.as_bytes()),
            Message::Binary(data) => (Data::Binary, &data[..]),
            Message::Close(_) => {
                this.closing();
                return Pin::new(&mut this.inner).start_send(message);
            }
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {
                this.expect_flush();
                return Pin::new(&mut this.inner).start_send(message);
            }
        };
        let deflater = this.deflater.as_mut();
        let payload = deflater.and_then(|deflater| deflater.compress(plain));
        let direct = this.role == Role::Server && this.path == Path::Direct;
        if direct && this.inner.get_ref().flushed() {
            return this.send_directly(opcode, payload, message);
        }
        this.expect_flush();
        let frame = match payload {
            Some(payload) => compressed(opcode, payload),
            None => return Pin::new(&mut this.inner).start_send(message),
        };
        let sent = Pin::new(&mut this.inner).start_send(frame);
        sent.map_err(|error| {
            // The peer never gets to see this message, so none may refer to it.
            this.release();
            match error {
                Error::WriteBufferFull(_) => Error::WriteBufferFull(Box::new(message)),
                error => error,
            }
        })
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let direct = self.path == Path::Direct;
        let transport = self.inner.get_mut();
        if direct
            && transport.flushed()
            && let Poll::Ready(flushed) = Pin::new(transport).poll_flush(context)
        {
            return Poll::Ready(flushed.map_err(Error::Io));
        }
        // Whoever has to wait does so with the wakers of tungstenite, which serve a task that reads
        // and one that writes.
        ready!(Pin::new(&mut self.inner).poll_flush(context))?;
        if direct && !self.inner.get_ref().flushed() {
            ready!(Pin::new(&mut self.inner).poll_flush(context))?;
        }
        self.poll_last(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.closing();
        ready!(Pin::new(&mut self.inner).poll_close(context))?;
        self.poll_last(context)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use tokio::io::duplex;

    use super::*;

    #[tokio::test]
    async fn who_only_reads_has_the_direct_way_again_after_a_ping() {
        for (config, direct) in [
            (default_config(), true),
            // The Pong may have found no room.
            (default_config().max_write_buffer_size(1 << 20), false),
        ] {
            let (near, _far) = duplex(1000);
            let mut client = DeflateStream::from_partially_read(
                near,
                b"\x89\x00\x82\x00\x82\x00".to_vec(),
                Role::Client,
                Some(config),
                None,
                &DeflateConfig::default(),
            )
            .await;
            assert!(client.next().await.unwrap().unwrap().is_ping());
            assert!(!client.inner.get_ref().flushed());
            assert!(client.next().await.unwrap().unwrap().is_binary());
            assert_eq!(client.inner.get_ref().flushed(), direct);
            assert!(client.next().await.unwrap().unwrap().is_binary());
        }
    }
}
