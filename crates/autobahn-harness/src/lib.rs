//! Runs WebSocket conformance cases against a server, judges what came of them
//! against a baseline, and reports.
//!
//! - [`engine`]: who plays: the official suite in containers, or our own.
//! - [`targets`], [`server`]: the implementations under test by name; one that we
//!   start ourselves.
//! - [`session`]: playing a plan, deviations twice; `signal`: until somebody stops it.
//! - [`run`], [`results`]: what came of it, with provenance: `results.json`.
//! - [`baseline`]: what is expected today, and why.
//! - [`gate`], [`exit`]: a run judged against a baseline, and how that ends.
//! - [`git`]: where a change left its base, whose baseline it is compared with.
//! - [`diff`]: two runs, compared.
//! - [`parity`]: two engines on one target, compared.
//! - [`deviation`], [`report`]: what differs, and all of it as text.
//! - [`official`]: the command that asks the official suite.

pub mod baseline;
pub mod deviation;
pub mod diff;
pub mod engine;
pub mod escape;
pub mod exit;
pub mod gate;
pub mod git;
pub mod official;
pub mod parity;
mod provenance;
pub mod report;
pub mod results;
pub mod run;
pub mod server;
pub mod session;
#[cfg(feature = "cli")]
pub mod signal;
pub mod targets;
mod wstest;

pub use crate::baseline::Baseline;
pub use crate::engine::{Engine, EngineError, Plan, Progress};
pub use crate::exit::ExitCode;
pub use crate::gate::{Demand, Judgement, judge};
pub use crate::run::{Provenance, Record, Run};
