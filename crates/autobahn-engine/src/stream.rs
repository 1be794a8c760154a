//! The compressed messages that a client sends in sections 12 and 13.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use autobahn_cases::play::Compressed;
use bytes::Bytes;
use flate2::Compression;

use crate::content::Content;
use crate::corpus::{Corpora, File};
use crate::deflate::{Context, Deflater};
use crate::extension::Deflate;
use crate::segments::{Segments, Walk};

/// Messages shorter than this are compressed one by one: of longer ones most
/// octets lie in whole segments.
const LONG: usize = 32 * 1024;

/// All corpora that were compressed so far, by file and window.
#[derive(Debug, Default)]
pub struct Streams {
    segments: Mutex<BTreeMap<(usize, u8), Arc<Segments>>>,
}

/// Messages of one length, cut from a file and compressed.
#[derive(Debug)]
pub struct Stream {
    file: File,
    len: usize,
    from: usize,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Deflater(Deflater),
    Segments(Arc<Segments>, Walk),
}

impl Streams {
    /// The messages of a case, compressed as was negotiated.
    #[must_use]
    pub fn stream(&self, corpora: &Corpora, plan: &Compressed, deflate: Deflate) -> Stream {
        let file = corpora.file(plan.corpus).clone();
        let (bits, context) = deflate.own_window();
        let source = match context {
            Context::Kept if plan.len >= LONG && bits > 8 => {
                let segments = self.segments(plan.corpus as usize, &file, bits);
                let walk = segments.walk();
                Source::Segments(segments, walk)
            }
            Context::Kept | Context::Reset => {
                Source::Deflater(Deflater::new(Compression::new(1), bits, context))
            }
        };
        Stream {
            file,
            len: plan.len,
            from: 0,
            source,
        }
    }

    fn segments(&self, corpus: usize, file: &File, bits: u8) -> Arc<Segments> {
        // Nothing here can panic half-way through a change.
        let mut segments = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
        let made = segments
            .entry((corpus, bits))
            .or_insert_with(|| Arc::new(Segments::new(file.octets.clone(), bits)));
        Arc::clone(made)
    }
}

impl Stream {
    /// The next message: its compressed octets, and what it says.
    pub fn next_message(&mut self) -> (Bytes, Content) {
        let (content, to) = self.file.window(self.from, self.len);
        let start = self.file.offset(self.from);
        self.from = to;
        let deflater = match &mut self.source {
            Source::Segments(segments, walk) => {
                return (segments.message(walk, content.len()), content);
            }
            Source::Deflater(deflater) => deflater,
        };
        let octets = &self.file.octets;
        let end = start + content.len();
        let mut out = Vec::new();
        match end.checked_sub(octets.len()) {
            Some(end) => deflater.message(&[&octets[start..], &octets[..end]], &mut out),
            None => deflater.message(&[&octets[start..end]], &mut out),
        }
        (out.into(), content)
    }
}
