//! Every format, of a run with one of each verdict and with hostile text in it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use autobahn_cases::case::{pong_with, timed_out};
use autobahn_cases::event::{Event, Excerpt};
use autobahn_cases::frame::{MessageKind, Opcode, Write, ping, text};
use autobahn_cases::transcript::{Entry, FrameEntry, What};
use autobahn_cases::{Case, CaseId, Catalog, Finding, Outcome, Requirement};
use autobahn_harness::baseline::Known;
use autobahn_harness::gate::Status;
use autobahn_harness::report::terminal::{self, Color};
use autobahn_harness::report::{self, Format, markdown};
use autobahn_harness::run::CaseResult;
use autobahn_harness::{Baseline, Demand, Judgement, Run, judge, results};
use proptest::prelude::*;

use crate::fixture::{
    self, conforming, day, expect_file, id, judged, outcome, record, record_of, result, run, target,
};
use crate::junit::check_junit;
use crate::machines::{check_ctrf, check_tap};

/// What a peer may write into everything that it sends.
pub(crate) const HOSTILE: &str =
    "<&\"'>|`@somebody #1 ##[error] [x](https://example.org)\x1b[31m\r\n\u{202e}\u{0}\u{fffe}]]>";

/// The formats whose every octet is of our making. The others are read by
/// machines that need to know what really came.
const SAFE: [Format; 6] = [
    Format::Badge,
    Format::Ctrf,
    Format::Junit,
    Format::Markdown,
    Format::Tap,
    Format::Text,
];

const CASES: [&str; 10] = [
    "1.1.1", "2.1", "5.20", "6.4.3", "6.4.4", "7.1.5", "7.1.6", "9.1.1", "12.1.1", "12.1.2",
];

const BASELINE: &str = "version = 1
suite = { name = \"autobahn\", cases = \"25.10.1\", count = 10 }

[[deviation]]
id = 'utf8'
cases = ['6.4.3', '6.4.4']
expect = 'non-strict'
reason = 'a frame is checked when all of it is there'

[[deviation]]
id = 'deflate'
cases = '12.*'
count = 2
expect = 'unimplemented'
reason = 'there is none | <b>yet</b>'
issue = 'https://example.org/issues/2'
expires = 2026-01-31

[[flaky]]
id = 'race'
cases = '7.1.5'
expect = ['ok', 'ok/unclean']
reason = 'slow runners miss it'
";

/// Ten cases of our own making, so that nothing here follows the real ones; the
/// title of one of them is hostile.
static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    const HINTS: &[&str] = &["the pong is queued and not flushed"];
    let must = |id: &str, title: &'static str, citation| {
        Case::new(id, title).cites(Requirement::Must, citation)
    };
    Catalog::new([
        must("1.1.1", "A text comes back", "6455#5.6"),
        must("2.1", HOSTILE, "6455#5.5.2")
            .send(ping("pongme 1!"))
            .ok([pong_with("pongme 1!")])
            .hints(HINTS),
        must("5.20", "A text in fragments comes back", "6455#5.4"),
        must(
            "6.4.3",
            "A bad octet fails the connection at once",
            "6455#8.1",
        )
        .send(text("x"))
        .timeout(1, "A")
        .ok([timed_out("A")])
        .peer_fails(1007),
        must("6.4.4", "Another bad octet does, too", "6455#8.1"),
        must(
            "7.1.5",
            "A close between fragments ends the message",
            "6455#5.5.1",
        ),
        Case::new("7.1.6", "A close after a long text").informational(),
        must("9.1.1", "A long text comes back", "6455#10.4"),
        must("12.1.1", "A compressed text comes back", "7692#7.2"),
        must("12.1.2", "A longer compressed text comes back", "7692#7.2"),
    ])
});

pub(crate) fn baseline() -> Baseline {
    let known = Known {
        catalog: &CATALOG,
        targets: None,
    };
    Baseline::parse("autobahn/baseline.toml", BASELINE, known).unwrap()
}

pub(crate) fn hostile_outcome() -> Outcome {
    let frame = |opcode, payload: &[u8]| FrameEntry {
        fin: true,
        rsv: 0,
        opcode,
        mask: None,
        payload: Excerpt::of(payload),
        write: Write::Plain,
    };
    let mut outcome = outcome("failed/unclean");
    outcome.ending.remote_code = None;
    outcome.ending.unclean_reason = Some(HOSTILE.into());
    outcome.explanation.behavior = HOSTILE.into();
    outcome.findings = vec![Finding {
        rule: autobahn_cases::outcome::Misbehavior::CloseCode,
        detail: HOSTILE.into(),
    }];
    outcome.received = vec![
        Event::Pong {
            payload: Excerpt::of(HOSTILE.as_bytes()),
        },
        Event::Message {
            kind: MessageKind::Binary,
            payload: Excerpt::of(b"\xff\xfe"),
        },
    ];
    for (micros, what) in [
        (1_000, What::Sent(frame(Opcode::PING, b"pongme 1!"))),
        (
            2_100,
            What::Received(frame(Opcode::PONG, HOSTILE.as_bytes())),
        ),
        (
            31_000,
            What::Note {
                text: HOSTILE.into(),
            },
        ),
    ] {
        let micros = Some(micros);
        outcome.transcript.push(Entry { micros, what });
    }
    outcome.transcript.response = HOSTILE.into();
    outcome
}

/// A run with one of each: a pass, an informational pass, a regression, a stale
/// entry, an expected deviation, a changed one, flaky ones, and both errors.
pub(crate) fn mixed() -> Run {
    let mut regression = record("echo", "2.1", &["failed/unclean"]);
    regression.result = CaseResult::Played(Box::new(hostile_outcome()));
    let mut cases = vec![
        record("echo", "1.1.1", &["ok"]),
        regression,
        record("echo", "5.20", &["failed", "ok"]),
        record("echo", "6.4.3", &["ok"]),
        record("echo", "6.4.4", &["non-strict"]),
        record("echo", "7.1.5", &["ok/unclean"]),
        record("echo", "7.1.6", &["informational"]),
        record("echo", "12.1.1", &["unimplemented"]),
        record("echo", "12.1.2", &["failed"]),
        record("a.b", "1.1.1", &["ok"]),
    ];
    cases[7].result = result("unimplemented");
    cases.push(record("a.b", "9.1.1", &[&format!("error: {HOSTILE}")]));
    let all: BTreeSet<CaseId> = CASES.into_iter().map(id).collect();
    let mut run = run(all, cases);
    run.provenance.targets.push(target("a.b"));
    run.provenance.targets.push(target("a_b"));
    run
}

pub(crate) fn judged_mixed<'a>(run: &'a Run, baseline: &'a Baseline) -> Judgement<'a> {
    judge(run, baseline, &CATALOG, day("2026-02-03"), Demand::Complete)
}

#[test]
fn each_format_of_a_mixed_run_is_the_committed_one() {
    let (run, baseline) = (mixed(), baseline());
    let judgement = judged_mixed(&run, &baseline);
    // The page stands in a test of its own, without its style and script.
    let texts = Format::ALL.iter().filter(|format| **format != Format::Html);
    for format in texts {
        let name = format!("tests/gate/expect/mixed-{}", format.file_name());
        let name = match format {
            Format::Autobahn => format!("{name}/index.json"),
            _ => name,
        };
        expect_file(&name, &format.render(&judgement));
    }
    let details = report::autobahn::details(&judgement);
    assert_eq!(details.len(), 10, "a file for each case that was played");
    let name = "echo_case_2_1.json";
    let place = format!("tests/gate/expect/mixed-autobahn/{name}");
    expect_file(&place, &details[name]);
}

#[test]
fn a_format_is_known_by_its_name() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    let error = "toml\n".parse::<Format>().unwrap_err().to_string();
    let begin = "`toml\\n` is no report format; expected one of autobahn, badge, ctrf, html, ";
    assert!(error.starts_with(begin), "{error}");
    for format in Format::ALL {
        assert!(error.contains(format.name()), "{error}");
    }
}

#[test]
fn a_green_summary_is_short() {
    let (run, baseline) = (conforming(), fixture::baseline(""));
    let judgement = judged(&run, &baseline);
    expect_file(
        "tests/gate/expect/green-summary.md",
        &Format::Markdown.render(&judgement),
    );
    let text = Format::Text.render(&judgement);
    expect_file("tests/gate/expect/green-summary.txt", &text);
}

#[test]
fn a_partial_run_says_so() {
    let (run, baseline) = (
        run([id("1.1.1")].into(), vec![record("echo", "1.1.1", &["ok"])]),
        fixture::baseline(""),
    );
    let judgement = judged(&run, &baseline);
    for format in [Format::Markdown, Format::Text] {
        let text = format.render(&judgement);
        assert!(
            text.contains("partial run") && text.contains("1 of 517"),
            "{text}"
        );
    }
}

#[test]
fn the_same_judgement_gives_the_same_bytes_in_any_order_of_records() {
    let baseline = baseline();
    let (run, mut shuffled) = (mixed(), mixed());
    shuffled.cases.reverse();
    for format in Format::ALL {
        let one = format.render(&judged_mixed(&run, &baseline));
        assert_eq!(
            one,
            format.render(&judged_mixed(&shuffled, &baseline)),
            "{}",
            format.name()
        );
    }
}

#[test]
fn nothing_from_a_peer_reaches_a_report_as_it_came() {
    let (run, baseline) = (mixed(), baseline());
    let judgement = judged_mixed(&run, &baseline);
    let is_unsafe = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{fffe}".contains(c);
    for format in SAFE {
        let text = format.render(&judgement);
        assert!(!text.contains(is_unsafe), "{}", format.name());
        assert!(!text.contains("##["), "{}", format.name());
    }
    let markdown = Format::Markdown.render(&judgement);
    let mut fenced = false;
    for line in markdown.lines() {
        fenced ^= line.starts_with("```");
        if !fenced {
            for markup in ["@somebody", "](https://example.org)", "<b>", "\"'>", "|`"] {
                assert!(!line.contains(markup), "{markup} in {line}");
            }
        }
    }
    assert!(!fenced, "every fence is closed");
}

#[test]
fn colour_is_written_only_where_it_is_asked_for() {
    let (run, baseline) = (mixed(), baseline());
    let judgement = judged_mixed(&run, &baseline);
    let colored = terminal::render(&judgement, Color::Ansi);
    assert!(colored.contains("\x1b["));
    assert!(!terminal::render(&judgement, Color::Plain).contains('\x1b'));
}

#[test]
fn the_json_report_reads_as_results() {
    let (mut run, baseline) = (mixed(), baseline());
    let text = Format::Json.render(&judged_mixed(&run, &baseline));
    let again = results::from_json("results.json", &text, &CATALOG).unwrap();
    run.sort();
    assert_eq!(again, run);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["judgement"]["exit_code"], 101);
    assert_eq!(value["judgement"]["deviations"][0]["id"], "2.1");
    assert_eq!(value["cases"][0]["verdict"]["behavior"], "OK");
}

/// The worst run that there is: everything failed, with long explanations.
pub(crate) fn worst() -> Run {
    let mut run = conforming();
    for record in &mut run.cases {
        let mut outcome = hostile_outcome();
        outcome.explanation.behavior = "<".repeat(5000);
        record.result = CaseResult::Played(Box::new(outcome));
    }
    run
}

#[test]
fn a_summary_is_shortened_in_the_planned_order() {
    let (run, baseline) = (worst(), fixture::baseline(""));
    let judgement = judged(&run, &baseline);
    for limit in [
        markdown::SUMMARY_LIMIT,
        markdown::COMMENT_LIMIT,
        20_000,
        5_000,
        2_000,
    ] {
        let text = markdown::render_within(&judgement, limit);
        assert!(text.len() <= limit, "{} > {limit}", text.len());
        assert!(text.contains("❌ Autobahn conformance: 517 regressions"));
        assert_eq!(
            text.matches("<details>").count(),
            text.matches("</details>").count()
        );
    }
    let comment = markdown::render_within(&judgement, markdown::COMMENT_LIMIT);
    assert!(comment.contains("more, in results.json"), "{comment}");
    assert!(comment.contains("Regressions: "));
}

#[test]
fn a_terminal_is_not_flooded() {
    let (run, baseline) = (worst(), fixture::baseline(""));
    let judgement = judged(&run, &baseline);
    let text = Format::Text.render(&judgement);
    assert!(text.lines().count() < 1200, "{}", text.lines().count());
    for judged in judgement.with(Status::Regression) {
        assert!(
            text.contains(&format!("echo {}", judged.id)),
            "{}",
            judged.id
        );
    }
}

#[test]
fn numbers_that_no_engine_writes_are_reported_all_the_same() {
    let (mut run, baseline) = (conforming(), fixture::baseline(""));
    let frame = FrameEntry {
        fin: true,
        rsv: 0,
        opcode: Opcode::TEXT,
        mask: None,
        payload: Excerpt {
            len: Some(u64::MAX),
            hex: Vec::new(),
        },
        write: Write::Plain,
    };
    // A silence of all the time there is, and more events than are shown.
    for (case, verdict, events) in [("1.1.1", "failed", 2), ("12.1.1", "ok", 100)] {
        let mut outcome = outcome(verdict);
        outcome.transcript.entries = (0..events)
            .map(|at| Entry {
                micros: Some(if at == 0 { 0 } else { u64::MAX }),
                what: What::Received(frame.clone()),
            })
            .collect();
        outcome.transcript.omitted = u64::MAX;
        record_of(&mut run, case).result = CaseResult::Played(Box::new(outcome));
    }
    run.provenance.duration_ms = u64::MAX;
    let judgement = judged(&run, &baseline);
    for format in Format::ALL {
        assert!(!format.render(&judgement).is_empty());
    }
    let text = Format::Text.render(&judgement);
    assert!(
        text.contains(&format!("last 2 of {} events", u64::MAX)),
        "{text}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_text_of_a_peer_can_be_reported(text in "(?s).{0,80}", name in "(?s).{1,12}") {
        let baseline = fixture::baseline("");
        let mut run = conforming();
        run.provenance.targets = vec![target(&name)];
        for record in &mut run.cases {
            record.target.clone_from(&name);
        }
        let mut outcome = hostile_outcome();
        outcome.explanation.behavior.clone_from(&text);
        outcome.transcript.push(Entry { micros: None, what: What::Note { text: text.clone() } });
        record_of(&mut run, "1.1.1").result = CaseResult::Played(Box::new(outcome));
        record_of(&mut run, "1.1.2").result = CaseResult::NotPlayed { error: text };
        let judgement = judged(&run, &baseline);
        check_junit(&judgement);
        let json = Format::Json.render(&judgement);
        prop_assert!(results::from_json("r", &json, fixture::catalog()).is_ok());
        check_tap(&judgement);
        check_ctrf(&judgement);
        let annotations = Format::Annotations.render(&judgement);
        for line in annotations.lines() {
            prop_assert!(line.starts_with("::error title="), "{line}");
        }
        for format in [Format::Markdown, Format::Comment, Format::Annotations, Format::Tap, Format::Text] {
            let text = format.render(&judgement);
            prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
        }
    }
}
