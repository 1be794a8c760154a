//! sockudo-ws, as in its example `simple_echo`, with permessage-deflate where the
//! client offers it, and with the batching of its documentation: `feed`, then `flush`.

use anyhow::ensure;
use bytes::BytesMut;
use sockudo_ws::deflate::{DeflateConfig, negotiate_server_deflate};
use sockudo_ws::handshake::{build_response, generate_accept_key, parse_request};
use sockudo_ws::protocol::Message;
use sockudo_ws::{CompressedWebSocketStream, Config, WebSocketStream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::batching;

/// Serves one connection.
pub(crate) async fn echo(mut stream: TcpStream, level: u32) -> anyhow::Result<()> {
    let deflate = upgrade(&mut stream, level).await?;
    let config = Config::default();
    let is_data = |message: &Message| message.is_text() || message.is_binary();
    match deflate {
        Some(deflate) => {
            let mut socket = CompressedWebSocketStream::server(stream, config, deflate);
            Ok(batching::echo(&mut socket, is_data).await?)
        }
        None => {
            let mut socket = WebSocketStream::server(stream, config);
            Ok(batching::echo(&mut socket, is_data).await?)
        }
    }
}

/// The opening handshake, which is the caller's affair with this library.
async fn upgrade(stream: &mut TcpStream, level: u32) -> anyhow::Result<Option<DeflateConfig>> {
    let mut head = BytesMut::with_capacity(4096);
    loop {
        ensure!(stream.read_buf(&mut head).await? > 0, "no whole request");
        if let Some((request, _)) = parse_request(&head)? {
            let policy = DeflateConfig {
                compression_level: level,
                ..DeflateConfig::default()
            };
            let agreed = request
                .extensions
                .and_then(|offers| negotiate_server_deflate(offers, &policy));
            let header = agreed.as_ref().map(|agreed| agreed.to_response_header());
            let accept = generate_accept_key(request.key);
            stream
                .write_all(&build_response(&accept, None, header.as_deref()))
                .await?;
            return Ok(agreed.map(|agreed| agreed.config));
        }
    }
}
