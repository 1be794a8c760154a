//! The cases of the Autobahn test suite as data, and what can come of them.
//!
//! No I/O, no clock, no runtime: an engine plays what stands here, a harness
//! compares what came of it.
//!
//! - [`id`], [`pattern`], [`catalog`]: which cases there are, and how to name some of them.
//! - [`case`], [`play`], [`frame`], [`event`]: what a case sends and what it accepts.
//! - [`mod@describe`]: the same in words.
//! - [`verdict`], [`outcome`], [`transcript`]: what came of it.

pub mod case;
pub mod catalog;
pub mod describe;
pub mod event;
pub mod frame;
pub mod id;
pub mod outcome;
pub mod pattern;
pub mod play;
pub mod transcript;
pub mod verdict;

pub use crate::case::{Case, Requirement, Section};
pub use crate::catalog::{Catalog, autobahn};
pub use crate::describe::{Description, describe};
pub use crate::id::{CaseId, Suite};
pub use crate::outcome::{Ending, Explanation, Finding, Outcome};
pub use crate::pattern::Pattern;
pub use crate::transcript::Transcript;
pub use crate::verdict::{Behavior, CloseBehavior, Verdict};
