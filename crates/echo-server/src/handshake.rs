//! The server's side of the opening handshake (RFC 6455, 4.2).

use std::{io, sync::Arc};

use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};
use tokio_tungstenite::tungstenite::{
    http::{
        Method, Request, Response, Uri,
        header::{CACHE_CONTROL, CONNECTION, HeaderValue, SEC_WEBSOCKET_EXTENSIONS},
    },
    protocol::Role,
};
use tokio_tungstenite_deflate::{Agreement, DeflateStream};

use crate::{
    Config,
    refusal::{Refusal, content},
    request::{self, ReadError},
    response::respond,
};

/// Why no WebSocket came of a connection.
#[derive(Debug, Error)]
pub(crate) enum HandshakeError {
    #[error(transparent)]
    Request(#[from] ReadError),
    #[error("cannot answer the request: {0}")]
    Io(#[from] io::Error),
}

/// Reads the request and answers it: with 101, with 200 if it asks for the server's health, or
/// with an HTTP error whose cause is returned.
///
/// # Errors
///
/// When the client sent no opening handshake before `deadline` or the connection broke. A refusal
/// has been written to `stream` when this returns; closing that is up to the caller.
pub(crate) async fn accept<S>(
    stream: &mut S,
    config: &Config,
    places: &Arc<Semaphore>,
    deadline: Instant,
) -> Result<Answered, HandshakeError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let read = timeout_at(deadline, request::read(stream)).await;
    let (request, rest) = match read.unwrap_or_else(|_| Err(Refusal::TimedOut.into())) {
        Err(ReadError::Refused(refusal)) => return refuse(stream, refusal, &Method::GET).await,
        read => read?,
    };
    let mut response = match respond(&request, config) {
        Ok(response) => response,
        Err(Refusal::NotAnUpgrade) if is_for_health(&request) => {
            write_content(stream, &health(), request.method()).await?;
            return Ok(Answered::Health);
        }
        Err(refusal) => return refuse(stream, refusal, request.method()).await,
    };
    let Ok(place) = Arc::clone(places).try_acquire_owned() else {
        let refusal = Refusal::Full(config.max_connections);
        return refuse(stream, refusal, request.method()).await;
    };
    let answer = |deflate| Agreement::answer(request.headers(), deflate);
    let agreement = config
        .deflate
        .as_ref()
        .and_then(answer)
        .map(|(agreement, answer)| {
            response
                .headers_mut()
                .insert(SEC_WEBSOCKET_EXTENSIONS, answer);
            agreement
        });
    write(stream, &response, "").await?;
    Ok(Answered::WebSocket(Accepted {
        target: request.uri().clone(),
        rest,
        agreement,
        place,
    }))
}

/// What a request was answered with, unless it was refused.
pub(crate) enum Answered {
    WebSocket(Accepted),
    Health,
}

/// Whether a request that is no opening handshake asks if the server is ready.
fn is_for_health(request: &Request<()>) -> bool {
    request.uri().path() == "/healthz" && matches!(*request.method(), Method::GET | Method::HEAD)
}

fn health() -> Response<String> {
    let mut response = content("ok\n".to_owned());
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A completed opening handshake.
pub(crate) struct Accepted {
    /// What the client asked for.
    pub(crate) target: Uri,
    /// Octets that came with the request: the first frames of a hasty client.
    rest: Vec<u8>,
    /// What was agreed on of permessage-deflate.
    agreement: Option<Agreement>,
    /// Its place among all WebSockets.
    place: OwnedSemaphorePermit,
}

impl Accepted {
    /// Turns the connection into a WebSocket. Its place is free once the permit is dropped.
    pub(crate) async fn upgrade<S>(
        self,
        stream: S,
        config: &Config,
    ) -> (DeflateStream<S>, OwnedSemaphorePermit)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let socket = DeflateStream::from_partially_read(
            stream,
            self.rest,
            Role::Server,
            Some(config.websocket()),
            self.agreement,
            &config.deflate.clone().unwrap_or_default(),
        )
        .await;
        (socket, self.place)
    }
}

async fn refuse<S>(
    stream: &mut S,
    refusal: Refusal,
    method: &Method,
) -> Result<Answered, HandshakeError>
where
    S: AsyncWrite + Unpin,
{
    write_content(stream, &refusal.response(), method).await?;
    Err(ReadError::Refused(refusal).into())
}

/// Writes a response with its content, unless the request was HEAD.
pub(crate) async fn write_content<S>(
    stream: &mut S,
    response: &Response<String>,
    method: &Method,
) -> io::Result<()>
where
    S: AsyncWrite + Unpin,
{
    // RFC 9110, 9.3.2: the response to HEAD has no content.
    let body = if method == Method::HEAD {
        ""
    } else {
        response.body()
    };
    write(stream, response, body).await
}

async fn write<S, T>(stream: &mut S, response: &Response<T>, body: &str) -> io::Result<()>
where
    S: AsyncWrite + Unpin,
{
    let mut octets = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    for (name, value) in response.headers() {
        octets.extend_from_slice(customary(name.as_str()).as_bytes());
        octets.extend_from_slice(b": ");
        octets.extend_from_slice(value.as_bytes());
        octets.extend_from_slice(b"\r\n");
    }
    octets.extend_from_slice(b"\r\n");
    octets.extend_from_slice(body.as_bytes());
    stream.write_all(&octets).await?;
    stream.flush().await
}

/// A header's name as people write it: `Sec-WebSocket-Accept`. Not every client ignores case.
fn customary(name: &str) -> String {
    let word = |word: &str| match word.split_at_checked(1) {
        _ if word == "websocket" => "WebSocket".to_owned(),
        Some((first, rest)) => first.to_ascii_uppercase() + rest,
        None => String::new(),
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, duplex};

    use super::*;

    /// Sends the pieces and closes; returns what comes of it and the server's answer.
    async fn play(pieces: &[&[u8]], config: Config) -> (Result<Answered, HandshakeError>, String) {
        let (mut client, mut server) = duplex(64);
        let client = async {
            for piece in pieces {
                let _ = client.write_all(piece).await;
            }
            let mut answer = String::new();
            let (mut reader, _open) = tokio::io::split(client);
            reader.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let server = async {
            let places = Arc::new(Semaphore::new(config.max_connections));
            let deadline = Instant::now() + config.handshake_timeout;
            let result = accept(&mut server, &config, &places, deadline).await;
            drop(server);
            result
        };
        let (answer, result) = tokio::join!(client, server);
        (result, answer)
    }

    #[tokio::test]
    async fn a_plain_request_is_told_to_upgrade() {
        let (result, answer) = play(
            &[b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
            Config::default(),
        )
        .await;
        assert!(matches!(
            result,
            Err(HandshakeError::Request(ReadError::Refused(
                Refusal::NotAnUpgrade
            )))
        ));
        assert!(
            answer.starts_with("HTTP/1.1 426 Upgrade Required\r\n"),
            "{answer}"
        );
        assert!(answer.contains("WebSocket echo server"), "{answer}");
    }

    #[tokio::test]
    async fn a_head_request_gets_no_body() {
        let (_, answer) = play(
            &[b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
            Config::default(),
        )
        .await;
        assert!(
            answer.starts_with("HTTP/1.1 426 ") && answer.ends_with("\r\n\r\n"),
            "{answer}"
        );
    }

    #[tokio::test]
    async fn what_is_not_http_is_refused() {
        let (_, answer) = play(&[b"\x00\x03\x01\x02\x00\n\n"], Config::default()).await;
        assert!(
            answer.starts_with("HTTP/1.1 400 Bad Request\r\n"),
            "{answer}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_head_is_refused_when_its_time_is_up() {
        let config = Config {
            handshake_timeout: Duration::from_secs(3),
            ..Config::default()
        };
        let (result, answer) = play(&[b"GET / HTTP/1.1\r\n"], config).await;
        assert!(matches!(
            result,
            Err(HandshakeError::Request(ReadError::Refused(
                Refusal::TimedOut
            )))
        ));
        assert!(
            answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"),
            "{answer}"
        );
    }
}
