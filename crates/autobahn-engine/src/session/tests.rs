//! Tests of a connection's life, without a socket and without a clock.

use autobahn_cases::frame::{FrameSpec, Mask, binary, continuation, ping, pong, text};

use super::*;

/// A server's view of things, for a session of ours.
struct Peer {
    session: Session,
    out: Vec<u8>,
}

impl Peer {
    /// A session whose opening handshake is complete.
    fn open() -> Self {
        let request = Request {
            path: "/".into(),
            host: "test:80".into(),
            key: "dGhlIHNhbXBsZSBub25jZQ==".into(),
            offers: &[],
        };
        let session = Session::new(Role::Client, request, 64, fastrand::Rng::with_seed(1));
        let mut peer = Self {
            session,
            out: Vec::new(),
        };
        peer.flush();
        let mut response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
            .to_vec();
        let signal = peer.session.receive(&mut response.as_mut_slice());
        assert!(matches!(signal, Some(Signal::Opened)));
        peer
    }

    /// Sends octets; returns what the case hears of.
    fn octets(&mut self, mut octets: Vec<u8>) -> Vec<Signal> {
        let mut input = octets.as_mut_slice();
        std::iter::from_fn(|| self.session.receive(&mut input)).collect()
    }

    fn sends(&mut self, frame: FrameSpec) -> Vec<Signal> {
        let payload = frame.payload.to_vec();
        let mut octets = Vec::new();
        let header = Header {
            fin: frame.fin,
            rsv: frame.rsv,
            opcode: frame.opcode,
            mask: match frame.mask {
                Mask::Fixed(key) => Some(key),
                Mask::ByRole | Mask::Absent => None,
            },
            len: payload.len() as u64,
            form: frame.length,
        };
        header.encode(&mut octets);
        octets.extend(payload);
        self.octets(octets)
    }

    fn closes(&mut self, body: &'static [u8]) -> Vec<Signal> {
        self.sends(autobahn_cases::frame::frame(8, body))
    }

    /// Forgets what was written so far.
    fn flush(&mut self) -> usize {
        self.out.clear();
        let mut writes = 0;
        loop {
            let mut out = Vec::new();
            self.session.next_write(&mut out);
            if out.is_empty() {
                return writes;
            }
            writes += 1;
            self.out.extend(out);
        }
    }

    /// Lets time pass.
    fn at(&mut self, millis: u64) {
        self.session.now = Duration::from_millis(millis);
        while !matches!(self.session.expire(), Expiry::Pending) {}
    }

    fn rules(&self) -> Vec<Misbehavior> {
        self.session
            .findings
            .iter()
            .map(|finding| finding.rule)
            .collect()
    }
}

#[test]
fn a_message_in_fragments_with_a_ping_inside_is_heard_and_the_ping_answered() {
    let mut peer = Peer::open();
    assert!(peer.sends(text("ab").more()).is_empty());
    assert!(peer.sends(ping("p")).is_empty());
    let signals = peer.sends(continuation("c"));
    let [Signal::Message(message)] = &signals[..] else {
        panic!("{signals:?}");
    };
    assert_eq!(message.octets, b"abc");
    assert_eq!(peer.flush(), 1);
    assert_eq!(peer.out[..2], [0x8a, 0x81], "a pong that is masked");
    assert!(peer.rules().is_empty());
}

#[test]
fn violations_fail_the_connection_once_and_drop_tcp_the_second_time() {
    let violations: [(FrameSpec, Misbehavior); 8] = [
        (text("a").rsv(2), Misbehavior::ReservedBits),
        (
            autobahn_cases::frame::frame(3, "a"),
            Misbehavior::ReservedOpcode,
        ),
        (
            autobahn_cases::frame::frame(11, "a"),
            Misbehavior::ReservedOpcode,
        ),
        (ping("a").more(), Misbehavior::ControlFrame),
        (ping(vec![0; 126]), Misbehavior::ControlFrame),
        (continuation("a"), Misbehavior::Fragmentation),
        (
            FrameSpec {
                mask: Mask::Fixed([0; 4]),
                ..binary("a")
            },
            Misbehavior::Masking,
        ),
        (
            FrameSpec {
                length: autobahn_cases::frame::LengthForm::Bits64,
                ..binary("a")
            },
            Misbehavior::LengthForm,
        ),
    ];
    for (frame, rule) in violations {
        let mut peer = Peer::open();
        peer.sends(frame.clone());
        assert_eq!(peer.rules(), [rule], "{frame:?}");
        assert_eq!(peer.session.state(), State::Closing);
        assert_eq!(peer.session.ending.local_code, Some(1002));
        assert!(
            peer.sends(binary("b")).is_empty(),
            "messages are no longer heard"
        );
        assert_eq!(peer.sends(pong("b")).len(), 1, "pongs are");
        peer.sends(autobahn_cases::frame::frame(12, "a"));
        assert_eq!(
            (peer.session.state(), peer.session.tcp()),
            (State::Closed, Tcp::Finish)
        );
        let ending = &peer.session.ending;
        assert!(ending.failed_by_us && ending.closed_by_us && ending.dropped_by_us);
    }
}

#[test]
fn text_that_is_not_utf8_in_one_frame_closes_and_drops() {
    let mut peer = Peer::open();
    assert!(peer.sends(text(&b"\xff"[..])).is_empty());
    assert_eq!(peer.session.ending.local_code, Some(1007));
    assert_eq!(
        (peer.session.state(), peer.session.tcp()),
        (State::Closed, Tcp::Finish)
    );
}

#[test]
fn text_that_ends_inside_a_character_closes_only() {
    let mut peer = Peer::open();
    assert!(peer.sends(text(&b"\xce"[..])).is_empty());
    assert_eq!(peer.session.ending.local_code, Some(1007));
    assert_eq!(peer.session.state(), State::Closing);
}

#[test]
fn a_close_of_the_peer_is_answered_with_1000_and_no_timer_is_set() {
    let mut peer = Peer::open();
    peer.closes(b"\x03\xe9bye");
    let ending = &peer.session.ending;
    assert!(ending.clean && !ending.closed_by_us);
    assert_eq!(
        (ending.remote_code, ending.local_code),
        (Some(1001), Some(1000))
    );
    assert_eq!(peer.session.deadline(), None);
    assert_eq!(peer.session.tcp(), Tcp::Up);
    peer.session.lost(&Loss::Finished);
    assert!(peer.session.ending.clean && !peer.session.ending.dropped_by_us);
}

#[test]
fn an_answered_close_waits_a_second_for_the_end_of_tcp() {
    let mut peer = Peer::open();
    peer.session.close(Some(1000), &[]);
    peer.session.now = Duration::from_millis(300);
    peer.closes(b"\x03\xe8");
    peer.at(1299);
    assert_eq!(
        peer.session.tcp(),
        Tcp::Up,
        "the closing handshake is complete"
    );
    assert!(peer.session.ending.clean);
    peer.at(1300);
    assert_eq!(peer.session.tcp(), Tcp::Abort);
    let ending = &peer.session.ending;
    assert!(ending.dropped_by_us && !ending.clean);
    assert_eq!(ending.timeout, Some(ConnectionTimeout::ServerDrop));
}

#[test]
fn a_close_that_is_not_answered_resets_tcp_after_a_second() {
    let mut peer = Peer::open();
    peer.session.close(Some(1000), &[]);
    peer.at(999);
    assert_eq!(peer.session.tcp(), Tcp::Up);
    peer.at(1000);
    assert_eq!(peer.session.tcp(), Tcp::Abort);
    assert_eq!(
        peer.session.ending.timeout,
        Some(ConnectionTimeout::ClosingHandshake)
    );
}

#[test]
fn killing_comes_before_or_after_closing_as_it_was_set() {
    // As in 7.x, where the script closes: the answer is waited for from before.
    let mut peer = Peer::open();
    peer.session.close(Some(1000), &[]);
    peer.session.kill_after(Duration::from_secs(1));
    peer.at(1000);
    assert!(!peer.session.ending.failed_by_us);
    // As in 1.x, where the echo comes first: the case kills first.
    let mut peer = Peer::open();
    peer.session.kill_after(Duration::from_secs(1));
    peer.session.close(Some(1000), &[]);
    peer.at(1000);
    let ending = &peer.session.ending;
    assert!(ending.failed_by_us && ending.timeout.is_none());
}

#[test]
fn killing_a_connection_that_the_peer_has_closed_leaves_it_clean() {
    let mut peer = Peer::open();
    peer.session.kill_after(Duration::from_millis(500));
    peer.closes(b"\x03\xe8");
    peer.at(500);
    let ending = &peer.session.ending;
    assert!(ending.clean && ending.failed_by_us && ending.dropped_by_us);
    assert_eq!(peer.session.tcp(), Tcp::Finish);
}

#[test]
fn pieces_that_are_not_written_are_lost_with_tcp_and_what_stands_before_is_not() {
    let mut peer = Peer::open();
    peer.session.send(&binary("first"));
    peer.session.send(&binary("second").chop(1));
    peer.session.send(&binary("third"));
    peer.session.drop_tcp(Tcp::Finish);
    assert_eq!(peer.flush(), 1);
    assert_eq!(peer.out.len(), 6 + 5);
}

#[test]
fn what_follows_pieces_waits_for_them_and_is_written_by_itself() {
    let mut peer = Peer::open();
    peer.session.send(&binary("ab").chop(3));
    peer.session.send(&binary("c"));
    peer.session.send(&binary("d"));
    assert_eq!(
        peer.flush(),
        3 + 1 + 1 - 1,
        "the first two pieces leave together"
    );
    let mut peer = Peer::open();
    peer.session.send(&binary("c"));
    peer.session.send(&binary("d"));
    assert_eq!(peer.flush(), 1, "plain frames share a write");
}

/// How many octets each write of three pieces has.
fn writes_of_pieces(peer: &mut Peer) -> Vec<usize> {
    peer.session.send(&binary("a").sync());
    peer.session.send(&binary("b").sync());
    peer.session.send(&binary("c").chop(6));
    let write = || {
        let mut out = Vec::new();
        peer.session.next_write(&mut out);
        (!out.is_empty()).then_some(out.len())
    };
    std::iter::from_fn(write).collect()
}

#[test]
fn the_first_two_pieces_leave_together_whenever_there_are_some() {
    let mut peer = Peer::open();
    for _ in 0..2 {
        assert_eq!(writes_of_pieces(&mut peer), [7 + 7, 6, 1]);
    }
}

#[test]
fn after_a_timer_each_piece_leaves_by_itself() {
    let mut peer = Peer::open();
    peer.session.wait(Duration::from_secs(1), None);
    peer.session.now += Duration::from_secs(1);
    assert!(matches!(
        peer.session.expire(),
        Expiry::Signal(Signal::Waited(None))
    ));
    for _ in 0..2 {
        assert_eq!(writes_of_pieces(&mut peer), [7, 7, 6, 1]);
    }
    peer.session.receive(&mut &mut [][..]);
    assert_eq!(writes_of_pieces(&mut peer), [7 + 7, 6, 1]);
}

#[test]
fn a_reason_that_no_python_decodes_ends_like_a_drop_of_the_peer() {
    let mut peer = Peer::open();
    peer.closes(b"\x03\xe8\xff");
    let ending = &peer.session.ending;
    assert!(ending.failed_by_us && !ending.clean && !ending.dropped_by_us);
    assert_eq!(peer.session.state(), State::Closed);
}

#[test]
fn a_code_that_may_not_be_sent_fails_the_connection_and_is_kept() {
    let mut peer = Peer::open();
    peer.closes(b"\x03\xed");
    let ending = &peer.session.ending;
    assert_eq!(
        (ending.remote_code, ending.local_code),
        (Some(1005), Some(1002))
    );
    assert!(
        ending.closed_by_us && ending.clean,
        "our Close counts as the first"
    );
}

#[test]
fn an_endless_header_is_refused() {
    let mut peer = Peer::open();
    peer.session.state = State::Connecting;
    peer.session.response.clear();
    for _ in 0..65 {
        peer.octets(vec![b'x'; 1024]);
    }
    assert_eq!(peer.session.tcp(), Tcp::Abort);
    assert_eq!(peer.rules(), [Misbehavior::ExceedsLimit]);
}

#[test]
fn an_endless_message_is_refused() {
    let mut peer = Peer::open();
    let mut octets = Vec::new();
    Header {
        len: 1 << 40,
        form: autobahn_cases::frame::LengthForm::Bits64,
        fin: true,
        rsv: 0,
        opcode: autobahn_cases::frame::Opcode::BINARY,
        mask: None,
    }
    .encode(&mut octets);
    peer.octets(octets);
    for _ in 0..65 {
        peer.octets(vec![0; 1024 * 1024]);
    }
    assert_eq!(peer.rules(), [Misbehavior::ExceedsLimit]);
    assert_eq!(peer.session.ending.local_code, Some(1009));
}

proptest::proptest! {
    #[test]
    fn any_octets_and_times_are_survived(pieces: Vec<(Vec<u8>, u16)>) {
        let mut peer = Peer::open();
        peer.session.kill_after(Duration::from_secs(1));
        let mut now = 0;
        for (octets, millis) in pieces {
            now += u64::from(millis);
            peer.octets(octets);
            peer.at(now);
            peer.flush();
        }
    }
}

#[test]
fn pings_are_not_answered_without_end() {
    let mut peer = Peer::open();
    for _ in 0..4 {
        peer.octets(b"\x89\x00".repeat(50_000));
    }
    assert_eq!(peer.rules(), [Misbehavior::ExceedsLimit]);
    peer.flush();
    assert_eq!(peer.out.len(), 128 * 1024 * 6, "pongs with masking keys");
    peer.sends(ping("again"));
    peer.flush();
    assert_eq!(peer.out.len(), 6 + 5);
}

#[test]
fn more_close_frames_move_no_deadline() {
    let mut peer = Peer::open();
    peer.session.close(Some(1000), b"");
    peer.closes(b"\x03\xe8");
    peer.at(900);
    peer.octets(b"\x88\x00".repeat(50_000));
    assert_eq!(peer.session.deadline(), Some(Duration::from_secs(1)));
    peer.at(1000);
    assert_eq!(peer.session.deadline(), None);
}

#[test]
fn what_has_come_of_a_known_message_is_read_before_anything_else_happens() {
    use autobahn_cases::play::{Compressed, Corpus};

    use crate::content::Content;
    use crate::replies::Replies;

    let plan = Compressed {
        corpus: Corpus::Json,
        kind: autobahn_cases::frame::MessageKind::Text,
        len: 5,
        fragment: None,
        count: 1,
        within: Duration::from_secs(60),
        offers: &[],
    };
    let (deflate, replies) = (Deflate::default(), Replies::default());
    let peer = || {
        let mut peer = Peer::open();
        peer.session.deflate = Some(deflate);
        peer.session.inbox.inflater = Some(deflate.inflater());
        peer.session.inbox.course = replies.course(&plan, deflate, 1);
        peer.session.inbox.expected = Some(Content::Octets("Hello".into()));
        peer
    };
    // RFC 7692, section 7.2.3.1.
    let hello = [0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let mut leader = peer();
    assert_eq!(leader.octets(hello.to_vec()).len(), 1);
    replies.keep(&plan, deflate, &mut leader.session.inbox.course);
    let mut follower = peer();
    assert_eq!(follower.octets(hello.to_vec()).len(), 1);

    // Block type 3, and then a ping, the end of TCP or a timer.
    let begun = || {
        let mut peer = peer();
        assert!(peer.octets(vec![0x41, 2, 0xff, 0xff]).is_empty());
        assert!(peer.rules().is_empty());
        peer.session.close_after(Duration::from_secs(1));
        peer
    };
    let read = |peer: &Peer| peer.rules().first() == Some(&Misbehavior::Deflate);
    let mut pinged = begun();
    pinged.sends(ping(""));
    let mut lost = begun();
    lost.session.lost(&Loss::Finished);
    let mut masked = begun();
    masked.sends(FrameSpec {
        mask: Mask::Fixed([0; 4]),
        ..continuation("")
    });
    let mut late = begun();
    late.session.now += Duration::from_secs(2);
    late.session.expire();
    assert!(read(&pinged) && read(&lost) && read(&masked) && read(&late));
}
