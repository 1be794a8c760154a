//! `wss://` with the embedded engine: whom it trusts, and what it says where it
//! does not.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use echo_server::{Config, Identity, ServerHandle, serve};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio::runtime::Runtime;

use crate::fixture::{Ended, Fixture};

/// A server of `wss://` on a port of its own.
struct Server {
    fixture: Fixture,
    handle: ServerHandle,
    _runtime: Runtime,
}

impl Server {
    /// With a certificate of its own for a name.
    fn new(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let fixture = Fixture::new();
        let mut parameters = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut parameters);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        fixture.write("cert.pem", &certificate.pem());
        fixture.write("key.pem", &key.serialize_pem());
        let (certificate, key) = (fixture.path("cert.pem"), fixture.path("key.pem"));
        let tls = Some(Identity::from_pem_files(&certificate, &key).unwrap());
        let runtime = Runtime::new().unwrap();
        let handle = runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let config = Config {
                tls,
                ..Config::default()
            };
            serve(listener, config).unwrap()
        });
        Self {
            fixture,
            handle,
            _runtime: runtime,
        }
    }

    fn url(&self) -> String {
        format!("wss://localhost:{}/", self.handle.local_addr().port())
    }

    fn run(&self, url: &str, arguments: &[&str]) -> Ended {
        let all = [&["run", "1.1.1", "7.1.1", "9.1.3", "--url", url], arguments].concat();
        self.fixture.run(&all)
    }
}

#[test]
fn a_server_that_is_trusted_is_tested_over_tls() {
    let server = Server::new("localhost", |_| {});
    let ended = server.run(&server.url(), &["--ca", "cert.pem"]);
    let told = ended.with(
        0,
        &["3 passed", "--engine docker 1.1.1 7.1.1 9.1.3 --url wss://"],
    );
    assert!(!told.stderr.contains("not checked"), "{}", told.stderr);
    assert!(!told.stderr.contains("--ca"), "{}", told.stderr);
}

#[test]
fn a_server_that_is_not_trusted_is_tested_when_asked_and_the_summary_says_so() {
    let server = Server::new("elsewhere.example", |parameters| {
        parameters.not_after = date_time_ymd(2001, 1, 1);
    });
    let told = ["3 passed", "certificate was not checked"];
    server.run(&server.url(), &["--insecure"]).with(0, &told);
    let run = server.fixture.read("reports/results.json");
    let run: serde_json::Value = serde_json::from_str(&run).unwrap();
    assert_eq!(run["provenance"]["engine"]["insecure"], true);
    for (value, code) in [("1", 0), ("0", 101), ("perhaps", 2)] {
        let mut command = server
            .fixture
            .command(&["run", "1.1.1", "--url", &server.url()]);
        command.env("AUTOBAHN_INSECURE", value);
        Ended::from(command.output().unwrap()).with(code, &[]);
    }
    let both = ["--insecure", "--ca", "cert.pem"];
    server.run(&server.url(), &both).with(2, &["--insecure"]);
}

#[test]
fn each_failure_of_tls_names_its_cure() {
    let ca = ["--ca", "cert.pem"];
    let server = Server::new("localhost", |_| {});
    let url = server.url();
    server
        .run(&url, &[])
        .with(101, &["nobody who is trusted", "--ca FILE"]);
    let address = url.replace("localhost", "127.0.0.1");
    let named = ["not for `127.0.0.1`", "localhost"];
    server.run(&address, &ca).with(101, &named);
    server
        .run(&url, &["--ca", "no.pem"])
        .with(101, &["`no.pem`"]);
    let none = ["`key.pem`", "BEGIN CERTIFICATE"];
    server.run(&url, &["--ca", "key.pem"]).with(101, &none);

    let expired = Server::new("localhost", |parameters| {
        parameters.not_after = date_time_ymd(2001, 1, 1);
    });
    expired.run(&expired.url(), &ca).with(101, &["has expired"]);
    let early = Server::new("localhost", |parameters| {
        parameters.not_before = date_time_ymd(4000, 1, 1);
    });
    early.run(&early.url(), &ca).with(101, &["not valid yet"]);
    let authority = Server::new("localhost", |parameters| {
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    });
    authority
        .run(&authority.url(), &ca)
        .with(101, &["CA:FALSE"]);
}

#[test]
fn a_server_that_speaks_otherwise_than_the_address_says_is_named_as_such() {
    let plain = b"HTTP/1.1 400 Bad Request\r\n\r\n";
    check("wss", plain, &["does not speak TLS", "ws://"]);
    // An alert: this is no TLS.
    let tls = b"\x15\x03\x03\0\x02\x02\x46";
    check("ws", tls, &["speaks TLS", "wss://"]);
}

/// One that answers whatever comes first with these octets.
#[track_caller]
fn check(scheme: &str, answer: &'static [u8], told: &[&str]) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("{scheme}://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 2048]).unwrap();
        stream.write_all(answer).unwrap();
    });
    let ended = Fixture::new().run(&["run", "1.1.1", "--url", &url]);
    ended.with(101, told);
    server.join().unwrap();
}
