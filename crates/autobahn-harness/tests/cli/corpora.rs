//! The suite's own data files, where a user has them.

use crate::fixture::{BASELINE, Fixture};

const PLAY: [&str; 6] = ["run", "12.1.5", "--profile", "quick", "--corpora", "data"];

#[test]
fn files_of_the_user_are_played_and_named_and_the_suite_is_a_command_away() {
    let fixture = Fixture::new();
    for name in [
        "data1.json",
        "lena512.bmp",
        "pg2229.txt",
        "data1.html",
        "a.pdf",
    ] {
        fixture.write(&format!("data/{name}"), &format!("{name} ").repeat(999));
    }
    let deflates = BASELINE.split("\n[[").next().unwrap();
    fixture.write("autobahn/baseline.toml", deflates);
    let told = [
        "embedded, ",
        "files of the user",
        "Official autobahn run --engine docker 12.1.5",
    ];
    fixture.run(&PLAY).with(0, &told);
    let run = fixture.read("reports/results.json");
    let run: serde_json::Value = serde_json::from_str(&run).unwrap();
    let hash = run["provenance"]["engine"]["corpora"].as_str().unwrap();
    assert_eq!(hash.len(), 64, "{hash}");
}

#[test]
fn a_file_that_is_missing_or_empty_is_named_with_the_cure() {
    let fixture = Fixture::new();
    fixture
        .run(&PLAY)
        .with(101, &["cannot read `data`", "--corpora"]);
    fixture.write("data/a.pdf", "document");
    fixture.run(&PLAY).with(101, &["data1.json", "lena512.bmp"]);
    fixture.write("data/data1.json", "");
    fixture.run(&PLAY).with(101, &["data/data1.json` is empty"]);
}
