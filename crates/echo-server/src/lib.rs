//! A WebSocket echo server on tokio-tungstenite: the subject of the tests.
//!
//! [`serve`] takes a bound listener and returns a [`ServerHandle`]; dropping the
//! handle or awaiting [`ServerHandle::shutdown`] ends the server.
//!
//! - `server`: the accept loop and its end
//! - `handshake`: the opening handshake; `request` reads it, `response` answers it,
//!   `refusal` answers what is none
//! - `connection`: the life of one connection; `closing` is its end
//! - `idle`: what becomes of a silent peer; `metered` tells who is silent or takes nothing
//! - `config`: what can be set
//! - `preview`: a payload as one short line of a log

mod closing;
mod config;
mod connection;
mod handshake;
mod idle;
mod metered;
mod preview;
mod refusal;
mod request;
mod response;
mod server;

pub use config::Config;
pub use server::{ServerHandle, serve};
