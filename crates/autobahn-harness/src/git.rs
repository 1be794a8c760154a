//! What git knows: where a change left its base, and how a file looked there.
//! Arguments never pass through a shell, and nothing is fetched.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::escape::line;

/// The commit where `HEAD` left another line of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeBase {
    /// Its full hash.
    pub commit: String,
    directory: PathBuf,
}

/// Why git could not be asked, or has no answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no git.
    #[error("cannot run `git`, which finds the merge base; install it, or leave out --base")]
    NoGit(#[source] io::Error),
    /// It does not work here.
    #[error("git cannot be used here to find the merge base: {said}")]
    Unusable {
        /// What it said.
        said: String,
    },
    /// The name stands for no commit.
    #[error("git knows no commit `{name}`; {cure}")]
    UnknownCommit {
        /// The name.
        name: String,
        /// How it comes to be known.
        cure: &'static str,
    },
    /// The history ends before the merge base.
    #[error(
        "the merge base with `{name}` is not in this clone, which is shallow; \
         check out with `fetch-depth: 0`, or run `git fetch --unshallow`"
    )]
    Shallow {
        /// The name of the base.
        name: String,
    },
    /// There is no merge base.
    #[error("`{name}` and HEAD have no commit in common")]
    Unrelated {
        /// The name of the base.
        name: String,
    },
    /// The file is of another place.
    #[error("`{path}` lies outside the git repository, which cannot say how it was before")]
    Outside {
        /// The file.
        path: String,
    },
    /// The file is there and is not text.
    #[error("`{path}` at {commit} is not UTF-8")]
    NotText {
        /// The file.
        path: String,
        /// The commit.
        commit: String,
    },
}

/// The merge base of `HEAD` and a branch, a tag or a hash, in the repository of
/// `directory`.
///
/// # Errors
///
/// If there is no git, no repository, no such commit, or no merge base.
pub fn merge_base(directory: &Path, name: &str) -> Result<MergeBase, GitError> {
    let shallow = git(directory, &["rev-parse", "--is-shallow-repository"])?;
    let is_shallow = text(&succeeded(shallow)?) == "true";
    let commit = |name: &str| {
        let wanted = format!("{name}^{{commit}}");
        let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
        let output = git(directory, &[&verify[..], &[&wanted]].concat())?;
        if output.status.success() {
            return Ok(text(&output));
        }
        Err(GitError::UnknownCommit {
            name: line(name),
            cure: match is_shallow {
                true => "this clone is shallow: check out with `fetch-depth: 0`",
                false => "fetch it, such as by `git fetch origin main` for `origin/main`",
            },
        })
    };
    let (base, head) = (commit(name)?, commit("HEAD")?);
    let output = git(directory, &["merge-base", &base, &head])?;
    match output.status.code() {
        Some(0) => Ok(MergeBase {
            commit: text(&output),
            directory: directory.to_owned(),
        }),
        Some(1) if is_shallow => Err(GitError::Shallow { name: line(name) }),
        Some(1) => Err(GitError::Unrelated { name: line(name) }),
        _ => Err(unusable(&output)),
    }
}

impl MergeBase {
    /// How a file looked then; none: there was no such file. A relative path
    /// counts from the directory in which git was asked.
    ///
    /// # Errors
    ///
    /// If the file lies outside the repository, or git fails.
    pub fn file(&self, path: &Path) -> Result<Option<String>, GitError> {
        let object = format!("{}:{}", self.commit, self.within(path)?);
        let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
        let found = git(&self.directory, &[&verify[..], &[&object]].concat())?;
        if !found.status.success() {
            return Ok(None);
        }
        let blob = git(&self.directory, &["cat-file", "blob", &text(&found)])?;
        let blob = succeeded(blob)?;
        let decoded = String::from_utf8(blob.stdout).map_err(|_| GitError::NotText {
            path: line(&path.display().to_string()),
            commit: self.commit.clone(),
        })?;
        Ok(Some(decoded))
    }

    /// The path from the top of the repository.
    fn within(&self, path: &Path) -> Result<String, GitError> {
        let outside = || GitError::Outside {
            path: line(&path.display().to_string()),
        };
        let top = succeeded(git(&self.directory, &["rev-parse", "--show-toplevel"])?)?;
        let prefix = succeeded(git(&self.directory, &["rev-parse", "--show-prefix"])?)?;
        let mut names: Vec<String> = Vec::new();
        let inside;
        let relative = if path.is_absolute() {
            let top = PathBuf::from(text(&top));
            // What git says is free of links; what we were given may not be.
            let directory = path.parent().and_then(|parent| parent.canonicalize().ok());
            let whole = directory.map(|it| it.join(path.file_name().unwrap_or_default()));
            let whole = whole.unwrap_or_else(|| path.to_owned());
            inside = whole.strip_prefix(&top).map_err(|_| outside())?.to_owned();
            &inside
        } else {
            let prefix = text(&prefix);
            let above = prefix.split('/').filter(|name| !name.is_empty());
            names.extend(above.map(String::from));
            path
        };
        for component in relative.components() {
            match component {
                Component::Normal(name) => {
                    names.push(name.to_str().ok_or_else(outside)?.to_owned());
                }
                Component::CurDir => {}
                Component::ParentDir => {
                    names.pop().ok_or_else(outside)?;
                }
                Component::RootDir | Component::Prefix(_) => return Err(outside()),
            }
        }
        Ok(names.join("/"))
    }
}

fn git(directory: &Path, arguments: &[&str]) -> Result<Output, GitError> {
    let mut command = Command::new("git");
    // A hook of another repository must not make this one's history that of its own.
    for name in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_COMMON_DIR",
    ] {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .map_err(GitError::NoGit)
}

fn succeeded(output: Output) -> Result<Output, GitError> {
    match output.status.success() {
        true => Ok(output),
        false => Err(unusable(&output)),
    }
}

fn unusable(output: &Output) -> GitError {
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().find(|line| !line.trim().is_empty());
    GitError::Unusable {
        said: match first {
            Some(first) => line(first.trim()),
            None => format!("it ended with {} and said nothing", output.status),
        },
    }
}

/// What it wrote, without the end of the line.
fn text(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim_end_matches(['\n', '\r']).to_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// A repository with `main`, and a branch that left it before its last commit.
    fn repository() -> TempDir {
        let directory = TempDir::new().unwrap();
        let path = directory.path();
        ask(path, &["init", "--quiet", "--initial-branch=main"]);
        commit(path, "autobahn/baseline.toml", "old");
        ask(path, &["checkout", "--quiet", "-b", "change"]);
        commit(path, "autobahn/baseline.toml", "changed");
        ask(path, &["checkout", "--quiet", "main"]);
        commit(path, "autobahn/baseline.toml", "newer");
        ask(path, &["checkout", "--quiet", "change"]);
        directory
    }

    fn commit(directory: &Path, name: &str, content: &str) {
        let file = directory.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
        ask(directory, &["add", "--all"]);
        let who = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
        let what = ["commit", "--quiet", "--no-gpg-sign", "-m", "x"];
        ask(directory, &[&who[..], &what].concat());
    }

    #[track_caller]
    fn ask(directory: &Path, arguments: &[&str]) {
        let output = git(directory, arguments).unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    #[test]
    fn a_file_is_as_it_was_where_the_change_began() {
        let directory = repository();
        let base = merge_base(directory.path(), "main").unwrap();
        assert_eq!(base.commit.len(), 40);
        let path = Path::new("autobahn/baseline.toml");
        assert_eq!(base.file(path).unwrap().as_deref(), Some("old"));
        assert_eq!(base.file(Path::new("autobahn/other.toml")).unwrap(), None);
        let absolute = directory.path().canonicalize().unwrap().join(path);
        assert_eq!(base.file(&absolute).unwrap().as_deref(), Some("old"));

        let below = merge_base(&directory.path().join("autobahn"), "main").unwrap();
        for name in ["baseline.toml", "../autobahn/./baseline.toml"] {
            let found = below.file(Path::new(name)).unwrap();
            assert_eq!(found.as_deref(), Some("old"), "{name}");
        }
        for name in ["../../x", "/x"] {
            let error = below.file(Path::new(name)).unwrap_err();
            assert!(error.to_string().contains("outside"), "{name}: {error}");
        }
    }

    #[test]
    fn each_reason_not_to_know_is_told_with_its_cure() {
        let directory = repository();
        let path = directory.path();
        for name in ["origin/main", "--all", "-h", "main:autobahn", "", "a b;c"] {
            let error = merge_base(path, name).unwrap_err().to_string();
            assert!(error.contains("git fetch"), "{name}: {error}");
        }
        ask(path, &["checkout", "--quiet", "--orphan", "alone"]);
        commit(path, "x", "x");
        let error = merge_base(path, "main").unwrap_err().to_string();
        assert!(error.contains("no commit in common"), "{error}");

        let outside = TempDir::new().unwrap();
        let error = merge_base(outside.path(), "main").unwrap_err().to_string();
        assert!(error.contains("git cannot be used here"), "{error}");
    }

    #[test]
    fn a_shallow_clone_is_told_how_to_become_whole() {
        let (whole, parent) = (repository(), TempDir::new().unwrap());
        let url = format!("file://{}", whole.path().display());
        ask(
            parent.path(),
            &[
                "clone",
                "--quiet",
                "--depth=1",
                "--no-single-branch",
                &url,
                "clone",
            ],
        );
        let clone = parent.path().join("clone");
        for name in ["origin/main", "no-such"] {
            let error = merge_base(&clone, name).unwrap_err().to_string();
            assert!(error.contains("fetch-depth: 0"), "{name}: {error}");
        }
    }
}
