//! What a server writes: where it listens, and its last words.

use std::future::pending;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time;

/// How much of a line is looked at.
const LINE: usize = 4096;
/// How many lines are kept as last words.
const KEPT: usize = 5;
/// How long the output of a server that has ended is read: what it has left behind
/// may hold it open.
const REST: Duration = Duration::from_secs(1);

/// The output of a server while it starts.
#[derive(Debug)]
pub(super) struct Output {
    lines: mpsc::Receiver<String>,
    last: Vec<String>,
    readers: JoinSet<()>,
}

/// Reads the output of a server to its end, so that a full pipe never stops it.
#[derive(Debug)]
pub(super) struct Drained {
    _readers: JoinSet<()>,
}

impl Output {
    /// What is written to the pipes of a process.
    pub(super) fn of(child: &mut Child) -> Self {
        let (sender, lines) = mpsc::channel(64);
        let mut readers = JoinSet::new();
        if let Some(stdout) = child.stdout.take() {
            readers.spawn(read_lines(stdout, sender.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.spawn(read_lines(stderr, sender));
        }
        Self {
            lines,
            last: Vec::new(),
            readers,
        }
    }

    /// The first WebSocket address that comes; waits for ever if none does.
    pub(super) async fn address(&mut self) -> String {
        while let Some(line) = self.lines.recv().await {
            if let Some(url) = find_url(&line) {
                return url.to_owned();
            }
            self.remember(line);
        }
        pending().await
    }

    /// Takes in what comes, for ever.
    pub(super) async fn listen(&mut self) {
        while let Some(line) = self.lines.recv().await {
            self.remember(line);
        }
        pending().await
    }

    /// The last lines of a server that has ended.
    pub(super) async fn last_words(mut self) -> Vec<String> {
        let rest = async {
            while let Some(line) = self.lines.recv().await {
                self.remember(line);
            }
        };
        let _ = time::timeout(REST, rest).await;
        self.last
    }

    /// The last lines so far.
    pub(super) fn said(self) -> Vec<String> {
        self.last
    }

    /// The lines are of no interest any more.
    pub(super) fn drain(self) -> Drained {
        Drained {
            _readers: self.readers,
        }
    }

    fn remember(&mut self, line: String) {
        if self.last.len() == KEPT {
            self.last.remove(0);
        }
        self.last.push(line);
    }
}

/// Sends each line on as long as somebody listens, and reads to the end anyway.
async fn read_lines(stream: impl AsyncRead + Unpin, lines: mpsc::Sender<String>) {
    let mut reader = BufReader::with_capacity(LINE, stream);
    let mut line = Vec::new();
    loop {
        let (used, ended) = match reader.fill_buf().await {
            Ok([]) | Err(_) => break,
            Ok(octets) => match octets.iter().position(|octet| *octet == b'\n') {
                Some(at) => {
                    line.extend_from_slice(&octets[..at]);
                    (at + 1, true)
                }
                None => {
                    line.extend_from_slice(octets);
                    (octets.len(), line.len() > LINE)
                }
            },
        };
        reader.consume(used);
        if ended {
            // However fast they come, none is lost before the address was found;
            // afterwards nobody listens, and this waits for nobody.
            let _ = lines
                .send(String::from_utf8_lossy(&line).into_owned())
                .await;
            line.clear();
        }
    }
    if !line.is_empty() {
        let _ = lines
            .send(String::from_utf8_lossy(&line).into_owned())
            .await;
    }
}

/// The first WebSocket address in a line.
fn find_url(line: &str) -> Option<&str> {
    let start = line.find("wss://").or_else(|| line.find("ws://"))?;
    let rest = &line[start..];
    let is_end = |letter: char| {
        letter.is_whitespace() || letter.is_control() || "\"'<>)},;".contains(letter)
    };
    let end = rest.find(is_end).unwrap_or(rest.len());
    Some(&rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_whatever_surrounds_it() {
        assert_eq!(find_url("ws://127.0.0.1:9001"), Some("ws://127.0.0.1:9001"));
        assert_eq!(
            find_url("listening on ws://[::1]:80/echo, enjoy"),
            Some("ws://[::1]:80/echo")
        );
        assert_eq!(
            find_url("at wss://localhost:1/"),
            Some("wss://localhost:1/")
        );
        assert_eq!(find_url("\"url\":\"ws://a:1\"}"), Some("ws://a:1"));
        assert_eq!(find_url("http://127.0.0.1"), None);
    }
}
