//! Puts the messages of the peer together: decompresses them, validates text,
//! keeps them or compares them with what is expected.

use autobahn_cases::frame::{MessageKind, Opcode};

use crate::codec::Header;
use crate::content::Content;
use crate::deflate::{InflateError, Inflater};
use crate::replies::Course;
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
    /// Which messages need not be read.
    pub course: Course,
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
            course: Course::default(),
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
        let kind = match header.opcode {
            Opcode::BINARY => MessageKind::Binary,
            _ => MessageKind::Text,
        };
        if !self.course.goes_on_with(kind, self.is_compressed) {
            self.course.leave(self.inflater.as_mut());
            self.course.stop();
        }
        if let Some(inflater) = self.inflater.as_mut().filter(|_| self.is_compressed) {
            inflater.begin();
        }
        self.text = (header.opcode == Opcode::TEXT).then(Utf8::default);
        self.current = Current::new(kind);
    }

    /// The next octets of its payload.
    ///
    /// # Errors
    ///
    /// If they cannot belong to such a message. The message goes on regardless.
    pub fn take(&mut self, octets: &[u8]) -> Result<(), Fault> {
        if self.course.take(octets) {
            return Ok(());
        }
        self.leave_course()?;
        self.read(octets)
    }

    /// Reads what has come of a message, if it was not read as it came.
    ///
    /// # Errors
    ///
    /// As [`Inbox::take`].
    pub fn decide(&mut self) -> Result<(), Fault> {
        match self.course.is_undecided() {
            true => self.leave_course(),
            false => Ok(()),
        }
    }

    fn leave_course(&mut self) -> Result<(), Fault> {
        let held = self.course.leave(self.inflater.as_mut());
        match held.is_empty() {
            true => Ok(()),
            false => self.read(&held),
        }
    }

    fn read(&mut self, octets: &[u8]) -> Result<(), Fault> {
        let read = self.decompress(octets);
        if read.is_err() {
            self.course.stop();
        }
        read
    }

    fn decompress(&mut self, octets: &[u8]) -> Result<(), Fault> {
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
        if let Some(expected) = &self.expected
            && self.course.is_known(expected)
        {
            self.current.len = expected.len() as u64;
            return Ok(());
        }
        self.leave_course()?;
        let mut more = 0;
        let mut end = Ok(());
        if let Some(inflater) = self.inflater.as_mut().filter(|_| self.is_compressed) {
            // Nothing comes out of an empty block, and the suite would not look.
            end = inflater.end(|octets| more += octets.len());
        }
        if end.is_err() || more > 0 {
            self.course.stop();
        }
        end.map_err(Fault::Inflate)?;
        match self.text.as_ref().is_none_or(Utf8::is_complete) {
            true => Ok(()),
            false => Err(Fault::Utf8),
        }
    }

    /// The message that has ended.
    pub fn message(&mut self) -> Incoming {
        let current = std::mem::replace(&mut self.current, Current::new(MessageKind::Binary));
        let is_expected = self
            .expected
            .as_ref()
            .map(|expected| current.is_expected && current.len == expected.len() as u64);
        let is_orderly = self.inflater.as_ref().is_some_and(Inflater::is_orderly);
        match self.expected.as_ref().filter(|_| is_orderly) {
            Some(expected) if is_expected == Some(true) => self.course.remember(expected),
            _ => self.course.stop(),
        }
        Incoming {
            kind: current.kind,
            len: current.len,
            octets: current.octets,
            is_expected,
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
