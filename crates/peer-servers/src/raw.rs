//! The limit: no WebSocket at all, but the octets that come, sent back.

use anyhow::ensure;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The answer to a client with the key of RFC 6455, 1.3.
const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Serves one connection.
pub(crate) async fn echo(mut stream: TcpStream) -> anyhow::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    let mut length = 0;
    while !buffer[..length].ends_with(b"\r\n\r\n") {
        ensure!(length < buffer.len(), "a request without end");
        let read = stream.read(&mut buffer[length..]).await?;
        ensure!(read > 0, "no whole request");
        length += read;
    }
    stream.write_all(RESPONSE).await?;
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..length]).await?;
    }
}
