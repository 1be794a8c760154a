//! tokio-tungstenite, as in its example `autobahn-server`.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use crate::batching;

/// Serves one connection.
pub(crate) async fn echo(stream: TcpStream) -> anyhow::Result<()> {
    let mut socket = accept_async(stream).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() || message.is_binary() {
            socket.send(message).await?;
        }
    }
    Ok(())
}

/// The same with batches.
pub(crate) async fn echo_batches(stream: TcpStream) -> anyhow::Result<()> {
    let mut socket = accept_async(stream).await?;
    let is_data = |message: &Message| message.is_text() || message.is_binary();
    Ok(batching::echo(&mut socket, is_data).await?)
}
