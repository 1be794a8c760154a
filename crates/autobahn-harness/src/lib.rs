//! Runs WebSocket conformance cases against a server, judges what came of them
//! against a baseline, and reports.
//!
//! - [`engine`]: who plays: the official suite in containers, or our own.
//! - [`run`]: what came of it, with provenance: `results.json`.

pub mod engine;
pub mod run;

pub use crate::engine::{Engine, EngineError, Plan, Progress};
pub use crate::run::{Provenance, Record, Run};
