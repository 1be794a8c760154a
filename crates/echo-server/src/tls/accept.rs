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
use crate::{closing::linger, handshake::write_content, refusal::Refusal};

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
/// When it fails. The client has been told then, and TCP is closed.
pub(crate) async fn accept(
    stream: TcpStream,
    identity: &Identity,
    deadline: Instant,
) -> Result<TlsStream<TcpStream>, TlsError> {
    let handshake = async {
        let mut first = [0];
        if stream.peek(&mut first).await? == 0 {
            return Err(TlsError::Silent);
        }
        // RFC 8446, 5.1: TLS begins with a record of type handshake.
        if first != [0x16] {
            return Ok(Err((TlsError::Plain, stream)));
        }
        let accepted = identity.acceptor().accept(stream).into_fallible().await;
        Ok(accepted.map_err(|(error, stream)| (TlsError::Io(error), stream)))
    };
    let completed = timeout_at(deadline, handshake).await;
    match completed.unwrap_or(Err(TlsError::TimedOut))? {
        Ok(stream) => Ok(stream),
        Err((error, mut stream)) => {
            if matches!(error, TlsError::Plain) {
                write_content(&mut stream, &Refusal::NotTls.response(), &Method::GET).await?;
            }
            linger(&mut stream).await;
            Err(error)
        }
    }
}
