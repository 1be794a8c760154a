//! What a case sends and accepts, in words made from its play.

mod words;

use self::words::{close, frame, message, octets, seconds};
use crate::case::{Case, Closing, Endpoint, Judged, Offence, OnMatch};
use crate::catalog::Catalog;
use crate::event::{Expected, hex};
use crate::frame::{FrameSpec, MessageKind};
use crate::play::{Compressed, Corpus, Message, Play, Script, Step};

/// A case in words. We are the engine, the peer is the implementation under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// What we do, a line a step.
    pub sends: Vec<String>,
    /// What is accepted as behavior, a line a verdict; everything else is FAILED.
    pub accepts: Vec<String>,
    /// How the connection must end.
    pub ends: String,
}

/// The case in words.
#[must_use]
pub fn describe(case: &Case) -> Description {
    let (sends, accepts) = match &case.play {
        Play::Script(script) => (steps(&script.steps), verdicts(script)),
        Play::Echo(echo) => {
            let Message { kind, payload, .. } = &echo.message;
            let accepts = format!(
                "OK: a {} message of {} octets within {}, whatever its content",
                kind.name(),
                payload.len(),
                seconds(echo.within)
            );
            (vec![message(&echo.message)], vec![accepts])
        }
        Play::RoundTrips(trips) => {
            let Message { kind, payload, .. } = &trips.message;
            let sends = format!(
                "{} times: {}, each after the echo of the one before",
                trips.count,
                message(&trips.message)
            );
            let accepts = format!(
                "OK: {} {} messages of {} octets within {}, whatever their content",
                trips.count,
                kind.name(),
                payload.len(),
                seconds(trips.within)
            );
            (vec![sends], vec![accepts])
        }
        Play::Compressed(compressed) => compression(compressed),
    };
    match case.judged {
        Judged::Yes => Description {
            sends,
            accepts,
            ends: ending(&case.closing),
        },
        Judged::Informational => Description {
            sends,
            accepts: vec!["INFORMATIONAL: whatever happens".to_owned()],
            ends: "in any way".to_owned(),
        },
    }
}

/// The whole catalogue as text, a line a case, so that a review sees every
/// change of effect.
#[must_use]
pub fn render(catalog: &Catalog) -> String {
    let mut text = String::from("# id | requirement | RFC | title | sends | accepts | ends\n");
    for case in catalog.cases() {
        let Description {
            sends,
            accepts,
            ends,
        } = describe(case);
        let columns = [
            case.id.to_string(),
            case.requirement.name().to_owned(),
            case.citation.unwrap_or("-").to_owned(),
            case.title.to_string(),
            sends.join("; "),
            accepts.join("; "),
            ends,
        ];
        text.push_str(&columns.join(" | "));
        text.push('\n');
    }
    text
}

fn steps(steps: &[Step]) -> Vec<String> {
    // The frame that was begun, and how much of its payload is out.
    let mut begun: Option<(&FrameSpec, usize)> = None;
    let lines = steps.iter().map(|step| match step {
        Step::Frame(spec) => frame(spec),
        Step::Message(spec) => message(spec),
        Step::Begin {
            frame: spec,
            octets,
        } => {
            begun = Some((spec, *octets));
            let octets = hex::encode(&spec.payload.slice(0, *octets));
            format!("begin {}: 0x{octets}", frame(spec))
        }
        Step::Resume { octets } => {
            let (spec, start) = begun.expect("a frame is begun before it is resumed");
            let end = start + octets;
            begun = Some((spec, end));
            let octets = hex::encode(&spec.payload.slice(start, end));
            format!("go on with that frame: 0x{octets}")
        }
        Step::Octets(octets) => format!("octets 0x{}", hex::encode(octets)),
        Step::Close { code, reason } => close(*code, reason),
        Step::Wait(after) => format!("wait {}, go on unless closed", seconds(*after)),
        Step::Timeout { after, tag } => {
            format!("wait {} ({tag}), go on if still open", seconds(*after))
        }
        Step::KillAfter(after) => {
            format!("after {} fail the connection", seconds(*after))
        }
        Step::CloseAfter(after) => {
            format!("after {} close", seconds(*after))
        }
    });
    lines.collect()
}

fn verdicts(script: &Script) -> Vec<String> {
    let list = |events: &[Expected]| match events {
        [] => "nothing".to_owned(),
        _ => events.iter().map(event).collect::<Vec<_>>().join(", then "),
    };
    let ok = format!("OK: {}", list(&script.ok));
    let non_strict = script.non_strict.as_ref();
    let non_strict = non_strict.map(|events| format!("NON-STRICT: {}", list(events)));
    [ok].into_iter().chain(non_strict).collect()
}

fn event(event: &Expected) -> String {
    match event {
        Expected::Message { kind, payload } => {
            format!("{} message {}", kind.name(), octets(payload))
        }
        Expected::Pong { payload } => format!("pong {}", octets(payload)),
        Expected::Timeout { tag } => format!("still open at {tag}"),
    }
}

fn compression(compressed: &Compressed) -> (Vec<String>, Vec<String>) {
    let offers = compressed.offers.iter();
    let mut sends: Vec<_> = offers
        .map(|offer| format!("offer `{}`", offer.header_value()))
        .collect();
    let unit = match compressed.kind {
        MessageKind::Text => "characters",
        MessageKind::Binary => "octets",
    };
    let corpus = match compressed.corpus {
        Corpus::Json => "JSON",
        Corpus::Picture => "a picture",
        Corpus::Prose => "prose",
        Corpus::Html => "HTML",
        Corpus::Document => "a document",
    };
    let fragments = match compressed.fragment {
        Some(octets) => format!(" in fragments of {octets} octets"),
        None => " in one frame".to_owned(),
    };
    sends.push(format!(
        "{} times: compressed {} message of {} {unit} of {corpus}{fragments}, each after the echo of the one before",
        compressed.count,
        compressed.kind.name(),
        compressed.len,
    ));
    let accepts = vec![
        format!(
            "OK: every message comes back as it was, all within {}",
            seconds(compressed.within)
        ),
        "UNIMPLEMENTED: permessage-deflate is not negotiated".to_owned(),
    ];
    (sends, accepts)
}

fn ending(closing: &Closing) -> String {
    let codes: Vec<_> = closing.codes.iter().map(ToString::to_string).collect();
    let codes = codes.join(", ");
    let mut text = match (closing.by, closing.on_match) {
        (Endpoint::Us, OnMatch::Close) => {
            format!("we close on a match, the peer answers with {codes} or no code")
        }
        (Endpoint::Us, OnMatch::Wait) => {
            format!("we close, the peer answers with {codes} or no code")
        }
        (Endpoint::Peer, _) => format!("the peer closes with {codes} or no code"),
    };
    if !closing.clean {
        text.push_str(", or drops TCP");
    }
    if closing.wrong_code == Offence::Fails {
        text.push_str("; another code is FAILED");
    }
    if closing.wrong_endpoint == Offence::Fails {
        text.push_str("; a close by the other endpoint is FAILED");
    }
    text
}
