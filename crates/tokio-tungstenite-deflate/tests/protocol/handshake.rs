//! The opening handshake, as servers and clients of other making see it.

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    join,
};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    handshake::{
        derive_accept_key,
        server::{ErrorResponse, Request, Response},
    },
    http::StatusCode,
    protocol::Role,
};
use tokio_tungstenite_deflate::{
    ConnectError, DeflateConfig, NegotiationError, Takeover, accept_async, accept_hdr_async,
    client_async,
};

use crate::wire::{FIN, RSV1, TEXT, frame, window};

const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

fn request(extensions: &str) -> String {
    format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         {extensions}\r\n"
    )
}

/// Reads the head of a request or response, and not an octet more.
async fn head(stream: &mut DuplexStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// The extensions that a response names.
fn extensions(head: &str) -> Option<&str> {
    head.lines()
        .find_map(|line| line.strip_prefix("sec-websocket-extensions: "))
}

#[tokio::test]
async fn a_server_answers_an_offer_in_its_response() {
    for (offer, answer) in [
        ("", None),
        ("Sec-WebSocket-Extensions: x\r\n", None),
        (
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
            Some("permessage-deflate"),
        ),
        (
            "Sec-WebSocket-Extensions: permessage-deflate; y\r\n\
             Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9\r\n",
            Some("permessage-deflate; server_max_window_bits=9"),
        ),
    ] {
        let (mut client, server) = duplex(1000);
        client.write_all(request(offer).as_bytes()).await.unwrap();
        let mut server = accept_async(server, &DeflateConfig::default())
            .await
            .unwrap();
        let response = head(&mut client).await;
        assert_eq!(extensions(&response), answer, "{response}");
        assert_eq!(server.agreement().is_some(), answer.is_some());
        // The connection goes on in either case.
        client
            .write_all(&frame(TEXT | FIN, b"Hello", Role::Server))
            .await
            .unwrap();
        assert_eq!(
            server.next().await.unwrap().unwrap(),
            Message::from("Hello")
        );
    }
}

#[tokio::test]
async fn frames_that_come_with_the_handshake_are_not_lost() {
    // A client that does not wait for the response.
    let offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    let mut octets = request(offer).into_bytes();
    octets.extend(frame(TEXT | RSV1 | FIN, &HELLO, Role::Server));
    let (mut client, server) = duplex(1000);
    client.write_all(&octets).await.unwrap();
    let mut server = accept_async(server, &DeflateConfig::default())
        .await
        .unwrap();
    assert_eq!(
        server.next().await.unwrap().unwrap(),
        Message::from("Hello")
    );

    // A server whose first message comes with the response.
    let (client, mut server) = duplex(1000);
    let serve = async {
        let request = head(&mut server).await;
        let mut octets = response(&request, "permessage-deflate").into_bytes();
        octets.extend(frame(TEXT | RSV1 | FIN, &HELLO, Role::Client));
        server.write_all(&octets).await.unwrap();
        server
    };
    let config = DeflateConfig::default();
    let (_server, connected) = join!(serve, client_async("ws://localhost/", client, &config));
    let (mut client, _) = connected.unwrap();
    assert_eq!(
        client.next().await.unwrap().unwrap(),
        Message::from("Hello")
    );
}

fn response(request: &str, extensions: &str) -> String {
    let key = request
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))
        .unwrap();
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {}\r\nSec-WebSocket-Extensions: {extensions}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    )
}

#[tokio::test]
async fn a_client_fails_a_connection_that_was_negotiated_wrongly() {
    for (answer, expected) in [
        ("x", NegotiationError::NotOffered("x".to_owned())),
        (
            "permessage-deflate; client_max_window_bits=16",
            NegotiationError::Parameter("client_max_window_bits".to_owned()),
        ),
        (
            "permessage-deflate, permessage-deflate",
            NegotiationError::Repeated,
        ),
    ] {
        let (client, mut server) = duplex(1000);
        let serve = async {
            let request = head(&mut server).await;
            let response = response(&request, answer);
            server.write_all(response.as_bytes()).await.unwrap();
            server.read_to_end(&mut Vec::new()).await.unwrap()
        };
        let config = DeflateConfig::default();
        let (left, connected) = join!(serve, client_async("ws://localhost/", client, &config));
        assert_eq!(left, 0, "the client has hung up");
        let Err(ConnectError::Negotiation(error)) = connected else {
            panic!("{connected:?}");
        };
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn a_client_that_is_refused_gets_to_read_why() {
    let (client, mut server) = duplex(1000);
    let serve = async {
        head(&mut server).await;
        let response = "HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nwhy\n\n!";
        server.write_all(response.as_bytes()).await.unwrap();
    };
    let config = DeflateConfig::default();
    let ((), connected) = join!(serve, client_async("ws://localhost/", client, &config));
    let Err(ConnectError::Handshake(Error::Http(response))) = connected else {
        panic!("{connected:?}");
    };
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(response.body().as_deref(), Some(b"why\n\n!".as_slice()));
}

#[tokio::test]
async fn both_sides_agree_and_understand_each_other() {
    for send in [8, 9, 12, 15] {
        for receive in [8, 10, 15] {
            for takeover in [Takeover::Allowed, Takeover::Refused] {
                let (client, server) = duplex(100);
                let server_config = DeflateConfig::default();
                let client_config = DeflateConfig::default()
                    .send(window(send, takeover))
                    .receive(window(receive, takeover));
                let (accepted, connected) = join!(
                    accept_async(server, &server_config),
                    client_async("ws://localhost/", client, &client_config)
                );
                let (mut server, (mut client, _)) = (accepted.unwrap(), connected.unwrap());
                let agreement = *client.agreement().unwrap();
                assert_eq!(server.agreement(), Some(&agreement));
                assert_eq!(agreement.client, window(send, takeover));
                assert_eq!(agreement.server, window(receive, takeover));

                for text in ["Hello", "", "Hello", &"Hello, ".repeat(1000)] {
                    let message = Message::from(text);
                    let there = async { client.send(message.clone()).await.unwrap() };
                    let (received, ()) = join!(server.next(), there);
                    assert_eq!(received.unwrap().unwrap(), message);
                    let back = async { server.send(message.clone()).await.unwrap() };
                    let (received, ()) = join!(client.next(), back);
                    assert_eq!(received.unwrap().unwrap(), message);
                }

                let (closed, ()) = join!(server.next(), async {
                    client.close(None).await.unwrap();
                });
                assert_eq!(closed.unwrap().unwrap(), Message::Close(None));
                server.flush().await.unwrap();
                drop(server);
                assert_eq!(client.next().await.unwrap().unwrap(), Message::Close(None));
                assert!(client.next().await.is_none());
            }
        }
    }
}

#[expect(
    clippy::result_large_err,
    reason = "the signature is that of tungstenite's callback"
)]
#[tokio::test]
async fn a_callback_sees_the_request_and_may_refuse_it_or_keep_deflate_out() {
    let offer = request("Sec-WebSocket-Extensions: permessage-deflate\r\n");
    let config = DeflateConfig::default();

    let (mut client, server) = duplex(1000);
    client.write_all(offer.as_bytes()).await.unwrap();
    let refuse = |_: &Request, _: Response| {
        let mut response = ErrorResponse::new(None);
        *response.status_mut() = StatusCode::FORBIDDEN;
        Err(response)
    };
    let error = accept_hdr_async(server, refuse, &config).await.unwrap_err();
    assert!(matches!(error, Error::Http(_)), "{error}");
    assert!(head(&mut client).await.starts_with("HTTP/1.1 403 "));

    let (mut client, server) = duplex(1000);
    client.write_all(offer.as_bytes()).await.unwrap();
    let own = |_: &Request, mut response: Response| {
        let value = "x".parse().unwrap();
        response
            .headers_mut()
            .insert("Sec-WebSocket-Extensions", value);
        Ok(response)
    };
    let server = accept_hdr_async(server, own, &config).await.unwrap();
    assert_eq!(extensions(&head(&mut client).await), Some("x"));
    assert!(server.agreement().is_none());
}
