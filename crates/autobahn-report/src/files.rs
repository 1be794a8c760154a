//! The files of a report: in a directory, or in memory.
//! Nothing that stands in a report names a path here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use autobahn_cases::CaseId;

/// The most octets of one file of a report. Most have about one hundred thousand; 9.4.1 has 17
/// million of a server that answers each of its 65,537 fragments (golang.org/x/net).
const FILE: u64 = 64 * 1024 * 1024;
/// The most files of a report; a full one has 1036, half of them JSON.
pub const COUNT: usize = 4096;
/// The most octets of all files that are held in memory.
const ALL: u64 = 512 * 1024 * 1024;

/// The files of a report.
#[derive(Debug)]
pub enum Files {
    /// In a directory of this machine.
    Directory(PathBuf),
    /// In memory, by name.
    Memory(BTreeMap<String, Vec<u8>>),
}

/// Why a file of a report cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// It could not be read.
    #[error("cannot read `{name}` of the report: {source}")]
    Read {
        /// The name of the file.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// It is larger than any that the suite writes.
    #[error("`{name}` of the report has more than {FILE} octets")]
    TooLarge {
        /// The name of the file.
        name: String,
    },
    /// There are more files than the suite writes.
    #[error("the report has more than {COUNT} files")]
    TooMany,
    /// They are larger than what the suite writes.
    #[error("the files of the report have more than {ALL} octets in all")]
    TooMuch,
}

impl Files {
    /// The files of a directory that may go away; everything but plain JSON
    /// files is passed over.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or has more than a report has.
    pub fn load(directory: &Path) -> Result<Self, FilesError> {
        Self::load_at_most(ALL, directory)
    }

    fn load_at_most(most: u64, directory: &Path) -> Result<Self, FilesError> {
        let failed = |source| FilesError::Read {
            name: directory.display().to_string(),
            source,
        };
        let (mut files, mut all) = (BTreeMap::new(), 0);
        for (index, entry) in fs::read_dir(directory).map_err(failed)?.enumerate() {
            if index == COUNT {
                return Err(FilesError::TooMany);
            }
            let entry = entry.map_err(failed)?;
            let Some(name) = plain_name(entry.file_name().as_encoded_bytes()) else {
                continue;
            };
            if entry.file_type().map_err(failed)?.is_file() {
                let file = File::open(entry.path()).map_err(failed)?;
                let octets = read_capped(file, &name)?;
                all += octets.len() as u64;
                if all > most {
                    return Err(FilesError::TooMuch);
                }
                files.insert(name, octets);
            }
        }
        Ok(Self::Memory(files))
    }

    /// A file by its name; `None` if there is none.
    pub fn read(&self, name: &str) -> Result<Option<Cow<'_, [u8]>>, FilesError> {
        let directory = match self {
            Self::Memory(files) => return Ok(files.get(name).map(|octets| (&**octets).into())),
            Self::Directory(directory) => directory,
        };
        let path = directory.join(name);
        let failed = |source| FilesError::Read {
            name: name.to_owned(),
            source,
        };
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(failed(io::Error::other("it is not a file"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        }
        let file = File::open(&path).map_err(failed)?;
        Ok(Some(read_capped(file, name)?.into()))
    }
}

/// The name of the file that tells all about a case. Made from our own words
/// only, as the suite does it: what is neither a letter nor a digit becomes `_`.
pub fn case_file(agent: &str, id: CaseId) -> String {
    let is_kept = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let spaced = |letter| if is_kept(letter) { letter } else { ' ' };
    let agent = agent.trim().to_lowercase();
    let agent: String = agent.chars().map(spaced).collect();
    let agent = agent.trim().replace(' ', "_");
    let id = id.to_string().replace('.', "_");
    format!("{agent}_case_{id}.json")
}

/// The name of a JSON file without directories.
pub fn plain_name(name: &[u8]) -> Option<String> {
    let is_plain = |octet: &u8| octet.is_ascii_alphanumeric() || b"_.-".contains(octet);
    let plain = name.iter().all(is_plain) && !name.starts_with(b".") && name.ends_with(b".json");
    plain.then(|| String::from_utf8_lossy(name).into_owned())
}

/// The octets of a file, unless it is larger than any that the suite writes.
///
/// # Errors
///
/// If it cannot be read, or is too large; `name` says which in the error.
pub fn read_capped(reader: impl Read, name: &str) -> Result<Vec<u8>, FilesError> {
    let mut octets = Vec::new();
    let read = reader.take(FILE + 1).read_to_end(&mut octets);
    read.map_err(|source| FilesError::Read {
        name: name.to_owned(),
        source,
    })?;
    if octets.len() as u64 > FILE {
        let name = name.to_owned();
        return Err(FilesError::TooLarge { name });
    }
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_is_the_suites() {
        let id = "1.1.1".parse().unwrap();
        assert_eq!(
            case_file("Testee Server/1.0 (x_Y)", id),
            "testee_server_1_0__x_y_case_1_1_1.json"
        );
        assert_eq!(case_file("../../x", id), "x_case_1_1_1.json");
    }

    #[test]
    fn a_directory_with_more_than_memory_should_hold_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["index.json", "a.json"] {
            fs::write(directory.path().join(name), "12345").unwrap();
        }
        assert!(Files::load_at_most(10, directory.path()).is_ok());
        let error = Files::load_at_most(9, directory.path()).unwrap_err();
        assert!(matches!(error, FilesError::TooMuch), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn no_agent_names_another_directory(agent: String) {
            let name = case_file(&agent, "1.1.1".parse().unwrap());
            proptest::prop_assert!(!name.contains(['/', '\\']) && !name.starts_with('.'));
        }
    }
}
