//! Why a command could not do what it was asked for, and its exit code.

use autobahn_harness::ExitCode;

/// An error with the exit code that it means.
#[derive(Debug)]
pub(crate) struct Failure {
    code: ExitCode,
    error: anyhow::Error,
}

/// Gives an error the exit code that it means.
pub(super) trait Exits<T> {
    /// The value, or a failure with this code.
    fn exits(self, code: ExitCode) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> Exits<T> for Result<T, E> {
    fn exits(self, code: ExitCode) -> Result<T, Failure> {
        self.map_err(|error| Failure {
            code,
            error: error.into(),
        })
    }
}

/// An error that nobody has thought of is an internal one.
impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            code: ExitCode::Internal,
            error: error.into(),
        }
    }
}

impl Failure {
    /// What is wrong, in words.
    pub(super) fn message(&self) -> String {
        format!("{:#}", self.error)
    }

    /// Tells what is wrong, and hands on the exit code.
    pub(crate) fn tell(&self) -> ExitCode {
        let text = self.message();
        // A refused file says so by itself, once a fault and with its place.
        let prefix = if text.starts_with("error: ") {
            ""
        } else {
            "error: "
        };
        super::progress::line(&format!("{prefix}{text}"));
        self.code
    }
}
