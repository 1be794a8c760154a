//! yawc, as its own comparison with other libraries runs it: batching, with read
//! buffers of 128 KiB and a write threshold of 64 KiB.

use futures_util::StreamExt as _;
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use yawc::{CompressionLevel, Frame, OpCode, Options, UpgradeFut, WebSocket, WebSocketError};

use crate::batching;

/// Serves one connection.
pub(crate) async fn echo(stream: TcpStream, level: u32) -> anyhow::Result<()> {
    let accept = |request| accept(request, level);
    let connection =
        http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(accept));
    Ok(connection.with_upgrades().await?)
}

async fn accept(
    mut request: Request<Incoming>,
    level: u32,
) -> yawc::Result<Response<Empty<Bytes>>> {
    let options = Options::default()
        .with_utf8()
        .with_limits(64 << 20, 128 << 20)
        .with_read_buffer_capacity(128 << 10)
        .with_backpressure_boundary(64 << 10)
        .with_compression_level(CompressionLevel::new(level));
    let (response, upgraded) = WebSocket::upgrade_with_options(&mut request, options)?;
    tokio::spawn(talk(upgraded));
    Ok(response)
}

async fn talk(upgraded: UpgradeFut) -> yawc::Result<()> {
    let mut socket = upgraded.await?.map(Ok::<_, WebSocketError>);
    let is_data = |frame: &Frame| matches!(frame.opcode(), OpCode::Text | OpCode::Binary);
    batching::echo(&mut socket, is_data).await
}
