//! `wss://`: TLS between a connection and TCP, with rustls, whose cryptography is
//! ring's.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error, RootCertStore};

mod anyone;

/// Whom to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Whoever the machine trusts, and the certificates of a PEM file.
    Roots(Option<PathBuf>),
    /// Anyone: no certificate is checked.
    Anyone,
}

/// What a connection to one server by TLS needs.
#[derive(Clone)]
pub struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of certificates cannot be read.
    #[error("cannot read certificates from `{path}`: {reason}")]
    Roots {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The host can be in no certificate.
    #[error("`{0}` is neither a host name nor an address")]
    Name(String),
    /// The certificate is not that of anyone who is trusted.
    #[error(
        "its certificate comes from nobody who is trusted here: name who made it with --ca FILE, or check nothing with --insecure"
    )]
    Untrusted,
    /// A certificate that may sign others, used by a server.
    #[error(
        "its certificate is one that signs others (CA:TRUE), which a server must not use: make it with basicConstraints=CA:FALSE, or check nothing with --insecure"
    )]
    Authority,
    /// The certificate is of others.
    #[error("its certificate is not for `{name}`{}: use a name that it is for, or check nothing with --insecure", .presented.as_ref().map_or_else(String::new, |names| format!(" but for {names}")))]
    WrongName {
        /// The host that was asked for.
        name: String,
        /// What it is for.
        presented: Option<String>,
    },
    /// It has expired, or is not valid yet.
    #[error("its certificate {0}: renew it, or check nothing with --insecure")]
    Validity(&'static str),
    /// What came is no TLS.
    #[error("it does not speak TLS: use ws:// in place of wss://")]
    Plain,
    /// TCP ended.
    #[error("it closed the connection in the TLS handshake")]
    Closed,
    /// Anything else.
    #[error("the TLS handshake failed: {0}")]
    Other(String),
}

impl Tls {
    /// Connections to `host`, a name or an address without brackets.
    ///
    /// # Errors
    ///
    /// If certificates cannot be read, or the host can be in none.
    pub fn new(host: &str, trust: &Trust) -> Result<Self, TlsError> {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|_| TlsError::Name(host.to_owned()))?;
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("ring has what TLS 1.2 and 1.3 need");
        let config = match trust {
            Trust::Roots(file) => config.with_root_certificates(roots(file.as_deref())?),
            Trust::Anyone => config
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(anyone::Anyone(provider))),
        };
        let connector = TlsConnector::from(Arc::new(config.with_no_client_auth()));
        Ok(Self { connector, name })
    }

    /// TLS on a connection that stands.
    ///
    /// # Errors
    ///
    /// If the server speaks no TLS or is not to be trusted.
    pub async fn connect(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, TlsError> {
        let connecting = self.connector.connect(self.name.clone(), stream);
        connecting.await.map_err(|error| self.explain(&error))
    }

    fn explain(&self, error: &io::Error) -> TlsError {
        let rustls = error.get_ref().and_then(|inner| inner.downcast_ref());
        let invalid = match rustls {
            Some(Error::InvalidCertificate(invalid)) => invalid,
            Some(Error::InvalidMessage(_)) => return TlsError::Plain,
            Some(error) => return TlsError::Other(error.to_string()),
            None => {
                return match error.kind() {
                    io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::BrokenPipe => TlsError::Closed,
                    _ => TlsError::Other(error.to_string()),
                };
            }
        };
        let name = self.name.to_str().into_owned();
        match invalid {
            CertificateError::UnknownIssuer => TlsError::Untrusted,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                TlsError::Validity("has expired")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsError::Validity("is not valid yet")
            }
            CertificateError::NotValidForName => TlsError::WrongName {
                name,
                presented: None,
            },
            CertificateError::NotValidForNameContext { presented, .. } => TlsError::WrongName {
                name,
                presented: Some(presented.join(", ")).filter(|names| !names.is_empty()),
            },
            other if format!("{other:?}").contains("CaUsedAsEndEntity") => TlsError::Authority,
            other => TlsError::Other(other.to_string()),
        }
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Tls").field(&self.name).finish()
    }
}

/// Those of the machine, as many as can be read, and those of the file.
fn roots(file: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let Some(file) = file else {
        return Ok(roots);
    };
    let failed = |reason: String| TlsError::Roots {
        path: file.display().to_string(),
        reason,
    };
    let found = CertificateDer::pem_file_iter(file).map_err(|error| failed(error.to_string()))?;
    let mut count = 0;
    for certificate in found {
        let certificate = certificate.map_err(|error| failed(error.to_string()))?;
        let added = roots.add(certificate);
        added.map_err(|error| failed(error.to_string()))?;
        count += 1;
    }
    match count {
        0 => Err(failed(
            "it has no PEM section `BEGIN CERTIFICATE`".to_owned(),
        )),
        _ => Ok(roots),
    }
}
