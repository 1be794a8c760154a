//! What all cases of a run share.

use std::sync::Arc;

use autobahn_cases::play::Compressed;

use crate::corpus::Corpora;
use crate::extension::Deflate;
use crate::replies::Replies;
use crate::stream::{Stream, Streams};

/// The seed of runs that name none.
pub const SEED: u64 = 6455;

/// How many messages the long cases send (sections 9.7, 9.8, 12 and 13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// As many as the suite.
    #[default]
    Full,
    /// At most so many, 1 or more.
    AtMost(u32),
}

/// What all cases of a run share.
#[derive(Clone, Debug)]
pub struct Setting {
    /// How many messages the long cases send.
    pub profile: Profile,
    /// What masking keys, handshake keys and corpora are made from.
    pub seed: u64,
    /// What compressed messages are cut from.
    pub corpora: Arc<Corpora>,
    /// What of them is compressed already.
    pub streams: Arc<Streams>,
    /// What came back and need not be read again.
    pub replies: Arc<Replies>,
}

impl Profile {
    /// How many messages are sent where the suite sends `count`.
    #[must_use]
    pub fn messages(self, count: u32) -> u32 {
        match self {
            Self::Full => count,
            Self::AtMost(most) => count.min(most.max(1)),
        }
    }
}

impl Setting {
    /// All messages, and corpora of our own.
    #[must_use]
    pub fn new(profile: Profile, seed: u64) -> Self {
        Self {
            profile,
            seed,
            corpora: Arc::new(Corpora::generate(seed)),
            streams: Arc::default(),
            replies: Arc::default(),
        }
    }

    /// The same with other corpora.
    #[must_use]
    pub fn corpora(self, corpora: Corpora) -> Self {
        Self {
            corpora: Arc::new(corpora),
            streams: Arc::default(),
            replies: Arc::default(),
            ..self
        }
    }

    /// The messages of a case, compressed as was negotiated.
    pub(crate) fn stream(&self, plan: &Compressed, deflate: Deflate) -> Stream {
        self.streams.stream(&self.corpora, plan, deflate)
    }
}
