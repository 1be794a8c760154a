//! Frames in, messages out (RFC 6455, 5 and 6.2), as strictly as the behavior has it.

use std::mem;

use bytes::{Buf, BytesMut};

use crate::{
    behavior::Behavior,
    decision::{Assembly, Deflate, Refusal, TextCheck, UnaskedPong},
    deflate::Inflater,
    frame::{self, CLOSE, CONTINUATION, Header, PING, RSV1, TEXT, mask_from},
    utf8::Utf8,
    violation::Violation,
};

/// What a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Message {
        opcode: u8,
        payload: Vec<u8>,
        /// How many frames it came in.
        frames: u64,
    },
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Vec<u8>),
}

/// Makes events of octets.
pub(crate) struct Receiver {
    /// Octets that are not part of an event yet.
    pub(crate) buffer: BytesMut,
    pub(crate) behavior: Behavior,
    inflater: Option<Inflater>,
    /// The frame whose payload is arriving.
    frame: Option<Arriving>,
    control: Vec<u8>,
    /// The opcode of a control frame that goes on in the next.
    partial_control: Option<u8>,
    message: Message,
    /// Messages that have begun.
    messages: u64,
}

struct Arriving {
    header: Header,
    /// Octets of the payload that have arrived.
    received: u64,
    part: Part,
}

/// What a frame is part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Control,
    Message,
    Nothing,
}

/// The message whose frames are arriving.
#[derive(Default)]
struct Message {
    state: State,
    opcode: u8,
    compressed: bool,
    frames: u64,
    payload: Vec<u8>,
    utf8: Utf8,
}

#[derive(Default, PartialEq, Eq)]
enum State {
    #[default]
    Between,
    Within,
}

impl Receiver {
    pub(crate) fn new(behavior: Behavior, buffer: BytesMut, inflater: Option<Inflater>) -> Self {
        Self {
            buffer,
            behavior,
            inflater,
            frame: None,
            control: Vec::new(),
            partial_control: None,
            message: Message::default(),
            messages: 0,
        }
    }

    /// Whether the end of a message is still to come.
    pub(crate) fn is_within_message(&self) -> bool {
        self.message.state == State::Within
    }

    /// The next event in the buffer; `None` when octets are missing.
    ///
    /// # Errors
    ///
    /// When the client did something that is not tolerated, as soon as that can be known.
    pub(crate) fn next(&mut self) -> Result<Option<Event>, Violation> {
        loop {
            let mut frame = match self.frame.take() {
                Some(frame) => frame,
                None => {
                    let Some((header, length)) = Header::parse(&self.buffer) else {
                        return match self.behavior.refusal {
                            Refusal::PartOfHeader if !self.buffer.is_empty() => {
                                Err(Violation::Refused)
                            }
                            _ => Ok(None),
                        };
                    };
                    self.buffer.advance(length);
                    let part = self.begin(&header)?;
                    Arriving {
                        header,
                        received: 0,
                        part,
                    }
                }
            };
            let missing = frame.header.length - frame.received;
            let length = missing.min(self.buffer.len() as u64);
            let mut payload = self.buffer.split_to(length as usize);
            if let Some(key) = frame.header.masking_key {
                mask_from(key, frame.received, &mut payload);
            }
            self.take(frame.part, &payload)?;
            frame.received += length;
            if length < missing {
                self.frame = Some(frame);
                return Ok(None);
            }
            if let Some(event) = self.finish(&frame)? {
                return Ok(Some(event));
            }
        }
    }

    /// Judges a header.
    fn begin(&mut self, header: &Header) -> Result<Part, Violation> {
        let starts_message = matches!(header.opcode, frame::TEXT | frame::BINARY);
        let allowed = if self.inflater.is_some() && starts_message {
            RSV1
        } else {
            0
        };
        let (rsv, opcode) = (header.rsv & !allowed, header.opcode);
        self.require(rsv == 0, Violation::ReservedBit { rsv, opcode })?;
        self.require(header.masking_key.is_some(), Violation::Unmasked)?;
        self.require(header.is_minimal(), Violation::NonMinimalLength)?;
        self.require(header.length >> 63 == 0, Violation::LengthOutOfRange)?;
        if matches!(header.opcode, frame::CLOSE | frame::PING | frame::PONG) {
            self.require(header.fin, Violation::FragmentedControl(opcode))?;
            self.require(header.length <= 125, Violation::LongControl)?;
            let within = self.is_within_message();
            return match self.behavior.refusal {
                Refusal::LongestControl if header.length == 125 => Err(Violation::LongControl),
                Refusal::PingWithinMessage if opcode == PING && within => Err(Violation::Refused),
                _ => Ok(Part::Control),
            };
        }
        if opcode == CONTINUATION && self.partial_control.is_some() {
            return Ok(Part::Control);
        }
        let part = self.begin_part(header, starts_message)?;
        self.message.frames += 1;
        // What a compressed frame holds is seen later.
        let length = if self.message.compressed {
            0
        } else {
            self.message.payload.len() as u64 + header.length
        };
        match self.behavior.refusal {
            Refusal::FramesOver(limit) if header.length > limit => Err(Violation::TooLarge),
            Refusal::MessagesOver(limit) if length > limit => Err(Violation::TooLarge),
            Refusal::FragmentsOver(limit) if self.message.frames > limit => {
                Err(Violation::TooLarge)
            }
            Refusal::ThirdMessage if self.messages > 2 => Err(Violation::Refused),
            _ => Ok(part),
        }
    }

    /// Judges the header of what is no control frame.
    fn begin_part(&mut self, header: &Header, starts_message: bool) -> Result<Part, Violation> {
        match self.behavior.assembly {
            Assembly::Naive => {
                if starts_message {
                    self.start(header.opcode, header);
                }
                Ok(Part::Message)
            }
            _ if starts_message => {
                self.require(!self.is_within_message(), Violation::InterruptedMessage)?;
                self.start(header.opcode, header);
                Ok(Part::Message)
            }
            assembly if header.opcode == CONTINUATION => {
                if !self.is_within_message() {
                    self.require(false, Violation::OrphanContinuation)?;
                    self.start(TEXT, header);
                }
                match assembly {
                    Assembly::NoEmptyFragments if header.length == 0 => return Ok(Part::Nothing),
                    Assembly::LastFragment => self.message.payload.clear(),
                    _ => {}
                }
                if self.behavior.text == TextCheck::EachFragment {
                    let complete = self.message.opcode != TEXT || self.message.utf8.is_complete();
                    self.require(complete, Violation::InvalidText)?;
                }
                Ok(Part::Message)
            }
            _ => {
                self.require(false, Violation::ReservedOpcode(header.opcode))?;
                Ok(Part::Nothing)
            }
        }
    }

    fn start(&mut self, opcode: u8, header: &Header) {
        self.messages += 1;
        self.message = Message {
            state: State::Within,
            opcode,
            compressed: self.inflater.is_some() && header.rsv & RSV1 != 0,
            utf8: Utf8::new(self.behavior.dialect),
            ..Message::default()
        };
    }

    /// Takes a piece of a payload.
    fn take(&mut self, part: Part, payload: &[u8]) -> Result<(), Violation> {
        match part {
            Part::Control => self.control.extend_from_slice(payload),
            Part::Message => {
                let begin = self.message.payload.len();
                match &mut self.inflater {
                    Some(inflater) if self.message.compressed => {
                        inflater.inflate(payload, &mut self.message.payload)?;
                    }
                    _ => self.message.payload.extend_from_slice(payload),
                }
                let length = self.message.payload.len() as u64;
                if matches!(self.behavior.refusal, Refusal::MessagesOver(limit) if length > limit) {
                    return Err(Violation::TooLarge);
                }
                self.check_text(begin)?;
            }
            Part::Nothing => {}
        }
        Ok(())
    }

    /// Checks the text from this position on.
    fn check_text(&mut self, begin: usize) -> Result<(), Violation> {
        let fast = matches!(
            self.behavior.text,
            TextCheck::FailFast | TextCheck::EachFragment
        );
        let checked = fast && self.message.opcode == TEXT;
        if checked && !self.message.utf8.push(&self.message.payload[begin..]) {
            return Err(Violation::InvalidText);
        }
        Ok(())
    }

    /// Makes an event of a frame that is complete, if that is one.
    fn finish(&mut self, frame: &Arriving) -> Result<Option<Event>, Violation> {
        match frame.part {
            Part::Control => {
                let opcode = self.partial_control.take().unwrap_or(frame.header.opcode);
                if self.behavior.assembly == Assembly::ControlToo && !frame.header.fin {
                    self.partial_control = Some(opcode);
                    return Ok(None);
                }
                let payload = mem::take(&mut self.control);
                Ok(Some(match opcode {
                    CLOSE => {
                        self.check_close(&payload)?;
                        Event::Close(payload)
                    }
                    PING => Event::Ping(payload),
                    _ if self.behavior.unasked_pong == UnaskedPong::Refused => {
                        return Err(Violation::Refused);
                    }
                    _ => Event::Pong(payload),
                }))
            }
            Part::Message if frame.header.fin => self.finish_message().map(Some),
            Part::Message | Part::Nothing => Ok(None),
        }
    }

    fn finish_message(&mut self) -> Result<Event, Violation> {
        if let Some(inflater) = &mut self.inflater
            && self.message.compressed
        {
            let begin = self.message.payload.len();
            inflater.finish(&mut self.message.payload)?;
            if self.behavior.deflate == Deflate::ForgetsLong && self.message.payload.len() > 4096 {
                inflater.forget();
            }
            self.check_text(begin)?;
        }
        let valid = match self.behavior.text {
            TextCheck::FailFast | TextCheck::EachFragment => self.message.utf8.is_complete(),
            TextCheck::AtEnd => str::from_utf8(&self.message.payload).is_ok(),
            TextCheck::Never => true,
        };
        if self.message.opcode == TEXT && !valid {
            return Err(Violation::InvalidText);
        }
        let opcode = self.message.opcode;
        let frames = self.message.frames;
        let payload = match self.behavior.assembly {
            // The buffer stays as it is until the next opcode 1 or 2.
            Assembly::Naive => self.message.payload.clone(),
            Assembly::Standard
            | Assembly::ControlToo
            | Assembly::LastFragment
            | Assembly::NoEmptyFragments => mem::take(&mut self.message).payload,
        };
        Ok(Event::Message {
            opcode,
            payload,
            frames,
        })
    }

    /// Judges the body of a Close (RFC 6455, 5.5.1 and 7.4).
    fn check_close(&self, body: &[u8]) -> Result<(), Violation> {
        self.require(body.len() != 1, Violation::CloseLengthOne)?;
        let Some((code, reason)) = body.split_first_chunk() else {
            return Ok(());
        };
        let code = u16::from_be_bytes(*code);
        let may_be_sent = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        self.require(may_be_sent, Violation::BadCloseCode(code))?;
        self.require(str::from_utf8(reason).is_ok(), Violation::BadCloseReason)?;
        match self.behavior.refusal {
            Refusal::CloseReason if !reason.is_empty() => Err(Violation::Refused),
            Refusal::CloseCodes(first, last) if (first..=last).contains(&code) => {
                Err(Violation::Refused)
            }
            _ => Ok(()),
        }
    }

    fn require(&self, condition: bool, violation: Violation) -> Result<(), Violation> {
        if condition || (self.behavior.tolerates)(violation) {
            return Ok(());
        }
        Err(violation)
    }
}
