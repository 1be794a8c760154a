//! Sockets and clocks: moves octets between a stream and a session, and time.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep_until};

use crate::outbox::Turn;
use crate::pace::Pace;
use crate::performance::Performance;
use crate::session::{Expiry, Loss, Session, State, Tcp};

/// What happened next.
enum Step {
    Read(io::Result<usize>),
    Wrote(io::Result<usize>),
    Flushed(io::Result<()>),
    Alarm,
}

/// How many reads and writes a timer that has run out waits for: as many as there
/// may be of what came in time, and was not looked at because we were stopped.
const MAX_LATE: u32 = 64;

/// Plays on a stream until it has ended or is to be ended: [`Session::tcp`] says
/// how. Both directions move on whatever the other does, so that a peer that
/// stops reading until we read cannot stop us.
pub async fn drive<S>(
    stream: &mut S,
    session: &mut Session,
    performance: &mut Performance<'_>,
    read_size: usize,
    pace: Pace,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let started = Instant::now();
    let mut buffer = vec![0; read_size];
    let mut out = Vec::new();
    let mut written = 0;
    let mut turn = Turn::Any;
    let mut can_write = true;
    // Whether what was written may lie in a layer between us and TCP.
    let mut held = false;
    let mut has_read = false;
    // How many steps there were since a timer ran out.
    let mut late = 0;
    let mut sleep = pin!(sleep_until(started));

    loop {
        if written == out.len() {
            out.clear();
            written = 0;
            turn = session.next_write(&mut out);
        }
        let wants_write = can_write && !out.is_empty();
        match session.tcp() {
            Tcp::Up => {}
            Tcp::Finish if wants_write || held => {}
            Tcp::Finish | Tcp::Abort => return,
        }
        let last = session.last_deadline();
        let deadline = started + session.deadline().unwrap_or(last).min(last);
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }

        let step = poll_fn(|cx| {
            let write = |stream: &mut S, cx: &mut _| {
                if !wants_write {
                    return Poll::Pending;
                }
                Pin::new(stream)
                    .poll_write(cx, &out[written..])
                    .map(Step::Wrote)
            };
            // In turns, so that a peer that never stops sending is answered.
            if has_read && let Poll::Ready(step) = write(stream, cx) {
                return Poll::Ready(step);
            }
            if held && let Poll::Ready(result) = Pin::new(&mut *stream).poll_flush(cx) {
                return Poll::Ready(Step::Flushed(result));
            }
            let mut free = ReadBuf::new(&mut buffer);
            if let Poll::Ready(result) = Pin::new(&mut *stream).poll_read(cx, &mut free) {
                let read = result.map(|()| free.filled().len());
                return Poll::Ready(Step::Read(read));
            }
            if !has_read && let Poll::Ready(step) = write(stream, cx) {
                return Poll::Ready(step);
            }
            // Last: what has come in time counts, however late we look at it.
            sleep.as_mut().poll(cx).map(|()| Step::Alarm)
        })
        .await;

        session.now = started.elapsed();
        has_read = matches!(step, Step::Read(_));
        match step {
            Step::Read(Ok(0)) => return session.lost(&Loss::Finished),
            // TLS that ends with TCP alone: without TLS nobody could tell.
            Step::Read(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return session.lost(&Loss::Finished);
            }
            Step::Read(Err(error)) => return session.lost(&Loss::Reset(error.to_string())),
            Step::Read(Ok(len)) => {
                let mut input = &mut buffer[..len];
                let was_connecting = session.state() == State::Connecting;
                while let Some(signal) = session.receive(&mut input) {
                    performance.hear(signal, session);
                }
                if was_connecting && session.state() == State::Open {
                    pace.after_opening().await;
                }
            }
            Step::Wrote(Ok(len)) => {
                written += len;
                held = !is_flushed(stream).await;
                if turn == Turn::Own && written == out.len() {
                    // What has come in is processed before the next piece.
                    pace.between_pieces().await;
                }
            }
            // What the peer has sent before it stopped reading can still be read.
            Step::Wrote(Err(_)) | Step::Flushed(Err(_)) => (can_write, held) = (false, false),
            Step::Flushed(Ok(())) => held = false,
            Step::Alarm => {}
        }
        late = match (&step, session.deadline()) {
            (Step::Alarm, _) => MAX_LATE,
            (_, Some(deadline)) if deadline <= session.now => late + 1,
            _ => 0,
        };
        while late >= MAX_LATE {
            match session.expire() {
                Expiry::Pending => late = 0,
                Expiry::Handled => {}
                Expiry::Signal(signal) => performance.hear(signal, session),
            }
        }
        if session.now >= session.last_deadline() {
            if session.state() != State::Closed {
                session.lost(&Loss::Hung);
            }
            return;
        }
    }
}

/// Whether all that was written has gone to TCP, as far as that takes no waiting.
/// TCP itself always says so.
async fn is_flushed<S: AsyncWrite + Unpin>(stream: &mut S) -> bool {
    // An error comes again with the next write.
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *stream).poll_flush(cx).is_ready())).await
}
