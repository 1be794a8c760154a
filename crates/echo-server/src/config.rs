//! What can be set on a server.

use std::time::Duration;

use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite_deflate::{DeflateConfig, default_config};

/// Limits of a server; [`Config::default`] lets every case of the Autobahn suite pass.
#[derive(Debug, Clone)]
pub struct Config {
    /// The longest message that is echoed, in octets. A longer one is answered with close code 1009.
    pub max_message_size: usize,
    /// The longest payload of one frame, in octets. A longer one is answered with close code 1009.
    pub max_frame_size: usize,
    /// How long a client may take to send its opening handshake.
    pub handshake_timeout: Duration,
    /// After how long without an octet from a peer it is pinged, and how long it may take to
    /// answer; also how long it may take nothing of what it is sent. `None` means for ever.
    pub idle_timeout: Option<Duration>,
    /// What is negotiated of permessage-deflate (RFC 7692); `None` declines every offer.
    pub deflate: Option<DeflateConfig>,
}

impl Config {
    /// The same limits, as the protocol implementation takes them.
    pub(crate) fn websocket(&self) -> WebSocketConfig {
        default_config()
            .max_message_size(Some(self.max_message_size))
            .max_frame_size(Some(self.max_frame_size))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_message_size: 64 << 20,
            max_frame_size: 16 << 20,
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Some(Duration::from_secs(60)),
            deflate: Some(DeflateConfig::default()),
        }
    }
}
