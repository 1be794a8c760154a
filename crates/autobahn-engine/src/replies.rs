//! Echoes that need not be read twice.
//!
//! Many cases of sections 12 and 13 send the same messages, and a server that gets
//! the same messages mostly sends the same compressed octets. What octets become
//! depends on themselves and on those before them, and on nothing else: where all
//! that came on a connection so far is what came on one on which every message was
//! decompressed, validated and compared, the messages are what they were there. From
//! the first that is another, the connection is read as any other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use autobahn_cases::frame::MessageKind;
use autobahn_cases::play::{Compressed, Corpus};
use blake3::{Hash, Hasher};

use crate::content::Content;
use crate::deflate::{Context, Inflater};
use crate::extension::Deflate;

/// The replies of cases in which every message came back as it was sent.
#[derive(Debug, Default)]
pub struct Replies(Mutex<HashMap<Key, Arc<[Digest]>>>);

/// What the replies of a case depend on, besides the server.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    corpus: Corpus,
    kind: MessageKind,
    len: usize,
    window: (u8, Context),
}

/// The compressed octets of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Digest {
    len: usize,
    hash: Hash,
}

/// How the replies on a connection go on.
#[derive(Debug, Default)]
pub struct Course {
    stage: Stage,
    /// The type that all messages should have.
    kind: Option<MessageKind>,
}

#[derive(Debug, Default)]
enum Stage {
    /// Every message is read, and nothing is remembered.
    #[default]
    Off,
    /// Every message is read and remembered.
    Leading {
        digests: Vec<Digest>,
        current: Box<Hasher>,
    },
    /// Everything so far was known.
    Following {
        known: Arc<[Digest]>,
        next: usize,
        /// How many octets the messages so far had, and the last of them.
        total: usize,
        last: Option<Content>,
        /// What has come of the current message.
        held: Vec<u8>,
    },
}

impl Replies {
    /// The course of a case of which nothing has come yet.
    #[must_use]
    pub fn course(&self, plan: &Compressed, deflate: Deflate, count: u32) -> Course {
        // Nothing here can panic half-way through a change.
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(&Key::new(plan, deflate));
        let stage = match known.filter(|known| known.len() >= count as usize) {
            Some(known) => Stage::Following {
                known: Arc::clone(known),
                next: 0,
                total: 0,
                last: None,
                held: Vec::new(),
            },
            None => Stage::Leading {
                digests: Vec::new(),
                current: Box::default(),
            },
        };
        Course {
            stage,
            kind: Some(plan.kind),
        }
    }

    /// Keeps the replies of a case that has ended well.
    pub fn keep(&self, plan: &Compressed, deflate: Deflate, course: &mut Course) {
        let Stage::Leading { digests, .. } = std::mem::take(&mut course.stage) else {
            return;
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(Key::new(plan, deflate)).or_default();
        if known.len() < digests.len() {
            *known = digests.into();
        }
    }
}

impl Key {
    fn new(plan: &Compressed, deflate: Deflate) -> Self {
        Self {
            corpus: plan.corpus,
            kind: plan.kind,
            len: plan.len,
            window: deflate.server_window(),
        }
    }
}

impl Course {
    /// Whether a message that begins can be the next one.
    #[must_use]
    pub fn goes_on_with(&self, kind: MessageKind, is_compressed: bool) -> bool {
        is_compressed && self.kind == Some(kind)
    }

    /// Takes the next octets of a message; returns whether they need not be read now.
    pub fn take(&mut self, octets: &[u8]) -> bool {
        match &mut self.stage {
            Stage::Off => false,
            Stage::Leading { current, .. } => {
                current.update(octets);
                false
            }
            Stage::Following {
                known, next, held, ..
            } => {
                let fits = |digest: &Digest| held.len() + octets.len() <= digest.len;
                let fits = known.get(*next).is_some_and(fits);
                if fits {
                    held.extend_from_slice(octets);
                }
                fits
            }
        }
    }

    /// Whether octets were taken that have not been read.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        matches!(&self.stage, Stage::Following { held, .. } if !held.is_empty())
    }

    /// Whether a message that is complete is the one that is known for `content`.
    pub fn is_known(&mut self, content: &Content) -> bool {
        let Stage::Following {
            known,
            next,
            total,
            last,
            held,
        } = &mut self.stage
        else {
            return false;
        };
        let digest = known.get(*next);
        if digest.is_none_or(|digest| *digest != Digest::of(held)) {
            return false;
        }
        *next += 1;
        *total += content.len();
        *last = Some(content.clone());
        held.clear();
        true
    }

    /// From now on messages are read; returns what has come of the current one, and
    /// puts `inflater` where it would be, had it read the messages so far.
    pub fn leave(&mut self, inflater: Option<&mut Inflater>) -> Vec<u8> {
        let stage = std::mem::take(&mut self.stage);
        let Stage::Following {
            total, last, held, ..
        } = stage
        else {
            self.stage = stage;
            return Vec::new();
        };
        if let (Some(inflater), Some(last)) = (inflater, last) {
            inflater.resume(&last.end(total.min(Inflater::WINDOW)));
        }
        held
    }

    /// Remembers the message that was read and found to be `content`.
    pub fn remember(&mut self, content: &Content) {
        let Stage::Leading { digests, current } = &mut self.stage else {
            return;
        };
        let digest = Digest {
            len: current.count() as usize,
            hash: current.finalize(),
        };
        current.reset();
        // As much may have to be held of a message to come.
        match digest.len <= 2 * content.len() + 64 {
            true => digests.push(digest),
            false => self.stop(),
        }
    }

    /// Nothing more is remembered.
    pub fn stop(&mut self) {
        self.stage = Stage::Off;
    }
}

impl Digest {
    fn of(octets: &[u8]) -> Self {
        Self {
            len: octets.len(),
            hash: blake3::hash(octets),
        }
    }
}

#[cfg(test)]
#[path = "replies_tests.rs"]
mod tests;
