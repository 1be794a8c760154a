//! Memory that compressors share.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Octets that the compressors of many connections may hold at the same time.
///
/// A compressor that remembers earlier messages costs 128 KiB at the default level, and 245 to
/// 371 KiB at all others, as long as its connection lives. Where the budget leaves no room for
/// another, a connection borrows a compressor for one message at a time and starts each with an
/// empty window, which a sender may always do: its messages get larger, and nothing else changes.
///
/// Clones draw on the same budget.
#[derive(Clone)]
pub struct Budget {
    left: Arc<AtomicUsize>,
}

impl Budget {
    /// A budget of this many octets.
    pub fn new(octets: usize) -> Self {
        Self {
            left: Arc::new(AtomicUsize::new(octets)),
        }
    }

    /// What is not taken, in octets.
    pub fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }

    /// Takes as many octets until the share is dropped, if there are as many.
    pub(crate) fn take(&self, octets: usize) -> Option<Share> {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(octets)
            })
            .ok()?;
        Some(Share {
            budget: self.clone(),
            octets,
        })
    }
}

impl Default for Budget {
    /// 64 MiB: about 500 compressors of the default level.
    fn default() -> Self {
        Self::new(64 << 20)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("left", &self.left())
            .finish()
    }
}

/// A part of a budget, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Budget,
    octets: usize,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.octets, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_draw_on_one_budget_and_give_back() {
        let budget = Budget::new(100);
        let share = budget.clone().take(60).unwrap();
        assert_eq!(budget.left(), 40);
        assert!(budget.take(41).is_none());
        assert_eq!(budget.left(), 40);
        drop(share);
        assert_eq!(budget.left(), 100);
    }
}
