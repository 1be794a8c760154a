//! The head of a request, as it arrives (RFC 9112, 2 to 5).
//!
//! It is read here rather than by tungstenite, which gives up when the head comes in many small
//! pieces or when frames come with it, and which answers no plain request.

use std::io;

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_tungstenite::tungstenite::http::{
    Request, Version,
    header::{HeaderName, HeaderValue},
};

use crate::refusal::Refusal;

/// Why no request came of a connection.
#[derive(Debug, Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the client left after {0} octets of its request")]
    Incomplete(usize),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads up to the blank line that ends the head; returns the octets after it too.
///
/// # Errors
///
/// When the client leaves or sends something else. Nothing is answered here.
pub(crate) async fn read<S>(stream: &mut S) -> Result<(Request<()>, Vec<u8>), ReadError>
where
    S: AsyncRead + Unpin,
{
    let mut head = Vec::with_capacity(1024);
    loop {
        let seen = head.len();
        let room = (MAX_HEAD - seen) as u64;
        if stream.take(room).read_buf(&mut head).await? == 0 {
            return Err(if room == 0 {
                Refusal::TooLarge(MAX_HEAD).into()
            } else {
                ReadError::Incomplete(seen)
            });
        }
        // RFC 8446, 5.1: a record of type handshake. The client waits for an answer in TLS.
        if head[0] == 0x16 {
            return Err(Refusal::Tls.into());
        }
        // Parsing starts over each time, so it waits for a blank line among the new octets.
        let new = &head[seen.saturating_sub(3)..];
        let blank = new.windows(2).any(|w| w == b"\n\n") || new.windows(3).any(|w| w == b"\n\r\n");
        if blank && let Some((request, length)) = parse(&head)? {
            return Ok((request, head.split_off(length)));
        }
    }
}

/// Octets of a request's head, at most.
const MAX_HEAD: usize = 16 << 10;

/// Parses a head; `None` when it is not complete. The second value is its length in octets.
pub(crate) fn parse(octets: &[u8]) -> Result<Option<(Request<()>, usize)>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(octets) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::TooLarge(MAX_HEAD)),
        Err(error) => return Err(Refusal::Malformed(error.to_string())),
    };
    let mut request = Request::new(());
    *request.method_mut() = parsed
        .method
        .unwrap_or_default()
        .parse()
        .map_err(|_| Refusal::Malformed("invalid method".to_owned()))?;
    *request.uri_mut() = parsed
        .path
        .unwrap_or_default()
        .parse()
        .map_err(|error| Refusal::Malformed(format!("{error}")))?;
    *request.version_mut() = match parsed.version {
        Some(1) => Version::HTTP_11,
        _ => Version::HTTP_10,
    };
    for header in parsed.headers {
        let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(header.name.as_bytes()),
            HeaderValue::from_bytes(header.value),
        ) else {
            return Err(Refusal::Malformed(format!(
                "invalid header `{}`",
                header.name
            )));
        };
        request.headers_mut().append(name, value);
    }
    Ok(Some((request, length)))
}

/// Lines of a request's head, at most.
const MAX_HEADERS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_all(mut octets: &[u8]) -> Result<(Request<()>, Vec<u8>), ReadError> {
        read(&mut octets).await
    }

    #[tokio::test]
    async fn octets_after_the_head_are_kept() {
        let (request, rest) = read_all(b"GET /a?b HTTP/1.1\r\nHost: c\r\n\r\n\x01\x02")
            .await
            .unwrap();
        assert_eq!(request.uri(), "/a?b");
        assert_eq!(request.headers()["host"], "c");
        assert_eq!(rest, [1, 2]);
    }

    #[tokio::test]
    async fn a_head_in_single_octets_is_read() {
        let (mut client, mut server) = tokio::io::duplex(1);
        let request = b"GET / HTTP/1.1\r\nHost: c\r\n\r\n";
        let (written, read) = tokio::join!(
            tokio::io::AsyncWriteExt::write_all(&mut client, request),
            read(&mut server)
        );
        written.unwrap();
        assert!(read.unwrap().1.is_empty());
    }

    #[tokio::test]
    async fn an_endless_head_is_cut_off() {
        let line = [b"X: ".as_slice(), &[b'x'; 1000], b"\r\n"].concat();
        let head = [b"GET / HTTP/1.1\r\n".to_vec(), line.repeat(20)].concat();
        let error = read_all(&head).await.unwrap_err();
        assert!(
            matches!(error, ReadError::Refused(Refusal::TooLarge(_))),
            "{error}"
        );
    }

    #[tokio::test]
    async fn too_many_lines_are_refused() {
        let head = ["GET / HTTP/1.1\r\n", &"X: y\r\n".repeat(101), "\r\n"].concat();
        let error = read_all(head.as_bytes()).await.unwrap_err();
        assert!(
            matches!(error, ReadError::Refused(Refusal::TooLarge(_))),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_client_that_leaves_is_no_refusal() {
        let error = read_all(b"GET / HT").await.unwrap_err();
        assert!(matches!(error, ReadError::Incomplete(8)), "{error}");
    }

    #[tokio::test]
    async fn a_tls_handshake_is_refused_at_its_first_octet() {
        let error = read_all(b"\x16\x03\x01").await.unwrap_err();
        assert!(matches!(error, ReadError::Refused(Refusal::Tls)), "{error}");
    }

    #[tokio::test]
    async fn what_is_not_http_is_refused() {
        for octets in [
            b"\x00\x03\x01\x02\x00\n\n".as_slice(),
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ] {
            let error = read_all(octets).await.unwrap_err();
            assert!(
                matches!(error, ReadError::Refused(Refusal::Malformed(_))),
                "{error}"
            );
        }
    }
}
