//! `--check`: asks a running server for its health, where there is no curl to do it.

use std::time::Duration;

use anyhow::{Context, bail};
use echo_server::Config;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Fails unless the server that listens on `address` with the same options is ready.
pub(crate) async fn check(address: &str, config: &Config) -> anyhow::Result<()> {
    timeout(PATIENCE, ask(address, config))
        .await
        .unwrap_or_else(|_| bail!("no answer within {PATIENCE:?}"))
        .with_context(|| format!("the server on `{address}` is not ready"))
}

async fn ask(address: &str, config: &Config) -> anyhow::Result<()> {
    let stream = TcpStream::connect(address)
        .await
        .context("cannot connect")?;
    #[cfg(feature = "tls")]
    if let Some(identity) = &config.tls {
        let name = stream.peer_addr()?.ip().into();
        let connecting = identity.connector().connect(name, stream);
        return get(connecting.await.context("TLS handshake failed")?).await;
    }
    #[cfg(not(feature = "tls"))]
    let _ = config;
    get(stream).await
}

async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> anyhow::Result<()> {
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    stream.take(1 << 10).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    match answer.lines().next() {
        Some(status) if status.starts_with("HTTP/1.1 200 ") => Ok(()),
        Some(status) => bail!("it answered {status:?}"),
        None => bail!("it closed the connection without an answer"),
    }
}
