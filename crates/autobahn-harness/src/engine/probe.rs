//! A first look at a server: does it complete an opening handshake, and does it
//! echo? Written by hand, so that it shares no code with anybody.

use std::io;
use std::time::Duration;

use crate::engine::Trust;
use crate::engine::connector::{Connector, Stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};

/// How long connecting and the opening handshake may take together.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long the echo may take.
const ECHO: Duration = Duration::from_secs(2);
/// How long after a refusal it is tried again whether somebody listens.
const AGAIN: Duration = Duration::from_millis(50);
/// The most octets of a response's header.
const HEADER: usize = 16 * 1024;

/// Whether the server echoed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echo {
    /// It did.
    Came,
    /// It did not.
    Missing,
    /// It speaks TLS, where only TCP was tried.
    NotAsked,
}

/// Why a server is not ready to be tested.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The address is none.
    #[error("`{0}` is not an address of the form ws://host:port/path")]
    Address(String),
    /// No TCP connection.
    #[error("cannot connect to {authority}: {source}")]
    Connect {
        /// Host and port.
        authority: String,
        /// Why.
        source: io::Error,
    },
    /// No TLS on it.
    #[error("cannot speak TLS with the server at {authority}: {source}")]
    Tls {
        /// Host and port.
        authority: String,
        /// Why.
        source: io::Error,
    },
    /// It speaks TLS, and was not spoken to by TLS.
    #[error("the server at {authority} speaks TLS: use wss:// in place of ws://")]
    Encrypted {
        /// Host and port.
        authority: String,
    },
    /// It was silent.
    #[error("the server at {authority} did not answer the opening handshake within {} s", HANDSHAKE.as_secs())]
    Silent {
        /// Host and port.
        authority: String,
    },
    /// It closed the connection instead.
    #[error("the server at {authority} closed the connection in the opening handshake")]
    Closed {
        /// Host and port.
        authority: String,
    },
    /// It answered something else than 101.
    #[error("the server at {authority} answered the opening handshake with `{status}`")]
    Refused {
        /// Host and port.
        authority: String,
        /// The first line of its response.
        status: String,
    },
}

/// Opens a connection to `url`, sends a text message and waits for its echo.
///
/// # Errors
///
/// If the opening handshake is not completed within 5 seconds.
pub async fn probe(url: &str) -> Result<Echo, ProbeError> {
    let address = Address::parse(url).ok_or_else(|| ProbeError::Address(url.to_owned()))?;
    if address.is_tls() {
        let connected = timeout(HANDSHAKE, address.connect()).await;
        let silent = |_| ProbeError::Silent {
            authority: address.authority(),
        };
        connected.map_err(silent)??;
        return Ok(Echo::NotAsked);
    }
    let plain = Connector::new(&address, &Trust::default());
    let plain = plain.map_err(|error| ProbeError::Address(error.to_string()))?;
    probe_with(&address, &plain).await
}

/// The same where TLS, if it is asked for, is spoken too.
pub(crate) async fn probe_with(
    address: &Address,
    connector: &Connector,
) -> Result<Echo, ProbeError> {
    let authority = address.authority();
    let silent = |_| ProbeError::Silent {
        authority: authority.clone(),
    };
    let mut stream = timeout(HANDSHAKE, address.handshake(connector))
        .await
        .map_err(silent)??;
    let echo = timeout(ECHO, echo(&mut *stream)).await;
    Ok(match echo {
        Ok(Ok(())) => Echo::Came,
        Ok(Err(_)) | Err(_) => Echo::Missing,
    })
}

/// Waits until somebody listens at `url`; for ever if nobody does.
///
/// Returns at once where trying says nothing: no address, or a name that this
/// machine does not know, and containers may.
pub(crate) async fn listens(url: &str) {
    let Some(address) = Address::parse(url) else {
        return;
    };
    if lookup_host(address.authority()).await.is_err() {
        return;
    }
    while address.connect().await.is_err() {
        sleep(AGAIN).await;
    }
}

/// Whether this is an address of the form `ws://host[:port][/path]`, or `wss://`.
#[must_use]
pub fn is_address(url: &str) -> bool {
    Address::parse(url).is_some()
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) tls: Tls,
    /// A name or an address; one of IPv6 stands in brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Path and query, with the slash.
    pub(crate) resource: String,
}

/// Whether a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    Yes,
    No,
}

impl Address {
    /// Reads `ws://host[:port][/path][?query]`.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let (tls, rest) = match url.strip_prefix("ws://") {
            Some(rest) => (Tls::No, rest),
            None => (Tls::Yes, url.strip_prefix("wss://")?),
        };
        if rest.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
            return None;
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, resource) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ if tls == Tls::Yes => (authority, 443),
            _ => (authority, 80),
        };
        let slash = if resource.starts_with('/') { "" } else { "/" };
        // RFC 6455, section 3: neither a user nor a fragment has a place in it.
        let odd = host.is_empty() || url.contains('#') || host.contains('@');
        (!odd).then(|| Self {
            tls,
            host: host.to_owned(),
            port,
            resource: format!("{slash}{resource}"),
        })
    }

    /// Whether TLS is spoken there.
    pub(crate) fn is_tls(&self) -> bool {
        self.tls == Tls::Yes
    }

    /// The host without the brackets of IPv6.
    pub(crate) fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    async fn connect(&self) -> Result<TcpStream, ProbeError> {
        let authority = self.authority();
        let connected = TcpStream::connect(&*authority).await;
        connected.map_err(|source| ProbeError::Connect { authority, source })
    }

    /// A connection on which the opening handshake is done.
    async fn handshake(&self, connector: &Connector) -> Result<Box<dyn Stream>, ProbeError> {
        let authority = self.authority();
        let dressed = connector.dress(self.connect().await?).await;
        let mut stream = dressed.map_err(|source| ProbeError::Tls {
            authority: authority.clone(),
            source,
        })?;
        // Any 16 octets make a key; whether the answer to it is right is the
        // business of the cases.
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {authority}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Key: YXV0b2JhaG4gcHJvYmUhIQ==\r\n\
             Sec-WebSocket-Version: 13\r\n\r\n",
            self.resource
        );
        let closed = |_| ProbeError::Closed {
            authority: authority.clone(),
        };
        stream.write_all(request.as_bytes()).await.map_err(closed)?;
        stream.flush().await.map_err(closed)?;
        let mut header = Vec::new();
        while !header.ends_with(b"\r\n\r\n") && header.len() < HEADER {
            // Octet by octet, for what follows belongs to the first frame.
            header.push(stream.read_u8().await.map_err(closed)?);
            // RFC 8446, section 5.1: an alert or a handshake, of version 3.
            if matches!(header.as_slice(), [0x15 | 0x16, 3]) {
                return Err(ProbeError::Encrypted { authority });
            }
        }
        let status = header
            .split(|octet| *octet == b'\r')
            .next()
            .unwrap_or_default();
        let status = String::from_utf8_lossy(status);
        match status.split(' ').nth(1) {
            Some("101") => Ok(stream),
            _ => Err(ProbeError::Refused {
                authority,
                status: status
                    .escape_debug()
                    .to_string()
                    .chars()
                    .take(128)
                    .collect(),
            }),
        }
    }
}

/// Sends a masked text message, waits for it to come back, and closes.
async fn echo(stream: &mut (dyn Stream + '_)) -> io::Result<()> {
    // RFC 6455, section 5.7: FIN and opcode, length, here a masking key of zeros.
    stream.write_all(b"\x81\x85\0\0\0\0probe").await?;
    stream.flush().await?;
    let mut octets = [0; 7];
    stream.read_exact(&mut octets).await?;
    stream.write_all(b"\x88\x82\0\0\0\0\x03\xe8").await?;
    stream.flush().await?;
    // The peer's Close frame and the end of TCP, for its own sake.
    let _ = timeout(
        Duration::from_millis(200),
        stream.read_to_end(&mut Vec::new()),
    )
    .await;
    match &octets {
        b"\x81\x05probe" => Ok(()),
        _ => Err(io::Error::other("something else came back")),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[track_caller]
    fn check(url: &str, host: &str, port: u16, resource: &str) {
        let address = Address::parse(url).unwrap();
        assert_eq!(
            (&*address.host, address.port, &*address.resource),
            (host, port, resource)
        );
    }

    #[test]
    fn addresses_are_read() {
        check("ws://127.0.0.1:9001", "127.0.0.1", 9001, "/");
        check("ws://localhost/echo?a=b", "localhost", 80, "/echo?a=b");
        check("wss://[::1]:1?x", "[::1]", 1, "/?x");
        check("wss://[::1]", "[::1]", 443, "/");
        for url in [
            "",
            "http://a",
            "ws://",
            "ws://:1",
            "ws://a:x",
            "ws://a b",
            "ws://a:99999",
            "ws://a/\r\nb",
            "ws://u:p@a",
            "ws://a/#b",
        ] {
            assert_eq!(Address::parse(url), None, "{url}");
        }
    }

    async fn answer(response: &'static [u8]) -> Result<Echo, ProbeError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await.unwrap();
            stream.write_all(response).await.unwrap();
            if !response.is_empty() {
                let _ = stream.read(&mut request).await;
            }
        };
        tokio::join!(probe(&url), server).0
    }

    #[tokio::test]
    async fn a_server_that_echoes_is_ready() {
        let response = b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05probe";
        assert_eq!(answer(response).await.unwrap(), Echo::Came);
        let response = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";
        assert_eq!(answer(response).await.unwrap(), Echo::Missing);
    }

    #[tokio::test]
    async fn a_server_that_refuses_is_named_with_its_answer() {
        let error = answer(b"HTTP/1.1 404 Not Found\r\n\r\n").await.unwrap_err();
        assert!(
            error.to_string().contains("`HTTP/1.1 404 Not Found`"),
            "{error}"
        );
        let error = answer(b"").await.unwrap_err();
        assert!(matches!(error, ProbeError::Closed { .. }), "{error}");
    }

    #[tokio::test]
    async fn an_address_where_nobody_listens_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        drop(listener);
        let error = probe(&format!("ws://{authority}")).await.unwrap_err();
        assert!(error.to_string().contains(&authority), "{error}");
    }
}
