//! The `autobahn` binary as its users meet it: exit codes, words, files.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

#[cfg(unix)]
mod action;
mod corpora;
mod ended;
mod exit_codes;
mod fixture;
mod init;
mod interrupt;
mod parity;
mod pull_request;
mod recorded;
mod targets;
mod words;
#[cfg(feature = "tls")]
mod wss;
