//! How a container reaches the server under test.

use std::env;
use std::net::{IpAddr, Ipv4Addr};

use super::client::{ask, client};
use crate::engine::EngineError;
use crate::engine::probe::{Address, Tls};
use crate::wstest::play::Path;

/// The name of the host inside a container on a bridge.
pub(super) const GATEWAY: &str = "host.docker.internal";

/// How a container reaches the server under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// On the host's own network: 127.0.0.1 is the same for both.
    Host,
    /// Through the host gateway: the server must listen on 0.0.0.0.
    Bridge,
}

/// What was chosen, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkChoice {
    /// What.
    pub network: Network,
    /// Why, in words.
    pub reason: String,
}

/// The network for the container engine that answers.
///
/// # Errors
///
/// If no container engine answers.
pub async fn network() -> Result<NetworkChoice, EngineError> {
    let info = ask(client().await?.info()).await?;
    let host = env::var("DOCKER_HOST").unwrap_or_default();
    let options = info.security_options.unwrap_or_default();
    Ok(choose(
        env::consts::OS,
        &host,
        &info.operating_system.unwrap_or_default(),
        options.iter().any(|option| option.contains("rootless")),
    ))
}

impl Network {
    /// The address on which a server that we start has to listen.
    #[must_use]
    pub fn listen(self) -> IpAddr {
        match self {
            Self::Host => Ipv4Addr::LOCALHOST.into(),
            Self::Bridge => Ipv4Addr::UNSPECIFIED.into(),
        }
    }

    /// The address of the server as a container has to write it.
    pub(super) fn route(self, address: &Address, url: &str) -> (String, Path) {
        match self {
            Self::Host => (url.to_owned(), Path::Ours),
            Self::Bridge if address.is_loopback() => (address.at(GATEWAY), Path::Another),
            Self::Bridge => (url.to_owned(), Path::Another),
        }
    }
}

impl Address {
    /// Whether only this machine reaches it.
    fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let address = host.parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
    }

    /// The same under another name.
    fn at(&self, host: &str) -> String {
        let scheme = match self.tls {
            Tls::Yes => "wss",
            Tls::No => "ws",
        };
        format!("{scheme}://{host}:{}{}", self.port, self.resource)
    }
}

fn choose(system: &str, host: &str, engine: &str, rootless: bool) -> NetworkChoice {
    let bridge = |reason: String| NetworkChoice {
        network: Network::Bridge,
        reason,
    };
    if system != "linux" {
        return bridge(format!("on {system} containers run in a virtual machine"));
    }
    if !host.is_empty() && !host.starts_with("unix://") {
        return bridge("DOCKER_HOST names an engine that may be on another machine".to_owned());
    }
    if engine.contains("Docker Desktop") {
        return bridge("Docker Desktop runs containers in a virtual machine".to_owned());
    }
    if rootless {
        return bridge("a rootless engine has a network of its own".to_owned());
    }
    NetworkChoice {
        network: Network::Host,
        reason: "on Linux a container may use the network of its host".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(system: &str, host: &str, engine: &str, rootless: bool, expected: Network) {
        assert_eq!(choose(system, host, engine, rootless).network, expected);
    }

    #[test]
    fn the_hosts_network_is_for_an_engine_on_this_linux() {
        check("linux", "", "Debian GNU/Linux 12", false, Network::Host);
        check("linux", "unix:///run/docker.sock", "", false, Network::Host);
        check("linux", "tcp://192.0.2.1:2375", "", false, Network::Bridge);
        check("linux", "", "Docker Desktop", false, Network::Bridge);
        check("linux", "", "", true, Network::Bridge);
        check("macos", "", "", false, Network::Bridge);
    }

    #[test]
    fn an_address_may_be_of_this_machine_only() {
        let is_loopback = |url| Address::parse(url).unwrap().is_loopback();
        assert!(
            is_loopback("ws://127.0.0.2:1")
                && is_loopback("ws://[::1]:1")
                && is_loopback("ws://localhost")
        );
        assert!(!is_loopback("ws://192.0.2.1:1") && !is_loopback("ws://example.org"));
    }

    #[test]
    fn a_loopback_address_is_the_gateway_behind_a_bridge() {
        let route =
            |network: Network, url: &str| network.route(&Address::parse(url).unwrap(), url).0;
        assert_eq!(
            route(Network::Host, "ws://127.0.0.1:1/a"),
            "ws://127.0.0.1:1/a"
        );
        assert_eq!(
            route(Network::Bridge, "ws://0.0.0.0:1/a"),
            "ws://host.docker.internal:1/a"
        );
        assert_eq!(
            route(Network::Bridge, "ws://192.0.2.1:1"),
            "ws://192.0.2.1:1"
        );
    }
}
