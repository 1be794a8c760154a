//! Reading frames and checking them (RFC 6455, sections 5.2 to 5.5).

use autobahn_cases::frame::{Opcode, pong};
use autobahn_cases::outcome::Misbehavior;

use super::{Session, Signal, State};
use crate::codec::{Header, Part};
use crate::inbox::{Fault, MAX_MESSAGE};
use crate::role::Role;

/// The most octets of a control frame that are kept; a legal one has 125.
const MAX_CONTROL: usize = 64 * 1024;
/// How many frames of ours may wait before pings are left without an answer.
const MAX_WAITING: usize = 128 * 1024;

impl Session {
    /// The next thing in `input` that the case hears of; `input` is shortened by
    /// what was read, and empty when there is nothing more.
    pub fn receive(&mut self, input: &mut &mut [u8]) -> Option<Signal> {
        self.outbox.is_timed(false);
        loop {
            match self.state {
                State::Connecting if input.is_empty() => return None,
                State::Connecting => {
                    if let Some(signal) = self.take_response(input) {
                        return Some(signal);
                    }
                }
                // What comes after the end is not read.
                State::Closed => {
                    *input = &mut [];
                    return None;
                }
                State::Open | State::Closing => {
                    let part = self.decoder.next(input)?;
                    if let Some(signal) = self.take_part(part) {
                        return Some(signal);
                    }
                }
            }
        }
    }

    fn take_part(&mut self, part: Part<'_>) -> Option<Signal> {
        match part {
            Part::Begin(header) => {
                if header.opcode != Opcode::CONTINUATION {
                    self.decide();
                }
                self.check(&header);
                self.frame = Some(header);
                match header.opcode.is_control() {
                    true => self.control.clear(),
                    false => self.inbox.begin(&header),
                }
                None
            }
            Part::Payload(octets) => {
                self.head.take(octets);
                let header = self.frame.expect("a payload belongs to a frame");
                if header.opcode.is_control() {
                    let room = MAX_CONTROL - self.control.len();
                    self.control
                        .extend_from_slice(&octets[..octets.len().min(room)]);
                } else if let Err(fault) = self.inbox.take(octets) {
                    self.take_fault(fault, "at this octet or before it");
                }
                None
            }
            Part::End => {
                let header = self.frame.take().expect("an end belongs to a frame");
                self.record_received(header);
                match header.opcode.is_control() {
                    true => self.take_control(header.opcode),
                    false if header.fin => self.take_message(),
                    false => None,
                }
            }
        }
    }

    fn take_message(&mut self) -> Option<Signal> {
        if let Err(fault) = self.inbox.end() {
            self.take_fault(fault, "at the end of the message");
        }
        let message = self.inbox.message();
        // After we have failed the connection, messages are no longer heard.
        (!self.ending.failed_by_us && self.tcp == super::Tcp::Up)
            .then_some(Signal::Message(message))
    }

    fn take_control(&mut self, opcode: Opcode) -> Option<Signal> {
        let payload = std::mem::take(&mut self.control);
        match opcode {
            Opcode::CLOSE => self.take_close(&payload),
            // RFC 6455, 5.5.2: an endpoint that has not received a Close frame
            // answers. We answer only while the connection is open.
            Opcode::PING if self.state == State::Open => self.answer(payload),
            Opcode::PONG => {
                match self.pings.iter().position(|ping| *ping == payload) {
                    Some(index) => drop(self.pings.drain(..=index)),
                    None => self.find(
                        Misbehavior::UnsolicitedPong,
                        format!("a pong of {} octets answers no ping of ours", payload.len()),
                    ),
                }
                return Some(Signal::Pong(payload));
            }
            _ => {}
        }
        None
    }

    fn answer(&mut self, ping: Vec<u8>) {
        if self.outbox.len() < MAX_WAITING {
            self.send(&pong(ping));
        } else if !self.has_left_pings {
            self.has_left_pings = true;
            let detail = format!(
                "{MAX_WAITING} pongs wait for the peer to take them, and more pings came: \
                 they are not answered"
            );
            self.find(Misbehavior::ExceedsLimit, detail);
        }
    }

    /// Sees to it that what has come of a message is read before anything else happens.
    pub(super) fn decide(&mut self) {
        if self.state != State::Closed
            && let Err(fault) = self.inbox.decide()
        {
            self.take_fault(fault, "at this octet or before it");
        }
    }

    fn take_fault(&mut self, fault: Fault, place: &str) {
        match fault {
            Fault::Utf8 => {
                let detail = format!("a text message is not UTF-8: {place}");
                self.violate(Misbehavior::InvalidUtf8, 1007, detail);
            }
            Fault::Inflate(error) => {
                let detail = format!("a compressed message cannot be read: {error}");
                self.find(Misbehavior::Deflate, &detail);
                // The suite does not survive this; its verdict is that of a peer
                // that drops TCP.
                self.ending.unclean_reason = Some(detail);
                self.give_up();
            }
            Fault::TooLong => {
                let detail = format!("a message is longer than {MAX_MESSAGE} octets");
                self.violate(Misbehavior::ExceedsLimit, 1009, detail);
            }
        }
    }

    fn violate(&mut self, rule: Misbehavior, code: u16, detail: String) {
        self.find(rule, &detail);
        self.fail(code, &detail);
    }

    /// Checks a header; each violation fails the connection anew.
    fn check(&mut self, header: &Header) {
        use Misbehavior::{
            CloseCode, ControlFrame, Fragmentation, LengthForm, Masking, ReservedBits,
            ReservedOpcode,
        };
        let name = header.opcode.name();
        let may_compress = self.deflate.is_some();
        let mut violations = Vec::new();

        // RFC 6455, 5.2: MUST be 0 unless an extension is negotiated.
        if header.rsv != 0 && !(may_compress && header.rsv == 4) {
            let detail = format!("reserved bits {:03b} in a {name} frame", header.rsv);
            violations.push((ReservedBits, detail));
        }
        // RFC 6455, 5.1: a server MUST NOT mask, a client MUST.
        match (self.role, header.mask) {
            (Role::Client, Some(_)) => {
                violations.push((Masking, format!("the server sent a masked {name} frame")))
            }
            (Role::Server, None) => violations.push((
                Masking,
                format!("the client sent a {name} frame without a mask"),
            )),
            (Role::Client, None) | (Role::Server, Some(_)) => {}
        }
        let reserved = format!("reserved opcode {}", header.opcode.0);
        if header.opcode.is_control() {
            // RFC 6455, 5.5: at most 125 octets, never fragmented.
            if !header.fin {
                violations.push((ControlFrame, format!("a fragmented {name} frame")));
            }
            if header.len > 125
                || !matches!(header.form, autobahn_cases::frame::LengthForm::Minimal)
            {
                let detail = format!("a {name} frame of {} octets", header.len);
                violations.push((ControlFrame, detail));
            }
            if header.opcode.0 > 10 {
                violations.push((ReservedOpcode, reserved));
            }
            if header.opcode == Opcode::CLOSE && header.len == 1 {
                violations.push((CloseCode, "a Close frame with half a code".to_owned()));
            }
            // RFC 7692, 6.1: control frames are not compressed.
            if may_compress && header.rsv == 4 {
                violations.push((ReservedBits, format!("RSV1 in a {name} frame")));
            }
        } else {
            let is_inside = self.inbox.is_inside();
            if header.opcode.0 > 2 {
                violations.push((ReservedOpcode, reserved));
            }
            if !is_inside && header.opcode == Opcode::CONTINUATION {
                let detail = "a CONT frame outside a message".to_owned();
                violations.push((Fragmentation, detail));
            }
            if is_inside && header.opcode != Opcode::CONTINUATION {
                let detail = format!("a {name} frame inside a fragmented message");
                violations.push((Fragmentation, detail));
            }
            if may_compress && header.rsv == 4 && is_inside {
                let detail = "RSV1 on a fragment that is not the first".to_owned();
                violations.push((ReservedBits, detail));
            }
        }
        // RFC 6455, 5.2: the minimal number of octets MUST be used, and the most
        // significant bit MUST be 0.
        if !header.is_minimal() || header.len > i64::MAX as u64 {
            let detail = format!("the length {} is not written as it must be", header.len);
            violations.push((LengthForm, detail));
        }
        // A CONT frame goes on with a message, unless it is none.
        if !violations.is_empty() {
            self.decide();
        }
        for (rule, detail) in violations {
            self.violate(rule, 1002, detail);
        }
    }
}
