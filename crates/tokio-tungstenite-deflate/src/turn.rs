//! What a connection may work off at a time, so that none keeps the others of a thread waiting.

use std::task::{Context, Poll};

/// What is left of a turn, in octets of decompressed messages.
///
/// A read from the network may bring a mebibyte of small frames, or of compressed ones that become
/// a thousand times longer. tokio counts only the read.
#[derive(Debug)]
pub(crate) struct Turn(usize);

/// A turn: some milliseconds of work.
const LENGTH: usize = 1 << 20;

/// What a message or a piece costs, however short it is.
const EACH: usize = 256;

/// How many octets of messages that pass as they come cost as much as one of the decompressed.
const PLAIN: usize = 16;

impl Default for Turn {
    fn default() -> Self {
        Self(LENGTH)
    }
}

impl Turn {
    /// Something of so many octets was worked off.
    #[inline]
    pub(crate) fn spend(&mut self, octets: usize) {
        self.0 = self.0.saturating_sub(octets.saturating_add(EACH));
    }

    /// A message of so many octets was handed on that was not decompressed.
    #[inline]
    pub(crate) fn spend_plain(&mut self, octets: usize) {
        self.spend(octets / PLAIN);
    }

    /// Pending at the end of a turn, though there is more to do: the task is woken at once.
    #[inline]
    pub(crate) fn poll_go_on(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.0 > 0 {
            return Poll::Ready(());
        }
        *self = Self::default();
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
