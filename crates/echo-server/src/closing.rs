//! How a connection ends: the Close that fits a failure, and TCP in an orderly way.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    Error,
    protocol::{CloseFrame, frame::coding::CloseCode},
};
use tokio_tungstenite_deflate::close_code;

use crate::idle::NoPong;

/// The Close that tells the peer what it did wrong; `None` when the connection is gone.
pub(crate) fn close_frame(error: &Error) -> Option<CloseFrame> {
    let code = match error {
        // As other servers say it; RFC 6455, 7.4.1 has no code of its own for this.
        Error::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<NoPong>()) => {
            CloseCode::Error
        }
        error => close_code(error)?,
    };
    // RFC 6455, 5.5: a control frame is at most 125 octets, two of them the code.
    let mut reason = error.to_string();
    reason.truncate(reason.floor_char_boundary(123));
    Some(CloseFrame {
        code,
        reason: reason.into(),
    })
}

/// Ends our direction and discards input until the peer ends its own.
///
/// Closing a socket with unread input sends RST, which may destroy the Close frame before the
/// peer has read it.
pub(crate) async fn linger<S>(stream: &mut S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let drained = timeout(LINGER_LIMIT, async {
        stream.shutdown().await?;
        let mut discarded = vec![0; 16 << 10];
        while stream.read(&mut discarded).await? > 0 {}
        io::Result::Ok(())
    });
    // Neither a peer that is gone nor one that keeps TCP open is of interest any more.
    let _ = drained.await;
}

/// How long input is read and discarded after our FIN.
const LINGER_LIMIT: Duration = Duration::from_millis(750);

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};

    use super::*;

    #[track_caller]
    fn check(error: Error, expected: Option<u16>) {
        assert_eq!(
            close_frame(&error).map(|close| close.code.into()),
            expected,
            "{error}"
        );
    }

    #[test]
    fn the_close_code_fits_the_failure() {
        check(
            Error::Protocol(ProtocolError::NonZeroReservedBits),
            Some(1002),
        );
        check(
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
            None,
        );
        check(Error::Utf8("x".to_owned()), Some(1007));
        let too_long = CapacityError::MessageTooLong {
            size: 2,
            max_size: 1,
        };
        check(Error::Capacity(too_long), Some(1009));
        check(Error::Io(io::ErrorKind::ConnectionReset.into()), None);
    }

    #[test]
    fn a_long_reason_is_cut_between_code_points() {
        let close = close_frame(&Error::Utf8("µ".repeat(100))).unwrap();
        assert!(
            (122..=123).contains(&close.reason.len()),
            "{}",
            close.reason.len()
        );
    }
}
