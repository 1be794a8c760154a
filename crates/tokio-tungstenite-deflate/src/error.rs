//! What can go wrong, and which close code says so.

use std::io;

use thiserror::Error;
use tokio_tungstenite::tungstenite::{
    Error as WsError, error::ProtocolError, protocol::frame::coding::CloseCode,
};

/// Why no WebSocket came of a client's opening handshake.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The connection or the handshake failed; compression has no part in that.
    #[error(transparent)]
    Handshake(#[from] WsError),
    /// The server answered our offer with something that RFC 7692 does not allow. The connection
    /// is gone: a client has to fail it (RFC 7692, 5.1).
    #[error("cannot agree with the server on extensions: {0}")]
    Negotiation(#[from] NegotiationError),
}

/// What a server did wrong when it answered our offer (RFC 7692, 7.1).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NegotiationError {
    /// A line of `Sec-WebSocket-Extensions` does not follow the syntax of RFC 6455, 9.1.
    #[error("malformed `Sec-WebSocket-Extensions`")]
    Malformed,
    /// An extension that we did not offer.
    #[error("the server chose `{0}`, which was not offered")]
    NotOffered(String),
    /// More than one answer to our offer.
    #[error("the server accepted permessage-deflate twice")]
    Repeated,
    /// A parameter that is unknown, repeated, or has a value that it must not have.
    #[error("the server sent parameter `{0}` where or as it must not be")]
    Parameter(String),
    /// A parameter of our offer that the answer has to repeat is missing.
    #[error("the server accepted the offer without its parameter `{0}`")]
    Missing(&'static str),
}

/// A compressed message that cannot be decompressed: the peer's fault.
///
/// It is found in the [`io::Error`] of kind [`io::ErrorKind::InvalidData`] that reading returns.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("invalid compressed message: {0}")]
pub struct InvalidDeflate(pub(crate) String);

impl From<InvalidDeflate> for io::Error {
    fn from(error: InvalidDeflate) -> Self {
        io::Error::new(io::ErrorKind::InvalidData, error)
    }
}

/// The close code that tells the peer what it did wrong (RFC 6455, 7.4.1); `None` when no Close
/// can be sent any more.
///
/// 1002 for a violation of the protocol, invalid compressed data included, 1007 for invalid
/// UTF-8, 1009 for a message or a frame that is too large, before or after decompression.
pub fn close_code(error: &WsError) -> Option<CloseCode> {
    match error {
        WsError::Utf8(_) => Some(CloseCode::Invalid),
        WsError::Capacity(_) => Some(CloseCode::Size),
        WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        WsError::Protocol(_) => Some(CloseCode::Protocol),
        WsError::Io(error) if is_invalid_deflate(error) => Some(CloseCode::Protocol),
        _ => None,
    }
}

fn is_invalid_deflate(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|inner| inner.is::<InvalidDeflate>())
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::error::CapacityError;

    use super::*;

    #[track_caller]
    fn check(error: WsError, expected: Option<u16>) {
        assert_eq!(close_code(&error).map(u16::from), expected, "{error}");
    }

    #[test]
    fn the_close_code_says_what_went_wrong() {
        let too_long = CapacityError::MessageTooLong {
            size: 2,
            max_size: 1,
        };
        check(WsError::Capacity(too_long), Some(1009));
        check(WsError::Utf8("x".to_owned()), Some(1007));
        check(
            WsError::Protocol(ProtocolError::NonZeroReservedBits),
            Some(1002),
        );
        check(
            WsError::Io(InvalidDeflate("x".to_owned()).into()),
            Some(1002),
        );
        check(WsError::Io(io::ErrorKind::InvalidData.into()), None);
        check(
            WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake),
            None,
        );
        check(WsError::ConnectionClosed, None);
    }
}
