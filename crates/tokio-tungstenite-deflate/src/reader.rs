//! The way of incoming octets from the network to tungstenite: frame by frame, without I/O.

mod large;
mod partial;
mod whole;

use bytes::{Buf, BytesMut};
use tokio::io::ReadBuf;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::{
    InvalidDeflate,
    header::{Header, MAX_SIZE, Piece},
    inflate::Inflater,
    mask::Mask,
};

use partial::Partial;
pub(crate) use whole::{BESIDES, Next};

/// Rewrites the frames that tungstenite cannot deal with, or not in the way we want:
///
/// - Compressed messages are decompressed as they arrive, and go up as fragments of plain ones.
/// - A text frame of which only a part has arrived goes up as a fragment, so that tungstenite
///   finds invalid UTF-8 in it at once.
///
/// All else passes as it came. Above all, whatever breaks the protocol does: tungstenite judges.
#[derive(Debug)]
pub(crate) struct Reader {
    role: Role,
    accept_unmasked: bool,
    max_frame_size: u64,
    max_message_size: usize,
    /// There if permessage-deflate was negotiated.
    inflater: Option<Inflater>,
    /// Octets that pass as they come before the next step.
    passing: u64,
    step: Step,
    /// The fragmented message under way.
    message: Option<Kind>,
    /// The opcode of the next piece: 0 once the first is gone.
    opcode: u8,
    /// The message of one frame under way that tungstenite does not get to see.
    partial: Option<Partial>,
}

/// What comes next in the input.
#[derive(Debug, Clone, Copy)]
enum Step {
    Header,
    Text(Payload),
    Compressed(Payload),
}

/// A payload, or what is left of it.
#[derive(Debug, Clone, Copy)]
struct Payload {
    fin: bool,
    mask: Option<Mask>,
    /// Octets that have not been handed on.
    left: u64,
    /// How many of them, at the front of the input, are unmasked already.
    unmasked: usize,
}

/// The kind of a message, as far as it makes a difference here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Binary,
    Text,
    Compressed,
}

/// What is to be done with a frame.
enum Way {
    Pass,
    Split,
    Inflate,
    /// The frame fails the connection, and so nothing after it matters.
    Fail,
}

/// Whether a step could be done.
#[derive(PartialEq, Eq)]
enum Done {
    Yes,
    /// Not before there is more input or more room for output.
    No,
}

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CONTROL: std::ops::RangeInclusive<u8> = 8..=10;

/// Octets of the largest payload of a piece.
const MAX_PIECE: usize = u16::MAX as usize;

impl Reader {
    pub(crate) fn new(role: Role, config: &WebSocketConfig, inflater: Option<Inflater>) -> Self {
        Self {
            role,
            accept_unmasked: config.accept_unmasked_frames,
            max_frame_size: config.max_frame_size.map_or(u64::MAX, |size| size as u64),
            max_message_size: config.max_message_size.unwrap_or(usize::MAX),
            inflater,
            passing: 0,
            step: Step::Header,
            message: None,
            opcode: CONTINUATION,
            partial: None,
        }
    }

    /// Moves on what can be moved on of one frame. Where `output` stays empty, more input is
    /// needed.
    ///
    /// Needs room for a header at least, 14 octets, wherever one is due.
    ///
    /// # Errors
    ///
    /// When compressed data is invalid.
    pub(crate) fn read(
        &mut self,
        input: &mut BytesMut,
        output: &mut ReadBuf<'_>,
    ) -> Result<(), InvalidDeflate> {
        let before = output.filled().len();
        loop {
            if self.passing > 0 {
                let length = available(self.passing, input.len().min(output.remaining()));
                if length == 0 {
                    return Ok(());
                }
                output.put_slice(&input[..length]);
                input.advance(length);
                self.passing -= length as u64;
                continue;
            }
            let between_frames = matches!(self.step, Step::Header);
            if between_frames && output.filled().len() > before {
                return Ok(());
            }
            // A header is never delivered in parts.
            if output.remaining() < MAX_SIZE {
                return Ok(());
            }
            let done = match self.step {
                Step::Header => self.header(input, output),
                Step::Text(payload) => self.split(payload, input, output),
                Step::Compressed(payload) => self.inflate(payload, input, output)?,
            };
            if done == Done::No {
                return Ok(());
            }
        }
    }

    fn header(&mut self, input: &mut BytesMut, output: &mut ReadBuf<'_>) -> Done {
        let Some(header) = Header::parse(input) else {
            return Done::No;
        };
        let payload = Payload {
            fin: header.fin,
            mask: header.mask,
            left: header.length,
            unmasked: 0,
        };
        let complete = (input.len() - header.size) as u64 >= header.length;
        match self.judge(&header) {
            Way::Split if !complete => {
                self.step = Step::Text(payload);
                input.advance(header.size);
                return Done::Yes;
            }
            Way::Inflate => {
                self.step = Step::Compressed(payload);
                input.advance(header.size);
                return Done::Yes;
            }
            Way::Split => {
                self.opcode = CONTINUATION;
                self.passing = header.length;
            }
            Way::Pass => self.passing = header.length,
            Way::Fail => self.passing = u64::MAX,
        }
        output.put_slice(&input[..header.size]);
        input.advance(header.size);
        Done::Yes
    }

    /// Says what is to be done with a frame, and notes which message is under way after it.
    fn judge(&mut self, header: &Header) -> Way {
        let masked_as_it_should_be = match self.role {
            Role::Server => header.mask.is_some() || self.accept_unmasked,
            Role::Client => header.mask.is_none(),
        };
        // tungstenite never sees the lengths of frames that are rewritten.
        if !masked_as_it_should_be || header.length > self.max_frame_size {
            return Way::Fail;
        }
        let deflate = self.inflater.is_some();
        let (kind, way) = match (header.opcode, header.rsv, self.message) {
            (opcode, 0, _) if CONTROL.contains(&opcode) => return Way::Pass,
            (TEXT, 0, None) => (Kind::Text, Way::Split),
            (BINARY, 0, None) => (Kind::Binary, Way::Pass),
            // RFC 7692, 6.1: RSV1 of a message's first frame says that it is compressed.
            (TEXT | BINARY, 0b100, None) if deflate => (Kind::Compressed, Way::Inflate),
            (CONTINUATION, 0, Some(Kind::Text)) => (Kind::Text, Way::Split),
            (CONTINUATION, 0, Some(Kind::Binary)) => (Kind::Binary, Way::Pass),
            (CONTINUATION, 0, Some(Kind::Compressed)) => (Kind::Compressed, Way::Inflate),
            _ => return Way::Fail,
        };
        if header.opcode != CONTINUATION {
            self.opcode = header.opcode;
        }
        self.message = (!header.fin).then_some(kind);
        way
    }

    /// Hands on what has arrived of a text frame, as a fragment.
    fn split(
        &mut self,
        mut payload: Payload,
        input: &mut BytesMut,
        output: &mut ReadBuf<'_>,
    ) -> Done {
        let length = available(payload.left, input.len().min(MAX_PIECE));
        if length == 0 {
            return Done::No;
        }
        let piece = Piece {
            fin: payload.fin && payload.left == length as u64,
            opcode: std::mem::replace(&mut self.opcode, CONTINUATION),
            key: payload.mask.map(Mask::key),
            length: to_u16(length),
        };
        piece.write(output.initialize_unfilled_to(piece.size()));
        output.advance(piece.size());

        self.passing = length as u64;
        payload.left -= length as u64;
        if let Some(mask) = &mut payload.mask {
            mask.advance(length);
        }
        self.step = match payload.left {
            0 => Step::Header,
            _ => Step::Text(payload),
        };
        Done::Yes
    }

    /// Decompresses what has arrived of a payload into a fragment.
    fn inflate(
        &mut self,
        mut payload: Payload,
        input: &mut BytesMut,
        output: &mut ReadBuf<'_>,
    ) -> Result<Done, InvalidDeflate> {
        let length = available(payload.left, input.len());
        if length == 0 && payload.left > 0 {
            return Ok(Done::No);
        }
        if let Some(mask) = &mut payload.mask {
            mask.apply(&mut input[payload.unmasked..length]);
        }
        let inflater = self.inflater.as_mut();
        let inflater = inflater.expect("frames are judged compressed if it was negotiated");

        // The plain payload is masked with zeros, if at all. Its length is not known before it
        // is there, so the longest header is left free in front of it.
        let key = payload.mask.map(|_| [0; 4]);
        let longest = Piece {
            fin: false,
            opcode: CONTINUATION,
            key,
            length: u16::MAX,
        };
        let max_piece = available(self.max_frame_size, MAX_PIECE).max(1);
        let room = output.remaining().min(longest.size() + max_piece);
        let room = output.initialize_unfilled_to(room);
        let plain = &mut room[longest.size()..];
        let progress = inflater.inflate(&input[..length], plain)?;

        input.advance(progress.consumed);
        payload.left -= progress.consumed as u64;
        payload.unmasked = length - progress.consumed;
        // A full output may be followed by more from the same input.
        let ended = payload.left == 0 && progress.produced < plain.len();
        let fin = ended && payload.fin;
        if fin {
            inflater.finish()?;
        }
        self.step = match ended {
            true => Step::Header,
            false => Step::Compressed(payload),
        };
        // A first fragment goes up even if nothing is in it: it begins the message.
        let begins = ended && self.opcode != CONTINUATION;
        if progress.produced > 0 || fin || begins {
            let piece = Piece {
                fin,
                opcode: std::mem::replace(&mut self.opcode, CONTINUATION),
                key,
                length: to_u16(progress.produced),
            };
            let gap = longest.size() - piece.size();
            if gap > 0 {
                room.copy_within(
                    longest.size()..longest.size() + progress.produced,
                    piece.size(),
                );
            }
            piece.write(room);
            output.advance(piece.size() + progress.produced);
        }
        Ok(Done::Yes)
    }
}

/// How many of the octets that are wanted are there.
fn available(wanted: u64, there: usize) -> usize {
    usize::try_from(wanted).map_or(there, |wanted| wanted.min(there))
}

fn to_u16(length: usize) -> u16 {
    u16::try_from(length).expect("a piece is at most 65,535 octets")
}
