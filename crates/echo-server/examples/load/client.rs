//! A client that offers permessage-deflate and compares every echo with what it has sent.

use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite_deflate::{Budget, DeflateConfig, DeflateStream, client_async};

/// A WebSocket to the server.
pub(crate) struct Client<S>(DeflateStream<S>);

impl Client<TcpStream> {
    pub(crate) async fn connect(server: SocketAddr) -> anyhow::Result<Self> {
        Self::over(tcp(server).await?).await
    }

    /// Leaves with RST, in the middle of a frame.
    pub(crate) fn reset(self) -> anyhow::Result<()> {
        let stream = self.0.get_ref();
        // A binary frame of 100 octets, of which 10 ever come. The server may be too busy
        // sending to take even these.
        let part = [&[0x82, 0x80 | 100, 1, 2, 3, 4], [0; 10].as_slice()].concat();
        let _ = stream.try_write(&part);
        stream.set_zero_linger()?;
        Ok(())
    }
}

impl Client<TlsStream<TcpStream>> {
    pub(crate) async fn connect_tls(
        server: SocketAddr,
        connector: &TlsConnector,
    ) -> anyhow::Result<Self> {
        let name = server.ip().into();
        let connecting = connector.connect(name, tcp(server).await?);
        Self::over(connecting.await.context("the TLS handshake failed")?).await
    }
}

async fn tcp(server: SocketAddr) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(server).await.context("cannot connect")?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    async fn over(stream: S) -> anyhow::Result<Self> {
        // Memory counts at the server; here there are as many compressors as threads.
        let deflate = DeflateConfig::default().budget(Budget::new(0));
        let (socket, _) = client_async("ws://localhost/", stream, &deflate)
            .await
            .context("the opening handshake failed")?;
        Ok(Self(socket))
    }

    pub(crate) async fn send(&mut self, messages: &[Message]) -> anyhow::Result<()> {
        for message in messages {
            self.0.feed(message.clone()).await?;
        }
        Ok(self.0.flush().await?)
    }

    /// Sends the messages, and expects them back in their order.
    pub(crate) async fn echo(&mut self, messages: &[Message]) -> anyhow::Result<()> {
        self.send(messages).await?;
        for message in messages {
            let echo = self.next().await?;
            ensure!(echo == *message, "an echo is not what was sent");
        }
        Ok(())
    }

    /// The next message; pings are answered and passed over.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Message> {
        loop {
            match self.0.next().await.context("the server has left")?? {
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(close) => bail!("the server closes: {close:?}"),
                message => return Ok(message),
            }
        }
    }

    /// Leaves with the closing handshake.
    pub(crate) async fn close(mut self) -> anyhow::Result<()> {
        self.0.close(None).await?;
        while let Some(message) = self.0.next().await {
            message?;
        }
        Ok(())
    }
}

/// Numbers that look random and are the same each time (SplitMix64).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A message of up to 16 KiB, mostly small: words, or octets that do not compress.
    pub(crate) fn message(&mut self) -> Message {
        let bits = self.below(15);
        let length = self.below(1 << bits) as usize;
        if self.below(2) == 0 {
            let words = std::iter::repeat_with(|| format!("{} ", self.below(1000)));
            let mut text = String::with_capacity(length + 4);
            for word in words {
                if text.len() >= length {
                    break;
                }
                text += &word;
            }
            Message::text(text)
        } else {
            let octets = std::iter::repeat_with(|| self.next().to_le_bytes()).flatten();
            Message::binary(octets.take(length).collect::<Vec<u8>>())
        }
    }
}
