//! What a case can do: send anything in any state, close, set timers.

use std::time::Duration;

use autobahn_cases::frame::{FrameSpec, LengthForm, Mask, Opcode};
use autobahn_cases::play::Message;
use autobahn_cases::transcript::Timer;
use bytes::Bytes;

use super::{Session, State};
use crate::codec::Header;
use crate::mask;
use crate::timers::Alarm;

/// A frame whose payload is sent in parts.
#[derive(Debug)]
pub(super) struct Streamed {
    /// The payload as it is on the wire.
    octets: Vec<u8>,
    sent: usize,
}

impl Session {
    /// Sends a frame, in any state but after the end of TCP.
    pub fn send(&mut self, frame: &FrameSpec) {
        if self.state == State::Closed {
            return;
        }
        if frame.opcode == Opcode::PING {
            self.pings.push(frame.payload.to_vec());
        }
        self.outbox.frame(frame);
    }

    /// Sends a message, if the connection is open.
    pub fn send_message(&mut self, message: &Message) {
        if self.state == State::Open {
            self.outbox.message(message);
        }
    }

    /// Sends a message whose octets are compressed, if the connection is open.
    pub fn send_compressed(&mut self, opcode: Opcode, octets: Bytes, fragment: Option<usize>) {
        if self.state == State::Open {
            self.outbox.compressed(opcode, octets, fragment);
        }
    }

    /// Sends octets as they are.
    pub fn send_octets(&mut self, octets: impl Into<Bytes>) {
        if self.state != State::Closed {
            let octets = octets.into();
            self.recorder.octets(self.now, &octets);
            self.outbox.octets(octets);
        }
    }

    /// Sends the header of a frame and the first octets of its payload.
    pub fn begin(&mut self, frame: &FrameSpec, octets: usize) {
        let key = match frame.mask {
            Mask::ByRole | Mask::Fixed(_) | Mask::Absent => self.outbox.key(frame.mask),
        };
        let mut payload = frame.payload.to_vec();
        let header = Header {
            fin: frame.fin,
            rsv: frame.rsv,
            opcode: frame.opcode,
            mask: key,
            len: payload.len() as u64,
            form: match frame.length {
                LengthForm::Declared(len) => LengthForm::Declared(len),
                form => form,
            },
        };
        mask::apply(key.unwrap_or_default(), 0, &mut payload);
        let mut out = Vec::new();
        header.encode(&mut out);
        out.extend_from_slice(&payload[..octets]);
        self.streamed = Some(Streamed {
            octets: payload,
            sent: octets,
        });
        self.send_octets(out);
    }

    /// Sends the next octets of the payload of the frame begun before.
    ///
    /// # Panics
    ///
    /// If there are not so many: a case of the catalogue is then wrong.
    pub fn resume(&mut self, octets: usize) {
        let streamed = self.streamed.as_mut();
        let streamed = streamed.expect("a frame is begun before it is resumed");
        let end = streamed.sent + octets;
        let out = streamed.octets[streamed.sent..end].to_vec();
        streamed.sent = end;
        self.send_octets(out);
    }

    /// Fails the connection with 1001 unless it is closed after that time.
    pub fn kill_after(&mut self, after: Duration) {
        self.set(after, Alarm::Kill, Timer::KillAfter);
    }

    /// Starts the closing handshake unless it has begun after that time.
    pub fn close_after(&mut self, after: Duration) {
        self.set(after, Alarm::Close, Timer::CloseAfter);
    }

    /// Signals the end of that time, unless the connection is closed by then.
    pub fn wait(&mut self, after: Duration, tag: Option<&'static str>) {
        let timer = Timer::Wait(tag.map(str::to_owned));
        self.set(after, Alarm::Wait(tag), timer);
    }

    fn set(&mut self, after: Duration, alarm: Alarm, timer: Timer) {
        self.recorder.timer_set(self.now, timer, after);
        self.timers.set(self.now + after, alarm);
    }
}
