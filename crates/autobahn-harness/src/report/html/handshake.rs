//! Opening handshakes: equal ones are stored once.

use autobahn_cases::Transcript;

/// The opening handshakes that cases share, in the order of their first use.
#[derive(Debug, Default)]
pub(super) struct Handshakes {
    pub(super) shared: Vec<Handshake>,
}

/// An opening handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Handshake {
    /// The lines of the request.
    pub(super) request: Vec<String>,
    /// The lines of the response.
    pub(super) response: Vec<String>,
}

/// Where the opening handshake of a case is told.
#[derive(Debug)]
pub(super) enum Shown {
    /// Nobody recorded it.
    Nowhere,
    /// Among those that are shared, under this number, from 1.
    Shared(usize),
    /// With the case.
    Here(Handshake),
}

impl Handshakes {
    /// Where the handshake of a case that is as it should be is told.
    pub(super) fn share(&mut self, transcript: &Transcript) -> Shown {
        let mut handshake = Handshake::of(transcript);
        if handshake == Handshake::default() {
            return Shown::Nowhere;
        }
        handshake.blank_keys();
        let known = self.shared.iter().position(|one| *one == handshake);
        Shown::Shared(known.map_or_else(
            || {
                self.shared.push(handshake);
                self.shared.len()
            },
            |at| at + 1,
        ))
    }
}

impl Shown {
    /// A handshake as it was, with the case.
    pub(super) fn here(transcript: &Transcript) -> Self {
        match Handshake::of(transcript) {
            handshake if handshake == Handshake::default() => Self::Nowhere,
            handshake => Self::Here(handshake),
        }
    }
}

impl Handshake {
    fn of(transcript: &Transcript) -> Self {
        let lines = |text: &str| text.lines().map(String::from).collect::<Vec<_>>();
        let mut handshake = Self {
            request: lines(&transcript.request),
            response: lines(&transcript.response),
        };
        for lines in [&mut handshake.request, &mut handshake.response] {
            while lines.last().is_some_and(String::is_empty) {
                lines.pop();
            }
        }
        handshake
    }

    /// The key is another one for each connection, and so is its answer.
    fn blank_keys(&mut self) {
        for line in self.request.iter_mut().chain(&mut self.response) {
            let Some((name, _)) = line.split_once(':') else {
                continue;
            };
            let changes = ["sec-websocket-key", "sec-websocket-accept", "date"];
            if changes.contains(&name.to_ascii_lowercase().as_str()) {
                *line = format!("{name}: …");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript(key: &str, server: &str) -> Transcript {
        Transcript {
            request: format!("GET / HTTP/1.1\r\nSec-WebSocket-Key: {key}\r\n\r\n"),
            response: format!("HTTP/1.1 101 OK\r\nServer: {server}\r\n\r\n"),
            ..Transcript::default()
        }
    }

    #[test]
    fn handshakes_that_differ_in_their_keys_alone_are_stored_once() {
        let mut handshakes = Handshakes::default();
        let numbers = [("a", "x"), ("b", "x"), ("c", "y"), ("d", "x")]
            .map(|(key, server)| handshakes.share(&transcript(key, server)));
        let numbers = numbers.map(|shown| match shown {
            Shown::Shared(number) => number,
            other => panic!("{other:?}"),
        });
        assert_eq!((numbers, handshakes.shared.len()), ([1, 1, 2, 1], 2));
        let [line, key] = &handshakes.shared[0].request[..] else {
            panic!("two lines");
        };
        assert_eq!(
            (line.as_str(), key.as_str()),
            ("GET / HTTP/1.1", "Sec-WebSocket-Key: …")
        );
    }

    #[test]
    fn the_handshake_of_a_deviation_is_shown_as_it_was() {
        let Shown::Here(handshake) = Shown::here(&transcript("a", "x")) else {
            panic!("it is shown");
        };
        assert_eq!(handshake.request[1], "Sec-WebSocket-Key: a");
        assert!(matches!(
            Shown::here(&Transcript::default()),
            Shown::Nowhere
        ));
    }
}
