//! Who plays, when and where: what makes a result believable later.

use std::process::{Command, Stdio};

use crate::run::Provenance;

impl Provenance {
    /// Fills in what this process knows: version, operating system, command
    /// line, commit of the working directory.
    #[must_use]
    pub fn here(started: impl Into<String>) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            engine: Default::default(),
            targets: Vec::new(),
            profile: Default::default(),
            commit: commit(),
            os: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            command: command_line(),
            started: started.into(),
            duration_ms: 0,
        }
    }
}

/// The command line, the program by its name alone: where it lies is nobody's
/// business.
fn command_line() -> Vec<String> {
    let mut words: Vec<_> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if let Some(program) = words.first_mut()
        && let Some(name) = program.rsplit(['/', '\\']).next()
    {
        *program = name.to_owned();
    }
    words
}

/// The commit that is checked out, with a `+` where tracked files are changed.
fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let head = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changes = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changes.is_empty() {
        head
    } else {
        format!("{head}+")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provenance_names_no_path_of_the_machine() {
        let provenance = Provenance::here("2026-01-01T00:00:00Z");
        assert!(!provenance.command[0].contains('/'));
        assert_eq!(provenance.version, env!("CARGO_PKG_VERSION"));
    }
}
