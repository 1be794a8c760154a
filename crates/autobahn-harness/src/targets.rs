//! The implementations under test by name: `autobahn/targets.toml`. A target is a
//! server that we start, or one that is there.

mod parse;

use crate::baseline::Refused;
use crate::baseline::entry::one_of;
use crate::server::Launch;

/// The targets of a project.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    path: String,
    entries: Vec<Entry>,
}

/// A target.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name in reports and baselines, unique in the file.
    pub name: String,
    /// What it is, in a sentence.
    pub about: Option<String>,
    /// How to come by it.
    pub place: Place,
}

/// How to come by a target.
#[derive(Clone, Debug)]
pub enum Place {
    /// It is started.
    Started(Launch),
    /// It runs already, and listens there.
    Running(String),
}

/// A name that stands in no file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` has no target `{name}`: {cure}")]
pub struct UnknownTarget {
    path: String,
    name: String,
    cure: String,
}

/// Whether a target may have this name: it stands in reports, baselines, links and
/// commands as it is.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !text.is_empty() && text.chars().all(allowed) && !text.starts_with('-')
}

impl Targets {
    /// Reads a list; `path` names it in messages.
    ///
    /// # Errors
    ///
    /// If anything in it is not as it must be: all faults at once.
    pub fn parse(path: &str, text: &str) -> Result<Self, Refused> {
        parse::parse(path, text)
    }

    /// All targets, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The target of that name.
    ///
    /// # Errors
    ///
    /// If there is none: with the name that may have been meant.
    pub fn find(&self, name: &str) -> Result<&Entry, UnknownTarget> {
        let found = self.entries.iter().find(|entry| entry.name == name);
        found.ok_or_else(|| {
            let names: Vec<&str> = self.entries.iter().map(|one| one.name.as_str()).collect();
            UnknownTarget {
                path: self.path.clone(),
                name: crate::escape::line(name),
                cure: match names.is_empty() {
                    true => "it lists none".to_owned(),
                    false => one_of(name, &names),
                },
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::*;

    const TEXT: &str = r#"version = 1

[[target]]
name = "mine"
about = "the server of this project"
command = ["./my-server", "--port", "0"]
dir = "server"
env = { RUST_LOG = "warn" }
startup = 120

[[target]]
name = "there"
url = "ws://127.0.0.1:9001"

[[target]]
name = "fixed"
command = "./fixed"
url = "ws://127.0.0.1:9002"
"#;

    #[test]
    fn a_target_is_started_or_is_there() {
        let targets = Targets::parse("t.toml", TEXT).unwrap();
        let Place::Started(mine) = &targets.find("mine").unwrap().place else {
            panic!("started");
        };
        assert_eq!(mine.command, ["./my-server", "--port", "0"]);
        assert_eq!(mine.dir.as_deref(), Some(Path::new("server")));
        assert_eq!(mine.env["RUST_LOG"], "warn");
        assert_eq!(mine.startup, Duration::from_secs(120));
        assert_eq!(mine.url, None);
        let there = &targets.find("there").unwrap().place;
        assert!(matches!(there, Place::Running(url) if url == "ws://127.0.0.1:9001"));
        let Place::Started(fixed) = &targets.find("fixed").unwrap().place else {
            panic!("started");
        };
        assert_eq!(fixed.command, ["./fixed"]);
        assert_eq!(fixed.url.as_deref(), Some("ws://127.0.0.1:9002"));
    }

    #[test]
    fn a_wrong_name_gets_the_one_that_was_meant() {
        let targets = Targets::parse("t.toml", TEXT).unwrap();
        let error = targets.find("mien").unwrap_err().to_string();
        assert_eq!(error, "`t.toml` has no target `mien`: did you mean `mine`?");
        let error = Targets::default().find("x").unwrap_err().to_string();
        assert!(error.ends_with("it lists none"), "{error}");
    }

    /// What is said of a faulty entry.
    #[track_caller]
    fn check(entry: &str, expected: &str) {
        let text = format!("version = 1\n[[target]]\n{entry}\n");
        let refused = Targets::parse("t.toml", &text).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_place() {
        check("url = \"ws://a:1\"", "this `[[target]]` without `name`");
        check("name = \"a\"", "neither a `command` nor a `url`");
        check("name = \"a\"\ncommand = []", "`command` names nothing");
        check(
            "name = \"a\"\ncommand = [\"\"]",
            "`command` begins with nothing",
        );
        check(
            "name = \"a b\"\nurl = \"ws://a:1\"",
            "made of letters, digits",
        );
        check(
            "name = \"a\"\nurl = \"http://a:1\"",
            "begins with `ws://` or `wss://`",
        );
        check(
            "name = \"a\"\nurl = \"ws://a\"\ncomand = \"b\"",
            "unknown key `comand`",
        );
        check(
            "name = \"a\"\nurl = \"ws://a\"\ndir = \"b\"",
            "`dir` without a `command`",
        );
        check(
            "name = \"a\"\ncommand = \"b\"\nenv = \"c\"",
            "`env` must be a table",
        );
        check(
            "name = \"a\"\ncommand = \"b\"\nstartup = 0",
            "`startup` is 1 to 3600 seconds",
        );
        check(
            "name = \"a\"\nurl = \"ws://a\"\n[[target]]\nname = \"a\"\nurl = \"ws://b\"",
            "the name `a` is taken by line 2",
        );
        let refused = Targets::parse("t.toml", "version = 2")
            .unwrap_err()
            .to_string();
        assert!(refused.contains("this program reads 1"), "{refused}");
        let refused = Targets::parse("t.toml", "version = ")
            .unwrap_err()
            .to_string();
        assert!(refused.contains("t.toml"), "{refused}");
    }
}
