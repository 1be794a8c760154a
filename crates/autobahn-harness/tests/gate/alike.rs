//! A server that is gone is one thing to tell, not five hundred.

use autobahn_harness::report::{Format, markdown, terminal};
use autobahn_harness::run::CaseResult;

use crate::fixture::{baseline, conforming, judged, record_of};

const REFUSED: &str = "cannot connect: Connection refused";

/// Each format that people read, of a run in which these cases were not played; of the
/// page what is told first.
fn told(not_played: &[(&str, &str)]) -> [String; 4] {
    let mut run = conforming();
    for (case, error) in not_played {
        let error = (*error).to_owned();
        record_of(&mut run, case).result = CaseResult::NotPlayed { error };
    }
    let baseline = baseline("");
    let judgement = judged(&run, &baseline);
    let page = Format::Html.render(&judgement);
    let (first, _) = page.split_once(r#"<section id="matrix""#).unwrap();
    [
        terminal::render(&judgement, terminal::Color::Plain),
        markdown::render(&judgement),
        Format::Annotations.render(&judgement),
        first.to_owned(),
    ]
}

#[test]
fn cases_without_a_verdict_for_one_reason_are_told_together() {
    let cases = ["5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "5.7", "9.1.1"];
    let mut not_played: Vec<_> = cases.map(|case| (case, REFUSED)).into();
    not_played.push(("5.8", "the connection was reset"));
    let [text, summary, annotations, page] = told(&not_played);
    for (report, together) in [
        (
            &text,
            "error: echo, 8 cases: 5.1, 5.2, 5.3, 5.4, 5.5, 5.6 and 2 more\n",
        ),
        (
            &summary,
            "| <code>echo 5.1, 5.2, 5.3, 5.4, 5.5, 5.6 and 2 more</code> |  |  |",
        ),
        (&annotations, "%0Aand 7 more for the same reason%0A"),
        (&page, "and 7 more, for the same reason"),
    ] {
        assert!(report.contains(together), "{report}");
        for reason in [REFUSED, "the connection was reset"] {
            assert_eq!(report.matches(reason).count(), 1, "{reason}: {report}");
        }
    }
    assert!(text.contains("error: echo 5.8 — "), "{text}");
    assert!(text.contains("9 errors"), "{text}");
    assert!(
        text.contains("autobahn run 5.1 5.2 5.3 5.4 5.5 5.6 5.7 9.1.1"),
        "{text}"
    );
}

#[test]
fn many_reasons_are_told_a_line_each_with_their_number() {
    let mut not_played: Vec<_> = (1..=20)
        .map(|number| (format!("5.{number}"), format!("reason {number}")))
        .collect();
    // One reason more than there are blocks, of two cases.
    not_played.push(("9.1.1".to_owned(), REFUSED.to_owned()));
    not_played.push(("9.1.2".to_owned(), REFUSED.to_owned()));
    let not_played: Vec<_> = not_played
        .iter()
        .map(|(case, error)| (case.as_str(), error.as_str()))
        .collect();
    let [text, ..] = told(&not_played);
    let line = format!("got not played: {REFUSED}\n         and 1 more alike\n");
    assert!(text.contains(&line), "{text}");
}
