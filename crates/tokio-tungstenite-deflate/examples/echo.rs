//! An echo server with permessage-deflate: `cargo run --example echo -- 127.0.0.1:9001`.
//!
//! What comes together is echoed together: the loop answers as long as there is input, and
//! flushes when it runs dry.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{Sink, SinkExt, Stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_tungstenite::tungstenite::{Error, Message, protocol::CloseFrame};
use tokio_tungstenite_deflate::{DeflateConfig, DeflateStream, accept_async, close_code};

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:9001")).await?;
    let deflate = DeflateConfig::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream, deflate.clone()));
    }
}

async fn serve(stream: TcpStream, deflate: DeflateConfig) {
    let Ok(mut socket) = accept_async(stream, &deflate).await else {
        return;
    };
    if let Err(error) = poll_fn(|context| poll_echo(&mut socket, context)).await
        && let Some(code) = close_code(&error)
    {
        let reason = "".into();
        let _ = socket
            .send(Message::Close(Some(CloseFrame { code, reason })))
            .await;
    }
    // Echoes may still wait for a client that ended only its own direction.
    let _ = timeout(Duration::from_secs(1), socket.flush()).await;
    let _ = timeout(Duration::from_secs(1), linger(socket.get_mut())).await;
}

/// Echoes until the connection is closed.
fn poll_echo(
    socket: &mut DeflateStream<TcpStream>,
    context: &mut Context<'_>,
) -> Poll<Result<(), Error>> {
    let mut socket = Pin::new(socket);
    loop {
        // Where the client does not read, we do not either.
        ready!(socket.as_mut().poll_ready(context))?;
        match socket.as_mut().poll_next(context)? {
            Poll::Ready(Some(message @ (Message::Text(_) | Message::Binary(_)))) => {
                socket.as_mut().start_send(message)?;
            }
            Poll::Ready(Some(_)) => {}
            Poll::Ready(None) => return Poll::Ready(Ok(())),
            Poll::Pending => {
                ready!(socket.as_mut().poll_flush(context))?;
                return Poll::Pending;
            }
        }
    }
}

/// Ends our direction and reads until the client ends its own: closing a socket with unread input
/// resets the connection, and the Close frame may be lost.
async fn linger(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let mut discarded = [0; 4096];
    while stream.read(&mut discarded).await? > 0 {}
    Ok(())
}
