//! Plays WebSocket conformance cases on a connection and judges them.
//!
//! The engine has a codec, an opening handshake, a framing of permessage-deflate
//! and a UTF-8 validation of its own: it shares no code with what it tests.
//!
//! - [`engine`], [`target`], [`setting`]: play cases against a server.
//! - `tls`: `wss://`, with the feature of that name.
//! - [`connection`], [`pace`]: sockets and clocks; everything below takes values and returns
//!   values.
//! - [`session`]: the life of a connection, with [`timers`], [`outbox`] and [`inbox`].
//! - [`performance`]: a case as it is being played; [`heard`]: what it heard.
//! - [`judge`], [`explain`]: the verdict, and why.
//! - [`codec`], [`mask`], [`utf8`], [`handshake`], [`extension`], [`deflate`]: the protocol.
//! - [`corpus`], [`stream`], [`segments`], [`content`]: what is sent in sections 9, 12 and 13;
//!   [`replies`]: what came back and need not be read again.

pub mod codec;
pub mod connection;
pub mod content;
pub mod corpus;
pub mod deflate;
pub mod engine;
pub mod explain;
pub mod extension;
pub mod handshake;
pub mod heard;
pub mod inbox;
pub mod judge;
pub mod mask;
pub mod outbox;
pub mod pace;
pub mod performance;
pub mod recorder;
pub mod replies;
pub mod role;
mod schedule;
pub mod segments;
pub mod session;
pub mod setting;
pub mod stream;
pub mod target;
pub mod timers;
#[cfg(feature = "tls")]
pub mod tls;
pub mod utf8;

pub use crate::engine::{Engine, Event, Jobs, PlayError, play_case};
pub use crate::role::Role;
pub use crate::setting::{Profile, Setting};
pub use crate::target::Target;
