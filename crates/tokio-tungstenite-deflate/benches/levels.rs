//! What compression takes and leaves, by level and length of the messages, beside zlib-rs by
//! itself at level 2: `cargo bench --package tokio-tungstenite-deflate --bench levels`. With `--`
//! and the names of files (seen from this crate's directory, and longer than a window of 32 KiB),
//! of those instead, in messages of 128 KiB. A table in Markdown; medians of rounds in which they
//! take turns.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench tells")]

use std::{
    env, fs,
    hint::black_box,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use flate2::{Compress, Compression, FlushCompress};
use futures_util::{FutureExt, SinkExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::{Bytes, Message, protocol::Role};
use tokio_tungstenite_deflate::{Agreement, DeflateConfig, DeflateStream, Level, Window};

#[path = "../../peer-servers/src/load/text.rs"]
mod text;

const LENGTHS: [(&str, usize); 4] = [
    ("20 B", 20),
    ("1 KiB", 1 << 10),
    ("64 KiB", 64 << 10),
    ("1 MiB", 1 << 20),
];
/// Octets of the messages that a file is sent in.
const PIECE: usize = 128 << 10;
const ROUNDS: usize = 9;

/// Counts what is written.
struct Sent(usize);

impl AsyncRead for Sent {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl AsyncWrite for Sent {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0 += octets.len();
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Who compresses.
enum Compressor {
    /// A server's side of a connection.
    Stream(Box<DeflateStream<Sent>>),
    Zlib(Compress, Vec<u8>),
}

impl Compressor {
    fn stream(level: Level) -> Self {
        let window = Window::default();
        let agreement = Agreement {
            server: window,
            client: window,
        };
        let config = DeflateConfig::default().level(level);
        let stream = DeflateStream::from_partially_read(
            Sent(0),
            vec![],
            Role::Server,
            None,
            Some(agreement),
            &config,
        );
        Self::Stream(Box::new(stream.now_or_never().unwrap()))
    }

    fn zlib(level: u32) -> Self {
        let zlib = Compress::new_with_window_bits(Compression::new(level), false, 15);
        Self::Zlib(zlib, Vec::with_capacity(2 << 20))
    }

    /// How many octets become of the message.
    fn compress(&mut self, message: &Bytes) -> usize {
        match self {
            Self::Stream(stream) => {
                let message = Message::Binary(message.clone());
                stream.send(message).now_or_never().unwrap().unwrap();
                let frame = std::mem::take(&mut stream.get_mut().0);
                // RFC 6455, 5.2: as long as each header is, for what each frame can hold.
                let header = match frame {
                    ..=127 => 2,
                    128..=0x1_0003 => 4,
                    _ => 10,
                };
                frame - header
            }
            Self::Zlib(zlib, output) => {
                output.clear();
                zlib.compress_vec(message, output, FlushCompress::Sync)
                    .unwrap();
                black_box(&output);
                output.len() - 4
            }
        }
    }
}

/// Text like that of a feed of JSON events, in messages of this length: more than a window, so that
/// a round finds nothing of the one before.
fn feed(length: usize) -> Vec<Bytes> {
    let mut random = text::Random::new();
    let count = ((256 << 10) / length).max(2);
    let messages = (0..count).map(|_| text::text(&mut random, length).into());
    messages.collect()
}

fn file(path: &str) -> Vec<Bytes> {
    let octets = Bytes::from(fs::read(path).unwrap());
    let count = octets.len().div_ceil(PIECE);
    let piece = |index| octets.slice(index * PIECE..octets.len().min((index + 1) * PIECE));
    (0..count).map(piece).collect()
}

fn main() {
    // cargo adds `--bench`.
    let files: Vec<_> = env::args().skip(1).filter(|one| one != "--bench").collect();
    let columns: Vec<(String, Vec<Bytes>)> = match files.is_empty() {
        true => LENGTHS
            .map(|(title, length)| (title.into(), feed(length)))
            .into(),
        false => files
            .into_iter()
            .map(|name| (name.clone(), file(&name)))
            .collect(),
    };
    let level = |level| Level::new(level).unwrap();
    let names = ["1", "2 (default)", "zlib-rs by itself, 2", "6", "9"];
    let create = || {
        [
            Compressor::stream(Level::FAST),
            Compressor::stream(Level::default()),
            Compressor::zlib(2),
            Compressor::stream(level(6)),
            Compressor::stream(Level::BEST),
        ]
    };
    let mut head = String::from("| level |");
    let mut rule = String::from("|---|");
    let mut rows = names.map(|name| format!("| {name} |"));
    for (title, messages) in columns {
        head += &format!(" {title} |");
        rule += "--:|";
        let plain: usize = messages.iter().map(Bytes::len).sum();
        let mut compressors = create();
        let mut times = names.map(|_| Vec::new());
        let mut sizes = [0.0; 5];
        for _ in 0..ROUNDS {
            for (index, compressor) in compressors.iter_mut().enumerate() {
                let began = Instant::now();
                let octets: usize = messages.iter().map(|m| compressor.compress(m)).sum();
                times[index].push(began.elapsed().as_secs_f64() / messages.len() as f64);
                sizes[index] = 100.0 * octets as f64 / plain as f64;
            }
        }
        for ((row, times), size) in rows.iter_mut().zip(&mut times).zip(sizes) {
            times.sort_by(f64::total_cmp);
            *row += &format!(" {:.2} us, {size:.0} % |", 1e6 * times[ROUNDS / 2]);
        }
    }
    println!("{head}\n{rule}\n{}", rows.join("\n"));
}
