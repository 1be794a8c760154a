//! The container engine, the image and the network.

use autobahn_harness::engine::docker::{self, Docker, Network};
use tokio::net::TcpListener;

use crate::{echo_server, plan, play};

#[tokio::test]
async fn a_server_on_loopback_is_not_reached_through_a_bridge() {
    let server = echo_server().await;
    let engine = Docker {
        network: Some(Network::Bridge),
        ..Docker::default()
    };
    let played = play(&engine, &plan(&server.url(), "1.1.1")).await;
    let error = played.error();
    assert!(error.contains("out of its container, but we do"), "{error}");
    assert!(error.contains("listen on 0.0.0.0"), "{error}");
    assert!(played.records.is_empty());
}

#[tokio::test]
async fn a_server_on_all_addresses_is_reached_through_a_bridge() {
    let listener = TcpListener::bind((Network::Bridge.listen(), 0))
        .await
        .unwrap();
    let url = format!("ws://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let _server = echo_server::serve(listener, echo_server::Config::default()).unwrap();
    let engine = Docker {
        network: Some(Network::Bridge),
        ..Docker::default()
    };
    let played = play(&engine, &plan(&url, "1.1.1")).await;
    assert_eq!(played.verdicts(), "1.1.1 OK/OK");
}

#[tokio::test]
async fn an_image_that_is_nowhere_is_an_error_with_the_cure() {
    let server = echo_server().await;
    let engine = Docker {
        // Port 1 of this machine is no registry, so that nobody is asked.
        image: Some("127.0.0.1:1/autobahn:none".to_owned()),
        ..Docker::default()
    };
    let played = play(&engine, &plan(&server.url(), "1.1.1")).await;
    let error = played.error();
    assert!(
        error.contains("cannot pull the image 127.0.0.1:1/autobahn:none"),
        "{error}"
    );
    assert!(error.contains("ci/autobahn-image"), "{error}");
    assert_eq!(played.warnings.len(), 2, "{:?}", played.warnings);
}

/// Runs itself again, for the environment is the whole process's.
#[tokio::test]
async fn without_a_container_engine_there_is_an_error_with_the_cure() {
    const NOWHERE: &str = "tcp://127.0.0.1:1";
    if std::env::var("DOCKER_HOST").is_ok_and(|host| host == NOWHERE) {
        let error = docker::version().await.unwrap_err();
        assert!(
            error.message.starts_with("no container engine answers"),
            "{error}"
        );
        assert!(error.cure.unwrap().contains("DOCKER_HOST"));
        return;
    }
    let mut again = tokio::process::Command::new(std::env::current_exe().unwrap());
    let name = "setup::without_a_container_engine_there_is_an_error_with_the_cure";
    let ended = again
        .args(["--exact", name])
        .env("DOCKER_HOST", NOWHERE)
        .output()
        .await
        .unwrap();
    let stdout = String::from_utf8_lossy(&ended.stdout);
    assert!(
        ended.status.success() && stdout.contains("1 passed"),
        "{stdout}"
    );
}

#[tokio::test]
async fn what_a_doctor_asks_is_answered() {
    assert!(docker::version().await.unwrap().starts_with("Docker "));
    assert!(!docker::network().await.unwrap().reason.is_empty());
    assert!(docker::find_image(None).await.unwrap().is_some());
    assert!(
        docker::find_image(Some("no-such-image:1"))
            .await
            .unwrap()
            .is_none()
    );
}
