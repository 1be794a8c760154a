//! The tar file that comes out of a container, unpacked in memory.

use std::collections::BTreeMap;
use std::io;

use autobahn_report::files::{COUNT, Files, FilesError, plain_name, read_capped};

/// The files of a tar file; everything but plain JSON files is passed over.
pub(super) fn unpack(tar: &[u8]) -> Result<Files, FilesError> {
    let broken = |source: io::Error| FilesError::Read {
        name: "report.tar".to_owned(),
        source,
    };
    let mut files = BTreeMap::new();
    let mut archive = tar::Archive::new(tar);
    // Raw, so that no header makes the reader allocate what is not there.
    for (index, entry) in archive.entries().map_err(broken)?.raw(true).enumerate() {
        if index == COUNT {
            return Err(FilesError::TooMany);
        }
        let entry = entry.map_err(broken)?;
        let path = entry.path_bytes();
        let name = path.strip_prefix(b"./").unwrap_or(&path);
        let Some(name) = plain_name(name) else {
            continue;
        };
        if entry.header().entry_type().is_file() {
            let octets = read_capped(entry, &name)?;
            files.insert(name, octets);
        }
    }
    Ok(Files::Memory(files))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, octets) in entries {
            let mut header = tar::Header::new_old();
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(octets.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, *octets).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn a_tar_file_gives_its_plain_json_files_and_nothing_else() {
        let tar = tar(&[
            ("./index.json", b"{}"),
            ("a_case_1_1_1.json", b"1"),
            ("../../etc/passwd.json", b"x"),
            ("/etc/a.json", b"x"),
            ("b/c.json", b"x"),
            (".json", b"x"),
            ("a.html", b"x"),
        ]);
        let files = unpack(&tar).unwrap();
        let Files::Memory(names) = &files else {
            panic!("{files:?}");
        };
        let names: Vec<_> = names.keys().collect();
        assert_eq!(names, ["a_case_1_1_1.json", "index.json"]);
        assert_eq!(files.read("index.json").unwrap().unwrap(), &b"{}"[..]);
        assert!(files.read("absent.json").unwrap().is_none());
    }

    #[test]
    fn half_a_tar_file_is_refused() {
        let tar = tar(&[("index.json", &[b' '; 2000])]);
        assert!(unpack(&tar[..1000]).is_err());
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let tar = tar(&[("index.json", &vec![b' '; 65 * 1024 * 1024])]);
        let error = unpack(&tar).unwrap_err();
        assert!(matches!(error, FilesError::TooLarge { .. }), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn any_octets_unpack_or_are_refused_without_a_panic(octets: Vec<u8>) {
            let _ = unpack(&octets);
        }
    }
}
