//! The server that cases are played against.

/// A server.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Path and query.
    pub path: String,
    /// The value of `Host`; by default host and port, as the suite sends them.
    pub host_header: Option<String>,
    /// How to speak TLS to it, where that is asked for.
    #[cfg(feature = "tls")]
    pub tls: Option<crate::tls::Tls>,
}

impl Target {
    /// A server at `host` and `port`, asked for `/`.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            path: "/".to_owned(),
            host_header: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// The same server, asked for `path`.
    #[must_use]
    pub fn path(self, path: impl Into<String>) -> Self {
        let path = path.into();
        Self { path, ..self }
    }

    /// The same server, spoken to by TLS.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(self, tls: crate::tls::Tls) -> Self {
        let tls = Some(tls);
        Self { tls, ..self }
    }

    /// The value of `Host`.
    #[must_use]
    pub fn host_header(&self) -> String {
        match &self.host_header {
            Some(host) => host.clone(),
            None if self.host.contains(':') => format!("[{}]:{}", self.host, self.port),
            None => format!("{}:{}", self.host, self.port),
        }
    }
}
