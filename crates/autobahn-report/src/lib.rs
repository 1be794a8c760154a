//! Reads the reports of the official suite: `index.json` and a file for each
//! case. A crate of its own, so that a build for development optimises it too.
//!
//! - [`files`]: where the files are; nothing in them names a path.
//! - `index`: the verdicts; `detail`, `wirelog`, `text`: the evidence of one case.
//! - [`report`]: the whole of it, as outcomes.

mod detail;
pub mod files;
mod index;
pub mod report;
mod text;
mod wirelog;

pub use crate::detail::DetailError;
pub use crate::files::Files;
pub use crate::index::{IndexError, NAME as INDEX};
pub use crate::report::{Report, ReportError};
