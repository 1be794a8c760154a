//! How long the official suite takes where a server could do something in the meantime. A
//! server that answers in another task than it reads in may answer one message before the next
//! one fails the connection, or not: that decides its verdict in 3.4, 4.1.5 and 4.2.5.

use std::thread;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;

/// How long we take.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// From the end of the opening handshake to the first frame.
    opening: Duration,
    /// From one octet to the next, where a frame is cut into single ones.
    octet: Duration,
}

impl Pace {
    /// As a server of TCP sees the suite 25.10.1: 0.3 to 0.9 ms after its response, and 25 to
    /// 60 us from octet to octet, most of which it takes a thread to sleep at all.
    pub const SUITE: Self = Self {
        opening: Duration::from_micros(500),
        octet: Duration::from_micros(10),
    };

    /// No longer than it takes.
    pub const FAST: Self = Self {
        opening: Duration::ZERO,
        octet: Duration::ZERO,
    };

    /// Waits before the first frame.
    pub async fn after_opening(self) {
        if !self.opening.is_zero() {
            sleep(self.opening).await;
        }
    }

    /// Waits after a piece of so many octets that had a write of its own.
    pub async fn between_pieces(self, octets: usize) {
        yield_now().await;
        if octets == 1 && !self.octet.is_zero() {
            // The timers of the runtime are too coarse. And to keep the processor busy would keep
            // it from the server that is to answer, which wakes where it was woken.
            thread::sleep(self.octet);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn as_the_suite_we_wait_before_the_first_frame_and_after_an_octet() {
        let began = Instant::now();
        Pace::SUITE.after_opening().await;
        assert!(began.elapsed() >= Duration::from_micros(500));
        let began = Instant::now();
        Pace::SUITE.between_pieces(1).await;
        assert!(began.elapsed() >= Duration::from_micros(10));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_fast_takes_no_time_of_a_test() {
        let began = tokio::time::Instant::now();
        Pace::FAST.after_opening().await;
        Pace::FAST.between_pieces(1).await;
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
