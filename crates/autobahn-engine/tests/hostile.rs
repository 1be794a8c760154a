//! Nothing that a peer does can hang, crash or exhaust the engine. The clock is
//! paused: hours of waiting take no time.

use std::sync::LazyLock;
use std::time::Duration;

use autobahn_cases::outcome::{ConnectionTimeout, Misbehavior};
use autobahn_cases::{Behavior, CloseBehavior, Outcome, Verdict, autobahn};
use autobahn_engine::handshake::accept_value;
use autobahn_engine::{Profile, Setting, Target, play_case};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::Instant;

/// Shared, for corpora take time.
static SETTING: LazyLock<Setting> = LazyLock::new(|| Setting::new(Profile::AtMost(10), 1));

/// Plays a case against a peer whose opening handshake is already done, and says
/// how many seconds it took.
async fn play<F>(id: &str, peer: impl FnOnce(DuplexStream) -> F) -> (Outcome, u64)
where
    F: Future<Output = ()> + Send + 'static,
{
    let case = autobahn().case(id.parse().expect("an id")).expect("a case");
    let (ours, theirs) = duplex(16 * 1024);
    let peer = tokio::spawn(peer(theirs));
    let started = Instant::now();
    let outcome = play_case(ours, &Target::new("test", 80), case, &SETTING).await;
    let seconds = started.elapsed().as_secs();
    peer.abort();
    (outcome, seconds)
}

/// Answers the opening handshake.
async fn open(stream: &mut DuplexStream) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.expect("a request comes"));
    }
    let request = String::from_utf8(request).expect("a request is text");
    let key = request
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    let accept = accept_value(key.expect("a request has a key"));
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream
        .write_all(response.as_bytes())
        .await
        .expect("a response is read");
}

/// Does nothing, for ever.
async fn sleep_on(stream: DuplexStream) {
    std::future::pending::<()>().await;
    drop(stream);
}

fn has(outcome: &Outcome, rule: Misbehavior) -> bool {
    outcome.findings.iter().any(|finding| finding.rule == rule)
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_no_handshake_is_given_five_seconds() {
    let (outcome, seconds) = play("1.1.1", sleep_on).await;
    assert_eq!(seconds, 5);
    assert_eq!(
        outcome.ending.timeout,
        Some(ConnectionTimeout::OpeningHandshake)
    );
    assert_eq!(outcome.verdict.behavior, Behavior::Failed);
    assert_eq!(outcome.duration, None);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_closes_first_and_keeps_tcp_open_ends_as_if_it_had_dropped_it() {
    // The official suite waits for ever.
    for (id, limit) in [("2.1", 20), ("6.4.1", 20), ("9.7.1", 75), ("9.5.1", 20)] {
        let (outcome, seconds) = play(id, |mut stream| async move {
            open(&mut stream).await;
            stream
                .write_all(b"\x88\x02\x03\xe8")
                .await
                .expect("it is read");
            sleep_on(stream).await;
        })
        .await;
        assert!(seconds <= limit, "{id}: {seconds}");
        assert!(has(&outcome, Misbehavior::Hung), "{id}");
        assert!(
            !outcome.ending.closed_by_us && !outcome.ending.dropped_by_us,
            "{id}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_in_time_counts_though_we_were_stopped() {
    let case = autobahn().case("6.6.1".parse().unwrap()).unwrap();
    let (ours, mut theirs) = duplex(16 * 1024);
    let (heard, has_heard) = tokio::sync::oneshot::channel();
    let peer = tokio::spawn(async move {
        open(&mut theirs).await;
        theirs.read_u8().await.expect("a frame comes");
        heard.send(()).expect("somebody waits");
        theirs
            .write_all(b"\x88\x02\x03\xef")
            .await
            .expect("it fits");
        theirs.shutdown().await.expect("it can be shut down");
        sleep_on(theirs).await;
    });
    let target = Target::new("test", 80);
    let mut playing = std::pin::pin!(play_case(ours, &target, case, &SETTING));
    tokio::select! {
        biased;
        _ = has_heard => {}
        _ = &mut playing => panic!("the case is not over"),
    }
    // The case gives the peer half a second.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let outcome = playing.await;
    peer.abort();
    assert_eq!(outcome.verdict, Verdict::OK);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_reads_is_reset_when_the_case_is_over() {
    let (outcome, seconds) = play("9.1.6", |mut stream| async move {
        open(&mut stream).await;
        sleep_on(stream).await;
    })
    .await;
    assert_eq!(seconds, 101);
    assert_eq!(
        outcome.ending.timeout,
        Some(ConnectionTimeout::ClosingHandshake)
    );
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_reads_cannot_hold_up_an_orderly_end() {
    let (outcome, seconds) = play("7.1.6", |mut stream| async move {
        open(&mut stream).await;
        // Two violations: we close, and then end TCP after what is written.
        stream
            .write_all(b"\x83\x00\x83\x00")
            .await
            .expect("it is read");
        sleep_on(stream).await;
    })
    .await;
    assert!(seconds <= 20, "{seconds}");
    assert!(outcome.ending.dropped_by_us);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_writes_before_it_reads_gets_its_turn() {
    let (outcome, _) = play("9.1.3", |mut stream| async move {
        open(&mut stream).await;
        // Far more than fits between the two, before anything is read.
        let mut frames = b"\x89\x01p".repeat(100_000);
        frames.extend(b"\x81\x7f\x00\x00\x00\x00\x00\x10\x00\x00");
        frames.extend(b"BAsd7&jh23".iter().cycle().take(1 << 20));
        stream.write_all(&frames).await.expect("it is read");
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all).await;
    })
    .await;
    assert_eq!(outcome.verdict.behavior, Behavior::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_stops_pinging_is_left() {
    let (outcome, seconds) = play("1.1.1", |mut stream| async move {
        open(&mut stream).await;
        let (mut read, mut write) = tokio::io::split(stream);
        let reading = async {
            let mut octets = vec![0; 4096];
            while read.read(&mut octets).await.is_ok_and(|len| len > 0) {}
        };
        let writing = async {
            while write.write_all(b"\x89\x00").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::join!(reading, writing);
    })
    .await;
    assert_eq!(seconds, 2);
    assert_eq!(outcome.verdict.close, CloseBehavior::Unclean);
    assert!(outcome.transcript.entries.len() <= 128);
}

#[tokio::test(start_paused = true)]
async fn an_endless_response_is_refused() {
    let (outcome, _) = play("1.1.1", |mut stream| async move {
        while stream
            .write_all(b"X-Filler: xxxxxxxxxxxxxxxxxxxxxxxxx\r\n")
            .await
            .is_ok()
        {}
    })
    .await;
    assert!(has(&outcome, Misbehavior::ExceedsLimit));
    assert!(outcome.transcript.response.len() <= 8 * 1024);
}

#[tokio::test(start_paused = true)]
async fn a_response_of_one_octet_at_a_time_is_read() {
    let (outcome, seconds) = play("1.1.1", |mut stream| async move {
        let (mut near, mut far) = duplex(4096);
        // The handshake goes through a second pipe, and on octet by octet.
        let mut request = vec![0; 4096];
        let len = stream.read(&mut request).await.expect("a request comes");
        near.write_all(&request[..len]).await.expect("it fits");
        open(&mut far).await;
        drop(far);
        let mut response = Vec::new();
        near.read_to_end(&mut response).await.expect("it ends");
        // The echo comes in the same octets as the end of the response.
        response.extend(b"\x81\x00");
        for octet in response {
            stream.write_all(&[octet]).await.expect("it is read");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stream
            .write_all(b"\x88\x02\x03\xe8")
            .await
            .expect("it is read");
    })
    .await;
    assert_eq!((outcome.verdict, seconds), (Verdict::OK, 0));
}

#[tokio::test(start_paused = true)]
async fn every_case_ends_against_a_peer_that_only_listens() {
    for case in autobahn().cases() {
        let (outcome, seconds) = play(&case.id.to_string(), |mut stream| async move {
            open(&mut stream).await;
            let mut all = vec![0; 64 * 1024];
            while stream.read(&mut all).await.is_ok_and(|len| len > 0) {}
        })
        .await;
        assert!(seconds <= 1001, "{}: {seconds}", case.id);
        assert_ne!(outcome.verdict, Verdict::OK, "{}", case.id);
    }
}
