//! A WebSocket echo server on tokio-tungstenite.
