//! The files of the certificate and its key: one line says what is wrong with them.

use std::{fs, path::Path};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    client::{Client, REQUEST},
    program::{Program, echo_server},
    scratch::Scratch,
    tls::Pair,
};

/// Starts the program with these files and expects one line that holds all `parts`.
#[track_caller]
fn check(certificate: Option<&Path>, key: Option<&Path>, parts: &[&str]) {
    let mut command = echo_server();
    if let Some(certificate) = certificate {
        command.arg("--tls-cert").arg(certificate);
    }
    if let Some(key) = key {
        command.arg("--tls-key").arg(key);
    }
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(output.stdout, b"");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "{part:?} in {stderr}");
    }
}

#[test]
fn each_thing_that_can_be_wrong_is_named() {
    let (pair, other) = (Pair::new(), Pair::new());
    let (certificate, key) = (Some(pair.certificate.as_path()), Some(pair.key.as_path()));
    let scratch = Scratch::new();
    let file = |name: &str, content: &str| scratch.file(name, content);

    check(certificate, None, &["--tls-cert", "add --tls-key"]);
    check(None, key, &["--tls-key", "add --tls-cert"]);

    let missing = scratch.file("x", "").with_file_name("missing.pem");
    check(
        Some(&missing),
        key,
        &["cannot read `", "missing.pem`: No such file"],
    );
    check(
        certificate,
        Some(&missing),
        &["cannot read `", "missing.pem`: No such file"],
    );
    let directory = missing.parent();
    check(directory, key, &["cannot read `", "`: Is a directory"]);

    let prose = file("prose.txt", "It was a dark and stormy night.\n");
    check(
        Some(&prose),
        key,
        &["prose.txt` has no certificate", "BEGIN CERTIFICATE"],
    );
    check(key, key, &["key.pem` has no certificate"]);
    check(
        certificate,
        Some(&prose),
        &["prose.txt` has no private key", "BEGIN PRIVATE KEY"],
    );
    check(certificate, certificate, &["cert.pem` has no private key"]);

    check(
        certificate,
        Some(&other.key),
        &["key.pem` is not that of the certificate in `", "cert.pem`"],
    );

    let pem = fs::read_to_string(&pair.certificate).unwrap();
    let cut = file("cut.pem", &pem[..pem.len() / 2]);
    check(Some(&cut), key, &["cut.pem` is damaged", "has no end"]);
    let foreign = file("foreign.pem", &pem.replacen("MII", "M?I", 1));
    check(
        Some(&foreign),
        key,
        &["foreign.pem` is damaged", "no base64"],
    );
    let damaged = file("damaged.pem", &pem.replacen("MII", "MIA", 1));
    check(
        Some(&damaged),
        key,
        &[
            "the certificate in `",
            "damaged.pem` is of no use for TLS: ",
        ],
    );
    let hollow = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let hollow = file("hollow.pem", hollow);
    check(
        certificate,
        Some(&hollow),
        &["hollow.pem` is of no use for TLS: it should be RSA"],
    );
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let encrypted = file("encrypted.pem", encrypted);
    check(
        certificate,
        Some(&encrypted),
        &["encrypted.pem` is encrypted", "openssl pkey"],
    );
}

#[test]
fn an_expired_certificate_is_for_clients_to_judge() {
    let mut parameters = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    parameters.not_after = rcgen::date_time_ymd(2001, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    let scratch = Scratch::new();
    let mut command = echo_server();
    command
        .arg("--tls-cert")
        .arg(scratch.file("expired.pem", &certificate.pem()))
        .arg("--tls-key")
        .arg(scratch.file("key.pem", &key.serialize_pem()));
    assert_eq!(Program::start(&mut command).scheme, "wss");
}

#[tokio::test]
async fn the_program_speaks_wss_and_finds_itself_healthy() {
    let pair = Pair::new();
    let mut command = echo_server();
    command
        .env("ECHO_SERVER_TLS_CERT", &pair.certificate)
        .env("ECHO_SERVER_TLS_KEY", &pair.key);
    let program = Program::start(&mut command);
    assert_eq!(program.scheme, "wss");
    let mut client = pair.connect(program.address).await;
    client.write_all(REQUEST).await.unwrap();
    let mut status = [0; 13];
    client.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 101 ");

    command.env("ECHO_SERVER_LISTEN", program.address.to_string());
    let output = command.arg("--check").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    // Another server's certificate is not ours.
    let other = Pair::new();
    command
        .env("ECHO_SERVER_TLS_CERT", &other.certificate)
        .env("ECHO_SERVER_TLS_KEY", &other.key);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");

    let mut plain = Client::tcp(program.address).await;
    plain.write(REQUEST).await;
    plain.whole_response().await;
    program.signal("TERM");
    let (_, _, stderr) = program.end();
    for logged in [
        "TLS handshake failed",
        "the client does not speak TLS and this port does",
    ] {
        assert!(stderr.contains(logged), "{logged:?} in {stderr}");
    }
}
