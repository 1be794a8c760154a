//! The command that plays with the official suite what was played without it, and
//! what a command says that every other one must say too.

use crate::escape::shell;
use crate::run::Run;

/// What is said to the embedded engine alone, with a value or without.
const OWN: [(&str, bool); 5] = [
    ("--engine", true),
    ("--profile", true),
    ("--corpora", true),
    ("--ca", true),
    ("--insecure", false),
];

/// The command, for a run of the embedded engine; `None` for others.
#[must_use]
pub fn official(run: &Run) -> Option<String> {
    let provenance = &run.provenance;
    if provenance.engine.name != "embedded" {
        return None;
    }
    let mut words = vec![String::from("autobahn run --engine docker")];
    // The program, and its subcommand.
    let mut command = provenance.command.iter().skip(2);
    while let Some(word) = command.next() {
        if word == "--" {
            words.push(word.clone());
            words.extend(command.map(|word| shell(word)));
            break;
        }
        let name = word.split('=').next().unwrap_or_default();
        match OWN.iter().find(|(own, _)| *own == name) {
            Some((_, true)) if name == word => drop(command.next()),
            Some(_) => {}
            None => words.push(shell(word)),
        }
    }
    Some(words.join(" "))
}

/// What a command says of files, of trust and of the image: nothing plays alike
/// without it.
pub(crate) fn premises(command: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    let mut command = command.iter().take_while(|word| *word != "--");
    while let Some(word) = command.next() {
        let name = word.split('=').next().unwrap_or_default();
        if matches!(
            name,
            "--ca" | "--corpora" | "--image" | "--insecure" | "--targets"
        ) {
            words.push(shell(word));
            if name == word && name != "--insecure" {
                words.extend(command.next().map(|value| shell(value)));
            }
        }
    }
    words
}

/// The value that a command gives an option, if it names it.
pub(crate) fn said<'a>(command: &'a [String], option: &str) -> Option<&'a str> {
    let mut words = command.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        match word.strip_prefix(option) {
            Some("") => return words.next().map(String::as_str),
            // Another one may begin alike.
            Some(rest) if rest.starts_with('=') => return Some(&rest[1..]),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Provenance, SCHEMA_VERSION};

    #[track_caller]
    fn check(engine: &str, command: &str, expected: Option<&str>) {
        let mut provenance = Provenance::here("");
        provenance.engine.name = engine.to_owned();
        provenance.command = command.split(' ').map(str::to_owned).collect();
        let run = Run {
            schema_version: SCHEMA_VERSION,
            provenance,
            selected: Default::default(),
            finished: true,
            cases: Vec::new(),
        };
        assert_eq!(official(&run).as_deref(), expected, "{command}");
    }

    #[test]
    fn premises_are_what_stands_before_the_server() {
        let command = "autobahn run --ca a --insecure --corpora=b --image i --targets t 6.4 -- server --ca c --url u";
        let command: Vec<String> = command.split(' ').map(str::to_owned).collect();
        let expected = "--ca a --insecure --corpora=b --image i --targets t";
        assert_eq!(premises(&command).join(" "), expected);
        assert_eq!(said(&command, "--ca"), Some("a"));
        assert_eq!(said(&command, "--corpora"), Some("b"));
        assert_eq!(said(&command, "--target"), None);
        assert_eq!(said(&command, "--url"), None);
    }

    #[test]
    fn what_was_asked_for_is_asked_of_the_suite() {
        check(
            "embedded",
            "autobahn run 6.4 --insecure --engine embedded --profile=quick --skip 6.4.1 --url ws://a:1/b",
            Some("autobahn run --engine docker 6.4 --skip 6.4.1 --url ws://a:1/b"),
        );
        check(
            "embedded",
            "autobahn run --corpora data -- server --engine x;y",
            Some("autobahn run --engine docker -- server --engine 'x;y'"),
        );
        check(
            "embedded",
            "autobahn run",
            Some("autobahn run --engine docker"),
        );
        check("docker", "autobahn run --engine docker", None);
    }
}
