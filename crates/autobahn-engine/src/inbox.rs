//! Puts the messages of the peer together: decompresses them, validates text,
//! keeps them or compares them with what is expected.

use autobahn_cases::frame::{MessageKind, Opcode};

use crate::codec::Header;
use crate::content::Content;
use crate::deflate::{InflateError, Inflater};
use crate::utf8::Utf8;

/// The longest message that is taken, in octets after decompression.
pub const MAX_MESSAGE: u64 = 64 * 1024 * 1024;

/// A complete message of the peer.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Its type.
    pub kind: MessageKind,
    /// Its length in octets after decompression.
    pub len: u64,
    /// Its octets as far as they are kept.
    pub octets: Vec<u8>,
    /// Whether it is what was expected; `None` where nothing was.
    pub is_expected: Option<bool>,
}

/// What is wrong with a message.
#[derive(Debug)]
pub enum Fault {
    /// Text is not UTF-8.
    Utf8,
    /// It cannot be decompressed.
    Inflate(InflateError),
    /// It is longer than [`MAX_MESSAGE`].
    TooLong,
}

/// Puts messages together.
#[derive(Debug)]
pub struct Inbox {
    /// Decompresses messages, where permessage-deflate was negotiated.
    pub inflater: Option<Inflater>,
    /// How many octets of a message are kept.
    pub keep: usize,
    /// What the next message should be.
    pub expected: Option<Content>,
    is_inside: bool,
    is_compressed: bool,
    text: Option<Utf8>,
    current: Current,
}

#[derive(Debug)]
struct Current {
    kind: MessageKind,
    len: u64,
    octets: Vec<u8>,
    is_expected: bool,
}

impl Inbox {
    /// An empty one that keeps so many octets of every message.
    #[must_use]
    pub fn new(keep: usize) -> Self {
        Self {
            inflater: None,
            keep,
            expected: None,
            is_inside: false,
            is_compressed: false,
            text: None,
            current: Current::new(MessageKind::Binary),
        }
    }

    /// Whether a message has begun and not ended.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        self.is_inside
    }

    /// A data frame begins.
    pub fn begin(&mut self, header: &Header) {
        if self.is_inside {
            return;
        }
        self.is_inside = true;
        self.is_compressed = header.rsv == 4 && self.inflater.is_some();
        if let Some(inflater) = self.inflater.as_mut().filter(|_| self.is_compressed) {
            inflater.begin();
        }
        self.text = (header.opcode == Opcode::TEXT).then(Utf8::default);
        let kind = match header.opcode {
            Opcode::BINARY => MessageKind::Binary,
            _ => MessageKind::Text,
        };
        self.current = Current::new(kind);
    }

    /// The next octets of its payload.
    ///
    /// # Errors
    ///
    /// If they cannot belong to such a message. The message goes on regardless.
    pub fn take(&mut self, octets: &[u8]) -> Result<(), Fault> {
        let Self {
            inflater,
            text,
            current,
            ..
        } = self;
        let mut is_valid = true;
        let mut take = |octets: &[u8]| {
            is_valid &= text.as_mut().is_none_or(|text| text.take(octets));
            current.take(octets, self.keep, self.expected.as_ref());
        };
        match inflater.as_mut().filter(|_| self.is_compressed) {
            Some(inflater) => inflater.take(octets, take).map_err(Fault::Inflate)?,
            None => take(octets),
        }
        if !is_valid {
            return Err(Fault::Utf8);
        }
        match self.current.len > MAX_MESSAGE {
            true => Err(Fault::TooLong),
            false => Ok(()),
        }
    }

    /// The last frame of the message is complete.
    ///
    /// # Errors
    ///
    /// If the message ends where it may not. It has ended regardless.
    pub fn end(&mut self) -> Result<(), Fault> {
        self.is_inside = false;
        if let Some(inflater) = self.inflater.as_mut().filter(|_| self.is_compressed) {
            // Nothing comes out of an empty block, and the suite would not look.
            inflater.end(|_| ()).map_err(Fault::Inflate)?;
        }
        match self.text.as_ref().is_none_or(Utf8::is_complete) {
            true => Ok(()),
            false => Err(Fault::Utf8),
        }
    }

    /// The message that has ended.
    pub fn message(&mut self) -> Incoming {
        let current = std::mem::replace(&mut self.current, Current::new(MessageKind::Binary));
        let expected = self.expected.as_ref();
        Incoming {
            kind: current.kind,
            len: current.len,
            octets: current.octets,
            is_expected: expected
                .map(|expected| current.is_expected && current.len == expected.len() as u64),
        }
    }
}

impl Current {
    fn new(kind: MessageKind) -> Self {
        Self {
            kind,
            len: 0,
            octets: Vec::new(),
            is_expected: true,
        }
    }

    fn take(&mut self, octets: &[u8], keep: usize, expected: Option<&Content>) {
        if let Some(expected) = expected {
            self.is_expected &= expected.matches(self.len, octets);
        }
        let room = keep - self.octets.len();
        self.octets
            .extend_from_slice(&octets[..room.min(octets.len())]);
        self.len += octets.len() as u64;
    }
}
