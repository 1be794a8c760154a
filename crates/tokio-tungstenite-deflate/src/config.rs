//! What a side wants of permessage-deflate.

use crate::{Budget, Window};

/// What to negotiate, and how to compress.
///
/// The default asks for nothing: windows of 32 KiB that live as long as the connection, and a fast
/// level. It accepts whatever the other side may ask for.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct DeflateConfig {
    /// The largest window that we compress with, and whether we refer to earlier messages. The
    /// peer may ask for less, and gets it.
    pub send: Window,
    /// What we ask of the peer. A server asks for a smaller window only where the client has said
    /// that it understands (RFC 7692, 7.1.2.2); a client has its connection refused compression
    /// by a server that cannot comply.
    pub receive: Window,
    /// Time against size.
    pub level: Level,
    /// Messages of fewer octets are sent as they are.
    pub min_length: usize,
    /// What the compressors of all connections with this configuration may take up together.
    /// Clones of a configuration share it.
    pub budget: Budget,
}

impl DeflateConfig {
    /// Sets [`send`](Self::send).
    #[must_use]
    pub fn send(mut self, send: Window) -> Self {
        self.send = send;
        self
    }

    /// Sets [`receive`](Self::receive).
    #[must_use]
    pub fn receive(mut self, receive: Window) -> Self {
        self.receive = receive;
        self
    }

    /// Sets [`level`](Self::level).
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Sets [`min_length`](Self::min_length).
    #[must_use]
    pub fn min_length(mut self, min_length: usize) -> Self {
        self.min_length = min_length;
        self
    }

    /// Sets [`budget`](Self::budget).
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }
}

/// How much time to spend on compression: 0 (none, stored as it is) to 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

impl Level {
    /// Level 1: a third to three quarters of the default's time, and as much for the shortest
    /// messages; for messages that are a quarter to two fifths larger.
    pub const FAST: Self = Self(1);
    /// Level 9: the smallest output.
    pub const BEST: Self = Self(9);

    /// The level of this number; `None` above 9.
    pub const fn new(level: u8) -> Option<Self> {
        match level {
            0..=9 => Some(Self(level)),
            _ => None,
        }
    }
}

impl Default for Level {
    /// Level 2, the one level that is not zlib-rs's but our own: half of the time of level 6,
    /// zlib's own default, or much less, for messages that are 4 to 25 % larger, by the kind of
    /// text.
    fn default() -> Self {
        Self(2)
    }
}

impl From<Level> for u8 {
    fn from(level: Level) -> Self {
        level.0
    }
}
