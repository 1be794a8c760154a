//! What can be set on a server.

use std::time::Duration;

use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite_deflate::{DeflateConfig, default_config};

#[cfg(feature = "tls")]
use crate::Identity;
use crate::{Origin, Subprotocol};

/// Limits and manners of a server; [`Config::default`] lets every case of the Autobahn suite pass.
#[derive(Debug, Clone)]
pub struct Config {
    /// The longest message that is echoed, in octets. A longer one is answered with close code 1009.
    pub max_message_size: usize,
    /// The longest payload of one frame, in octets. A longer one is answered with close code 1009.
    pub max_frame_size: usize,
    /// How many WebSockets there may be at a time. Further handshakes are answered with 503.
    pub max_connections: usize,
    /// How long a client may take to send its opening handshake, that of TLS included.
    pub handshake_timeout: Duration,
    /// After how long without an octet from a peer it is pinged, and how long it may take to
    /// answer; also how long it may take nothing of what it is sent. `None` means for ever.
    pub idle_timeout: Option<Duration>,
    /// The origins whose pages may connect; others are answered with 403. Empty: all may.
    pub allowed_origins: Vec<Origin>,
    /// The subprotocols to choose from.
    pub subprotocols: Vec<Subprotocol>,
    /// With it the server speaks TLS, and TLS alone: `wss://`.
    #[cfg(feature = "tls")]
    pub tls: Option<Identity>,
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

    /// The scheme of the server's URL.
    pub(crate) fn scheme(&self) -> &'static str {
        #[cfg(feature = "tls")]
        if self.tls.is_some() {
            return "wss";
        }
        "ws"
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_message_size: 64 << 20,
            max_frame_size: 16 << 20,
            max_connections: 10_000,
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Some(Duration::from_secs(60)),
            allowed_origins: Vec::new(),
            subprotocols: Vec::new(),
            #[cfg(feature = "tls")]
            tls: None,
            deflate: Some(DeflateConfig::default()),
        }
    }
}
