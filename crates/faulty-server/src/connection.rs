//! The life of one connection.

use std::{future, io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::{
    Fault,
    decision::{End, Goodbye, Kind, Opening, Pong, UnaskedPong},
    extension::Agreement,
    frame::{self, CLOSE, PING, PONG},
    handshake::{self, Opened},
    receiver::{Event, Receiver},
    sender::Sender,
    violation::Violation,
};

/// Serves a connection from its opening handshake to the end of TCP, or of the server if there is
/// a `crash` to be called for.
///
/// # Errors
///
/// When the client is gone before that.
pub(crate) async fn run(
    mut stream: TcpStream,
    default: Fault,
    crash: Option<mpsc::Sender<()>>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let end = match handshake::open(&mut stream, default).await? {
        Some(opened) => {
            if let Some(crash) = crash {
                // An error means that the server is crashing already.
                let _ = crash.send(()).await;
                return future::pending().await;
            }
            converse(&mut stream, opened).await?
        }
        None => End::Orderly,
    };
    match end {
        End::Orderly | End::Answers | End::Fails => {}
        End::After(time) => {
            // As a server whose operating system goes on receiving for it.
            let _ = timeout(time, drain(&mut stream)).await;
        }
        End::Reset => {
            // The Close should arrive before the RST destroys it.
            sleep(RESET_PAUSE).await;
            return stream.set_zero_linger();
        }
    }
    // FIN first, then what the client still sends: closing a socket with unread input would send
    // RST, which may destroy the Close before the client has read it.
    stream.shutdown().await?;
    match timeout(LINGER_LIMIT, drain(&mut stream)).await {
        Ok(drained) => drained,
        Err(_) => Ok(()),
    }
}

/// How long input is read and discarded after FIN.
const LINGER_LIMIT: Duration = Duration::from_secs(1);

/// How long a Close may take to arrive before RST.
const RESET_PAUSE: Duration = Duration::from_millis(20);

/// Exchanges messages until the connection is to end.
async fn converse(stream: &mut TcpStream, opened: Opened) -> io::Result<End> {
    let Opened {
        behavior,
        agreement,
        rest,
    } = opened;
    let mut sender = Sender::new(behavior, agreement.as_ref());
    let inflater = agreement.as_ref().map(Agreement::inflater);
    let mut receiver = Receiver::new(behavior, rest, inflater);
    let mut held = Vec::new();
    match behavior.opening {
        Opening::Nothing => {}
        Opening::Ping => stream.write_all(&frame::control(PING, b"opening")).await?,
        Opening::Pong => stream.write_all(&frame::control(PONG, b"opening")).await?,
        Opening::Close => {
            stream
                .write_all(&frame::control(CLOSE, &1000u16.to_be_bytes()))
                .await?;
            return Ok(End::Orderly);
        }
    }
    loop {
        // Answers leave together once the input has run dry.
        let mut out = Vec::new();
        let goodbye = answer(&mut receiver, &mut sender, &mut held, &mut out);
        stream.write_all(&out).await?;
        if let Some(goodbye) = goodbye {
            let more = go_on(stream, &mut receiver, &mut sender, goodbye.end);
            // The time is up, or the client has gone: this is the end in either case.
            let _ = timeout(GO_ON, more).await;
            return Ok(goodbye.end);
        }
        // Where a read ends is the client's doing, not that of a small buffer.
        receiver.buffer.reserve(16 << 10);
        if stream.read_buf(&mut receiver.buffer).await? == 0 {
            return Ok(End::Orderly);
        }
    }
}

/// How long what comes after a Close is answered, if it is.
const GO_ON: Duration = Duration::from_millis(300);

/// Answers what comes after a Close, if a connection ends like this.
async fn go_on(
    stream: &mut TcpStream,
    receiver: &mut Receiver,
    sender: &mut Sender,
    end: End,
) -> io::Result<()> {
    let mut held = Vec::new();
    loop {
        let mut out = Vec::new();
        match end {
            End::Orderly | End::After(_) | End::Reset => return Ok(()),
            End::Answers => while answer(receiver, sender, &mut held, &mut out).is_some() {},
            End::Fails => {
                if receiver.next() != Ok(None) {
                    out.extend(sender.fail(Violation::AfterClose));
                    return stream.write_all(&out).await;
                }
            }
        }
        stream.write_all(&out).await?;
        if stream.read_buf(&mut receiver.buffer).await? == 0 {
            return Ok(());
        }
    }
}

/// Answers what has arrived, but for pongs that are to be held back; returns how to end the
/// connection if it is to end.
fn answer(
    receiver: &mut Receiver,
    sender: &mut Sender,
    held: &mut Vec<u8>,
    out: &mut Vec<u8>,
) -> Option<Goodbye> {
    let behavior = receiver.behavior;
    let acts_on = |kind| !behavior.ignored.contains(&kind);
    loop {
        match receiver.next() {
            Ok(None) => return None,
            Ok(Some(Event::Message {
                opcode,
                payload,
                frames,
            })) if acts_on(Kind::Message) => {
                sender.echo(opcode, payload, frames, out);
                out.append(held);
            }
            Ok(Some(Event::Ping(payload))) if acts_on(Kind::Ping) => {
                let pong = sender.pong(payload);
                if behavior.pong == Pong::AfterMessage && receiver.is_within_message() {
                    held.extend(pong);
                } else {
                    out.extend(pong);
                }
            }
            Ok(Some(Event::Pong(payload))) if behavior.unasked_pong == UnaskedPong::Answered => {
                out.extend(frame::control(PONG, &payload));
            }
            Ok(Some(Event::Close(body))) if body.is_empty() && !acts_on(Kind::EmptyClose) => {}
            Ok(Some(Event::Close(body))) if acts_on(Kind::Close) => {
                out.extend(sender.close(&body));
                return Some(behavior.answer);
            }
            Ok(Some(_)) => {}
            Err(violation) => {
                out.extend(sender.fail(violation));
                return Some(behavior.failure);
            }
        }
    }
}

/// Reads and discards until the client ends its direction.
async fn drain(stream: &mut TcpStream) -> io::Result<()> {
    let mut discarded = vec![0; 16 << 10];
    while stream.read(&mut discarded).await? > 0 {}
    Ok(())
}
