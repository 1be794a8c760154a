//! Messages of one frame: the usual ones, for which tungstenite need not be asked.

use std::{io, mem};

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
        let mut payload = input.split_to(self.header_size + self.length);
        payload.advance(self.header_size);
        unmask(&mut self.mask, &mut payload);
        pass(self.opcode, take(payload, pinned))
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
            return pass(plain.opcode, take(input.split_to(there), pinned));
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

/// A payload that shall not keep much more than itself from being freed.
#[inline]
fn take(payload: BytesMut, pinned: usize) -> Bytes {
    let enough = payload.len().saturating_mul(MAX_PINNED_TIMES);
    match pinned > enough.max(MAX_PINNED) {
        true => Bytes::copy_from_slice(&payload),
        false => payload.freeze(),
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
mod tests {
    use tokio_tungstenite::tungstenite::{error::CapacityError, protocol::WebSocketConfig};

    use super::*;
    use crate::{Takeover, close_code, inflate::Inflater};

    const HELLO: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

    fn reader(config: WebSocketConfig) -> Reader {
        let inflater = Inflater::new(Takeover::Allowed);
        Reader::new(Role::Client, &config, Some(inflater))
    }

    fn whole(input: &[u8]) -> (Next, usize) {
        let mut input = BytesMut::from(input);
        let next = reader(WebSocketConfig::default()).whole(&mut input, 0);
        (next, input.len())
    }

    #[track_caller]
    fn message(input: &[u8]) -> Message {
        match whole(input) {
            (Next::Plain(message) | Next::Inflated(message), 0) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_message_of_one_frame_is_taken() {
        assert_eq!(message(b"\x82\x02ab"), Message::binary(&b"ab"[..]));
        assert_eq!(message(b"\x81\x02ab"), Message::text("ab"));
        assert_eq!(message(b"\x81\x00"), Message::text(""));
        let compressed = [&[0xc1, 7][..], HELLO].concat();
        assert_eq!(message(&compressed), Message::text("Hello"));
    }

    #[test]
    fn a_masked_message_is_unmasked() {
        let mut input = BytesMut::from(&b"\x82\x82\x01\x02\x03\x04ab\x82"[..]);
        let mut reader = Reader::new(Role::Server, &WebSocketConfig::default(), None);
        let next = reader.whole(&mut input, 0);
        assert!(matches!(next, Next::Plain(Message::Binary(data)) if data[..] == [96, 96]));
        assert_eq!(input[..], [0x82]);
    }

    #[test]
    fn what_may_be_wrong_is_left_as_it_is() {
        for input in [
            &b"\x02\x02ab"[..],            // a fragment
            b"\x80\x02ab",                 // the end of a message that has not begun
            b"\x89\x00",                   // a control frame
            b"\x83\x00",                   // a reserved opcode
            b"\xa2\x02ab",                 // RSV2
            b"\xc9\x00",                   // RSV1 on a control frame
            b"\x82\x82\x00\x00\x00\x00ab", // masked by a server
        ] {
            let (next, left) = whole(input);
            assert!(matches!(next, Next::Other), "{input:x?}: {next:?}");
            assert_eq!(left, input.len());
        }
        // RSV1 without an agreement.
        let mut reader = Reader::new(Role::Client, &WebSocketConfig::default(), None);
        let mut input = BytesMut::from(&b"\xc1\x00"[..]);
        assert!(matches!(reader.whole(&mut input, 0), Next::Other));
    }

    #[test]
    fn it_says_how_much_is_missing() {
        assert!(matches!(whole(b""), (Next::More(1), 0)));
        assert!(matches!(whole(b"\x82\x7e\x01"), (Next::More(1), 3)));
        assert!(matches!(whole(b"\x82\x7e\x01\x00a"), (Next::More(255), 1)));
        assert!(matches!(
            whole(b"\xc2\x7e\x01\x00\xf2"),
            (Next::More(255), 0)
        ));
    }

    /// What comes of frames that arrive octet by octet.
    fn dripped(reader: &mut Reader, octets: &[u8]) -> (Next, usize) {
        let header = Header::parse(octets).unwrap().size;
        let mut input = BytesMut::new();
        for (index, octet) in octets.iter().enumerate() {
            input.extend_from_slice(&[*octet]);
            match reader.whole(&mut input, 0) {
                Next::More(_) => assert_eq!(reader.midway(), index + 1 >= header, "{index}"),
                next => return (next, index + 1),
            }
        }
        panic!("{octets:x?} is no message");
    }

    #[test]
    fn a_message_may_come_in_parts() {
        let text = [&b"\x81\x0c"[..], "gr\u{fc}\u{df} \u{1d11e}!".as_bytes()].concat();
        let compressed = [&[0xc1, 7][..], HELLO].concat();
        for (octets, expected) in [
            (&b"\x82\x03abc"[..], Message::binary(&b"abc"[..])),
            (&text, "gr\u{fc}\u{df} \u{1d11e}!".into()),
            (&compressed, "Hello".into()),
        ] {
            let mut reader = reader(WebSocketConfig::default());
            for _ in 0..2 {
                let (next, taken) = dripped(&mut reader, octets);
                let (Next::Plain(message) | Next::Inflated(message)) = next else {
                    panic!("{next:?}");
                };
                assert_eq!((message, taken), (expected.clone(), octets.len()));
                assert!(!reader.midway());
            }
        }
    }

    #[test]
    fn a_masked_message_may_come_in_parts() {
        let mut reader = Reader::new(Role::Server, &WebSocketConfig::default(), None);
        let (next, _) = dripped(&mut reader, b"\x82\x86\x01\x02\x03\x04abcdef");
        assert!(matches!(next, Next::Plain(Message::Binary(data)) if data[..] == *b"````dd"));
    }

    #[test]
    fn invalid_text_fails_before_its_rest_arrives() {
        let plain = b"\x81\x05a\xffbcd";
        assert!(matches!(
            dripped(&mut reader(WebSocketConfig::default()), plain),
            (Next::Failed(Error::Utf8(_)), 4)
        ));
        // A stored block of 5 octets, of which the second is none of UTF-8.
        let compressed = b"\xc1\x0b\x00\x05\x00\xfa\xffa\xffbcd\x00";
        let (next, taken) = dripped(&mut reader(WebSocketConfig::default()), compressed);
        assert!(matches!(next, Next::Failed(Error::Utf8(_))), "{next:?}");
        assert_eq!(taken, 9);
    }

    #[test]
    fn a_bomb_that_comes_in_parts_is_stopped_too() {
        const LIMIT: usize = 1 << 20;
        let mut zlib = flate2::Compress::new(flate2::Compression::best(), false);
        let mut bomb = Vec::with_capacity(1 << 20);
        zlib.compress_vec(&vec![0; 100 << 20], &mut bomb, flate2::FlushCompress::Sync)
            .unwrap();
        let mut frame = Vec::new();
        crate::header::write_unmasked(0xc2, bomb.len(), &mut frame);
        frame.extend(bomb);
        let config = WebSocketConfig::default().max_message_size(Some(LIMIT));
        let (next, taken) = dripped(&mut reader(config), &frame);
        let Next::Failed(Error::Capacity(CapacityError::MessageTooLong { size, .. })) = next else {
            panic!("{next:?}");
        };
        // No octet more is decompressed, or waited for, than it takes to know.
        assert_eq!(size, LIMIT + 1);
        assert!(taken < frame.len() / 90, "{taken}");
    }

    #[test]
    fn nothing_is_taken_within_a_message() {
        let mut reader = reader(WebSocketConfig::default());
        let mut input = BytesMut::from(&b"\x02\x01a\x82\x01b"[..]);
        let mut room = [0; 64];
        let mut output = tokio::io::ReadBuf::new(&mut room);
        reader.read(&mut input, &mut output).unwrap();
        assert_eq!(output.filled(), b"\x02\x01a", "one frame at a time");
        assert!(matches!(reader.whole(&mut input, 0), Next::Other));
    }

    #[test]
    fn limits_hold() {
        let config = WebSocketConfig::default().max_message_size(Some(4));
        let mut input = BytesMut::from(&b"\x82\x05abcde"[..]);
        assert!(matches!(reader(config).whole(&mut input, 0), Next::Other));
        let mut input = BytesMut::from(&[&[0xc1, 7][..], HELLO].concat()[..]);
        let next = reader(config).whole(&mut input, 0);
        let Next::Failed(Error::Capacity(CapacityError::MessageTooLong {
            size: 5,
            max_size: 4,
        })) = next
        else {
            panic!("{next:?}");
        };
        let config = WebSocketConfig::default().max_frame_size(Some(4));
        let mut input = BytesMut::from(&b"\x82\x05abcde"[..]);
        assert!(matches!(reader(config).whole(&mut input, 0), Next::Other));
    }

    #[test]
    fn a_message_that_fails_the_connection_says_why() {
        for (input, code) in [
            (&b"\x81\x01\xff"[..], 1007),
            (b"\xc1\x02\x07\x00", 1002),
            (b"\xc1\x03\xf2\x48\xcd", 1002),
        ] {
            let (Next::Failed(error), _) = whole(input) else {
                panic!("{input:x?}");
            };
            assert_eq!(close_code(&error), Some(code.into()), "{error}");
        }
    }

    #[test]
    fn a_small_message_does_not_keep_a_large_read_from_being_freed() {
        for (pinned, copied) in [(MAX_PINNED, false), (MAX_PINNED + 1, true)] {
            let mut input = BytesMut::from(&b"\x82\x02ab\x82"[..]);
            let next = reader(WebSocketConfig::default()).whole(&mut input, pinned);
            let Next::Plain(Message::Binary(data)) = next else {
                panic!("{next:?}");
            };
            assert_eq!(data.is_unique(), copied);
        }
    }
}
