//! A certificate for the server under load, and the client's side of its TLS.

use std::{env, fs, path::PathBuf, process};

use anyhow::Context;
use echo_server::Identity;

/// A certificate of its own and its key, in files that are gone when this is dropped.
pub(crate) struct Pair(PathBuf);

impl Pair {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let directory = env::temp_dir().join(format!("echo-server-load-{}", process::id()));
        fs::create_dir(&directory)
            .with_context(|| format!("cannot make `{}`", directory.display()))?;
        let pair = Self(directory);
        fs::write(pair.certificate(), made.cert.pem())?;
        fs::write(pair.key(), made.signing_key.serialize_pem())?;
        Ok(pair)
    }

    /// What makes a server use it.
    pub(crate) fn options(&self) -> [String; 2] {
        [
            format!("--tls-cert={}", self.certificate().display()),
            format!("--tls-key={}", self.key().display()),
        ]
    }

    pub(crate) fn identity(&self) -> anyhow::Result<Identity> {
        Ok(Identity::from_pem_files(&self.certificate(), &self.key())?)
    }

    fn certificate(&self) -> PathBuf {
        self.0.join("cert.pem")
    }

    fn key(&self) -> PathBuf {
        self.0.join("key.pem")
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
