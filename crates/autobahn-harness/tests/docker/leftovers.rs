//! No container outlives its run.

use std::time::Duration;

use autobahn_harness::engine::docker::{self, Docker, remove_containers, sweep};
use autobahn_harness::engine::{Engine, Progress};
use faulty_server::{Fault, FaultyServer};
use testcontainers::runners::AsyncRunner;
use testcontainers::{GenericImage, ImageExt};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::{echo_server, plan};

/// A run against a server that never answers a message, with containers that play.
async fn hanging(engine: Docker) {
    let server = FaultyServer::start(Fault::Blackhole).unwrap();
    let plan = plan(&server.url(Fault::Blackhole), "1.1.6 1.1.7 1.1.8 1.2.6");
    let (sender, mut progress) = mpsc::unbounded_channel();
    let begun =
        async { while !matches!(progress.recv().await, Some(Progress::Started(_)) | None) {} };
    tokio::select! {
        result = engine.play(&plan, sender) => panic!("{result:?}"),
        () = begun => {}
    }
}

#[tokio::test]
async fn a_run_that_is_dropped_leaves_no_container() {
    let engine = Docker::default();
    timeout(Duration::from_secs(60), hanging(engine.clone()))
        .await
        .unwrap();
    assert_eq!(remove_containers(&engine.run).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_dropped_on_many_threads_leaves_no_container() {
    let engine = Docker::default();
    timeout(Duration::from_secs(60), hanging(engine.clone()))
        .await
        .unwrap();
    assert_eq!(remove_containers(&engine.run).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_dropped_while_a_container_starts_leaves_none() {
    let server = echo_server().await;
    for millis in [100, 250, 400] {
        let engine = Docker::default();
        let (sender, _progress) = mpsc::unbounded_channel();
        let plan = plan(&server.url(), "1.1.1");
        let early = timeout(Duration::from_millis(millis), engine.play(&plan, sender)).await;
        assert!(early.is_err(), "too late to be interrupted");
        assert_eq!(
            remove_containers(&engine.run).await.unwrap(),
            0,
            "{millis} ms"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_leaves_no_container() {
    let engine = Docker::default();
    let run = engine.run.clone();
    let panicking = tokio::spawn(async move {
        let server = FaultyServer::start(Fault::Blackhole).unwrap();
        let plan = plan(&server.url(Fault::Blackhole), "1.1.6");
        let (sender, mut progress) = mpsc::unbounded_channel();
        let begun = async {
            while !matches!(progress.recv().await, Some(Progress::Started(_)) | None) {}
            panic!("on purpose");
        };
        let _ = tokio::join!(engine.play(&plan, sender), begun);
    });
    assert!(panicking.await.unwrap_err().is_panic());
    assert_eq!(remove_containers(&run).await.unwrap(), 0);
}

#[tokio::test]
async fn what_a_killed_run_has_left_is_swept_up() {
    let image = docker::find_image(None).await.unwrap().unwrap();
    let (name, tag) = image.name.split_once(':').unwrap();
    let left = GenericImage::new(name, tag)
        .with_cmd(["sleep", "60"])
        .with_labels([("autobahn.run", "killed"), ("autobahn.until", "1")]);
    let left = left.start().await.unwrap();
    assert!(sweep().await.unwrap() >= 1);
    assert!(left.is_running().await.is_err());
}
