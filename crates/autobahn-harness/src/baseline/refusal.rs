//! Why a baseline is refused: every fault with its place in the file.

use std::error;
use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A baseline that cannot be used, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    path: String,
    text: String,
    problems: Vec<Problem>,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands in the text, in octets.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub cure: Option<String>,
}

impl Refused {
    /// `problems` in any order; at least one.
    pub(crate) fn new(path: &str, text: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        problems.dedup();
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            problems,
        }
    }

    /// The faults, in the order of the file.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The faults with the lines where they stand; the renderer decides on colour.
    #[must_use]
    pub fn render(&self, renderer: &Renderer) -> String {
        let shown = self.problems.iter().take(MOST_SHOWN);
        let mut text = String::new();
        for problem in shown {
            text.push_str(&renderer.render(&[self.group(problem)]));
            text.push_str("\n\n");
        }
        text.push_str(&self.summary());
        text
    }

    fn group<'a>(&'a self, problem: &'a Problem) -> Group<'a> {
        let annotation = AnnotationKind::Primary.span(self.within(&problem.span));
        let snippet = Snippet::source(&self.text).path(&self.path);
        let group = Level::ERROR
            .primary_title(&problem.message)
            .element(snippet.annotation(annotation));
        match &problem.cure {
            Some(cure) => group.element(Level::HELP.message(cure)),
            None => group,
        }
    }

    /// The span, cut to the text and to whole characters.
    fn within(&self, span: &Range<usize>) -> Range<usize> {
        let floor = |index: usize| {
            let mut index = index.min(self.text.len());
            while !self.text.is_char_boundary(index) {
                index -= 1;
            }
            index
        };
        let start = floor(span.start);
        start..floor(span.end).max(start)
    }

    fn summary(&self) -> String {
        let count = self.problems.len();
        let faults = if count == 1 { "fault" } else { "faults" };
        let hidden = match count.saturating_sub(MOST_SHOWN) {
            0 => String::new(),
            more => format!(", {more} of them not shown"),
        };
        format!("cannot use `{}`: {count} {faults}{hidden}", self.path)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&Renderer::plain()))
    }
}

impl error::Error for Refused {}

/// More faults than this are counted, not shown.
const MOST_SHOWN: usize = 50;
