//! Buffers of large messages, used again while they are in the processor's cache.

use std::cell::RefCell;

use bytes::{Bytes, BytesMut};

/// A buffer that goes back to the store of the thread that drops the last part of its content.
struct Recycled(Vec<u8>);

thread_local! {
    /// Empty buffers. The last one that came back is the first to be taken.
    static STORE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Octets of the smallest buffer that is worth keeping.
pub(crate) const MIN_KEPT: usize = 64 << 10;

/// Octets of the largest buffer of a read that is worth keeping. What fills a larger one are
/// messages that come together: they share it until it is freed, and what is freed last is in the
/// cache and allocated next.
pub(crate) const MAX_OF_READ: usize = 512 << 10;

/// Octets of all buffers that a thread keeps.
const MAX_KEPT: usize = 4 << 20;

/// How many times larger than its message a buffer may be.
const MAX_TIMES: usize = 4;

/// An empty buffer for a message of this length, in octets. Whatever capacity it has, more may
/// be needed.
pub(crate) fn take(length: usize) -> Vec<u8> {
    let kept = STORE.with_borrow_mut(|store| {
        let fits = |buffer: &Vec<u8>| buffer.capacity() / MAX_TIMES <= length;
        store.iter().rposition(fits).map(|last| store.remove(last))
    });
    kept.unwrap_or_default()
}

/// The content of a buffer. Once that is not needed any more, the buffer can be taken again.
pub(crate) fn freeze(buffer: Vec<u8>) -> Bytes {
    Bytes::from_owner(Recycled(buffer))
}

/// Has the buffer of a read taken again, unless part of it is still lent.
pub(crate) fn keep(buffer: BytesMut) {
    if buffer.capacity() <= MAX_OF_READ {
        drop(Recycled(buffer.into()));
    }
}

impl AsRef<[u8]> for Recycled {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Recycled {
    fn drop(&mut self) {
        let mut buffer = std::mem::take(&mut self.0);
        // A thread that ends has no store any more: the buffer is freed.
        let _ = STORE.try_with(|store| {
            let mut store = store.borrow_mut();
            let kept: usize = store.iter().map(Vec::capacity).sum();
            if buffer.capacity() >= MIN_KEPT && buffer.capacity() <= MAX_KEPT.saturating_sub(kept) {
                buffer.clear();
                store.push(buffer);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of a buffer of this capacity that is dropped: the one that is taken next.
    fn again(capacity: usize, length: usize) -> usize {
        drop(freeze(Vec::with_capacity(capacity)));
        take(length).capacity()
    }

    #[test]
    fn a_buffer_comes_back_empty_once_nothing_of_its_content_is_left() {
        let mut buffer = Vec::with_capacity(MIN_KEPT);
        buffer.extend_from_slice(b"abc");
        let content = freeze(buffer);
        let part = content.slice(1..);
        drop(content);
        assert_eq!(take(MIN_KEPT).capacity(), 0);
        assert_eq!(part[..], *b"bc");
        drop(part);
        let buffer = take(MIN_KEPT);
        assert_eq!((buffer.capacity(), buffer.len()), (MIN_KEPT, 0));
        assert_eq!(take(MIN_KEPT).capacity(), 0);
    }

    #[test]
    fn the_last_one_that_fits_is_taken() {
        for capacity in [MIN_KEPT, 2 * MIN_KEPT, 8 * MIN_KEPT] {
            drop(freeze(Vec::with_capacity(capacity)));
        }
        assert_eq!(take(MIN_KEPT).capacity(), 2 * MIN_KEPT);
        assert_eq!(take(8 * MIN_KEPT).capacity(), 8 * MIN_KEPT);
        assert_eq!(take(MIN_KEPT).capacity(), MIN_KEPT);
    }

    #[test]
    fn little_is_kept() {
        assert_eq!(again(MIN_KEPT - 1, MIN_KEPT), 0);
        assert_eq!(again(MAX_KEPT + 1, MAX_KEPT), 0);
        let full: Vec<_> = (0..5)
            .map(|_| freeze(Vec::with_capacity(1 << 20)))
            .collect();
        drop(full);
        let taken = std::iter::repeat_with(|| take(1 << 20)).take_while(|one| one.capacity() > 0);
        assert_eq!(taken.count(), 4);
    }
}
