//! Spare compressors and decompressors of a thread, to be borrowed for one message.

use std::cell::RefCell;

/// What is spare, by what it is good for. Meant for a `thread_local`.
pub(crate) struct Pool<K, T>(RefCell<Vec<(K, T)>>);

impl<K: PartialEq, T> Pool<K, T> {
    pub(crate) const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    pub(crate) fn take(&self, key: &K) -> Option<T> {
        let mut spare = self.0.borrow_mut();
        let index = spare.iter().position(|(k, _)| k == key)?;
        Some(spare.swap_remove(index).1)
    }

    /// Keeps the value, in place of the oldest one where there are enough.
    pub(crate) fn put(&self, key: K, value: T) {
        let mut spare = self.0.borrow_mut();
        if spare.len() == CAPACITY {
            spare.remove(0);
        }
        spare.push((key, value));
    }
}

/// A compressor is given back before the next one is taken, so that this is the number of
/// different configurations that a thread serves without creating compressors anew.
const CAPACITY: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_taken_once() {
        let pool = Pool::new();
        pool.put(1, "a");
        pool.put(2, "b");
        assert_eq!(pool.take(&1), Some("a"));
        assert_eq!(pool.take(&1), None);
        assert_eq!(pool.take(&2), Some("b"));
    }

    #[test]
    fn a_full_pool_forgets_the_oldest() {
        let pool = Pool::new();
        for key in 0..=CAPACITY {
            pool.put(key, ());
        }
        assert_eq!(pool.take(&0), None);
        assert_eq!(pool.take(&CAPACITY), Some(()));
    }
}
