//! Whatever has arrived at once, other tasks of the thread get their turn in between.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake},
};

use futures_util::StreamExt;
use tokio::io::duplex;
use tokio_tungstenite::tungstenite::{Message, protocol::Role};
use tokio_tungstenite_deflate::{DeflateConfig, DeflateStream, Window, default_config};

use crate::wire::{BINARY, CONTINUATION, FIN, RSV1, compress, compressor, frame, plain};

const PONG: u8 = 10;

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// How many messages come of the input at each turn.
async fn turns(input: Vec<u8>) -> Vec<usize> {
    let (near, _far) = duplex(1);
    let mut server = DeflateStream::from_partially_read(
        near,
        input,
        Role::Server,
        Some(default_config()),
        Some(plain()),
        &DeflateConfig::default(),
    )
    .await;
    let woken = Arc::new(Woken::default());
    let waker = Arc::clone(&woken).into();
    let mut turns = Vec::new();
    loop {
        let mut messages = 0;
        while let Poll::Ready(message) = server.poll_next_unpin(&mut Context::from_waker(&waker)) {
            let message: Message = message.unwrap().unwrap();
            assert!(!message.is_close());
            messages += 1;
        }
        turns.push(messages);
        if !woken.0.swap(false, Ordering::SeqCst) {
            return turns;
        }
    }
}

#[tokio::test]
async fn short_messages_come_some_thousand_at_a_time() {
    for first in [PONG | FIN, BINARY | FIN] {
        const MESSAGES: usize = 100_000;
        let turns = turns(frame(first, b"", Role::Server).repeat(MESSAGES)).await;
        assert_eq!(turns.iter().sum::<usize>(), MESSAGES);
        assert!(turns.iter().all(|messages| *messages < 5000), "{turns:?}");
    }
}

#[tokio::test]
async fn a_message_in_very_many_fragments_takes_several_turns() {
    let fragments = frame(CONTINUATION, b"", Role::Server).repeat(1_000_000);
    let start = frame(BINARY, b"", Role::Server);
    let end = frame(CONTINUATION | FIN, b"", Role::Server);
    let turns = turns([start, fragments, end].concat()).await;
    assert_eq!(turns.iter().sum::<usize>(), 1);
    assert!(turns.len() > 5, "{turns:?}");
}

#[tokio::test]
async fn messages_that_become_long_come_a_few_at_a_time() {
    const MESSAGES: usize = 500;
    let zeros = compress(&mut compressor(Window::default()), &[0; 64 << 10]);
    let message = frame(BINARY | RSV1 | FIN, &zeros, Role::Server);
    assert!(message.len() < 100);
    let turns = turns(message.repeat(MESSAGES)).await;
    assert_eq!(turns.iter().sum::<usize>(), MESSAGES);
    assert!(turns.iter().all(|messages| *messages < 20), "{turns:?}");
}

#[tokio::test]
async fn long_messages_that_came_as_they_are_come_more_at_a_time() {
    const MESSAGES: usize = 2000;
    let message = frame(BINARY | FIN, &[7; 64 << 10], Role::Server);
    let turns = turns(message.repeat(MESSAGES)).await;
    assert_eq!(turns.iter().sum::<usize>(), MESSAGES);
    let all = 100..=500;
    let (last, turns) = turns.split_last().unwrap();
    assert!(
        turns.iter().all(|messages| all.contains(messages)),
        "{turns:?}"
    );
    assert!(all.end() >= last, "{last}");
}
