//! How long the official suite takes where a server could do something in the meantime. A
//! server that answers in another task than it reads in may answer one message before the next
//! one fails the connection, or not: that decides its verdict in 3.3, 3.4, 4.1.4, 4.1.5, 4.2.4
//! and 4.2.5.

use std::thread;
use std::time::{Duration, Instant};

use autobahn_cases::play::Play;
use tokio::task::yield_now;

/// How long we take.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// From the end of the opening handshake to the first frame.
    opening: Duration,
    /// From a write to the next, where frames are written one by one or in pieces.
    piece: Duration,
}

impl Pace {
    /// No longer than it takes.
    pub const FAST: Self = Self {
        opening: Duration::ZERO,
        piece: Duration::ZERO,
    };

    /// As a server of TCP sees the suite 25.10.1: its first frame arrives 0.2 to 0.8 ms after
    /// the response, and a piece every 12 to 30 us. The time that a write takes comes on top.
    #[must_use]
    pub fn of_suite(play: &Play) -> Self {
        let piece = match play {
            Play::Script(_) => Duration::from_micros(10),
            // Thousands of pieces of one message, that only its end answers.
            Play::Echo(_) | Play::RoundTrips(_) | Play::Compressed(_) => Duration::ZERO,
        };
        Self {
            opening: Duration::from_micros(300),
            piece,
        }
    }

    /// Waits before the first frame.
    pub async fn after_opening(self) {
        wait(self.opening).await;
    }

    /// Waits after a piece, once at least for all that is ready to be done.
    pub async fn between_pieces(self) {
        yield_now().await;
        wait(self.piece).await;
    }
}

/// The timers of the runtime are too coarse, and so are those of the kernel. A server that was
/// woken where we run is let do its work first.
async fn wait(time: Duration) {
    let began = Instant::now();
    while began.elapsed() < time {
        thread::yield_now();
        yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use autobahn_cases::autobahn;

    use super::*;

    fn suite(case: &str) -> Pace {
        let case = autobahn().case(case.parse().unwrap()).unwrap();
        Pace::of_suite(&case.play)
    }

    #[tokio::test]
    async fn as_the_suite_we_wait_before_the_first_frame_and_after_a_piece() {
        let began = Instant::now();
        suite("3.4").after_opening().await;
        assert!(began.elapsed() >= Duration::from_micros(300));
        let began = Instant::now();
        suite("3.4").between_pieces().await;
        assert!(began.elapsed() >= Duration::from_micros(10));
    }

    #[test]
    fn a_megabyte_in_pieces_takes_no_longer_than_it_must() {
        assert_eq!(suite("9.5.1").piece, Duration::ZERO);
    }
}
