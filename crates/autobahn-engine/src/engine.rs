//! Plays cases against a server, one connection a case.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use autobahn_cases::play::Play;
use autobahn_cases::{Case, CaseId, Outcome};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::timeout;

use crate::connection::drive;
use crate::explain::explain;
use crate::handshake::{Request, random_key};
use crate::judge::judge;
use crate::pace::Pace;
use crate::performance::Performance;
use crate::role::Role;
use crate::schedule;
use crate::session::{Session, Tcp};
use crate::setting::Setting;
use crate::target::Target;

/// How long TCP may take to connect.
const CONNECT: Duration = Duration::from_secs(30);

/// Plays cases.
#[derive(Clone, Debug)]
pub struct Engine {
    setting: Arc<Setting>,
}

/// What happens while cases are played.
#[derive(Debug)]
pub enum Event {
    /// A case has begun.
    Started(CaseId),
    /// A case has ended, or could not be played.
    Finished(CaseId, Result<Box<Outcome>, PlayError>),
}

/// Why a case could not be played.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// TCP could not be connected.
    #[error("cannot connect to {host}:{port}: {source}")]
    Connect {
        /// The host of the target.
        host: String,
        /// The port of the target.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// TLS could not be had.
    #[cfg(feature = "tls")]
    #[error("{host}:{port}: {source}")]
    Tls {
        /// The host of the target.
        host: String,
        /// The port of the target.
        port: u16,
        /// Why.
        source: crate::tls::TlsError,
    },
}

/// How many cases are played at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jobs {
    /// As many as suit the machine.
    ByCores,
    /// At most so many, 1 or more.
    AtMost(usize),
    /// One after the other, never two connections at once.
    Serial,
}

impl Engine {
    /// An engine that plays with this setting.
    #[must_use]
    pub fn new(setting: Setting) -> Self {
        let setting = Arc::new(setting);
        Self { setting }
    }

    /// Plays all cases and tells what happens; what is not told of when this
    /// returns was not played. Dropping the future ends all connections.
    ///
    /// Must be called within a tokio runtime with time and I/O.
    pub async fn play(
        &self,
        target: &Target,
        cases: impl IntoIterator<Item = &Case>,
        jobs: Jobs,
        events: UnboundedSender<Event>,
    ) {
        let cases = cases.into_iter().cloned().map(Arc::new).collect();
        let target = Arc::new(target.clone());
        schedule::run(self.clone(), target, cases, jobs, events).await;
    }

    /// Plays one case against a server.
    ///
    /// # Errors
    ///
    /// If TCP, or TLS where it is asked for, cannot be connected.
    pub async fn play_one(&self, target: &Target, case: &Case) -> Result<Outcome, PlayError> {
        let failed = |source| PlayError::Connect {
            host: target.host.clone(),
            port: target.port,
            source,
        };
        let connecting = TcpStream::connect((target.host.as_str(), target.port));
        let connected = timeout(CONNECT, connecting).await;
        let mut stream = connected
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        #[cfg(feature = "tls")]
        if let Some(tls) = &target.tls {
            return self.play_tls(tls, stream, target, case).await;
        }
        let pace = Pace::of_suite(&case.play);
        let (outcome, tcp) = play_on(&mut stream, target, case, &self.setting, pace).await;
        if tcp == Tcp::Abort {
            // A reset; if it cannot be had, an orderly end must do.
            let _ = stream.set_zero_linger();
        }
        Ok(outcome)
    }

    /// Plays one case by TLS on a connected stream.
    #[cfg(feature = "tls")]
    async fn play_tls(
        &self,
        tls: &crate::tls::Tls,
        stream: TcpStream,
        target: &Target,
        case: &Case,
    ) -> Result<Outcome, PlayError> {
        use crate::tls::TlsError;

        let connected = timeout(CONNECT, tls.connect(stream)).await;
        let silent = |_| Err(TlsError::Other("no answer in time".to_owned()));
        let connected = connected.unwrap_or_else(silent);
        let mut stream = connected.map_err(|source| PlayError::Tls {
            host: target.host.clone(),
            port: target.port,
            source,
        })?;
        let pace = Pace::of_suite(&case.play);
        let (outcome, tcp) = play_on(&mut stream, target, case, &self.setting, pace).await;
        match tcp {
            Tcp::Abort => {
                let _ = stream.get_ref().0.set_zero_linger();
            }
            Tcp::Up | Tcp::Finish => {
                // What the peer makes of it is no longer of interest.
                let _ = timeout(Duration::from_secs(1), stream.shutdown()).await;
            }
        }
        Ok(outcome)
    }
}

/// Plays one case on a connected stream, as a client.
pub async fn play_case<S>(mut stream: S, target: &Target, case: &Case, setting: &Setting) -> Outcome
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (outcome, tcp) = play_on(&mut stream, target, case, setting, Pace::FAST).await;
    if tcp != Tcp::Abort {
        // What the peer makes of it is no longer of interest.
        let _ = timeout(Duration::from_secs(1), stream.shutdown()).await;
    }
    outcome
}

async fn play_on<S>(
    stream: &mut S,
    target: &Target,
    case: &Case,
    setting: &Setting,
    pace: Pace,
) -> (Outcome, Tcp)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut random = random(setting.seed, case.id);
    let request = Request {
        path: target.path.clone(),
        host: target.host_header(),
        key: random_key(&mut random),
        offers: match &case.play {
            Play::Compressed(plan) => plan.offers,
            Play::Script(_) | Play::Echo(_) | Play::RoundTrips(_) => &[],
        },
    };
    let read_size = match case.play {
        Play::Script(_) | Play::RoundTrips(_) => 16 * 1024,
        Play::Echo(_) | Play::Compressed(_) => 128 * 1024,
    };
    let keep = Performance::keep(case);
    let mut session = Session::new(Role::Client, request, keep, random);
    let mut performance = Performance::new(case, setting);
    drive(stream, &mut session, &mut performance, read_size, pace).await;
    session.conclude();

    let heard = performance.heard;
    let tcp = session.tcp();
    let ended = session.now;
    let verdict = judge(case, Role::Client, &heard, &session.ending);
    let explanation = explain(case, verdict, &heard, &session.ending, &session.findings);
    let outcome = Outcome {
        verdict,
        duration: session.opened.map(|opened| ended - opened),
        explanation,
        received: heard.events.iter().map(crate::heard::Seen::event).collect(),
        findings: session.findings,
        transcript: session.recorder.into_transcript(),
        ending: session.ending,
    };
    (outcome, tcp)
}

/// Random octets that are the same whenever a case is played with a seed.
fn random(seed: u64, id: CaseId) -> fastrand::Rng {
    let components = id.components().iter();
    let mixed = components.fold(seed, |mixed, component| {
        mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(*component)
    });
    fastrand::Rng::with_seed(mixed)
}
