//! The compressed messages that a client sends in sections 12 and 13.

use bytes::Bytes;
use flate2::Compression;

use crate::content::Content;
use crate::corpus::File;
use crate::deflate::Deflater;
use crate::extension::Deflate;

/// Messages of one length, cut from a file and compressed.
#[derive(Debug)]
pub struct Stream {
    file: File,
    len: usize,
    from: usize,
    deflater: Deflater,
}

impl Stream {
    /// Messages of `len` characters or octets.
    #[must_use]
    pub fn new(file: File, len: usize, deflate: Deflate) -> Self {
        let (bits, context) = deflate.own_window();
        Self {
            file,
            len,
            from: 0,
            deflater: Deflater::new(Compression::new(1), bits, context),
        }
    }

    /// The next message: its compressed octets, and what it says.
    pub fn next_message(&mut self) -> (Bytes, Content) {
        let (content, to) = self.file.window(self.from, self.len);
        let start = self.file.offset(self.from);
        let octets = &self.file.octets;
        let end = start + content.len();
        let mut out = Vec::new();
        match end > octets.len() {
            true => {
                let (head, tail) = (&octets[start..], &octets[..end - octets.len()]);
                self.deflater.message(&[head, tail], &mut out);
            }
            false => self.deflater.message(&[&octets[start..end]], &mut out),
        }
        self.from = to;
        (out.into(), content)
    }
}
