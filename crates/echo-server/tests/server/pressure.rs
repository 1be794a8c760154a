//! A peer that sends and never reads is made to wait; the server does not hoard its echoes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use echo_server::Config;
use tokio::{io::AsyncWriteExt, task::JoinSet, time::timeout};

use crate::{
    client::{BINARY, Client, PING, frame, start},
    program::{Program, echo_server},
};

/// What two socket buffers of this system can hold, and some.
const MOST: usize = 64 << 20;

/// Writes the frames until nothing moves any more, and returns how much was written.
async fn flood(octets: &[u8]) -> usize {
    let server = start(Config::default()).await;
    let mut client = Client::connect(server.local_addr()).await;
    let mut written = 0;
    while written < MOST {
        let writing = client.0.write_all(octets);
        if timeout(Duration::from_millis(500), writing).await.is_err() {
            break;
        }
        written += octets.len();
    }
    // Not even a peer that will never take its echoes holds up the end.
    let began = Instant::now();
    server.shutdown().await;
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    written
}

#[tokio::test]
async fn a_flood_of_pings_is_held_back() {
    assert!(flood(&frame(PING, &[0; 125]).repeat(500)).await < MOST);
}

#[tokio::test]
async fn a_flood_of_messages_is_held_back() {
    assert!(flood(&frame(BINARY, &[0; 100_000])).await < MOST);
}

/// Memory that echoes for one peer may take that reads nothing: the message that is being echoed,
/// as it came and as it goes, and buffers.
const MOST_FOR_ONE: u64 = 8 << 20;

#[tokio::test]
async fn many_peers_that_read_nothing_cost_little_memory() {
    const PEERS: usize = 20;
    let program = Program::start(&mut echo_server());
    let before = program.memory();
    let octets: Arc<[u8]> = frame(BINARY, &[0x2a; 1 << 20]).into();
    let mut peers = JoinSet::new();
    for _ in 0..PEERS {
        let mut client = Client::connect(program.address).await;
        let octets = Arc::clone(&octets);
        peers.spawn(async move {
            let mut written = 0;
            while written < MOST {
                let writing = client.0.write_all(&octets);
                if timeout(Duration::from_secs(1), writing).await.is_err() {
                    break;
                }
                written += octets.len();
            }
            (client, written)
        });
    }
    // They stay connected until all of them are stuck.
    let stuck = peers.join_all().await;
    assert!(stuck.iter().all(|(_, written)| *written < MOST));
    let grown = program.memory().saturating_sub(before);
    assert!(
        grown < PEERS as u64 * MOST_FOR_ONE,
        "{} MiB for {PEERS} peers",
        grown >> 20
    );
}
