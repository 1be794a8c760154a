//! Many connections that do nothing: what they cost in memory, and that each is still there.

use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Args;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    select,
    sync::{mpsc, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::Message;

use crate::{client::Client, open_many_files, server::Server, tls::Pair};

/// Idle connections: memory for each, and each answers at the end
#[derive(Debug, Args)]
pub(crate) struct Idle {
    /// How many
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    /// Seconds of idleness before memory is measured
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// KiB of resident memory that a connection may cost at most
    #[arg(long)]
    max_kib: u64,
    /// Over TLS, with a certificate that is made for this: the command gets --tls-cert and --tls-key
    #[arg(long)]
    tls: bool,
    /// The server's command; it prints its URL
    #[arg(last = true, required = true, value_name = "SERVER CMD")]
    server: Vec<String>,
}

/// Connections that are being made at a time.
const AT_A_TIME: usize = 100;

impl Idle {
    pub(crate) async fn run(&self) -> anyhow::Result<String> {
        open_many_files(self.connections + 100)?;
        let pair = self.tls.then(Pair::new).transpose()?;
        let mut command = self.server.clone();
        command.extend(pair.iter().flat_map(Pair::options));
        let connector = match &pair {
            Some(pair) => Some(pair.identity()?.connector()),
            None => None,
        };
        let server = Server::start(&command).await?;
        let address = server.address;
        let (memory, files) = (server.memory()?, server.files()?);

        let (wake, woken) = watch::channel(false);
        let mut clients = JoinSet::new();
        let mut connected = 0;
        let (tell, mut told) = mpsc::channel(AT_A_TIME);
        while connected < self.connections {
            if clients.len() < self.connections && clients.len() - connected < AT_A_TIME {
                let (tell, woken) = (tell.clone(), woken.clone());
                match connector.clone() {
                    None => clients.spawn(async move {
                        idle(Client::connect(address).await?, tell, woken).await
                    }),
                    Some(connector) => clients.spawn(async move {
                        let client = Client::connect_tls(address, &connector).await?;
                        idle(client, tell, woken).await
                    }),
                };
                continue;
            }
            select! {
                _ = told.recv() => connected += 1,
                Some(ended) = clients.join_next() => {
                    ended??;
                    anyhow::bail!("a client left early");
                }
            }
        }
        sleep(Duration::from_secs(self.seconds)).await;
        let grown = server.memory()?.saturating_sub(memory);
        let open = server.files()?;
        ensure!(
            open >= files + self.connections,
            "of {} connections {} are left",
            self.connections,
            open.saturating_sub(files)
        );

        wake.send_replace(true);
        let all = async {
            while let Some(ended) = clients.join_next().await {
                ended??;
            }
            anyhow::Ok(())
        };
        timeout(Duration::from_secs(60), all)
            .await
            .context("not all connections answered within a minute of being woken")??;
        server.forgets(files).await?;
        server.stop().await?;

        let each = grown as f64 / 1024.0 / self.connections as f64;
        let line = format!(
            "{} idle connections: {} MiB, {each:.1} KiB each (at most {}); all answered",
            self.connections,
            grown >> 20,
            self.max_kib
        );
        ensure!(each <= self.max_kib as f64, "too much memory: {line}");
        Ok(line)
    }
}

/// Tells when it has got an echo, answers pings until it is woken, and expects one more echo.
async fn idle<S>(
    mut client: Client<S>,
    tell: mpsc::Sender<()>,
    mut woken: watch::Receiver<bool>,
) -> anyhow::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // The costliest kind of idle connection is one that has been in use.
    client.echo(&[message()]).await?;
    tell.send(()).await?;
    select! {
        unexpected = client.next() => {
            anyhow::bail!("expected nothing, got {unexpected:?}");
        }
        woken = woken.wait_for(|woken| *woken) => {
            woken?;
        }
    }
    client.echo(&[message()]).await?;
    client.close().await
}

fn message() -> Message {
    Message::text("All is quiet. ".repeat(70))
}
