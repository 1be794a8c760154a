//! The client's side of the opening handshake (RFC 6455, 4.1).

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use mio::net::TcpStream;

use crate::{Kind, PATIENCE};

/// The key of the sample of RFC 6455, 1.3, and what answers it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Connects and shakes hands.
pub(crate) fn connect(address: SocketAddr, kind: Kind) -> anyhow::Result<TcpStream> {
    let mut stream = std::net::TcpStream::connect(address)
        .with_context(|| format!("cannot connect to `{address}`"))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let extensions = match kind {
        Kind::Deflate => "Sec-WebSocket-Extensions: permessage-deflate\r\n",
        Kind::Plain | Kind::Raw => "",
    };
    write!(
        stream,
        "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n{extensions}\r\n"
    )?;
    let mut head = Vec::new();
    // Octet by octet: what comes after the head is not ours to take.
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        stream
            .read_exact(&mut octet)
            .context("the server ends its answer early")?;
        head.push(octet[0]);
    }
    check(&String::from_utf8_lossy(&head), kind)?;
    stream.set_nonblocking(true)?;
    Ok(TcpStream::from_std(stream))
}

/// Fails unless the answer accepts what was asked for.
fn check(head: &str, kind: Kind) -> anyhow::Result<()> {
    let value = |name: &str| {
        head.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    };
    ensure!(head.starts_with("HTTP/1.1 101 "), "refused: {head}");
    ensure!(
        value("sec-websocket-accept") == Some(ACCEPT),
        "not the answer to our key: {head}"
    );
    let deflate =
        value("sec-websocket-extensions").is_some_and(|value| value.contains("permessage-deflate"));
    ensure!(
        deflate == (kind == Kind::Deflate),
        "compression is not as it was asked for: {head}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "HTTP/1.1 101 Switching Protocols\r\n\
        sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

    #[test]
    fn compression_must_be_as_it_was_asked_for() {
        let deflate = format!("{PLAIN}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
        check(PLAIN, Kind::Plain).unwrap();
        check(&deflate, Kind::Deflate).unwrap();
        check(PLAIN, Kind::Deflate).unwrap_err();
        check(&deflate, Kind::Plain).unwrap_err();
    }

    #[test]
    fn a_refusal_is_an_error() {
        check("HTTP/1.1 503 Service Unavailable\r\n\r\n", Kind::Plain).unwrap_err();
        check("HTTP/1.1 101 Switching Protocols\r\n\r\n", Kind::Plain).unwrap_err();
    }
}
