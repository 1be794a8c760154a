#![doc = include_str!("../README.md")]

mod accept;
mod budget;
mod compressor;
mod config;
mod connect;
mod deflate;
mod error;
mod head;
mod header;
mod inflate;
mod mask;
mod negotiate;
mod outgoing;
mod params;
mod pool;
mod reader;
mod recycled;
mod stream;
mod transport;
mod turn;
mod window;

#[cfg(feature = "connect")]
pub use connect::connect_async;
pub use {
    accept::{accept_async, accept_hdr_async, accept_hdr_async_with_config},
    budget::Budget,
    config::{DeflateConfig, Level},
    connect::{client_async, client_async_with_config},
    error::{ConnectError, InvalidDeflate, NegotiationError, close_code},
    negotiate::Agreement,
    stream::{DeflateStream, default_config},
    window::{Takeover, Window, WindowBits},
};
