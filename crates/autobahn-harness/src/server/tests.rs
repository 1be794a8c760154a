//! Servers that start, and that do not: shell scripts play their part.

use std::net::Ipv4Addr;

use tokio::net::TcpSocket;

use super::*;

fn shell(script: &str) -> Launch {
    Launch::new(["sh", "-c", script].map(str::to_owned).to_vec())
}

#[tokio::test]
async fn a_server_has_the_directory_and_the_environment_that_it_is_given() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("port"), "81").unwrap();
    let launch = Launch {
        dir: Some(dir.path().to_owned()),
        env: [("HOST".to_owned(), "h".to_owned())].into(),
        ..shell("echo ws://$HOST:$(cat port)/; exec sleep 60")
    };
    let server = Server::start(&launch).await.unwrap();
    assert_eq!(server.url(), "ws://h:81/");
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_not_waited_for_longer_than_it_asked() {
    let launch = Launch {
        startup: Duration::from_secs(7),
        ..shell("exec sleep 60")
    };
    let error = Server::start(&launch).await.unwrap_err().to_string();
    assert!(error.contains("within 7 seconds"), "{error}");
}

#[tokio::test]
async fn a_server_says_where_it_listens() {
    let command = shell("echo starting; echo ws://127.0.0.1:1/ >&2; exec sleep 60");
    let mut server = Server::start(&command).await.unwrap();
    assert_eq!(server.url(), "ws://127.0.0.1:1/");
    assert!(server.ended().is_none());
    server.stop().await;
}

#[tokio::test]
async fn an_address_is_found_behind_many_lines_that_come_at_once() {
    let launch = shell("printf '%s\\n' \"$(seq 600; echo ws://127.0.0.1:1/)\"; exec sleep 60");
    let server = Server::start(&launch).await.unwrap();
    assert_eq!(server.url(), "ws://127.0.0.1:1/");
    server.stop().await;
}

/// A socket that listens only when it is told to, and its address.
fn not_listening() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let url = format!("ws://{}/", socket.local_addr().unwrap());
    (socket, url)
}

#[tokio::test]
async fn a_server_whose_address_is_known_is_waited_for_until_it_listens() {
    let (socket, url) = not_listening();
    let launch = Launch {
        url: Some(url.clone()),
        ..shell("exec sleep 60")
    };
    let listen = async {
        // The first attempt has been refused by then.
        tokio::task::yield_now().await;
        let listener = socket.listen(8).unwrap();
        time::timeout(STARTUP, listener.accept()).await
    };
    let (server, accepted) = tokio::join!(Server::start(&launch), listen);
    accepted.expect("it was tried").unwrap();
    let server = server.unwrap();
    assert_eq!(server.url(), url);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_listen_where_it_should_is_an_error() {
    let (_socket, url) = not_listening();
    let launch = Launch {
        url: Some(url.clone()),
        startup: Duration::from_secs(7),
        ..shell("exec sleep 60")
    };
    let error = Server::start(&launch).await.unwrap_err().to_string();
    let words = format!("did not listen at {url} within 7 seconds");
    assert!(error.contains(&words), "{error}");
}

#[tokio::test]
async fn a_server_whose_address_is_known_may_end_too() {
    let (_socket, url) = not_listening();
    let launch = Launch {
        url: Some(url),
        ..shell("echo 'the port is taken'; exit 3")
    };
    let error = Server::start(&launch).await.unwrap_err().to_string();
    assert!(
        error.contains("exit status: 3") && error.contains("| the port is taken"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_ends_is_an_error_with_its_last_words() {
    let error = Server::start(&shell("echo 'no\tport' >&2; exit 3"))
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("exit status: 3") && text.contains("| no\\tport"),
        "{text}"
    );
}

/// Starts a wrapper whose server writes to a pipe if it lives too long; returns
/// what is written until nobody is left who could.
#[cfg(unix)]
async fn left_behind(wrapper: &str, end: impl AsyncFnOnce(Server)) -> String {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let launch = Launch {
        dir: Some(dir.path().to_owned()),
        ..shell(&format!(
            "exec 3<>pipe; (sleep 20; echo alive >&3) & echo ws://127.0.0.1:1/; {wrapper}"
        ))
    };
    let server = Server::start(&launch).await.unwrap();
    let pipe = std::fs::File::open(pipe).unwrap();
    end(server).await;
    io::read_to_string(pipe).unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn what_a_server_has_started_ends_with_it() {
    assert_eq!(left_behind("wait", Server::stop).await, "");
    assert_eq!(left_behind("wait", async |server| drop(server)).await, "");
    // Whatever became of the wrapper meanwhile.
    let ended = async |mut server: Server| {
        drop(server.stdin.take());
        server.child.wait().await.unwrap();
        drop(server);
    };
    assert_eq!(left_behind("read go || exit", ended).await, "");
}

#[tokio::test]
async fn a_command_that_is_not_there_is_named() {
    let error = Server::start(&Launch::new(vec!["/no/such/server".to_owned()]))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`/no/such/server`"));
}
