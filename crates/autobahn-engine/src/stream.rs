//! The compressed messages that a client sends in sections 12 and 13.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use autobahn_cases::play::Compressed;
use bytes::Bytes;
use flate2::Compression;

use crate::content::Content;
use crate::corpus::{Corpora, File};
use crate::deflate::{Context, Deflater};
use crate::extension::Deflate;
use crate::segments::{SHORT, Segments, Walk};

/// Messages shorter than this are compressed one by one: of longer ones most
/// octets lie in whole pieces.
const LONG: usize = 4 * SHORT;

/// All corpora that were compressed so far, by file, window and context.
#[derive(Debug, Default)]
pub struct Streams {
    segments: Mutex<HashMap<(usize, u8, Context), Arc<Segments>>>,
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
        // A window of 8 bits is none of zlib's.
        let source = if plan.len >= LONG && bits > 8 {
            let segments = self.segments(plan.corpus as usize, &file, bits, context);
            let walk = segments.walk();
            Source::Segments(segments, walk)
        } else {
            Source::Deflater(Deflater::new(Compression::new(1), bits, context))
        };
        Stream {
            file,
            len: plan.len,
            from: 0,
            source,
        }
    }

    fn segments(&self, corpus: usize, file: &File, bits: u8, context: Context) -> Arc<Segments> {
        // Nothing here can panic half-way through a change.
        let mut segments = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
        let made = segments
            .entry((corpus, bits, context))
            .or_insert_with(|| Arc::new(Segments::new(file.octets.clone(), bits, context)));
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
