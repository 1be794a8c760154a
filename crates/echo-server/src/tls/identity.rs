//! A certificate and its private key, from PEM files.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use thiserror::Error;
use tokio_rustls::{
    TlsAcceptor, TlsConnector,
    rustls::{
        self, ServerConfig,
        crypto::ring,
        pki_types::{
            CertificateDer, PrivateKeyDer,
            pem::{self, PemObject},
        },
        sign::{CertifiedKey, SingleCertAndKey},
    },
};

use super::pinned;

/// A certificate with its chain and its private key: what a server of `wss://` needs.
#[derive(Clone)]
pub struct Identity {
    config: Arc<ServerConfig>,
    /// The server's own certificate, without its chain.
    certificate: CertificateDer<'static>,
}

/// What is wrong with the files of an [`Identity`].
#[derive(Debug, Error)]
pub enum IdentityError {
    /// There is no such file, or it may not be read.
    #[error("cannot read `{0}`")]
    Unreadable(PathBuf, #[source] io::Error),
    /// The file is damaged.
    #[error("`{0}` is damaged: {1}")]
    Damaged(PathBuf, &'static str),
    /// The file of the certificate has none.
    #[error(
        "`{0}` has no certificate: it should have a PEM section `BEGIN CERTIFICATE`, the server's \
         own first and its chain after it"
    )]
    NoCertificate(PathBuf),
    /// The file of the key has none.
    #[error("`{0}` has no private key: it should have a PEM section `BEGIN PRIVATE KEY`")]
    NoKey(PathBuf),
    /// The key would need a password.
    #[error("the private key in `{0}` is encrypted: decrypt it, with `openssl pkey` for one")]
    EncryptedKey(PathBuf),
    /// Each is in order, but they are not a pair.
    #[error("the private key in `{key}` is not that of the certificate in `{certificate}`")]
    Mismatch {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
    /// What is in the certificate's file is none.
    #[error("the certificate in `{0}` is of no use for TLS")]
    UnusableCertificate(PathBuf, #[source] rustls::Error),
    /// The key is of a kind or a length that TLS does not know.
    #[error(
        "the private key in `{0}` is of no use for TLS: it should be RSA of 2048 bits or more, \
         ECDSA on P-256 or P-384, or Ed25519"
    )]
    UnusableKey(PathBuf),
}

impl Identity {
    /// Reads the certificate, with its chain after it, and its private key.
    ///
    /// Whether the certificate has expired, and for which names it is, is for clients to judge.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, has not what it should have, or the key is another's.
    pub fn from_pem_files(certificate: &Path, key: &Path) -> Result<Self, IdentityError> {
        let chain = CertificateDer::pem_slice_iter(&read(certificate)?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| damaged(certificate, &error))?;
        let Some(own) = chain.first().cloned() else {
            return Err(IdentityError::NoCertificate(certificate.to_owned()));
        };
        let signing = ring::sign::any_supported_type(&read_key(key)?)
            .map_err(|_| IdentityError::UnusableKey(key.to_owned()))?;
        let pair = CertifiedKey::new(chain, signing);
        pair.keys_match().map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => IdentityError::Mismatch {
                certificate: certificate.to_owned(),
                key: key.to_owned(),
            },
            error => IdentityError::UnusableCertificate(certificate.to_owned(), error),
        })?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has what TLS 1.2 and 1.3 need")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(pair)));
        Ok(Self {
            config: Arc::new(config),
            certificate: own,
        })
    }

    /// The side of a client that trusts this certificate and no other, whatever names it is for
    /// and whether or not it has expired: to ask a server for its health.
    pub fn connector(&self) -> TlsConnector {
        TlsConnector::from(Arc::new(pinned::client(self.certificate.clone())))
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key is nobody's business.
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, IdentityError> {
    fs::read(path).map_err(|error| IdentityError::Unreadable(path.to_owned(), error))
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, IdentityError> {
    let octets = read(path)?;
    PrivateKeyDer::from_pem_slice(&octets).map_err(|error| {
        let encrypted = octets.windows(9).any(|word| word == b"ENCRYPTED");
        match error {
            pem::Error::NoItemsFound if encrypted => IdentityError::EncryptedKey(path.to_owned()),
            pem::Error::NoItemsFound => IdentityError::NoKey(path.to_owned()),
            error => damaged(path, &error),
        }
    })
}

fn damaged(path: &Path, error: &pem::Error) -> IdentityError {
    let what = match error {
        pem::Error::MissingSectionEnd { .. } => "its PEM section has no end",
        pem::Error::IllegalSectionStart { .. } => "a PEM section begins in an unknown way",
        pem::Error::Base64Decode(_) => "its PEM section is no base64",
        _ => "it is no PEM file",
    };
    IdentityError::Damaged(path.to_owned(), what)
}
