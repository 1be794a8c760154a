//! The server's side of the TLS handshake.

use std::io;

use thiserror::Error;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::http::Method;

use super::Identity;
use crate::{handshake::write_content, refusal::Refusal};

/// Why no TLS came of a connection.
#[derive(Debug, Error)]
pub(crate) enum TlsError {
    #[error("{}", Refusal::NotTls)]
    Plain,
    #[error("it did not complete in time")]
    TimedOut,
    #[error("the client left without a word")]
    Silent,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Completes the TLS handshake before `deadline`.
///
/// # Errors
///
/// When it fails. Where the client has been told of that, the connection comes with the error;
/// closing it is up to the caller.
pub(crate) async fn accept(
    stream: TcpStream,
    identity: &Identity,
    deadline: Instant,
) -> Result<TlsStream<TcpStream>, (TlsError, Option<TcpStream>)> {
    timeout_at(deadline, handshake(stream, identity))
        .await
        .unwrap_or(Err((TlsError::TimedOut, None)))
}

async fn handshake(
    mut stream: TcpStream,
    identity: &Identity,
) -> Result<TlsStream<TcpStream>, (TlsError, Option<TcpStream>)> {
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(0) => return Err((TlsError::Silent, None)),
        Ok(_) => {}
        Err(error) => return Err((error.into(), None)),
    }
    // RFC 8446, 5.1: TLS begins with a record of type handshake.
    if first != [0x16] {
        return Err(
            match write_content(&mut stream, &Refusal::NotTls.response(), &Method::GET).await {
                Ok(()) => (TlsError::Plain, Some(stream)),
                Err(error) => (error.into(), None),
            },
        );
    }
    // rustls has sent an alert when this fails.
    let accepted = identity.acceptor().accept(stream).into_fallible().await;
    accepted.map_err(|(error, stream)| (error.into(), Some(stream)))
}
