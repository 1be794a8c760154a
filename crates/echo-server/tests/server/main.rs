//! The echo server as its clients see it: octets over TCP, and a process with signals.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod closing;
mod echo;
mod handshake;
#[cfg(feature = "tls")]
mod identity;
mod idle;
mod limits;
mod pressure;
mod program;
#[cfg(feature = "tls")]
mod scratch;
#[cfg(feature = "tls")]
mod tls;
