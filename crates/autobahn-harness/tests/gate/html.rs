//! The page: whole, small, the same each time, and nothing that a peer wrote is
//! more than text in it.

use std::collections::BTreeSet;
use std::slice;

use autobahn_cases::event::Excerpt;
use autobahn_cases::frame::{Opcode, Write};
use autobahn_cases::transcript::{Entry, FrameEntry, What};
use autobahn_cases::{Outcome, Transcript};
use autobahn_harness::report::html::{LIMIT, render};
use autobahn_harness::run::CaseResult;
use autobahn_harness::{Judgement, Run};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::fixture::{
    baseline, conforming, expect_file, judged, outcome, record, record_of, run, target,
};
use crate::reports;

fn page(judgement: &Judgement<'_>) -> String {
    render(slice::from_ref(judgement), None)
}

/// What stands between the first `<name...>` and its end.
#[track_caller]
fn element<'a>(page: &'a str, name: &str) -> &'a str {
    let start = page.find(&format!("<{name}>")).unwrap() + name.len() + 2;
    let end = page[start..].find(&format!("</{name}>")).unwrap();
    &page[start..start + end]
}

/// The values of an attribute, quoted or not. Whatever begins with `<` is markup.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let begins = format!(" {name}=");
    let body = page.split("<script>").next().unwrap();
    let tags = body.split('<').map(|rest| rest.split('>').next().unwrap());
    let values = tags.filter_map(|tag| Some(tag.split_once(&begins)?.1));
    let values = values.map(|rest| match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap(),
        None => rest.split(' ').next().unwrap(),
    });
    values.collect()
}

/// Everything is where a link says, once; nothing is run or fetched but what the
/// policy names.
#[track_caller]
fn check(page: &str) {
    let ids = attributes(page, "id");
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "an id stands in the page once");
    for link in attributes(page, "href") {
        let known = link.strip_prefix('#').is_some_and(|id| unique.contains(id));
        let web = link.starts_with("https://example.org/") || link.starts_with("data:image/");
        assert!(known || web, "`{link}` leads nowhere");
    }
    assert_eq!(attributes(page, "src"), [""; 0]);
    assert_eq!(attributes(page, "style"), [""; 0]);
    for part in ["script", "style"] {
        assert_eq!(page.matches(&format!("<{part}")).count(), 1, "<{part}>");
    }
    let policy = page.split("http-equiv=\"Content-Security-Policy\" content=\"");
    let policy = policy.last().unwrap().split('"').next().unwrap();
    for (source, part) in [("script-src", "script"), ("style-src", "style")] {
        let hash = STANDARD.encode(Sha256::digest(element(page, part)));
        let source = format!("{source} &#39;sha256-{hash}&#39;");
        assert!(policy.contains(&source), "{source} not in {policy}");
    }
    assert!(policy.starts_with("default-src &#39;none&#39;;") && !policy.contains("unsafe"));
    let unsafe_text =
        |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{200b}\u{fffe}".contains(c);
    assert!(!page.contains(unsafe_text));
}

fn frame(payload: &[u8]) -> Entry {
    let what = What::Received(FrameEntry {
        fin: true,
        rsv: 0,
        opcode: Opcode::TEXT,
        mask: None,
        payload: Excerpt::of(payload),
        write: Write::Plain,
    });
    Entry {
        micros: Some(1_234_567),
        what,
    }
}

/// As much as an engine records.
fn long(text: &str) -> Outcome {
    let mut outcome = outcome(text);
    outcome.transcript = Transcript {
        request: String::from("GET / HTTP/1.1\r\nSec-WebSocket-Key: abc\r\n\r\n"),
        response: String::from("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        ..Transcript::default()
    };
    for octet in 0..=255 {
        outcome.transcript.push(frame(&[octet; 125]));
    }
    outcome
}

fn put(run: &mut Run, case: &str, outcome: Outcome) {
    record_of(run, case).result = CaseResult::Played(Box::new(outcome));
}

#[test]
fn the_page_of_a_mixed_run_is_the_committed_one() {
    let (run, baseline) = (reports::mixed(), reports::baseline());
    let page = page(&reports::judged_mixed(&run, &baseline));
    check(&page);
    let mut text = page.clone();
    for part in ["script", "style"] {
        text = text.replace(element(&page, part), "");
        let hash = STANDARD.encode(Sha256::digest(element(&page, part)));
        text = text.replace(&hash, "...");
    }
    expect_file("tests/gate/expect/mixed-index.html", &text);
}

#[test]
fn a_page_fits_its_limit_and_deviations_keep_everything() {
    let mut run = conforming();
    for record in &mut run.cases {
        let CaseResult::Played(before) = &record.result else {
            panic!("it was played");
        };
        let whole = long(&before.verdict.to_string().replace(' ', "-"));
        record.result = CaseResult::Played(Box::new(whole));
    }
    put(&mut run, "6.4.3", long("failed"));
    let baseline = baseline("");
    let page = page(&judged(&run, &baseline));
    check(&page);
    assert!(page.len() <= LIMIT, "{} octets", page.len());
    let card = |id: &str| {
        let start = page.find(&format!("<div id=echo-{id}>")).unwrap();
        &page[start..start + page[start..].find("</details>").unwrap()]
    };
    let dump = "<i>            0000  ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff";
    assert!(card("6.4.3").contains(dump) && !card("6.4.4").contains(dump));
    assert!(card("6.4.3").matches(" len=125 ").count() == Transcript::MAX_ENTRIES);
    assert!(card("6.4.3").contains("Sec-WebSocket-Key: abc"));
    assert!(
        card("6.4.4").contains("href=#hs1"),
        "equal handshakes are stored once"
    );
}

#[test]
fn every_case_has_a_card_that_can_be_linked_to() {
    let (run, baseline) = (conforming(), baseline(""));
    let page = page(&judged(&run, &baseline));
    check(&page);
    for id in &run.selected {
        assert!(page.contains(&format!("<div id=echo-{id}>")), "{id}");
        assert!(
            page.contains(&format!("<a href=#echo-{id}>{id}</a>")),
            "{id}"
        );
    }
    assert!(page.contains("echo conforms: all 517 cases pass."));
}

#[test]
fn what_a_peer_wrote_is_text() {
    let attack =
        "</pre><script>document.title='owned'</script><img src=x onerror=alert(1)>\u{202e}\0";
    let mut run = conforming();
    let mut hostile = long("failed/unclean");
    hostile.transcript.response = format!("HTTP/1.1 101 {attack}\r\nServer: {attack}\r\n\r\n");
    hostile.transcript.push(frame(attack.as_bytes()));
    hostile.transcript.push(Entry {
        micros: None,
        what: What::Note {
            text: attack.into(),
        },
    });
    hostile.ending.remote_reason = Some(Excerpt::of(attack.as_bytes()));
    hostile.ending.unclean_reason = Some(attack.into());
    hostile.explanation.behavior = attack.into();
    hostile.received = vec![autobahn_cases::event::Event::Timeout { tag: attack.into() }];
    put(&mut run, "1.1.1", hostile.clone());
    hostile.verdict = outcome("ok").verdict;
    put(&mut run, "1.1.2", hostile);
    record_of(&mut run, "1.1.3").result = CaseResult::NotPlayed {
        error: attack.into(),
    };
    run.provenance.command.push(attack.into());
    run.provenance.commit = Some(attack.into());
    run.provenance.targets[0].url = attack.into();
    run.provenance.targets[0].name = attack.into();
    for record in &mut run.cases {
        record.target = attack.into();
    }
    let baseline = baseline("");
    let page = page(&judged(&run, &baseline));
    check(&page);
    assert!(!page.contains("<img") && !page.contains("<script>document"));
    assert!(page.contains("&lt;script&gt;document.title=&#39;owned&#39;&lt;/script&gt;"));
}

#[test]
fn where_only_the_end_is_wrong_it_is_the_end_that_is_told() {
    let baseline = baseline("");
    let mut run = conforming();
    put(&mut run, "1.1.1", outcome("ok/unclean"));
    put(&mut run, "1.1.2", outcome("failed/unclean"));
    let page = page(&judged(&run, &baseline));
    for (verdict, why) in [
        ("OK/UNCLEAN", "how it ended is told here"),
        ("FAILED/UNCLEAN", "what was received is told here"),
    ] {
        let row = format!("<td class=\"verdict now\">{verdict}<td>{why}");
        assert!(page.contains(&row), "{row}");
    }
}

#[test]
fn engines_stand_side_by_side_and_where_they_disagree_it_shows() {
    let baseline = baseline("");
    let (docker, mut embedded) = (conforming(), conforming());
    embedded.provenance.engine.name = String::from("embedded");
    put(&mut embedded, "5.1", outcome("failed"));
    let judgements = [judged(&docker, &baseline), judged(&embedded, &baseline)];
    let page = render(&judgements, None);
    check(&page);
    assert!(page.contains("Different verdicts on 1 of 517 cases"));
    assert_eq!(
        page.matches("engines disagree</em>").count(),
        2,
        "in the matrix and its card"
    );
    assert!(page.contains("Observed by docker") && page.contains("Observed by embedded"));
    let agree = [judged(&docker, &baseline), judged(&docker, &baseline)];
    assert!(render(&agree, None).contains("They do: the same verdict"));
}

#[test]
fn speed_is_compared_with_that_of_the_run_before() {
    let baseline = baseline("");
    let (run, mut before) = (conforming(), conforming());
    for record in &mut before.cases {
        if let CaseResult::Played(outcome) = &mut record.result {
            outcome.duration = outcome.duration.map(|duration| duration * 2);
        }
    }
    let judgement = judged(&run, &baseline);
    let page = render(slice::from_ref(&judgement), Some(&before));
    check(&page);
    assert!(
        page.contains("<td>12.0 ms<td>24.0 ms<td>-50 %"),
        "time, before, change"
    );
    before.provenance.engine.name = String::from("embedded");
    let page = render(slice::from_ref(&judgement), Some(&before));
    assert!(
        !page.contains("-50 %"),
        "another engine says nothing about speed"
    );
}

#[test]
fn several_targets_have_cards_of_their_own() {
    let baseline = baseline("");
    let both = ["a b", "a_b"].map(|name| record(name, "1.1.1", &["ok"]));
    let mut run = run(["1.1.1".parse().unwrap()].into(), both.into());
    run.provenance.targets = vec![target("a b"), target("a_b")];
    let page = page(&judged(&run, &baseline));
    check(&page);
    assert!(page.contains("<div id=a_b-1.1.1>") && page.contains("<div id=a_b_2-1.1.1>"));
    assert!(page.contains("It was a run of 1 of 517 cases on 2 targets (partial run)."));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_text_of_a_peer_makes_a_page(text in "(?s).{0,80}", name in "(?s).{1,12}") {
        let baseline = baseline("");
        let mut hostile = long("failed");
        hostile.explanation.behavior.clone_from(&text);
        hostile.transcript.response.clone_from(&text);
        hostile.ending.remote_reason = Some(Excerpt::of(text.as_bytes()));
        let mut run = run(["1.1.1".parse().unwrap()].into(), vec![record(&name, "1.1.1", &["ok"])]);
        run.provenance.targets = vec![target(&name)];
        run.cases[0].result = CaseResult::Played(Box::new(hostile));
        check(&page(&judged(&run, &baseline)));
    }
}
