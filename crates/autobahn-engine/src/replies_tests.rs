//! What is heard on a connection is the same whether its messages are known or not.

use std::sync::LazyLock;
use std::time::Duration;

use autobahn_cases::frame::{LengthForm, Opcode};
use flate2::Compression;
use proptest::prelude::*;

use super::*;
use crate::codec::Header;
use crate::corpus::Corpora;
use crate::deflate::Deflater;
use crate::inbox::Inbox;

static CORPORA: LazyLock<Corpora> = LazyLock::new(|| Corpora::generate(1));

/// A message of the server as it stands on the wire.
#[derive(Clone)]
struct Reply {
    kind: MessageKind,
    is_compressed: bool,
    octets: Vec<u8>,
}

/// What a server does otherwise than before, from a message on.
#[derive(Clone, Copy, Debug)]
enum Change {
    Nothing,
    Level,
    Uncompressed,
    Content,
    Corrupt,
    Shorter,
    Longer,
    Kind,
    Twice,
    Last,
}

fn plan(corpus: Corpus, len: usize) -> Compressed {
    let kind = match corpus {
        Corpus::Json | Corpus::Html => MessageKind::Text,
        Corpus::Picture | Corpus::Prose | Corpus::Document => MessageKind::Binary,
    };
    Compressed {
        corpus,
        kind,
        len,
        fragment: None,
        count: 1000,
        within: Duration::from_secs(60),
        offers: &[],
    }
}

fn contents(plan: &Compressed, count: usize) -> Vec<Content> {
    let mut at = 0;
    let contents = (0..count).map(|_| {
        let (content, to) = CORPORA.file(plan.corpus).window(at, plan.len);
        at = to;
        content
    });
    contents.collect()
}

/// The replies of a server that changes at a message.
fn replies(
    plan: &Compressed,
    (bits, context): (u8, Context),
    contents: &[Content],
    (change, at): (Change, usize),
) -> Vec<Reply> {
    let mut fast = Deflater::new(Compression::new(1), bits, context);
    let mut good = Deflater::new(Compression::new(6), bits, context);
    let mut replies = Vec::new();
    for (index, content) in contents.iter().enumerate() {
        let change = if index >= at { change } else { Change::Nothing };
        let mut octets = content.end(content.len());
        if let (Change::Content, Some(last)) = (change, octets.last_mut()) {
            *last = last.wrapping_add(1);
        }
        let mut reply = Reply {
            kind: plan.kind,
            is_compressed: true,
            octets: Vec::new(),
        };
        let (mut others, mut own) = (Vec::new(), Vec::new());
        fast.message(&[&octets], &mut own);
        good.message(&[&octets], &mut others);
        reply.octets = own;
        match change {
            Change::Nothing | Change::Content | Change::Twice => {}
            // It refers to the same messages before it, otherwise compressed.
            Change::Level => reply.octets = others,
            Change::Uncompressed => (reply.is_compressed, reply.octets) = (false, octets),
            Change::Corrupt => reply.octets[0] ^= 0x55,
            Change::Shorter => drop(reply.octets.pop()),
            Change::Longer => reply.octets.extend([0, 0, 0xff, 0xff]),
            Change::Kind => {
                reply.kind = match plan.kind {
                    MessageKind::Text => MessageKind::Binary,
                    MessageKind::Binary => MessageKind::Text,
                }
            }
            // RFC 7692, 7.2.3.4: an empty block with BFINAL, and the rest of one.
            Change::Last => reply
                .octets
                .extend([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff, 0]),
        }
        replies.push(reply.clone());
        if let Change::Twice = change {
            replies.push(reply);
        }
    }
    replies
}

/// Hears messages, each after the one that it echoes was sent; says what was heard.
fn hear(
    course: Course,
    deflate: Deflate,
    contents: &[Content],
    replies: &[Reply],
    cut: usize,
) -> (Vec<String>, Course) {
    let mut inbox = Inbox::new(0);
    inbox.inflater = Some(deflate.inflater());
    inbox.course = course;
    let mut heard = Vec::new();
    let mut contents = contents.iter();
    for reply in replies {
        if let Some(content) = contents.next() {
            inbox.expected = Some(content.clone());
        }
        inbox.begin(&Header {
            fin: true,
            rsv: if reply.is_compressed { 4 } else { 0 },
            opcode: match reply.kind {
                MessageKind::Text => Opcode::TEXT,
                MessageKind::Binary => Opcode::BINARY,
            },
            mask: None,
            len: reply.octets.len() as u64,
            form: LengthForm::Minimal,
        });
        let mut read = Ok(());
        for octets in reply.octets.chunks(cut) {
            read = read.and_then(|()| inbox.take(octets));
        }
        if let Err(fault) = read.and_then(|()| inbox.end()) {
            heard.push(format!("{fault:?}"));
            break;
        }
        let message = inbox.message();
        let (kind, len) = (message.kind.name(), message.len);
        heard.push(format!("{kind} {len} {:?}", message.is_expected));
        if message.is_expected != Some(true) {
            break;
        }
    }
    (heard, inbox.course)
}

/// The replies of a server that did everything right once.
fn known(plan: &Compressed, deflate: Deflate, contents: &[Content], cut: usize) -> Replies {
    let shared = Replies::default();
    let count = contents.len();
    let nothing = (Change::Nothing, count);
    let replies = replies(plan, deflate.server_window(), contents, nothing);
    let course = shared.course(plan, deflate, count as u32);
    let (heard, mut course) = hear(course, deflate, contents, &replies, cut);
    assert!(
        heard.iter().all(|message| message.ends_with("Some(true)")),
        "{heard:?}"
    );
    shared.keep(plan, deflate, &mut course);
    shared
}

fn deflate(bits: u8, context: Context) -> Deflate {
    Deflate {
        server_no_context_takeover: context == Context::Reset,
        server_max_window_bits: (bits < 15).then_some(bits),
        ..Deflate::default()
    }
}

fn changes() -> impl Strategy<Value = Change> {
    use Change::*;
    prop::sample::select(vec![
        Nothing,
        Level,
        Uncompressed,
        Content,
        Corrupt,
        Shorter,
        Longer,
        Kind,
        Twice,
        Last,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_a_server_changes_is_heard_as_if_nothing_were_known(
        corpus in prop::sample::select(vec![Corpus::Json, Corpus::Prose, Corpus::Document]),
        len in prop::sample::select(vec![1, 100, 3000, 40_000]),
        bits in 9u8..=15,
        context in prop::sample::select(vec![Context::Kept, Context::Reset]),
        (count, at) in (2usize..8).prop_flat_map(|count| (Just(count), 0..count)),
        change in changes(),
        cut in 1usize..70_000,
    ) {
        let (plan, deflate) = (plan(corpus, len), deflate(bits, context));
        let contents = contents(&plan, count);
        let shared = known(&plan, deflate, &contents, cut);
        let replies = replies(&plan, (bits, context), &contents, (change, at));

        let course = shared.course(&plan, deflate, count as u32);
        let is_following = matches!(course.stage, Stage::Following { .. });
        prop_assert!(is_following);
        let (heard, _) = hear(course, deflate, &contents, &replies, cut);
        let (read, _) = hear(Course::default(), deflate, &contents, &replies, cut);
        prop_assert_eq!(heard, read);
    }
}

#[test]
fn a_server_that_answers_as_before_is_followed_to_the_end() {
    for context in [Context::Kept, Context::Reset] {
        let (plan, deflate) = (plan(Corpus::Prose, 5000), deflate(15, context));
        let contents = contents(&plan, 5);
        let shared = known(&plan, deflate, &contents, 999);
        let replies = replies(&plan, (15, context), &contents, (Change::Nothing, 0));
        let course = shared.course(&plan, deflate, 5);
        let (heard, course) = hear(course, deflate, &contents, &replies, 4096);
        assert_eq!(heard, ["binary 5000 Some(true)"; 5]);
        assert!(matches!(course.stage, Stage::Following { next: 5, .. }));
    }
}

#[test]
fn only_a_case_that_ended_well_is_followed_and_only_in_what_it_had() {
    let (plan, deflate) = (plan(Corpus::Json, 100), deflate(15, Context::Kept));
    let contents = contents(&plan, 3);
    let shared = known(&plan, deflate, &contents, 100);
    let follows = |plan: &Compressed, deflate, count| {
        let course = shared.course(plan, deflate, count);
        matches!(course.stage, Stage::Following { .. })
    };
    assert!(follows(&plan, deflate, 3));
    assert!(!follows(&plan, deflate, 4));
    let others = Compressed { len: 64, ..plan };
    assert!(!follows(&others, deflate, 3));
    let no_context = Deflate {
        server_no_context_takeover: true,
        ..deflate
    };
    assert!(!follows(&plan, no_context, 3));
    let small = Deflate {
        server_max_window_bits: Some(9),
        ..deflate
    };
    assert!(!follows(&plan, small, 3));
}

#[test]
fn a_message_out_of_proportion_is_not_remembered() {
    let (plan, deflate) = (plan(Corpus::Json, 100), deflate(15, Context::Kept));
    let contents = contents(&plan, 1);
    let mut replies = replies(&plan, (15, Context::Kept), &contents, (Change::Nothing, 1));
    for _ in 0..100 {
        replies[0].octets.extend([0, 0, 0xff, 0xff, 0]);
    }
    let shared = Replies::default();
    let (heard, mut course) = hear(
        shared.course(&plan, deflate, 1),
        deflate,
        &contents,
        &replies,
        9,
    );
    assert_eq!(heard, ["text 100 Some(true)"]);
    shared.keep(&plan, deflate, &mut course);
    assert!(matches!(
        shared.course(&plan, deflate, 1).stage,
        Stage::Leading { .. }
    ));
}

#[test]
fn what_has_come_of_a_message_can_be_read_at_any_time() {
    let (plan, deflate) = (plan(Corpus::Prose, 5000), deflate(15, Context::Kept));
    let contents = contents(&plan, 2);
    let shared = known(&plan, deflate, &contents, 999);
    let mut inbox = Inbox::new(0);
    inbox.inflater = Some(deflate.inflater());
    inbox.course = shared.course(&plan, deflate, 2);
    inbox.expected = Some(contents[0].clone());
    inbox.begin(&Header {
        fin: true,
        rsv: 4,
        opcode: Opcode::BINARY,
        mask: None,
        len: 1000,
        form: LengthForm::Minimal,
    });
    // Block type 3 (RFC 1951, section 3.2.3).
    assert!(inbox.take(&[0xff; 10]).is_ok());
    assert!(inbox.course.is_undecided());
    assert!(inbox.decide().is_err());
    assert!(!inbox.course.is_undecided());
}
