//! What we do in a case once the opening handshake is done.

use std::borrow::Cow;
use std::time::Duration;

use crate::event::Expected;
use crate::frame::{FrameSpec, MessageKind, Payload, Write};

/// What we do in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Play {
    /// Steps one after the other; what comes back is compared with lists of events.
    Script(Script),
    /// One message; its echo must have the same type and length (sections 9.1 to 9.6).
    Echo(Echo),
    /// Messages of one kind, each sent after the echo of the one before
    /// (sections 9.7 and 9.8).
    RoundTrips(RoundTrips),
    /// The same with permessage-deflate, and the octets of each echo are
    /// compared (sections 12 and 13).
    Compressed(Compressed),
}

/// Steps, and the lists of events by which they are judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// What we do, in order.
    pub steps: Vec<Step>,
    /// The events of a strict peer.
    pub ok: Vec<Expected>,
    /// The events of a peer that conforms without being strict.
    pub non_strict: Option<Vec<Expected>>,
}

/// One thing that we do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Send a frame, in any state of the connection.
    Frame(FrameSpec),
    /// Send a message in fragments.
    Message(Message),
    /// Send the header of a frame and the first `octets` of its payload.
    Begin {
        /// The whole frame.
        frame: FrameSpec,
        /// How much of its payload to send now.
        octets: usize,
    },
    /// Send the next `octets` of the payload of the frame begun before.
    Resume {
        /// How much of the payload to send now.
        octets: usize,
    },
    /// Send octets that need be no frame.
    Octets(Cow<'static, [u8]>),
    /// Start the closing handshake: send a Close frame with this body and wait
    /// for the answer.
    Close {
        /// The close code, valid or not.
        code: Option<u16>,
        /// The octets after the code, or all of the body where there is no code.
        reason: Payload,
    },
    /// Wait; go on unless the connection is closed.
    Wait(Duration),
    /// Wait; if the connection is still open (and not closing), record the
    /// event and go on, otherwise stop here.
    Timeout {
        /// How long.
        after: Duration,
        /// The name of the event.
        tag: &'static str,
    },
    /// From now on: fail the connection with 1001 unless it is closed by then.
    KillAfter(Duration),
    /// From now on: start the closing handshake unless it has begun by then.
    CloseAfter(Duration),
}

/// A message and how it is cut into frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its type.
    pub kind: MessageKind,
    /// All its octets.
    pub payload: Payload,
    /// The octets of a fragment; a longer message is cut, and where its length is
    /// a multiple of this an empty final fragment ends it.
    pub fragment: Option<usize>,
    /// How the octets go to TCP.
    pub write: Write,
}

/// One large message (sections 9.1 to 9.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    /// What is sent.
    pub message: Message,
    /// How long the echo may take.
    pub within: Duration,
}

/// Many messages of one kind (sections 9.7 and 9.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundTrips {
    /// What is sent each time.
    pub message: Message,
    /// How many round trips the suite makes.
    pub count: u32,
    /// How long all of them may take.
    pub within: Duration,
}

/// Many messages through permessage-deflate (sections 12 and 13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compressed {
    /// Where the messages come from.
    pub corpus: Corpus,
    /// The type of the messages.
    pub kind: MessageKind,
    /// The length of a message: in characters for text, in octets otherwise.
    pub len: usize,
    /// The octets of a fragment of a compressed message, cut as in [`Message`].
    pub fragment: Option<usize>,
    /// How many round trips the suite makes.
    pub count: u32,
    /// How long all of them may take.
    pub within: Duration,
    /// What is offered in the opening handshake, in order of preference.
    pub offers: &'static [Offer],
}

/// What a message of sections 12 and 13 is cut from: a window that slides over
/// such a file and wraps around.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Corpus {
    /// JSON, pure ASCII, very repetitive.
    Json,
    /// An uncompressed picture.
    Picture,
    /// Prose.
    Prose,
    /// HTML with a few characters beyond ASCII.
    Html,
    /// A document whose streams are compressed already.
    Document,
}

/// A permessage-deflate offer (RFC 7692, section 7.1). Each of the suite's also
/// carries `client_no_context_takeover` and `client_max_window_bits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Whether the server is asked to reset its context after every message.
    pub server_no_context_takeover: bool,
    /// The largest window that the server may use, in bits, 8 to 15.
    pub server_max_window_bits: Option<u8>,
}

impl Message {
    /// A message in one frame.
    #[must_use]
    pub fn new(kind: MessageKind, payload: impl Into<Payload>) -> Self {
        Self {
            kind,
            payload: payload.into(),
            fragment: None,
            write: Write::Plain,
        }
    }

    /// The same message, cut into fragments of so many octets.
    #[must_use]
    pub fn fragments_of(self, octets: usize) -> Self {
        Self {
            fragment: Some(octets),
            ..self
        }
    }

    /// The same message, written like this.
    #[must_use]
    pub fn written(self, write: Write) -> Self {
        Self { write, ..self }
    }

    /// The lengths of the frames that carry the message, in order.
    pub fn frame_lengths(&self) -> impl Iterator<Item = usize> + use<> {
        let len = self.payload.len();
        let (full, last) = match self.fragment {
            // The final frame is the one whose end would lie beyond the message.
            Some(octets) if len > octets => (len / octets, len % octets),
            _ => (0, len),
        };
        let full = std::iter::repeat_n(self.fragment.unwrap_or(len), full);
        full.chain([last])
    }
}

impl Offer {
    /// The offer as it stands in `Sec-WebSocket-Extensions`.
    #[must_use]
    pub fn header_value(&self) -> String {
        let mut text =
            String::from("permessage-deflate; client_no_context_takeover; client_max_window_bits");
        if self.server_no_context_takeover {
            text.push_str("; server_no_context_takeover");
        }
        if let Some(bits) = self.server_max_window_bits {
            text.push_str(&format!("; server_max_window_bits={bits}"));
        }
        text
    }
}

impl From<FrameSpec> for Step {
    fn from(frame: FrameSpec) -> Self {
        Self::Frame(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_whose_length_is_a_multiple_of_its_fragments_has_an_empty_last_one() {
        let lengths = |len, octets| {
            let message = Message::new(MessageKind::Text, vec![b'*'; len]).fragments_of(octets);
            message.frame_lengths().collect::<Vec<_>>()
        };
        assert_eq!(lengths(6, 4), [4, 2]);
        assert_eq!(lengths(8, 4), [4, 4, 0]);
        assert_eq!(lengths(4, 4), [4]);
        assert_eq!(lengths(3, 4), [3]);
        assert_eq!(lengths(0, 4), [0]);
    }
}
