//! What `wstest` is told: `fuzzingclient.json`.

use serde::Serialize;

use crate::wstest::shard::Shard;

/// The name under which every report of ours is written. Always given, for
/// without one the suite hangs when an opening handshake fails.
pub(crate) const AGENT: &str = "target";

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Config<'a> {
    outdir: &'a str,
    servers: [Server<'a>; 1],
    /// Ids only, never patterns: the suite reads those in ways of its own.
    cases: Vec<String>,
    exclude_cases: [&'a str; 0],
    exclude_agent_cases: Excluded,
}

#[derive(Serialize)]
struct Server<'a> {
    agent: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
struct Excluded {}

/// The configuration that plays a shard against `url` and writes to `outdir`.
pub(crate) fn fuzzingclient(url: &str, outdir: &str, shard: &Shard) -> String {
    let config = Config {
        outdir,
        servers: [Server { agent: AGENT, url }],
        cases: shard.cases.iter().map(ToString::to_string).collect(),
        exclude_cases: [],
        exclude_agent_cases: Excluded {},
    };
    serde_json::to_string_pretty(&config).expect("text and lists of text are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a user plays with `docker run` by hand must be the same.
    #[test]
    fn the_keys_are_those_of_the_template() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../autobahn/fuzzingclient.json"
        );
        let template = std::fs::read(path).unwrap();
        let mut template: serde_json::Value = serde_json::from_slice(&template).unwrap();
        let shard = Shard::new(["1.1.1".parse().unwrap()]);
        let own = fuzzingclient("ws://127.0.0.1:1", "/tmp/report", &shard);
        let own: serde_json::Value = serde_json::from_str(&own).unwrap();
        for (pointer, why) in [
            ("/outdir", "is where a container writes"),
            ("/cases", "is the shard"),
            ("/servers/0/agent", "stands in no report of ours"),
            ("/servers/0/url", "is the target"),
        ] {
            *template.pointer_mut(pointer).expect(why) = own.pointer(pointer).unwrap().clone();
        }
        assert_eq!(own, template);
    }

    #[test]
    fn cases_are_named_one_by_one() {
        let shard = Shard::new(["1.1.1", "7.13.2"].map(|id| id.parse().unwrap()));
        let config = fuzzingclient("ws://127.0.0.1:1/\"", "/tmp/report", &shard);
        let config: serde_json::Value = serde_json::from_str(&config).unwrap();
        assert_eq!(
            config,
            serde_json::json!({
                "outdir": "/tmp/report",
                "servers": [{"agent": "target", "url": "ws://127.0.0.1:1/\""}],
                "cases": ["1.1.1", "7.13.2"],
                "exclude-cases": [],
                "exclude-agent-cases": {},
            })
        );
    }
}
