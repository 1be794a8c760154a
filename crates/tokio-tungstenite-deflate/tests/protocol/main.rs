//! What comes of octets on the wire, through the public interface.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod handshake;
mod hostile;
mod large;
mod messages;
mod sending;
mod turns;
mod wire;
