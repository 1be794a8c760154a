//! How the `autobahn` binary ends: what each exit code says, and which of
//! several reasons wins.

use std::process;

use crate::session::Interrupt;

/// What an exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything is as the baseline says.
    Passed = 0,
    /// A fault of this tool: a panic.
    Internal = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Every case that was asked for was skipped by the command line.
    AllSkipped = 4,
    /// The configuration or the baseline is not valid, or there is no such case.
    Configuration = 96,
    /// A case is worse than expected, or different.
    Regression = 100,
    /// There is no verdict: the engine, the server or results are missing.
    NoVerdict = 101,
    /// Nothing is worse, but the baseline has to follow: an entry is stale or expired.
    Stale = 102,
    /// An output could not be written.
    Output = 110,
    /// SIGHUP, after clean-up.
    HungUp = 129,
    /// SIGINT, after clean-up.
    Interrupted = 130,
    /// SIGTERM, after clean-up.
    Terminated = 143,
}

impl ExitCode {
    /// Every code, the one that wins first: whoever stopped us, then our own
    /// faults, then 2 > 96 > 101 > 100 > 102 > 110.
    pub const BY_PRECEDENCE: [Self; 12] = [
        Self::Terminated,
        Self::HungUp,
        Self::Interrupted,
        Self::Internal,
        Self::Usage,
        Self::Configuration,
        Self::NoVerdict,
        Self::Regression,
        Self::Stale,
        Self::Output,
        Self::AllSkipped,
        Self::Passed,
    ];

    /// The code that wins among these; [`ExitCode::Passed`] if there are none.
    #[must_use]
    pub fn first(codes: impl IntoIterator<Item = Self>) -> Self {
        let winner = codes.into_iter().min_by_key(|code| code.rank());
        winner.unwrap_or(Self::Passed)
    }

    /// The number that the shell sees.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// A word for it, for machines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Internal => "internal-error",
            Self::Usage => "usage",
            Self::AllSkipped => "all-skipped",
            Self::Configuration => "invalid-configuration",
            Self::Regression => "regression",
            Self::NoVerdict => "no-verdict",
            Self::Stale => "stale",
            Self::Output => "output-failed",
            Self::HungUp => "hung-up",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }

    /// What it says, in a few words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Internal => "internal error",
            Self::Usage => "usage",
            Self::AllSkipped => "every selected case was skipped",
            Self::Configuration => "invalid configuration or baseline, or no such case",
            Self::Regression => "regression or changed case",
            Self::NoVerdict => "no verdict: engine, server or results missing",
            Self::Stale => "stale or expired baseline entries",
            Self::Output => "an output could not be written",
            Self::HungUp => "the terminal is gone",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }

    fn rank(self) -> Option<usize> {
        Self::BY_PRECEDENCE.iter().position(|code| *code == self)
    }
}

impl From<Interrupt> for ExitCode {
    fn from(interrupt: Interrupt) -> Self {
        match interrupt {
            Interrupt::Sigint => Self::Interrupted,
            Interrupt::Sigterm => Self::Terminated,
            Interrupt::Sighup => Self::HungUp,
        }
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: ExitCode, number: u8) {
        assert_eq!(code.number(), number);
        assert!(!code.meaning().is_empty());
        assert!(ExitCode::BY_PRECEDENCE.contains(&code), "{code:?}");
    }

    #[test]
    fn the_numbers_are_what_scripts_rely_on() {
        check(ExitCode::Passed, 0);
        check(ExitCode::Internal, 1);
        check(ExitCode::Usage, 2);
        check(ExitCode::AllSkipped, 4);
        check(ExitCode::Configuration, 96);
        check(ExitCode::Regression, 100);
        check(ExitCode::NoVerdict, 101);
        check(ExitCode::Stale, 102);
        check(ExitCode::Output, 110);
        check(ExitCode::HungUp, 129);
        check(ExitCode::Interrupted, 130);
        check(ExitCode::Terminated, 143);
    }

    #[test]
    fn the_gravest_reason_wins_in_any_order() {
        let order = [2, 96, 101, 100, 102, 110];
        for (index, graver) in order.iter().enumerate() {
            for lighter in &order[index..] {
                let code = |number: u8| {
                    let mut all = ExitCode::BY_PRECEDENCE.into_iter();
                    all.find(|code| code.number() == number).unwrap()
                };
                let pair = [code(*lighter), code(*graver), ExitCode::Passed];
                assert_eq!(ExitCode::first(pair).number(), *graver);
                let pair = [code(*graver), code(*lighter)];
                assert_eq!(ExitCode::first(pair).number(), *graver);
            }
        }
    }

    #[test]
    fn nothing_to_complain_about_is_a_pass() {
        assert_eq!(ExitCode::first([]), ExitCode::Passed);
    }
}
