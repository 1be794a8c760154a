//! Files of the user in place of our own corpora.

use std::fs;
use std::path::PathBuf;

use autobahn_cases::play::Corpus;
use autobahn_engine::corpus::Corpora;

/// A directory with all the files, except those that are left out.
fn directory(name: &str, without: &[&str]) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    // There may be one of an earlier run.
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory can be made");
    for file in [
        "data1.json",
        "lena512.bmp",
        "pg2229.txt",
        "data1.html",
        "any.pdf",
    ] {
        if !without.contains(&file) {
            fs::write(directory.join(file), format!("ä {file}")).expect("a file can be written");
        }
    }
    directory
}

#[test]
fn files_are_loaded_by_their_names_and_text_counts_in_characters() {
    let corpora = Corpora::load(&directory("all", &[])).unwrap();
    let document = corpora.file(Corpus::Document);
    assert_eq!(document.octets, "ä any.pdf");
    assert_eq!(document.len, document.octets.len());
    let json = corpora.file(Corpus::Json);
    assert_eq!(json.len, json.octets.len() - 1);
}

#[test]
fn what_is_missing_or_cannot_be_used_is_named() {
    let error = |directory: PathBuf| Corpora::load(&directory).unwrap_err().to_string();
    assert!(error(directory("no-pdf", &["any.pdf"])).contains("no file `*.pdf`"));
    assert!(error(directory("no-json", &["data1.json"])).contains("data1.json"));
    assert!(error(PathBuf::from("nowhere")).contains("cannot read `nowhere`"));
    let broken = directory("broken", &[]);
    fs::write(broken.join("data1.html"), b"\xff").unwrap();
    assert!(error(broken).contains("not UTF-8"));
    let empty = directory("empty", &[]);
    fs::write(empty.join("pg2229.txt"), b"").unwrap();
    assert!(error(empty).contains("pg2229.txt` is empty"));
    let large = directory("large", &[]);
    let file = fs::File::create(large.join("lena512.bmp")).unwrap();
    file.set_len(64 * 1024 * 1024 + 1).unwrap();
    assert!(error(large).contains("lena512.bmp` is larger than 64 MiB"));
    let none = directory("no-file", &["data1.json"]);
    fs::create_dir(none.join("data1.json")).unwrap();
    assert!(error(none).contains("data1.json` is not a file"));
}
