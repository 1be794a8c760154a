//! What the messages of sections 12 and 13 are cut from. The files are our own,
//! made from a seed, of the same kinds, sizes and compressibility as those of
//! the suite, whose own are not ours to give away.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use autobahn_cases::play::Corpus;
use bytes::Bytes;

use crate::content::Content;

mod generate;

/// The most octets of a file; the largest of the suite's has a million.
const MOST: u64 = 64 * 1024 * 1024;

/// The files of all corpora.
#[derive(Clone, Debug)]
pub struct Corpora {
    files: [File; 5],
}

/// A file, and where its characters stand.
#[derive(Clone, Debug)]
pub struct File {
    /// All octets.
    pub octets: Bytes,
    /// The length in characters for text, in octets otherwise.
    pub len: usize,
    /// For every character of more than one octet: its index among the
    /// characters, and how many octets more than characters there are up to and
    /// with it. In order.
    wide: Vec<(usize, usize)>,
}

/// A directory whose files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A file or the directory cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// The path.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// There is no such file.
    #[error("there is no file `*.pdf` in `{0}`")]
    NoDocument(String),
    /// Something of that name is there, and no file.
    #[error("`{0}` is not a file")]
    NoFile(String),
    /// A file from which no message can be cut.
    #[error("`{0}` is empty")]
    Empty(String),
    /// A file larger than any that makes sense.
    #[error("`{0}` is larger than {most} MiB", most = MOST / 1024 / 1024)]
    TooLarge(String),
    /// Text that is none.
    #[error("`{0}` is not UTF-8, as text in a message must be")]
    NotUtf8(String),
}

const ALL: [Corpus; 5] = [
    Corpus::Json,
    Corpus::Picture,
    Corpus::Prose,
    Corpus::Html,
    Corpus::Document,
];

impl Corpora {
    /// Files made from a seed.
    #[must_use]
    pub fn generate(seed: u64) -> Self {
        Self {
            files: ALL.map(|corpus| {
                let octets = generate::octets(corpus, seed);
                File::new(octets, is_text(corpus), "").expect("what we make is valid")
            }),
        }
    }

    /// The suite's own files, `data1.json`, `lena512.bmp`, `pg2229.txt`,
    /// `data1.html` and a PDF, from a directory of the user.
    ///
    /// # Errors
    ///
    /// If one of them cannot be used.
    pub fn load(directory: &Path) -> Result<Self, CorpusError> {
        let document = document(directory)?;
        let path = |corpus| match corpus {
            Corpus::Json => directory.join("data1.json"),
            Corpus::Picture => directory.join("lena512.bmp"),
            Corpus::Prose => directory.join("pg2229.txt"),
            Corpus::Html => directory.join("data1.html"),
            Corpus::Document => document.clone(),
        };
        let load = |corpus| {
            let path = path(corpus);
            let octets = octets(&path)?;
            File::new(octets, is_text(corpus), &path.display().to_string())
        };
        let [json, picture, prose, html, document] = ALL;
        Ok(Self {
            files: [
                load(json)?,
                load(picture)?,
                load(prose)?,
                load(html)?,
                load(document)?,
            ],
        })
    }

    /// All files, in the order of their sections.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The file of that corpus.
    #[must_use]
    pub fn file(&self, corpus: Corpus) -> &File {
        let index = match corpus {
            Corpus::Json => 0,
            Corpus::Picture => 1,
            Corpus::Prose => 2,
            Corpus::Html => 3,
            Corpus::Document => 4,
        };
        &self.files[index]
    }
}

impl File {
    fn new(octets: Vec<u8>, is_text: bool, path: &str) -> Result<Self, CorpusError> {
        if octets.is_empty() {
            return Err(CorpusError::Empty(path.to_owned()));
        }
        let mut wide = Vec::new();
        let mut len = octets.len();
        if is_text {
            let invalid = |_| CorpusError::NotUtf8(path.to_owned());
            let text = std::str::from_utf8(&octets).map_err(invalid)?;
            let mut more = 0;
            for (index, letter) in text.chars().enumerate() {
                if letter.len_utf8() > 1 {
                    more += letter.len_utf8() - 1;
                    wide.push((index, more));
                }
            }
            len -= more;
        }
        Ok(Self {
            octets: octets.into(),
            len,
            wide,
        })
    }

    /// Where in the octets the character stands, or for other files the octet.
    #[must_use]
    pub fn offset(&self, index: usize) -> usize {
        let before = self.wide.partition_point(|(wide, _)| *wide < index);
        let more = before.checked_sub(1).map_or(0, |last| self.wide[last].1);
        index + more
    }

    /// The message of `len` characters or octets from `from` on, around the end
    /// of the file, and where it ends. The suite sends the whole file where the
    /// length is a multiple of the file's.
    #[must_use]
    pub fn window(&self, from: usize, len: usize) -> (Content, usize) {
        let to = (from + len) % self.len;
        let (start, end) = (self.offset(from), self.offset(to));
        let octets = match to > from {
            true => end - start,
            false => self.octets.len() - start + end,
        };
        let content = Content::Ring {
            ring: self.octets.clone(),
            from: start,
            len: octets,
        };
        (content, to)
    }
}

fn is_text(corpus: Corpus) -> bool {
    match corpus {
        Corpus::Json | Corpus::Html => true,
        Corpus::Picture | Corpus::Prose | Corpus::Document => false,
    }
}

fn document(directory: &Path) -> Result<std::path::PathBuf, CorpusError> {
    let read = || {
        let mut found = Vec::new();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "pdf") {
                found.push(path);
            }
        }
        io::Result::Ok(found)
    };
    let found = read().map_err(|source| unreadable(directory, source))?;
    let none = || CorpusError::NoDocument(directory.display().to_string());
    found.into_iter().min().ok_or_else(none)
}

fn octets(path: &Path) -> Result<Vec<u8>, CorpusError> {
    let failed = |source| unreadable(path, source);
    // Asked before it is opened, for a pipe would wait for its other end.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(CorpusError::NoFile(path.display().to_string()));
    }
    let mut octets = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(MOST + 1)
        .read_to_end(&mut octets)
        .map_err(failed)?;
    match octets.len() as u64 > MOST {
        true => Err(CorpusError::TooLarge(path.display().to_string())),
        false => Ok(octets),
    }
}

fn unreadable(path: &Path, source: io::Error) -> CorpusError {
    let path = path.display().to_string();
    CorpusError::Read { path, source }
}

#[cfg(test)]
#[path = "corpus_tests.rs"]
mod tests;
