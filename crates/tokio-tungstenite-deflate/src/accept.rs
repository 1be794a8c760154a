//! The server's side of the opening handshake.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{
    accept_hdr_async_with_config as accept_plain,
    tungstenite::{
        Error,
        handshake::server::{Callback, ErrorResponse, NoCallback, Request, Response},
        http::header::SEC_WEBSOCKET_EXTENSIONS,
        protocol::{Role, WebSocketConfig},
    },
};

use crate::{Agreement, DeflateConfig, DeflateStream, default_config, transport::Transport};

/// Accepts a WebSocket on a connection, with permessage-deflate if the client offers it.
///
/// # Errors
///
/// Those of [`tokio_tungstenite::accept_async`]. An offer that cannot be accepted is none: the
/// connection goes on without compression.
pub async fn accept_async<S>(stream: S, deflate: &DeflateConfig) -> Result<DeflateStream<S>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    accept_hdr_async(stream, NoCallback, deflate).await
}

/// Like [`accept_async`], with a callback that sees the request and may add to the response.
///
/// A callback that sets `Sec-WebSocket-Extensions` itself keeps permessage-deflate out.
///
/// # Errors
///
/// Those of [`accept_async`], and [`Error::Http`] if the callback refuses the request.
pub async fn accept_hdr_async<S, C>(
    stream: S,
    callback: C,
    deflate: &DeflateConfig,
) -> Result<DeflateStream<S>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
    C: Callback + Unpin,
{
    accept_hdr_async_with_config(stream, callback, deflate, None).await
}

/// Like [`accept_hdr_async`], with limits and buffer sizes. Without a `config` it is
/// [`default_config`]; build on that rather than on tungstenite's own default.
///
/// # Errors
///
/// Those of [`accept_hdr_async`].
pub async fn accept_hdr_async_with_config<S, C>(
    stream: S,
    callback: C,
    deflate: &DeflateConfig,
    config: Option<WebSocketConfig>,
) -> Result<DeflateStream<S>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
    C: Callback + Unpin,
{
    let mut agreement = None;
    let negotiation = Negotiation {
        callback,
        deflate,
        agreement: &mut agreement,
    };
    let config = config.unwrap_or_else(default_config);
    let inner = accept_plain(
        Transport::new(stream, Role::Server),
        negotiation,
        Some(config),
    )
    .await?;
    Ok(DeflateStream::after_handshake(
        inner,
        Role::Server,
        agreement,
        deflate,
    ))
}

/// Answers an offer, after the user's callback has had its way.
struct Negotiation<'a, C> {
    callback: C,
    deflate: &'a DeflateConfig,
    agreement: &'a mut Option<Agreement>,
}

impl<C: Callback> Callback for Negotiation<'_, C> {
    fn on_request(self, request: &Request, response: Response) -> Result<Response, ErrorResponse> {
        let mut response = self.callback.on_request(request, response)?;
        let headers = response.headers_mut();
        if !headers.contains_key(SEC_WEBSOCKET_EXTENSIONS)
            && let Some((agreement, answer)) = Agreement::answer(request.headers(), self.deflate)
        {
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, answer);
            *self.agreement = Some(agreement);
        }
        Ok(response)
    }
}
