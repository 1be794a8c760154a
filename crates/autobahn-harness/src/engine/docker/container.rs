//! One shard in one container: the configuration goes in, one tar file comes out.

use std::sync::Arc;
use std::time::Duration;

use autobahn_report::Files;
use testcontainers::core::{CopyFileFromContainer, CopyFromContainerError, Host};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt, TestcontainersError};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::archive::unpack;
use super::image::{Image, generic};
use super::leftovers::{RunId, Starting};
use super::network::{GATEWAY, Network};
use crate::engine::EngineError;
use crate::wstest::config::fuzzingclient;
use crate::wstest::shard::Shard;
use crate::wstest::{Broken, LINE, Wstest, deadline};

const CONFIG: &str = "/tmp/fuzzingclient.json";
const REPORT: &str = "/tmp/report";
const ARCHIVE: &str = "/tmp/report.tar";
/// The most octets that are taken out of a container.
const LARGEST: u64 = 512 * 1024 * 1024;

/// Containers of one run.
pub(super) struct Containers<'a> {
    pub(super) image: &'a Image,
    pub(super) network: Network,
    /// Where the server is, seen out of a container.
    pub(super) url: String,
    pub(super) run: &'a RunId,
    pub(super) starting: Starting,
}

impl Wstest for Containers<'_> {
    async fn run(&self, shard: &Shard, lines: UnboundedSender<String>) -> Result<Files, Broken> {
        let container = Arc::new(self.start(shard).await?);
        follow(&container, &lines).await;
        let code = exit_code(&container).await?;
        let report = copy_report(Arc::clone(&container)).await;
        let stderr = container.stderr_to_vec().await.unwrap_or_default();
        if let Ok(container) = Arc::try_unwrap(container) {
            // What is gone already need not be removed.
            let _ = container.rm().await;
        }
        match code {
            // `timeout` in the container: 124, or 137 if it had to kill.
            124 | 137 => Err(Broken::Died(
                "the suite ran into the limit of its container".to_owned(),
            )),
            0 => unpack(&report?).map_err(|error| Broken::Died(error.to_string())),
            code => {
                let words = String::from_utf8_lossy(&stderr);
                let words = words.lines().last().unwrap_or("it wrote nothing to stderr");
                Err(Broken::Died(format!(
                    "the suite ended with exit code {code}: {words}"
                )))
            }
        }
    }
}

impl Containers<'_> {
    async fn start(&self, shard: &Shard) -> Result<ContainerAsync<GenericImage>, EngineError> {
        let limit = deadline::of_shard(shard);
        // What the suite writes beside JSON is not needed.
        let script = format!(
            "mkdir {REPORT} && \
             timeout --kill-after=5 {} wstest --mode fuzzingclient --spec {CONFIG}; code=$?; \
             tar -cf {ARCHIVE} --exclude='*.html' -C {REPORT} . && exit $code",
            limit.as_secs()
        );
        let config = fuzzingclient(&self.url, REPORT, shard);
        let mut request = generic(&self.image.name)
            .with_entrypoint("sh")
            .with_cmd(["-c".to_owned(), script])
            .with_copy_to(CONFIG, config.into_bytes())
            .with_working_dir("/tmp")
            // Otherwise stdout tells nothing before the end.
            .with_env_var("PYTHONUNBUFFERED", "1")
            .with_labels(self.run.labels(limit));
        request = match self.network {
            Network::Host => request.with_network("host"),
            Network::Bridge => request.with_host(GATEWAY, Host::HostGateway),
        };
        let begun = self.starting.begin();
        let started = request.start().await;
        begun.done();
        started.map_err(|error| {
            EngineError::new(format!(
                "cannot start a container of {}: {error}",
                self.image.name
            ))
        })
    }
}

/// Sends the lines of stdout on until the container has ended.
async fn follow(container: &ContainerAsync<GenericImage>, lines: &UnboundedSender<String>) {
    let mut stdout = container.stdout(true);
    let mut line = Vec::new();
    while let Ok(1..) = (&mut stdout).take(LINE).read_until(b'\n', &mut line).await {
        let text = String::from_utf8_lossy(&line);
        if lines.send(text.trim_end().to_owned()).is_err() {
            return;
        }
        line.clear();
    }
}

/// The exit code; the log may end a moment before the container does.
async fn exit_code(container: &ContainerAsync<GenericImage>) -> Result<i64, Broken> {
    loop {
        match container.exit_code().await {
            Ok(Some(code)) => return Ok(code),
            Ok(None) => sleep(Duration::from_millis(20)).await,
            Err(error) => return Err(Broken::Died(format!("its container is gone: {error}"))),
        }
    }
}

/// The tar file with the report. Copying does not go from thread to thread, so
/// that it has one for itself.
async fn copy_report(container: Arc<ContainerAsync<GenericImage>>) -> Result<Vec<u8>, Broken> {
    let runtime = Handle::current();
    let copied = spawn_blocking(move || {
        let copying = container.copy_file_from(ARCHIVE, Capped);
        runtime.block_on(copying)
    });
    let copied = copied
        .await
        .map_err(|error| EngineError::new(error.to_string()))?;
    copied.map_err(|error: TestcontainersError| {
        Broken::Died(format!("no report comes out of its container: {error}"))
    })
}

/// A file in memory that has an end.
struct Capped;

impl CopyFileFromContainer for Capped {
    type Output = Vec<u8>;

    fn copy_from_reader<'a, R>(
        self,
        reader: R,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Vec<u8>, CopyFromContainerError>> + 'a>>
    where
        R: AsyncRead + Unpin + 'a,
        Self: 'a,
    {
        Box::pin(async move {
            let mut octets = Vec::new();
            reader.take(LARGEST + 1).read_to_end(&mut octets).await?;
            if octets.len() as u64 > LARGEST {
                let text = format!("it has more than {LARGEST} octets");
                return Err(std::io::Error::other(text).into());
            }
            Ok(octets)
        })
    }
}
