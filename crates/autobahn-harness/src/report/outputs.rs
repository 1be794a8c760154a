//! What later steps of a job may ask for: `name=value`, a line each, and what has
//! several lines between two words that do not occur in it.

use std::fmt::Write;

use crate::exit::ExitCode;
use crate::gate::{Judgement, Origin};

/// The outputs of a command that ended so; without a judgement, only how it
/// ended. `reports` are the files that it wrote.
#[must_use]
pub fn render(code: ExitCode, judgement: Option<&Judgement<'_>>, reports: &[String]) -> String {
    let mut text = String::new();
    put(&mut text, "verdict", code.name());
    put(&mut text, "exit_code", &code.number().to_string());
    if let Some(judgement) = judgement {
        let counts = judgement.counts();
        let of_origin = |wanted: fn(Origin) -> bool| {
            let origins = judgement
                .cases
                .iter()
                .filter_map(|one| judgement.origin(one));
            origins.filter(|origin| wanted(*origin)).count()
        };
        let numbers = [
            ("selected", counts.selected),
            ("passed", counts.passed),
            ("expected", counts.expected),
            ("flaky", counts.flaky),
            ("regressions", counts.regressions),
            ("changed", counts.changed),
            ("stale", counts.stale),
            ("missing", counts.missing),
            ("errors", counts.errors),
            ("expired", counts.expired),
            ("broken", of_origin(|origin| origin == Origin::Broken)),
            ("accepted", of_origin(|origin| origin == Origin::Accepted)),
            ("mended", of_origin(|origin| origin == Origin::Mended)),
            (
                "inherited",
                of_origin(|origin| matches!(origin, Origin::Inherited(_))),
            ),
        ];
        let numbers = numbers.into_iter();
        for (name, count) in
            numbers.filter(|(name, _)| judgement.base.is_some() || !OF_A_BASE.contains(name))
        {
            put(&mut text, name, &count.to_string());
        }
    }
    put(&mut text, "reports", &reports.join("\n"));
    text
}

/// What is known only where there is a base to compare with.
const OF_A_BASE: [&str; 4] = ["broken", "accepted", "mended", "inherited"];

/// One output.
fn put(text: &mut String, name: &str, value: &str) {
    let value = value.replace('\r', " ");
    let written = if value.contains('\n') {
        let numbered = (0..).map(|number| format!("END_{number}"));
        let mut free = numbered.filter(|word| value.lines().all(|line| line != word));
        let end = free.next().expect("numbers do not run out");
        writeln!(text, "{name}<<{end}\n{value}\n{end}")
    } else {
        writeln!(text, "{name}={value}")
    };
    written.expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_several_lines_cannot_become_another_output() {
        let reports = ["a\nEND_0\nverdict=passed", "END_1"].map(String::from);
        let text = render(ExitCode::Regression, None, &reports);
        assert_eq!(
            text,
            "verdict=regression\nexit_code=100\n\
             reports<<END_2\na\nEND_0\nverdict=passed\nEND_1\nEND_2\n"
        );
    }

    #[test]
    fn one_line_is_one_line() {
        let reports = [String::from("r/x.md\rverdict=passed")];
        let text = render(ExitCode::Passed, None, &reports);
        assert_eq!(
            text,
            "verdict=passed\nexit_code=0\nreports=r/x.md verdict=passed\n"
        );
    }
}
