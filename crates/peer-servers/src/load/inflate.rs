//! Decompression of what comes back (RFC 7692, 7.2.2).

use anyhow::Context as _;
use flate2::{Decompress, FlushDecompress, Status};

pub(crate) struct Inflate {
    zlib: Decompress,
    plain: Vec<u8>,
}

impl Inflate {
    /// Keeps its window from message to message, which is right for either kind of server.
    pub(crate) fn new() -> Self {
        Self {
            zlib: Decompress::new(false),
            plain: vec![0; 16 << 10],
        }
    }

    /// Hands on what the next octets of a message become.
    pub(crate) fn run(
        &mut self,
        mut octets: &[u8],
        mut take: impl FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        loop {
            let (total_in, total_out) = (self.zlib.total_in(), self.zlib.total_out());
            let status = self
                .zlib
                .decompress(octets, &mut self.plain, FlushDecompress::Sync)
                .context("an echo is no compressed message")?;
            let consumed = (self.zlib.total_in() - total_in) as usize;
            let produced = (self.zlib.total_out() - total_out) as usize;
            take(&self.plain[..produced])?;
            octets = &octets[consumed..];
            match status {
                Status::StreamEnd => self.zlib.reset(false),
                Status::Ok | Status::BufError if produced == self.plain.len() => {}
                Status::Ok | Status::BufError => return Ok(()),
            }
        }
    }
}
