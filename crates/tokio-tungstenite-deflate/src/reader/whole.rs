//! Messages of one frame: the usual ones, for which tungstenite need not be asked.

use std::{io, mem, ops::Range};

use bytes::{Buf, Bytes, BytesMut};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes, protocol::Role};

use super::{
    BINARY, Reader, Step, TEXT,
    large::Large,
    partial::{Compressed, Partial, Plain},
};
use crate::{
    header::{self, Header},
    mask::Mask,
    recycled,
};

/// What the input begins with.
#[derive(Debug)]
pub(crate) enum Next {
    /// A message that came as it is, and is removed from the input.
    Plain(Message),
    /// The same of one that came compressed.
    Inflated(Message),
    /// A message that fails the connection.
    Failed(Error),
    /// Not to be said before so many more octets are there.
    More(usize),
    /// Something that tungstenite has to see.
    Other,
}

/// Octets of the part of a message that is worth a buffer of its own: to read it into that saves
/// more than one more read costs.
const LARGE: usize = 128 << 10;

/// How many octets more than are missing of a message are worth reading.
///
/// A frame whose length is a power of two is not to be cut for its header; and a read that does
/// not fill its buffer says that there is no more, which saves the next one.
pub(crate) const BESIDES: usize = header::MAX_SIZE + 2;

/// Octets of the shortest message that takes the buffer of the read with it where it came alone,
/// so that the next one can have that: to allocate so much each time costs more.
const MIN_WITH_BUFFER: usize = recycled::MIN_KEPT / 2;

/// Octets that even the smallest message may keep from being freed: those of the read that
/// brought it.
const MAX_PINNED: usize = 64 << 10;

/// The same of larger ones, as a multiple of their own length.
const MAX_PINNED_TIMES: usize = 16;

/// A message of one frame, of which the header is there.
struct Start {
    opcode: u8,
    compressed: bool,
    mask: Option<Mask>,
    /// Octets of the header.
    header_size: usize,
    /// Octets of the payload.
    length: usize,
}

impl Start {
    /// Whether there is nothing to be remembered of it.
    #[inline]
    fn is_complete_in(&self, input: &[u8]) -> bool {
        !self.compressed && input.len() - self.header_size >= self.length
    }

    #[inline]
    fn complete(mut self, input: &mut BytesMut, pinned: usize) -> Next {
        let end = self.header_size + self.length;
        unmask(&mut self.mask, &mut input[self.header_size..end]);
        pass(self.opcode, take(input, self.header_size..end, pinned))
    }
}

impl From<Start> for Partial {
    fn from(start: Start) -> Self {
        let Start {
            opcode,
            mask,
            length,
            ..
        } = start;
        match start.compressed {
            true => Self::Compressed(Compressed::new(opcode, mask, length)),
            false => Self::Plain(Plain::new(opcode, mask, length)),
        }
    }
}

impl Reader {
    /// Takes a message off the input if it is a frame about which there is nothing to judge,
    /// between messages. All else is left to tungstenite, to which [`read`](Self::read) hands one
    /// frame at a time, so that it has none in store here.
    ///
    /// `pinned` is how many octets would not be freed before the message is, were it not copied.
    #[inline]
    pub(crate) fn whole(&mut self, input: &mut BytesMut, pinned: usize) -> Next {
        if self.midway() {
            return self.go_on_midway(input, pinned);
        }
        if self.passing > 0 || self.message.is_some() || !matches!(self.step, Step::Header) {
            return Next::Other;
        }
        // As it is before and after every message that comes alone.
        if input.is_empty() {
            return Next::More(1);
        }
        self.between_messages(input, pinned)
    }

    fn between_messages(&mut self, input: &mut BytesMut, pinned: usize) -> Next {
        match self.begin(input) {
            Ok(start) if start.is_complete_in(input) => start.complete(input, pinned),
            Ok(start) => {
                input.advance(start.header_size);
                self.go_on(start.into(), input, pinned)
            }
            Err(next) => next,
        }
    }

    /// Kept apart, for a part of a message is large to move.
    #[inline(never)]
    fn go_on_midway(&mut self, input: &mut BytesMut, pinned: usize) -> Next {
        match self.partial.take() {
            Some(partial) => self.go_on(partial, input, pinned),
            None => Next::Other,
        }
    }

    fn go_on(&mut self, partial: Partial, input: &mut BytesMut, pinned: usize) -> Next {
        match partial {
            Partial::Plain(plain) => self.go_on_plain(plain, input, pinned),
            Partial::Large(large) => self.go_on_large(large, input),
            Partial::Compressed(compressed) => self.go_on_compressed(compressed, input),
        }
    }

    /// Where a large message gathers that has begun to arrive, with room for some of the octets
    /// that are wanted: those that are missing, and [`BESIDES`] at most.
    #[inline]
    pub(crate) fn own_buffer(&mut self, wanted: usize) -> Option<&mut Vec<u8>> {
        match &mut self.partial {
            Some(Partial::Large(large)) => Some(large.buffer(wanted)),
            _ => None,
        }
    }

    /// Whether a part of a message has been taken off the input, so that it has to go on here.
    #[inline]
    pub(crate) fn midway(&self) -> bool {
        self.partial.is_some()
    }

    /// Forgets the part of a message whose rest will not come; says whether there was one.
    pub(crate) fn abandon(&mut self) -> bool {
        self.partial.take().is_some()
    }

    /// Reads the header of a message.
    #[inline]
    fn begin(&self, input: &[u8]) -> Result<Start, Next> {
        let header = Header::parse(input).ok_or(Next::More(1))?;
        let masked_as_usual = header.mask.is_some() == (self.role == Role::Server);
        if !header.fin || !masked_as_usual || header.length > self.max_frame_size {
            return Err(Next::Other);
        }
        let length = usize::try_from(header.length).map_err(|_| Next::Other)?;
        let compressed = match (header.opcode, header.rsv) {
            (TEXT | BINARY, 0b100) if self.inflater.is_some() => true,
            (TEXT | BINARY, 0) if length <= self.max_message_size => false,
            _ => return Err(Next::Other),
        };
        Ok(Start {
            opcode: header.opcode,
            compressed,
            mask: header.mask,
            header_size: header.size,
            length,
        })
    }

    fn go_on_plain(&mut self, mut plain: Plain, input: &mut BytesMut, pinned: usize) -> Next {
        let there = input.len().min(plain.length);
        unmask(&mut plain.mask, &mut input[plain.unmasked..there]);
        plain.unmasked = there;
        if there == plain.length {
            return pass(plain.opcode, take(input, 0..there, pinned));
        }
        if let Err(error) = plain.text.check(plain.opcode, &input[..there]) {
            return Next::Failed(error);
        }
        let missing = plain.length - there;
        self.partial = Some(match missing >= LARGE {
            true => Partial::Large(Large::new(plain, input, BESIDES)),
            false => Partial::Plain(plain),
        });
        Next::More(missing)
    }

    fn go_on_large(&mut self, mut large: Large, input: &mut BytesMut) -> Next {
        match large.go_on(input) {
            Ok(0) => pass(large.opcode, large.into_payload()),
            Ok(missing) => {
                self.partial = Some(Partial::Large(large));
                Next::More(missing)
            }
            Err(error) => Next::Failed(error),
        }
    }

    fn go_on_compressed(&mut self, mut compressed: Compressed, input: &mut BytesMut) -> Next {
        let Compressed { opcode, left, .. } = compressed;
        let there = input.len().min(left);
        unmask(&mut compressed.mask, &mut input[..there]);
        let inflater = self.inflater.as_mut();
        let inflater = inflater.expect("frames are taken as compressed if it was negotiated");
        let limit = self.max_message_size;
        let plain = &mut compressed.plain;
        let whole = match there == left {
            true if plain.is_empty() => inflater.whole(&input[..there], limit).map(Some),
            true => inflater
                .append(&input[..there], plain, limit)
                .and_then(|()| {
                    inflater
                        .finish()
                        .map_err(|error| io::Error::from(error).into())
                })
                .map(|()| Some(mem::take(plain).into())),
            false => inflater
                .append(&input[..there], plain, limit)
                .and_then(|()| compressed.text.check(opcode, plain))
                .map(|()| None),
        };
        input.advance(there);
        match whole {
            Ok(Some(inflated)) => {
                message(opcode, inflated).map_or_else(Next::Failed, Next::Inflated)
            }
            Ok(None) => {
                compressed.left -= there;
                let missing = compressed.left;
                self.partial = Some(Partial::Compressed(compressed));
                Next::More(missing)
            }
            Err(error) => Next::Failed(error),
        }
    }
}

/// Takes a payload off the input, and all that is in front of it. It shall not keep much more than
/// itself from being freed.
#[inline]
fn take(input: &mut BytesMut, payload: Range<usize>, pinned: usize) -> Bytes {
    let length = payload.len();
    let enough = length.saturating_mul(MAX_PINNED_TIMES).max(MAX_PINNED);
    let is_last = input.len() == payload.end;
    // Behind its header, that is.
    let is_first = pinned.saturating_sub(input.capacity()) <= header::MAX_SIZE;
    let worth = length >= MIN_WITH_BUFFER && pinned <= recycled::MAX_OF_READ;
    if worth && is_first && is_last && pinned <= enough {
        let mut buffer = recycled::freeze(mem::take(input).into());
        buffer.advance(payload.start);
        return buffer;
    }
    let mut octets = input.split_to(payload.end);
    octets.advance(payload.start);
    match pinned > enough {
        true => Bytes::copy_from_slice(&octets),
        false => octets.freeze(),
    }
}

#[inline]
fn unmask(mask: &mut Option<Mask>, payload: &mut [u8]) {
    if let Some(mask) = mask {
        mask.apply(payload);
    }
}

#[inline]
fn pass(opcode: u8, payload: Bytes) -> Next {
    message(opcode, payload).map_or_else(Next::Failed, Next::Plain)
}

#[inline]
fn message(opcode: u8, payload: Bytes) -> Result<Message, Error> {
    match opcode {
        BINARY => Ok(Message::Binary(payload)),
        _ => Ok(Message::Text(Utf8Bytes::try_from(payload)?)),
    }
}

#[cfg(test)]
mod tests;
