//! The opening handshake (RFC 6455, 4.2), right or wrong.

use std::io;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::{Buf, BytesMut};
use sha1::{Digest, Sha1};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{Fault, behavior::Behavior, decision::Handshake, extension::Agreement};

/// A completed opening handshake.
pub(crate) struct Opened {
    pub(crate) behavior: Behavior,
    pub(crate) agreement: Option<Agreement>,
    /// Octets that came with the request.
    pub(crate) rest: BytesMut,
}

/// Reads the request and answers it as the fault has it that the path names; without a path it is
/// `default`.
///
/// Returns `None` when no WebSocket comes of it.
pub(crate) async fn open(stream: &mut TcpStream, default: Fault) -> io::Result<Option<Opened>> {
    let Some((request, rest)) = read(stream).await? else {
        return Ok(None);
    };
    let Some(fault) = request.fault(default) else {
        stream.write_all(NOT_FOUND).await?;
        return Ok(None);
    };
    let behavior = Behavior::from(fault);
    let Some(key) = request.key() else {
        stream.write_all(UPGRADE_REQUIRED).await?;
        return Ok(None);
    };
    let mut response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Accept: "
        .to_owned();
    let mut agreement = Agreement::of(
        &request.header("sec-websocket-extensions"),
        behavior.deflate,
    );
    match behavior.handshake {
        Handshake::Correct => response += &accept(&key),
        Handshake::WrongAccept => response += &accept("another key"),
        Handshake::UnsolicitedDeflate => {
            response += &accept(&key);
            response += "\r\nSec-WebSocket-Extensions: permessage-deflate";
            agreement = None;
        }
        Handshake::UnsolicitedSubprotocol => {
            response += &accept(&key);
            response += "\r\nSec-WebSocket-Protocol: unsolicited";
        }
        Handshake::NotFound => {
            stream.write_all(NOT_FOUND).await?;
            return Ok(None);
        }
        Handshake::ClosesTcp => return Ok(None),
        Handshake::NoAnswer => {
            // Whatever else comes is read until the client gives up.
            let mut discarded = [0; 1024];
            while stream.read(&mut discarded).await? > 0 {}
            return Ok(None);
        }
    }
    if let Some(agreement) = &agreement {
        response += "\r\nSec-WebSocket-Extensions: ";
        response += &agreement.response;
    }
    response += "\r\n\r\n";
    stream.write_all(response.as_bytes()).await?;
    Ok(Some(Opened {
        behavior,
        agreement,
        rest,
    }))
}

const NOT_FOUND: &[u8] =
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

const UPGRADE_REQUIRED: &[u8] = b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n\
    Connection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n";

/// The head of a request.
struct Request {
    path: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl Request {
    fn parse(head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut request_line = lines.next()?.split(' ');
        let ("GET", Some(target), Some("HTTP/1.1"), None) = (
            request_line.next()?,
            request_line.next(),
            request_line.next(),
            request_line.next(),
        ) else {
            return None;
        };
        let path = target.split('?').next()?.trim_matches('/').to_owned();
        let headers = lines
            .take_while(|line| !line.is_empty())
            .map(|line| {
                let (name, value) = line.split_once(':')?;
                Some((name.to_ascii_lowercase(), value.trim().to_owned()))
            })
            .collect::<Option<_>>()?;
        Some(Self { path, headers })
    }

    /// The fault that the path names; `None` when there is none of this name.
    fn fault(&self, default: Fault) -> Option<Fault> {
        match self.path.as_str() {
            "" => Some(default),
            name => name.parse().ok(),
        }
    }

    /// The key, if this is an opening handshake.
    fn key(&self) -> Option<String> {
        let upgrades = self.header("upgrade").eq_ignore_ascii_case("websocket")
            && self
                .header("connection")
                .to_ascii_lowercase()
                .contains("upgrade")
            && self.header("sec-websocket-version") == "13";
        let key = self.header("sec-websocket-key");
        let decoded = STANDARD.decode(&key).unwrap_or_default();
        (upgrades && decoded.len() == 16).then_some(key)
    }

    /// The values of all lines of this name as one list.
    fn header(&self, name: &str) -> String {
        let values = self.headers.iter().filter(|(other, _)| other == name);
        values
            .map(|(_, value)| value.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Reads a request; `None` when the client leaves or sends something else.
async fn read(stream: &mut TcpStream) -> io::Result<Option<(Request, BytesMut)>> {
    const MAX_HEAD: usize = 16 << 10;
    let mut octets = BytesMut::new();
    while octets.len() < MAX_HEAD && stream.read_buf(&mut octets).await? > 0 {
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let request = str::from_utf8(&octets[..end]).ok().and_then(Request::parse);
            octets.advance(end + 4);
            return Ok(request.map(|request| (request, octets)));
        }
    }
    Ok(None)
}

/// The value of Sec-WebSocket-Accept (RFC 6455, 4.2.2).
fn accept(key: &str) -> String {
    STANDARD.encode(Sha1::digest(format!(
        "{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_of_the_rfc_is_answered_as_there() {
        assert_eq!(
            accept("dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[track_caller]
    fn check(target: &str, expected: Option<Fault>) {
        let request = Request::parse(&format!("GET {target} HTTP/1.1\r\nHost: a")).unwrap();
        assert_eq!(request.fault(Fault::Correct), expected);
    }

    #[test]
    fn the_path_names_the_fault() {
        check("/", Some(Fault::Correct));
        check("/?a=b", Some(Fault::Correct));
        check("/silent", Some(Fault::Silent));
        check("/close_before_101/?case=1", Some(Fault::CloseBefore101));
        check("/unheard_of", None);
    }
}
