//! Many busy connections, half of which are cut at random: the others lose nothing.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, ensure};
use clap::Args;
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    client::{Client, Numbers},
    open_many_files,
    server::Server,
};

/// Busy connections, half of them dropped by RST at random; the others lose nothing
#[derive(Debug, Args)]
pub(crate) struct Drop {
    /// How many at a time
    #[arg(long, default_value_t = 1000)]
    connections: usize,
    /// For how many seconds
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// The server's command; it prints its URL
    #[arg(last = true, required = true, value_name = "SERVER CMD")]
    server: Vec<String>,
}

/// What a client has done.
#[derive(Default)]
struct Done {
    echoes: u64,
    drops: u64,
}

impl Drop {
    pub(crate) async fn run(&self) -> anyhow::Result<String> {
        open_many_files(self.connections + 100)?;
        let server = Server::start(&self.server).await?;
        let (address, files) = (server.address, server.files()?);
        let end = Instant::now() + Duration::from_secs(self.seconds);

        let mut clients = JoinSet::new();
        for number in 0..self.connections as u64 {
            if number % 2 == 0 {
                clients.spawn(stay(address, Numbers(number), end));
            } else {
                clients.spawn(come_and_go(address, Numbers(number), end));
            }
        }
        let mut done = Done::default();
        let all = async {
            while let Some(ended) = clients.join_next().await {
                let Done { echoes, drops } = ended??;
                done.echoes += echoes;
                done.drops += drops;
            }
            anyhow::Ok(())
        };
        timeout(Duration::from_secs(self.seconds + 60), all)
            .await
            .context("not all echoes came within a minute of the end")??;
        ensure!(
            done.drops >= self.connections as u64 / 2,
            "only {} connections were dropped",
            done.drops
        );
        let memory = server.memory()?;
        server.forgets(files).await?;
        server.stop().await?;
        Ok(format!(
            "{} busy connections, half of them dropped by RST, {} times: the others got {} echoes \
             and lost none; the server had {} MiB at the end and no connection left",
            self.connections,
            done.drops,
            done.echoes,
            memory >> 20
        ))
    }
}

/// Echoes until the end; every echo has to come, and the closing handshake after them.
async fn stay(server: SocketAddr, mut numbers: Numbers, end: Instant) -> anyhow::Result<Done> {
    let mut client = Client::connect(server).await?;
    let mut done = Done::default();
    while Instant::now() < end {
        let messages = batch(&mut numbers);
        client.echo(&messages).await?;
        done.echoes += messages.len() as u64;
    }
    client.close().await?;
    Ok(done)
}

/// Connects, echoes a while and leaves with RST when echoes are due; over and over.
async fn come_and_go(
    server: SocketAddr,
    mut numbers: Numbers,
    end: Instant,
) -> anyhow::Result<Done> {
    let mut done = Done::default();
    while Instant::now() < end {
        let mut client = Client::connect(server).await?;
        for _ in 0..numbers.below(10) {
            client.echo(&batch(&mut numbers)).await?;
        }
        client.send(&batch(&mut numbers)).await?;
        client.reset()?;
        done.drops += 1;
    }
    Ok(done)
}

fn batch(numbers: &mut Numbers) -> Vec<Message> {
    (0..=numbers.below(8)).map(|_| numbers.message()).collect()
}
