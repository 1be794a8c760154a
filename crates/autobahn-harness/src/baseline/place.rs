//! Where in the file an entry stands: the lines to delete when it is stale.

use std::ops::RangeInclusive;

use autobahn_cases::CaseId;

use super::{Baseline, Entry};

impl Baseline {
    /// The lines of an entry, from 1; without what only leads to the next one.
    #[must_use]
    pub fn lines(&self, entry: &Entry) -> RangeInclusive<usize> {
        let following = self.text.lines().enumerate().skip(entry.line);
        let inside = following.take_while(|(_, line)| !line.trim_start().starts_with("[["));
        let telling = inside.filter(|(_, line)| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#')
        });
        let last = telling.last().map_or(entry.line, |(index, _)| index + 1);
        entry.line..=last
    }

    /// The line of an entry that names a case, by itself or by a pattern.
    #[must_use]
    pub fn line_naming(&self, entry: &Entry, id: CaseId) -> usize {
        let lines = self.lines(entry);
        let find = |is_it: &dyn Fn(&str) -> bool| {
            let all = self.text.lines().enumerate();
            let mut numbered = all.map(|(index, line)| (index + 1, line));
            let found = numbered.find(|(number, line)| lines.contains(number) && is_it(line));
            found.map(|(number, _)| number)
        };
        let quoted = [format!("\"{id}\""), format!("'{id}'")];
        find(&|line| quoted.iter().any(|name| line.contains(name)))
            .or_else(|| find(&|line| line.trim_start().starts_with("cases")))
            .unwrap_or(entry.line)
    }
}

#[cfg(test)]
mod tests {
    use autobahn_cases::autobahn;

    use crate::baseline::{Baseline, Known};

    const TEXT: &str = r#"version = 1
suite = { name = "autobahn", cases = "25.10.1", count = 517 }

[[deviation]]
id = "utf8"
cases = [
  "6.4.3",
  '6.4.4',
]
expect = "non-strict"
reason = "checked at the end of a frame"

# About the next one.
[[deviation]]
id = "deflate"
cases = ["12.*"]
count = 90
expect = "unimplemented"
reason = "there is none"
"#;

    #[test]
    fn an_entry_ends_before_what_leads_to_the_next() {
        let known = Known {
            catalog: autobahn(),
            targets: None,
        };
        let baseline = Baseline::parse("b.toml", TEXT, known).unwrap();
        let [utf8, deflate] = baseline.entries() else {
            panic!("two entries");
        };
        assert_eq!(baseline.lines(utf8), 4..=11);
        assert_eq!(baseline.lines(deflate), 14..=19);
        let naming = |entry, id: &str| baseline.line_naming(entry, id.parse().unwrap());
        assert_eq!(naming(utf8, "6.4.3"), 7);
        assert_eq!(naming(utf8, "6.4.4"), 8);
        assert_eq!(naming(deflate, "12.1.1"), 16);
    }
}
