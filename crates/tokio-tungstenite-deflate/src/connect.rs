//! The client's side of the opening handshake.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{
    client_async_with_config as connect_plain,
    tungstenite::{
        client::IntoClientRequest,
        handshake::client::Response,
        http::header::SEC_WEBSOCKET_EXTENSIONS,
        protocol::{Role, WebSocketConfig},
    },
};

use crate::{
    Agreement, ConnectError, DeflateConfig, DeflateStream, default_config, transport::Transport,
};

/// Does the opening handshake as a client on a connection, of TCP or TLS, and offers
/// permessage-deflate.
///
/// The request must not offer extensions on its own.
///
/// # Errors
///
/// Those of [`tokio_tungstenite::client_async`], and a server's answer that is none to our offer.
pub async fn client_async<R, S>(
    request: R,
    stream: S,
    deflate: &DeflateConfig,
) -> Result<(DeflateStream<S>, Response), ConnectError>
where
    R: IntoClientRequest + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    client_async_with_config(request, stream, deflate, None).await
}

/// Like [`client_async`], with limits and buffer sizes. Without a `config` it is
/// [`default_config`]; build on that rather than on tungstenite's own default.
///
/// # Errors
///
/// Those of [`client_async`].
pub async fn client_async_with_config<R, S>(
    request: R,
    stream: S,
    deflate: &DeflateConfig,
    config: Option<WebSocketConfig>,
) -> Result<(DeflateStream<S>, Response), ConnectError>
where
    R: IntoClientRequest + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut request = request.into_client_request()?;
    let offer = Agreement::offer(deflate);
    request
        .headers_mut()
        .insert(SEC_WEBSOCKET_EXTENSIONS, offer);
    let config = config.unwrap_or_else(default_config);
    let (inner, response) =
        connect_plain(request, Transport::new(stream, Role::Client), Some(config)).await?;
    let agreement = Agreement::confirm(response.headers(), deflate)?;
    let stream = DeflateStream::after_handshake(inner, Role::Client, agreement, deflate);
    Ok((stream, response))
}

/// Connects to a `ws` URL and offers permessage-deflate.
///
/// For `wss`, open the TLS connection with the library of your choice and hand it to
/// [`client_async`].
///
/// # Errors
///
/// Those of [`client_async`], a host that cannot be reached, and
/// [`TlsFeatureNotEnabled`](tokio_tungstenite::tungstenite::error::UrlError::TlsFeatureNotEnabled)
/// for a `wss` URL.
#[cfg(feature = "connect")]
pub async fn connect_async<R>(
    request: R,
    deflate: &DeflateConfig,
) -> Result<(DeflateStream<tokio::net::TcpStream>, Response), ConnectError>
where
    R: IntoClientRequest + Unpin,
{
    use tokio_tungstenite::tungstenite::{Error, client::uri_mode, error::UrlError, stream::Mode};

    let request = request.into_client_request()?;
    let uri = request.uri();
    let port = match uri_mode(uri)? {
        Mode::Plain => uri.port_u16().unwrap_or(80),
        Mode::Tls => return Err(Error::Url(UrlError::TlsFeatureNotEnabled).into()),
    };
    let host = uri.host().ok_or(Error::Url(UrlError::NoHostName))?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let stream = tokio::net::TcpStream::connect((host, port))
        .await
        .map_err(Error::Io)?;
    client_async(request, stream, deflate).await
}
