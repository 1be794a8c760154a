//! Python's `websockets` and Node's `ws` against our server and our client: windows of 8 to 15
//! bits, with and without takeover, fragments, 0 octets to 3 MB. Both check the negotiation.
//!
//! Asked for by name: `ci/interop`. Fails where a peer is missing.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use futures_util::{SinkExt, StreamExt};
use tokio::{join, net::TcpListener};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    protocol::frame::{
        CloseFrame, Frame,
        coding::{CloseCode, Data, OpCode},
    },
};
use tokio_tungstenite_deflate::{
    ConnectError, DeflateConfig, NegotiationError, Takeover, Window, WindowBits, accept_async,
    connect_async,
};

fn window(bits: u8, takeover: Takeover) -> Window {
    let bits = WindowBits::new(bits).unwrap();
    Window { bits, takeover }
}

/// A script and what runs it.
#[derive(Clone, Copy)]
enum Peer {
    Websockets,
    Ws,
}

impl Peer {
    fn command(self) -> Command {
        let (candidates, probe, script) = match self {
            Self::Websockets => (
                &["python3", "/usr/bin/python3"][..],
                "import websockets",
                "peer.py",
            ),
            Self::Ws => (&["node", "nodejs"][..], "", "peer.js"),
        };
        let program = candidates.iter().find(|program| {
            let run = Command::new(program)
                .arg(flag(self))
                .arg(probe)
                .stderr(Stdio::null())
                .status();
            run.is_ok_and(|status| status.success())
        });
        let program =
            program.unwrap_or_else(|| panic!("none of {candidates:?} is fit for {script}"));
        let mut command = Command::new(program);
        if matches!(self, Self::Ws) && std::env::var_os("NODE_PATH").is_none() {
            // Where Debian's packages put libraries.
            command.env("NODE_PATH", "/usr/share/nodejs");
        }
        command.arg(format!(
            "{}/tests/interop/{script}",
            env!("CARGO_MANIFEST_DIR")
        ));
        command
    }
}

fn flag(peer: Peer) -> &'static str {
    match peer {
        Peer::Websockets => "-c",
        Peer::Ws => "-e",
    }
}

/// Our servers: without wishes, with small windows, without takeover, with everything.
fn configs() -> Vec<DeflateConfig> {
    let kept = Takeover::Allowed;
    let fresh = Takeover::Refused;
    [
        (window(15, kept), window(15, kept)),
        (window(9, kept), window(11, kept)),
        (window(15, fresh), window(15, fresh)),
        (window(10, fresh), window(9, fresh)),
    ]
    .map(|(send, receive)| DeflateConfig::default().send(send).receive(receive))
    .into()
}

async fn check_client(peer: Peer) {
    for config in configs() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let config = config.clone();
                tokio::spawn(async move {
                    let mut socket = accept_async(stream, &config).await.unwrap();
                    while let Some(message) = socket.next().await {
                        let message = message.unwrap();
                        if message.is_text() || message.is_binary() {
                            socket.send(message).await.unwrap();
                        }
                    }
                });
            }
        });
        let mut command = tokio::process::Command::from(peer.command());
        let status = command.args(["client", &url]).status().await.unwrap();
        server.abort();
        assert!(status.success(), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn python_websockets_is_a_client_of_our_server() {
    check_client(Peer::Websockets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_ws_is_a_client_of_our_server() {
    check_client(Peer::Ws).await;
}

/// Servers of other making, gone when this is dropped.
struct Servers {
    child: Child,
    ports: Vec<u16>,
}

impl Servers {
    fn start(peer: Peer) -> Self {
        let mut command = peer.command();
        command
            .arg("server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ports = line
            .trim()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .split(", ");
        let ports = ports
            .flat_map(|ports| ports.split(','))
            .map(|port| port.parse().unwrap());
        Self {
            ports: ports.collect(),
            child,
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn messages(long: bool) -> Vec<Message> {
    let mut messages: Vec<Message> = ["", "a", "Hello", "Hello", &"Hellö, ".repeat(150), ""]
        .map(Message::from)
        .into();
    messages.push(vec![0; 1000].into());
    if long {
        for length in [125, 126, 65_535, 65_536, 100_000] {
            messages.push("x".repeat(length).into());
        }
        let noise = (0..100_000_u32).map(|i| (i.wrapping_mul(0x9e37_79b1) >> 24) as u8);
        messages.push(noise.collect::<Vec<_>>().into());
        let json: String = (0..300_000)
            .map(|i| format!("{{\"id\": {}}}, ", i % 10_007 * 7919 % 10_007))
            .collect();
        messages.push(json[..3_000_000].into());
        messages.push("the end".into());
    }
    messages
}

/// Sends and receives at the same time, for neither side reads ahead without end.
async fn check_server(peer: Peer, window_bits: std::ops::RangeInclusive<u8>) {
    let servers = Servers::start(peer);
    let mut agreed = 0;
    for (nth, port) in servers.ports.iter().enumerate() {
        for bits in window_bits.clone() {
            for takeover in [Takeover::Allowed, Takeover::Refused] {
                let config = DeflateConfig::default()
                    .send(window(bits, takeover))
                    .receive(window(bits, takeover));
                let url = format!("ws://127.0.0.1:{port}/");
                let socket = match (peer, connect_async(url, &config).await) {
                    // `ws` answers with its own limit even if that is above the offered one,
                    // which RFC 7692, 7.1.2.2 forbids.
                    (Peer::Ws, Err(ConnectError::Negotiation(error))) => {
                        let name = "client_max_window_bits".to_owned();
                        assert_eq!(error, NegotiationError::Parameter(name));
                        continue;
                    }
                    // And it refuses the handshake where it wants a larger window than offered.
                    (Peer::Ws, Err(ConnectError::Handshake(Error::Http(_)))) => continue,
                    (_, connected) => connected.unwrap().0,
                };
                if let Some(agreement) = socket.agreement() {
                    assert!(agreement.client.bits <= config.send.bits, "{agreement:?}");
                    assert!(
                        agreement.server.bits <= config.receive.bits,
                        "{agreement:?}"
                    );
                    agreed += 1;
                }
                let mut messages = messages(nth % 8 == usize::from(bits % 8));
                let (mut sink, mut stream) = socket.split();
                let fragmented = [
                    (Data::Text, "frag", false),
                    (Data::Continue, "mented", true),
                ];
                let send = async {
                    for message in messages.clone() {
                        sink.send(message).await.unwrap();
                    }
                    for (data, text, is_final) in fragmented {
                        let frame = Frame::message(text, OpCode::Data(data), is_final);
                        sink.send(Message::Frame(frame)).await.unwrap();
                    }
                };
                let receive = async {
                    let received = stream.by_ref().take(messages.len() + 1);
                    received.map(Result::unwrap).collect::<Vec<_>>().await
                };
                let ((), received) = join!(send, receive);
                messages.push("fragmented".into());
                assert!(received == messages, "{port} {bits} {takeover:?}");
                let (code, reason) = (CloseCode::Normal, "".into());
                let close = Message::Close(Some(CloseFrame { code, reason }));
                sink.send(close.clone()).await.unwrap();
                assert_eq!(stream.next().await.unwrap().unwrap(), close);
                assert!(stream.next().await.is_none());
            }
        }
    }
    // Some combinations are not acceptable to the peer, which then declines.
    assert!(agreed > servers.ports.len(), "{agreed}");
}

#[tokio::test]
async fn python_websockets_is_a_server_of_our_client() {
    // zlib has no window of 8 bits for raw deflate, which this server does not take into account.
    check_server(Peer::Websockets, 9..=15).await;
}

#[tokio::test]
async fn node_ws_is_a_server_of_our_client() {
    check_server(Peer::Ws, 8..=15).await;
}
