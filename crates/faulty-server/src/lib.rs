//! WebSocket servers that are wrong on purpose, to test a tester.
//!
//! One [`FaultyServer`] plays every [`Fault`]: the path of the URL names it, and without a path
//! the fault that the server was started with holds. Nothing here is shared with an engine or
//! with a server under test.
//!
//! - `fault`: the faults and their names
//! - `behavior`: what each of them does at the points of `decision`
//! - `server`: listening, and the end of the whole server
//! - `handshake`: the opening handshake; `extension` is the negotiation of permessage-deflate
//! - `connection`: the life of one connection
//! - `receiver`: frames in, messages out; `violation` is what can be wrong with them, and `utf8`
//!   what can be wrong with a text
//! - `sender`: messages in, frames out
//! - `frame`: the layout of a frame; `deflate`: payloads through DEFLATE

mod behavior;
mod connection;
mod decision;
mod deflate;
mod extension;
mod fault;
mod frame;
mod handshake;
mod receiver;
mod sender;
mod server;
mod utf8;
mod violation;

pub use fault::{Fault, UnknownFault};
pub use server::FaultyServer;
