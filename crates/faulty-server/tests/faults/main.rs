//! Each fault, seen by a client that knows octets only.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod correct;
mod evidence;
mod plain;
mod program;
mod promises;
mod server;
