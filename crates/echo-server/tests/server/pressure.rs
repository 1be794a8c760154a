//! A peer that sends and never reads is made to wait; the server does not hoard its echoes.

use std::time::{Duration, Instant};

use echo_server::Config;
use tokio::{io::AsyncWriteExt, time::timeout};

use crate::client::{BINARY, Client, PING, frame, start};

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
