//! Runs WebSocket conformance cases against a server, judges what came of them
//! against a baseline, and reports.
//!
//! - [`engine`]: who plays: the official suite in containers, or our own.
//! - [`server`]: a server under test that we start ourselves.
//! - [`session`]: playing a plan, deviations twice.
//! - [`run`]: what came of it, with provenance: `results.json`.

pub mod engine;
pub mod run;
pub mod server;
pub mod session;
mod wstest;

pub use crate::engine::{Engine, EngineError, Plan, Progress};
pub use crate::run::{Provenance, Record, Run};
