//! Failing, closing and dropping a connection (RFC 6455, section 7).

use autobahn_cases::event::Excerpt;
use autobahn_cases::frame::{FrameSpec, Opcode};
use autobahn_cases::outcome::{ConnectionTimeout, Misbehavior};

use super::{Session, State, Tcp};
use crate::role::Role;
use crate::timers::Alarm;
use crate::utf8::Utf8;

/// How long the answer to our Close frame may take.
const CLOSING_HANDSHAKE: std::time::Duration = std::time::Duration::from_secs(1);
/// How long the server may take to end TCP after both Close frames.
const SERVER_DROP: std::time::Duration = std::time::Duration::from_secs(1);
/// The longest reason that fits into a Close frame.
const MAX_REASON: usize = 123;

/// Who closes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Initiative {
    Ours,
    Reply,
}

/// How the peer ended TCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// It said that nothing more is to come.
    Finished,
    /// It reset the connection.
    Reset(String),
    /// It did nothing at all until the case had to end.
    Hung,
}

impl Session {
    /// Starts the closing handshake, if the connection is open.
    pub fn close(&mut self, code: Option<u16>, reason: &[u8]) {
        self.send_close(code, reason, Initiative::Ours);
    }

    /// Fails the connection: closes it, and drops it the second time.
    pub(super) fn fail(&mut self, code: u16, reason: &str) {
        match self.state {
            State::Closed => {}
            State::Connecting | State::Open => {
                self.ending.failed_by_us = true;
                let end = reason.floor_char_boundary(MAX_REASON);
                self.close(Some(code), &reason.as_bytes()[..end]);
            }
            State::Closing => {
                self.ending.failed_by_us = true;
                self.drop_tcp(Tcp::Finish);
            }
        }
    }

    /// Takes a Close frame of the peer.
    pub(super) fn take_close(&mut self, body: &[u8]) {
        let code = body.first_chunk().map(|code| u16::from_be_bytes(*code));
        self.ending.remote_code = code;
        self.ending.remote_reason = None;
        // RFC 6455, 7.4: codes that may stand in a Close frame.
        if let Some(code) = code.filter(|code| !may_be_sent(*code)) {
            let detail = format!("close code {code} may not be sent");
            self.find(Misbehavior::CloseCode, &detail);
            self.fail(1002, &detail);
        }
        if let Some(reason) = body.get(2..).filter(|reason| !reason.is_empty()) {
            if !Utf8::default().take(reason) {
                let detail = "the reason in the Close frame is not UTF-8";
                self.find(Misbehavior::InvalidUtf8, detail);
                self.fail(1007, detail);
            }
            self.ending.remote_reason = Some(Excerpt::of(reason));
            if !decodes_as_in_python_2(reason) {
                // The suite does not survive this; its verdict is that of a peer
                // that drops TCP.
                self.give_up();
                return;
            }
        }
        match self.state {
            State::Open | State::Connecting => {
                self.ending.clean = true;
                self.send_close(Some(1000), &[], Initiative::Reply);
                self.over_since = Some(self.now);
                if self.role == Role::Server {
                    self.drop_tcp(Tcp::Finish);
                }
            }
            State::Closing => {
                let alarm = Alarm::Connection(ConnectionTimeout::ClosingHandshake);
                self.timers.cancel(alarm);
                self.ending.clean = true;
                match self.role {
                    Role::Client => {
                        let alarm = Alarm::Connection(ConnectionTimeout::ServerDrop);
                        // With the first Close; more of them change nothing.
                        if !self.timers.is_set(alarm) {
                            self.timers.set(self.now + SERVER_DROP, alarm);
                        }
                    }
                    Role::Server => self.drop_tcp(Tcp::Abort),
                }
            }
            State::Closed => self.ending.clean = false,
        }
    }

    /// The peer has ended TCP.
    pub fn lost(&mut self, loss: &Loss) {
        let tcp = self.tcp;
        self.decide();
        if self.tcp != tcp {
            return;
        }
        match loss {
            Loss::Finished => self.recorder.note(self.now, "the peer ended TCP"),
            Loss::Reset(error) => {
                let note = format!("the peer reset TCP: {error}");
                self.recorder.note(self.now, &note);
                self.find(Misbehavior::Reset, note);
            }
            Loss::Hung => {
                let note = format!(
                    "the peer kept TCP open for {:.0} s, and nothing more was to come",
                    self.now.as_secs_f64()
                );
                self.recorder.note(self.now, &note);
                self.find(Misbehavior::Hung, note);
            }
        }
        if self.state == State::Connecting {
            self.find(
                Misbehavior::OpeningHandshake,
                "TCP ended before the response of the opening handshake was complete",
            );
        }
        self.end();
    }

    /// A deadline of the connection itself has run out.
    pub(super) fn time_out(&mut self, timeout: ConnectionTimeout) {
        let reason = match timeout {
            ConnectionTimeout::OpeningHandshake => {
                let reason = "the peer did not complete the opening handshake in time";
                self.find(Misbehavior::OpeningHandshake, reason);
                reason
            }
            ConnectionTimeout::ClosingHandshake => {
                "the peer did not answer the Close frame in time"
            }
            ConnectionTimeout::ServerDrop => "the server did not end TCP in time",
        };
        self.recorder.note(self.now, reason);
        self.ending.clean = false;
        self.ending.unclean_reason = Some(reason.to_owned());
        self.ending.timeout = Some(timeout);
        self.drop_tcp(Tcp::Abort);
    }

    /// Ends TCP by ourselves.
    pub(super) fn drop_tcp(&mut self, how: Tcp) {
        if self.state == State::Closed {
            return;
        }
        self.ending.dropped_by_us = true;
        self.state = State::Closed;
        self.tcp = how;
        self.over_since = Some(self.now);
        let note = match how {
            Tcp::Abort => {
                self.outbox.clear();
                "we reset TCP"
            }
            Tcp::Finish | Tcp::Up => {
                self.outbox.clear_pieces();
                "we end TCP"
            }
        };
        self.recorder.note(self.now, note);
    }

    /// Ends TCP in a way that counts as the peer's.
    pub(super) fn give_up(&mut self) {
        if self.state != State::Closed {
            self.outbox.clear();
            self.tcp = Tcp::Finish;
            self.over_since = Some(self.now);
            self.recorder.note(self.now, "we cannot go on, and end TCP");
        }
        self.end();
    }

    fn end(&mut self) {
        let ending = &mut self.ending;
        if !ending.clean && !ending.dropped_by_us && ending.unclean_reason.is_none() {
            let reason = "the peer dropped TCP without a closing handshake";
            ending.unclean_reason = Some(reason.to_owned());
        }
        self.state = State::Closed;
    }

    fn send_close(&mut self, code: Option<u16>, reason: &[u8], initiative: Initiative) {
        if self.state != State::Open {
            return;
        }
        let body = code.map(u16::to_be_bytes).into_iter().flatten();
        let body: Vec<u8> = body.chain(reason.iter().copied()).collect();
        self.send(&FrameSpec::new(Opcode::CLOSE, body));
        self.state = State::Closing;
        self.ending.local_code = code;
        if initiative == Initiative::Ours {
            self.ending.closed_by_us = true;
            let alarm = Alarm::Connection(ConnectionTimeout::ClosingHandshake);
            self.timers.set(self.now + CLOSING_HANDSHAKE, alarm);
        }
    }
}

/// Whether a Close frame may have that code (RFC 6455, section 7.4); the suite
/// knows none of the codes that were registered later.
fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1011 | 3000..=4999)
}

/// Whether the suite's Python can decode a reason: it takes surrogates for
/// characters, and nothing else that is no UTF-8.
fn decodes_as_in_python_2(reason: &[u8]) -> bool {
    let mut reason = reason.to_vec();
    for index in 1..reason.len() {
        if reason[index - 1] == 0xed && (0xa0..=0xbf).contains(&reason[index]) {
            reason[index] = 0x80;
        }
    }
    std::str::from_utf8(&reason).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_the_suite_refuses() {
        for code in [
            0, 999, 1004, 1005, 1006, 1012, 1014, 1015, 2999, 5000, 65_535,
        ] {
            assert!(!may_be_sent(code), "{code}");
        }
        for code in [1000, 1003, 1007, 1011, 3000, 4999] {
            assert!(may_be_sent(code), "{code}");
        }
    }

    #[test]
    fn python_takes_surrogates_for_characters() {
        assert!(decodes_as_in_python_2("κόσμε".as_bytes()));
        assert!(decodes_as_in_python_2(b"\xed\xa0\x80edited"));
        for octets in [
            &b"\xff"[..],
            b"\xc0\xaf",
            b"\xed\xa0",
            b"\xce",
            b"\xe1\xed\xa0\x80",
        ] {
            assert!(!decodes_as_in_python_2(octets), "{octets:x?}");
        }
    }
}
