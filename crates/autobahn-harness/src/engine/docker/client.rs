//! The container engine behind everything: `DOCKER_HOST`, or the local socket.

use std::time::Duration;

use testcontainers::bollard::Docker;
use testcontainers::core::client::docker_client_instance;
use tokio::time::timeout;

use crate::engine::EngineError;

/// How long the container engine may take to answer a small question.
const ANSWER: Duration = Duration::from_secs(20);

/// A connection to the container engine.
pub(super) async fn client() -> Result<Docker, EngineError> {
    let client = docker_client_instance().await;
    client.map_err(|error| no_engine(&error.to_string()))
}

/// The version of the container engine.
///
/// # Errors
///
/// If no container engine answers.
pub async fn version() -> Result<String, EngineError> {
    let client = client().await?;
    let answer = ask(client.version()).await?;
    let name = match answer.components.unwrap_or_default().first() {
        Some(component) if component.name.contains("Podman") => "Podman",
        _ => "Docker",
    };
    let version = answer.version.unwrap_or_else(|| "unknown".to_owned());
    Ok(format!("{name} {version}"))
}

/// The answer to a question, if the container engine gives one at all.
pub(super) async fn ask<T>(
    question: impl Future<Output = Result<T, testcontainers::bollard::errors::Error>>,
) -> Result<T, EngineError> {
    match timeout(ANSWER, question).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(no_engine(&error.to_string())),
        Err(_) => Err(no_engine(&format!(
            "no answer within {} s",
            ANSWER.as_secs()
        ))),
    }
}

fn no_engine(why: &str) -> EngineError {
    let error = EngineError::new(format!("no container engine answers: {why}"));
    error.cure("start Docker, or set DOCKER_HOST; `--engine embedded` needs none")
}
