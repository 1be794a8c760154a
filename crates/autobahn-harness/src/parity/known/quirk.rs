//! The quirks of the official suite that the embedded engine mends. All others
//! it keeps, for verdicts have to be the same.

use std::fmt;
use std::str::FromStr;

use crate::baseline::entry::one_of;

/// A quirk of the official suite that changes what it says of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// A server that asks for a window of 8 bits crashes the suite's zlib; the
    /// suite takes that for a connection that the server dropped.
    WindowOf8Bits,
    /// Where a message cannot be inflated the suite dies of it and tells a
    /// timeout; the embedded engine tells the cause.
    InflateError,
    /// The suite hangs where a server closes first and keeps TCP open, and where
    /// its report cannot be written; the embedded engine has a deadline.
    Hang,
}

/// A name that is no quirk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the embedded engine mends no quirk `{name}`")]
pub struct UnknownQuirk {
    name: String,
    /// What to write instead.
    pub cure: String,
}

impl Quirk {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::WindowOf8Bits, Self::InflateError, Self::Hang];

    /// Its name in `autobahn/parity.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WindowOf8Bits => "window-of-8-bits",
            Self::InflateError => "inflate-error",
            Self::Hang => "hang",
        }
    }
}

impl FromStr for Quirk {
    type Err = UnknownQuirk;

    fn from_str(name: &str) -> Result<Self, UnknownQuirk> {
        let found = Self::ALL.into_iter().find(|quirk| quirk.name() == name);
        found.ok_or_else(|| UnknownQuirk {
            name: name.chars().take(64).collect(),
            cure: one_of(name, &Self::ALL.map(Self::name)),
        })
    }
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
