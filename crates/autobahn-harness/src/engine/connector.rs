//! The way to a server: TCP, with TLS on it where the address says so.

use std::io;

use autobahn_engine as native;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::engine::probe::Address;
use crate::engine::{EngineError, Trust};

/// Both directions of a connection.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What connects to one server.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    #[cfg(feature = "tls")]
    tls: Option<native::tls::Tls>,
}

#[cfg(feature = "tls")]
impl Connector {
    /// What connects to that address.
    pub(crate) fn new(address: &Address, trust: &Trust) -> Result<Self, EngineError> {
        use native::tls::Tls;

        let trust = match trust {
            Trust::Roots(file) => native::tls::Trust::Roots(file.clone()),
            Trust::Anyone => native::tls::Trust::Anyone,
        };
        let tls = match address.is_tls() {
            true => Some(Tls::new(address.bare_host(), &trust)),
            false => None,
        };
        let tls = tls.transpose();
        let tls = tls.map_err(|error| EngineError::new(error.to_string()))?;
        Ok(Self { tls })
    }

    /// The target, spoken to likewise.
    pub(crate) fn equip(&self, target: native::Target) -> native::Target {
        match &self.tls {
            Some(tls) => target.tls(tls.clone()),
            None => target,
        }
    }

    /// The connection on which WebSocket is spoken.
    pub(crate) async fn dress(&self, stream: TcpStream) -> io::Result<Box<dyn Stream>> {
        match &self.tls {
            Some(tls) => match tls.connect(stream).await {
                Ok(stream) => Ok(Box::new(stream)),
                Err(error) => Err(io::Error::other(error)),
            },
            None => Ok(Box::new(stream)),
        }
    }
}

#[cfg(not(feature = "tls"))]
impl Connector {
    /// What connects to that address.
    pub(crate) fn new(address: &Address, trust: &Trust) -> Result<Self, EngineError> {
        match (address.is_tls(), trust) {
            (true, Trust::Roots(_) | Trust::Anyone) => Err(EngineError::new(
                "this build of the embedded engine does not speak TLS",
            )
            .cure("build it with the feature `tls`, or play with `--engine docker`")),
            (false, Trust::Roots(_) | Trust::Anyone) => Ok(Self {}),
        }
    }

    /// The target, spoken to likewise.
    pub(crate) fn equip(&self, target: native::Target) -> native::Target {
        target
    }

    /// The connection on which WebSocket is spoken.
    pub(crate) async fn dress(&self, stream: TcpStream) -> io::Result<Box<dyn Stream>> {
        Ok(Box::new(stream))
    }
}
