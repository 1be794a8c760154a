//! What is to be written to TCP, in order. Frames are encoded as they are
//! written, so that a message of 16 MiB takes no memory.

use std::collections::VecDeque;

use autobahn_cases::frame::{FrameSpec, LengthForm, Mask, Opcode, Write};
use autobahn_cases::play::Message;
use bytes::Bytes;

use self::body::Body;
use crate::codec::{Header, MAX_HEADER};
use crate::mask;
use crate::recorder::{Direction, Recorder};
use crate::role::Role;
use crate::timers::Time;

mod body;

/// How much is put together for one write.
const WRITE: usize = 128 * 1024;

/// What is to be written.
#[derive(Debug)]
pub struct Outbox {
    items: VecDeque<Item>,
    /// Whether pieces that stand in the queue have begun to leave.
    has_piece_left: bool,
    /// Whether what is added is sent because a timer has run out.
    is_timed: bool,
    role: Role,
    random: fastrand::Rng,
}

/// What the octets of a write are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// More may follow at once.
    Any,
    /// What has come in is processed before the next write.
    Own,
}

/// A frame, a message or octets, as far as it is not yet written.
#[derive(Debug)]
struct Item {
    body: Body,
    write: Write,
    opcode: Opcode,
    rsv: u8,
    fin: bool,
    mask: Mask,
    form: LengthForm,
    fragment: Option<usize>,
    /// The octets of the current frame's header that are still to be written.
    header: Vec<u8>,
    /// The octets of the current frame's payload that are still to be written.
    position: usize,
    end: usize,
    key: Option<[u8; 4]>,
    /// Where the current frame's payload began.
    start: usize,
    is_begun: bool,
    is_last: bool,
}

impl Outbox {
    /// An empty one for that role; masking keys come from `random`.
    #[must_use]
    pub fn new(role: Role, random: fastrand::Rng) -> Self {
        Self {
            items: VecDeque::new(),
            has_piece_left: false,
            is_timed: false,
            role,
            random,
        }
    }

    /// A masking key for the next frame, as the role demands.
    pub fn key(&mut self, mask: Mask) -> Option<[u8; 4]> {
        match (mask, self.role) {
            (Mask::Fixed(key), _) => Some(key),
            (Mask::ByRole, Role::Client) => Some(self.random.u32(..).to_ne_bytes()),
            (Mask::ByRole, Role::Server) | (Mask::Absent, _) => None,
        }
    }

    /// Adds a frame.
    pub fn frame(&mut self, frame: &FrameSpec) {
        self.push(Item {
            write: frame.write,
            rsv: frame.rsv,
            fin: frame.fin,
            mask: frame.mask,
            form: frame.length,
            ..Item::new(frame.opcode, Body::Own(frame.payload.clone()))
        });
    }

    /// Adds a message.
    pub fn message(&mut self, message: &Message) {
        let body = Body::Own(message.payload.clone());
        self.push(Item {
            write: message.write,
            fragment: message.fragment,
            ..Item::new(message.kind.opcode(), body)
        });
    }

    /// Adds a message whose octets are compressed, cut into fragments.
    pub fn compressed(&mut self, opcode: Opcode, octets: Bytes, fragment: Option<usize>) {
        // RFC 7692, 6: RSV1 stands on the first fragment only.
        self.push(Item {
            rsv: 4,
            fragment,
            ..Item::new(opcode, Body::Shared(octets))
        });
    }

    /// Adds octets as they are.
    pub fn octets(&mut self, octets: impl Into<Bytes>) {
        let body = Body::Shared(octets.into());
        self.push(Item {
            end: body.len(),
            is_last: true,
            ..Item::new(Opcode::CONTINUATION, body)
        });
    }

    /// Says whether what is added from now on is sent because a timer has run out, or
    /// because of what the peer has sent.
    pub fn is_timed(&mut self, is_timed: bool) {
        self.is_timed = is_timed;
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.items.clear();
    }

    /// Forgets what has writes of its own, and all that stands behind it.
    pub fn clear_pieces(&mut self) {
        let is_plain = |item: &Item| item.write == Write::Plain;
        let kept = self.items.iter().take_while(|item| is_plain(item)).count();
        self.items.truncate(kept);
    }

    /// How many frames, messages and pieces of octets wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether everything is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Puts the octets of the next write into `out`, which is empty.
    pub fn next(&mut self, out: &mut Vec<u8>, recorder: &mut Recorder, now: Time) -> Turn {
        let mut pieces = 0;
        while let Some(mut item) = self.items.pop_front() {
            let is_piece = item.write != Write::Plain;
            if is_piece && pieces == 0 && !out.is_empty() {
                self.items.push_front(item);
                return Turn::Any;
            }
            let room = match item.write {
                Write::Plain => WRITE.saturating_sub(out.len()),
                Write::Sync => usize::MAX,
                Write::Chop(octets) => octets.max(1),
            };
            item.fill(out, room, self, recorder, now);
            let is_written = item.is_written();
            if !is_written {
                self.items.push_front(item);
            }
            if is_piece {
                pieces += 1;
                // After it has read, the event loop of the suite hands over the second piece
                // before it writes the first one, and one at a time from then on. After a
                // timer it writes the first one by itself.
                if std::mem::replace(&mut self.has_piece_left, true) {
                    return Turn::Own;
                }
            } else if !is_written || out.len() >= WRITE {
                return Turn::Any;
            }
        }
        match pieces {
            0 => Turn::Any,
            _ => Turn::Own,
        }
    }

    fn push(&mut self, mut item: Item) {
        // What comes after a chopped frame waits in the same queue, and leaves
        // it one write at a time; so the last one tells of all.
        let last = self.items.back();
        let behind_pieces = last.is_some_and(|item| item.write != Write::Plain);
        if behind_pieces && item.write == Write::Plain {
            item.write = Write::Sync;
        }
        if !behind_pieces {
            self.has_piece_left = self.is_timed;
        }
        self.items.push_back(item);
    }
}

impl Item {
    fn new(opcode: Opcode, body: Body) -> Self {
        Self {
            body,
            write: Write::Plain,
            opcode,
            rsv: 0,
            fin: true,
            mask: Mask::ByRole,
            form: LengthForm::Minimal,
            fragment: None,
            header: Vec::new(),
            position: 0,
            end: 0,
            key: None,
            start: 0,
            is_begun: false,
            is_last: false,
        }
    }

    fn is_written(&self) -> bool {
        self.is_last && self.header.is_empty() && self.position == self.end
    }

    /// Appends at most `room` octets to `out`.
    fn fill(
        &mut self,
        out: &mut Vec<u8>,
        room: usize,
        outbox: &mut Outbox,
        recorder: &mut Recorder,
        now: Time,
    ) {
        let full = out.len().saturating_add(room);
        while out.len() < full && !self.is_written() {
            let room = full - out.len();
            if !self.header.is_empty() {
                let octets = room.min(self.header.len());
                out.extend(self.header.drain(..octets));
            } else if self.position < self.end {
                let begin = out.len();
                let end = self.end.min(self.position.saturating_add(room));
                self.body.append(self.position, end, out);
                if let Some(key) = self.key {
                    mask::apply(key, self.position - self.start, &mut out[begin..]);
                }
                self.position = end;
            } else {
                self.begin_frame(outbox, recorder, now);
            }
        }
    }

    fn begin_frame(&mut self, outbox: &mut Outbox, recorder: &mut Recorder, now: Time) {
        let len = self.body.len();
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        let (opcode, rsv) = match is_first {
            true => (self.opcode, self.rsv),
            false => (Opcode::CONTINUATION, 0),
        };
        self.start = self.position;
        // The final fragment is the one whose end would lie beyond the message;
        // where the length is a multiple, it is empty.
        let cut = self.fragment.filter(|octets| len > *octets);
        self.end = cut.map_or(len, |octets| len.min(self.start + octets));
        self.is_last = cut.is_none_or(|octets| self.start + octets > len);
        self.key = outbox.key(self.mask);
        let header = Header {
            fin: self.fin && self.is_last,
            rsv,
            opcode,
            mask: self.key,
            len: (self.end - self.start) as u64,
            form: self.form,
        };
        self.header.reserve(MAX_HEADER);
        header.encode(&mut self.header);
        let head = self.body.head(self.start, self.end);
        recorder.frame(now, Direction::Sent, header, head, self.write);
    }
}
