//! The options, and the [`Config`] that they make.

#[cfg(feature = "tls")]
use std::path::PathBuf;
use std::time::Duration;

#[cfg(feature = "tls")]
use anyhow::bail;
use clap::Parser;
#[cfg(feature = "tls")]
use echo_server::Identity;
use echo_server::{Config, Origin, Subprotocol};
use tokio_tungstenite_deflate::{DeflateConfig, Level};
use tracing_subscriber::filter::Targets;

/// A WebSocket echo server on tokio-tungstenite.
///
/// Prints its URL on stdout and logs to stderr. SIGINT and SIGTERM close the
/// open connections with code 1001 and end it within two seconds.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Options {
    /// Address to listen on; with port 0 the system chooses one
    #[arg(
        long,
        value_name = "ADDR",
        env = "ECHO_SERVER_LISTEN",
        default_value = "127.0.0.1:12345"
    )]
    pub(crate) listen: String,

    /// Threads that serve the connections. One alone can take a tenth less CPU time for a small
    /// message; with compression or TLS, and for many clients, it may be too slow. Without the
    /// option one for each core
    #[arg(
        long,
        value_name = "COUNT",
        env = "ECHO_SERVER_THREADS",
        value_parser = clap::value_parser!(u16).range(1..=1024)
    )]
    pub(crate) threads: Option<u16>,

    /// Longest message, in octets
    #[arg(
        long,
        value_name = "OCTETS",
        env = "ECHO_SERVER_MAX_MESSAGE_SIZE",
        default_value_t = Config::default().max_message_size
    )]
    max_message_size: usize,

    /// Longest payload of a frame, in octets
    #[arg(
        long,
        value_name = "OCTETS",
        env = "ECHO_SERVER_MAX_FRAME_SIZE",
        default_value_t = Config::default().max_frame_size
    )]
    max_frame_size: usize,

    /// WebSockets at a time; a handshake beyond is answered with 503
    #[arg(
        long,
        value_name = "COUNT",
        env = "ECHO_SERVER_MAX_CONNECTIONS",
        default_value_t = Config::default().max_connections
    )]
    max_connections: usize,

    /// Seconds that a client may take for its opening handshake, TLS included
    #[arg(
        long,
        value_name = "SECONDS",
        env = "ECHO_SERVER_HANDSHAKE_TIMEOUT",
        default_value_t = Config::default().handshake_timeout.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    handshake_timeout: u64,

    /// Seconds after which a silent client is pinged, and that it may take to answer or to take
    /// what it is sent; 0 means for ever
    #[arg(
        long,
        value_name = "SECONDS",
        env = "ECHO_SERVER_IDLE_TIMEOUT",
        default_value_t = Config::default().idle_timeout.map_or(0, |limit| limit.as_secs())
    )]
    idle_timeout: u64,

    /// Origin whose pages may connect, as in https://example.com; others are answered with 403.
    /// May be repeated. Without it all may
    #[arg(
        long = "allow-origin",
        value_name = "ORIGIN",
        env = "ECHO_SERVER_ALLOW_ORIGIN",
        value_delimiter = ','
    )]
    allowed_origins: Vec<Origin>,

    /// Subprotocol that clients may choose. May be repeated
    #[arg(
        long = "subprotocol",
        value_name = "NAME",
        env = "ECHO_SERVER_SUBPROTOCOL",
        value_delimiter = ','
    )]
    subprotocols: Vec<Subprotocol>,

    /// PEM file with the server's certificate and its chain; with it the server speaks wss://
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "FILE", env = "ECHO_SERVER_TLS_CERT")]
    tls_cert: Option<PathBuf>,

    /// PEM file with the private key of the certificate
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "FILE", env = "ECHO_SERVER_TLS_KEY")]
    tls_key: Option<PathBuf>,

    /// Decline permessage-deflate
    #[arg(long, env = "ECHO_SERVER_NO_DEFLATE")]
    no_deflate: bool,

    /// How much time to spend on compression: 0 (none, stored as it is) to 9 (smallest)
    #[arg(
        long,
        value_name = "LEVEL",
        env = "ECHO_SERVER_DEFLATE_LEVEL",
        default_value_t = u8::from(Level::default()),
        value_parser = clap::value_parser!(u8).range(0..=9)
    )]
    deflate_level: u8,

    /// Start no server: ask the one on --listen whether it is ready, and exit with 0 or 1
    #[arg(long)]
    pub(crate) check: bool,

    /// What to log: a level or directives such as `echo_server=debug`
    #[arg(
        long,
        value_name = "FILTER",
        env = "ECHO_SERVER_LOG",
        default_value = "info"
    )]
    pub(crate) log: Targets,
}

impl Options {
    /// # Errors
    ///
    /// When the files of the certificate and its key are not what they should be.
    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        Ok(Config {
            max_message_size: self.max_message_size,
            max_frame_size: self.max_frame_size,
            max_connections: self.max_connections,
            handshake_timeout: Duration::from_secs(self.handshake_timeout),
            idle_timeout: (self.idle_timeout > 0).then(|| Duration::from_secs(self.idle_timeout)),
            allowed_origins: self.allowed_origins.clone(),
            subprotocols: self.subprotocols.clone(),
            #[cfg(feature = "tls")]
            tls: match (&self.tls_cert, &self.tls_key) {
                (None, None) => None,
                (Some(certificate), Some(key)) => Some(Identity::from_pem_files(certificate, key)?),
                (Some(_), None) => bail!("--tls-cert needs the certificate's key: add --tls-key"),
                (None, Some(_)) => bail!("--tls-key needs the key's certificate: add --tls-cert"),
            },
            deflate: (!self.no_deflate).then(|| {
                let level = Level::new(self.deflate_level).unwrap_or_default();
                DeflateConfig::default().level(level)
            }),
        })
    }
}
