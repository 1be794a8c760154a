//! Messages of one frame that is there as a whole: the usual ones, for which tungstenite need not
//! be asked.

use bytes::{Buf, Bytes, BytesMut};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes, protocol::Role};

use super::{BINARY, Reader, Step, TEXT};
use crate::{header::Header, mask::Mask};

/// What the input begins with.
#[derive(Debug)]
pub(crate) enum Next {
    /// A message, which is removed from the input.
    Message(Message),
    /// A message that fails the connection.
    Failed(Error),
    /// Not to be said before so many more octets are there.
    More(usize),
    /// Something that tungstenite has to see.
    Other,
}

/// Octets that even the smallest message may keep from being freed: those of the read that
/// brought it.
const MAX_PINNED: usize = 64 << 10;

/// The same of larger ones, as a multiple of their own length.
const MAX_PINNED_TIMES: usize = 16;

impl Reader {
    /// Takes a message off the input if it is a frame about which there is nothing to judge,
    /// between messages. All else is left to tungstenite, to which [`read`](Self::read) hands one
    /// frame at a time, so that it has none in store here.
    ///
    /// `pinned` is how many octets would not be freed before the message is, were it not copied.
    pub(crate) fn whole(&mut self, input: &mut BytesMut, pinned: usize) -> Next {
        if self.passing > 0 || self.message.is_some() || !matches!(self.step, Step::Header) {
            return Next::Other;
        }
        let Some(header) = Header::parse(input) else {
            return Next::More(1);
        };
        let masked_as_usual = header.mask.is_some() == (self.role == Role::Server);
        if !header.fin || !masked_as_usual || header.length > self.max_frame_size {
            return Next::Other;
        }
        let Ok(length) = usize::try_from(header.length) else {
            return Next::Other;
        };
        let missing = header
            .size
            .saturating_add(length)
            .saturating_sub(input.len());
        // Where invalid UTF-8, deflate data or a bomb may be, it is to be found on the way.
        match (header.opcode, header.rsv, missing) {
            (TEXT | BINARY, 0b100, 0) if self.inflater.is_some() => {
                input.advance(header.size);
                self.whole_compressed(header, input, length)
            }
            (TEXT | BINARY, 0, 0) if length <= self.max_message_size => {
                input.advance(header.size);
                whole_plain(header, input.split_to(length), pinned)
            }
            (BINARY, 0, 1..) if length <= self.max_message_size => Next::More(missing),
            _ => Next::Other,
        }
    }

    fn whole_compressed(&mut self, header: Header, input: &mut BytesMut, length: usize) -> Next {
        unmask(header.mask, &mut input[..length]);
        let inflater = self.inflater.as_mut();
        let inflater = inflater.expect("the caller has looked");
        let plain = inflater.whole(&input[..length], self.max_message_size);
        input.advance(length);
        match plain {
            Ok(plain) => message(header.opcode, plain),
            Err(error) => Next::Failed(error),
        }
    }
}

fn whole_plain(header: Header, mut payload: BytesMut, pinned: usize) -> Next {
    unmask(header.mask, &mut payload);
    let enough = payload.len().saturating_mul(MAX_PINNED_TIMES);
    let payload = match pinned > enough.max(MAX_PINNED) {
        true => Bytes::copy_from_slice(&payload),
        false => payload.freeze(),
    };
    message(header.opcode, payload)
}

fn unmask(mask: Option<Mask>, payload: &mut [u8]) {
    if let Some(mut mask) = mask {
        mask.apply(payload);
    }
}

fn message(opcode: u8, payload: Bytes) -> Next {
    if opcode == BINARY {
        return Next::Message(Message::Binary(payload));
    }
    match Utf8Bytes::try_from(payload) {
        Ok(text) => Next::Message(Message::Text(text)),
        Err(error) => Next::Failed(error.into()),
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
            (Next::Message(message), 0) => message,
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
        assert!(matches!(next, Next::Message(Message::Binary(data)) if data[..] == [96, 96]));
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
            b"\x81\x03ab",                 // text of which a part is missing
            b"\xc2\x07\xf2",               // the same of compressed data
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
        assert!(matches!(whole(b"\x82\x7e\x01\x00a"), (Next::More(255), 5)));
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
            let Next::Message(Message::Binary(data)) = next else {
                panic!("{next:?}");
            };
            assert_eq!(data.is_unique(), copied);
        }
    }
}
