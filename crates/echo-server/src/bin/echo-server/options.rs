//! The options, and the [`Config`] that they make.

use std::time::Duration;

use clap::Parser;
use echo_server::Config;
use tokio_tungstenite_deflate::DeflateConfig;
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

    /// Seconds that a client may take for its opening handshake
    #[arg(
        long,
        value_name = "SECONDS",
        env = "ECHO_SERVER_HANDSHAKE_TIMEOUT",
        default_value_t = Config::default().handshake_timeout.as_secs()
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

    /// Decline permessage-deflate
    #[arg(long, env = "ECHO_SERVER_NO_DEFLATE")]
    no_deflate: bool,

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
    pub(crate) fn config(&self) -> Config {
        Config {
            max_message_size: self.max_message_size,
            max_frame_size: self.max_frame_size,
            handshake_timeout: Duration::from_secs(self.handshake_timeout),
            idle_timeout: (self.idle_timeout > 0).then(|| Duration::from_secs(self.idle_timeout)),
            deflate: (!self.no_deflate).then(DeflateConfig::default),
        }
    }
}
