//! One connection: how far it is in what it sends, and in what comes back.

use std::io::{self, Read as _, Write as _};

use anyhow::{Context as _, ensure};
use mio::net::TcpStream;

use crate::echo::Echo;
use crate::tape::Tape;

pub(crate) struct Connection<'a> {
    stream: TcpStream,
    tape: &'a Tape,
    /// Where on the tape the next octet to send is, and in which frame.
    position: usize,
    frame: usize,
    /// Frames that may be sent, the one under way included.
    allowed: usize,
    /// Messages that were allowed and have not come back.
    due: usize,
    echo: Echo<'a>,
}

/// What a read brought.
#[derive(Default)]
pub(crate) struct Read {
    pub(crate) echoes: usize,
    pub(crate) octets: usize,
}

impl<'a> Connection<'a> {
    /// Each connection starts elsewhere on the tape.
    pub(crate) fn new(stream: TcpStream, tape: &'a Tape, number: usize) -> Self {
        let frame = number * 7 % tape.count();
        Self {
            stream,
            tape,
            position: tape.start(frame),
            frame,
            allowed: 0,
            due: 0,
            echo: Echo::new(tape, frame),
        }
    }

    /// Lets so many more messages be sent.
    pub(crate) fn allow(&mut self, messages: usize) {
        self.allowed += messages;
        self.due += messages;
    }

    /// Whether messages are to come back.
    pub(crate) fn waits(&self) -> bool {
        self.due > 0
    }

    /// Sends what is allowed and finds room: several messages in one go.
    pub(crate) fn write(&mut self) -> anyhow::Result<()> {
        while self.allowed > 0 {
            let last = (self.frame + self.allowed).min(self.tape.count()) - 1;
            let octets = &self.tape.octets[self.position..self.tape.ends[last]];
            match self.stream.write(octets) {
                Ok(written) => self.position += written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("cannot send"),
            }
            while self.frame <= last && self.position >= self.tape.ends[self.frame] {
                self.frame += 1;
                self.allowed -= 1;
            }
            if self.frame == self.tape.count() {
                (self.frame, self.position) = (0, 0);
            }
        }
        Ok(())
    }

    /// Reads and checks all that is there.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> anyhow::Result<Read> {
        let mut sum = Read::default();
        loop {
            let length = match self.stream.read(buffer) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("cannot receive"),
            };
            ensure!(length > 0, "the server ends the connection");
            sum.octets += length;
            sum.echoes += self.echo.check(&buffer[..length])?;
            // A short read took all there was; what comes later is another event.
            if length < buffer.len() {
                break;
            }
        }
        ensure!(sum.echoes <= self.due, "more echoes than messages");
        self.due -= sum.echoes;
        Ok(sum)
    }
}
