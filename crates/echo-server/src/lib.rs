//! A WebSocket echo server on tokio-tungstenite: the subject of the tests.
//!
//! [`serve`] takes a bound listener and returns a [`ServerHandle`]; dropping the
//! handle or awaiting [`ServerHandle::shutdown`] ends the server.
//!
//! - `server`: the server and its end; `incoming` accepts connections
//! - `tls`: what comes before the opening handshake of `wss://`
//! - `handshake`: the opening handshake; `request` reads it, `response` answers it,
//!   `refusal` answers what is none; `origin` and `subprotocol` are two of its headers
//! - `connection`: the life of one connection; `conversation` is what lies between its
//!   opening and `closing`
//! - `idle`: what becomes of a silent peer; `metered` tells who is silent or takes nothing
//! - `stop`: how connections get to know that the server stops
//! - `config`: what can be set
//! - `preview`: a payload as one short line of a log

mod closing;
mod config;
mod connection;
mod conversation;
mod handshake;
mod idle;
mod incoming;
mod metered;
mod origin;
mod preview;
mod refusal;
mod request;
mod response;
mod server;
mod stop;
mod subprotocol;
#[cfg(feature = "tls")]
mod tls;

pub use config::Config;
pub use origin::{InvalidOrigin, Origin};
pub use server::{ServerHandle, serve};
pub use subprotocol::{InvalidSubprotocol, Subprotocol};
#[cfg(feature = "tls")]
pub use tls::{Identity, IdentityError};
