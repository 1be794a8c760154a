//! A run: what came of each case, with provenance. Serialises as `results.json`,
//! from which every report renders again.

use std::collections::BTreeSet;

use autobahn_cases::{CaseId, Catalog, Outcome};
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// The version of the format of `results.json`.
pub const SCHEMA_VERSION: u32 = 1;

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The version of this format: 1.
    pub schema_version: u32,
    /// Who played what, when and where.
    pub provenance: Provenance,
    /// The cases that were asked for; each has a record, or is missing.
    pub selected: BTreeSet<CaseId>,
    /// Whether the run came to its end, with its engine and the servers that were started.
    pub finished: bool,
    /// One record a case and target, in numeric order.
    pub cases: Vec<Record>,
}

/// Who played what, when and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// The version of this tool.
    pub version: String,
    /// Who played.
    pub engine: EngineInfo,
    /// The implementations under test.
    pub targets: Vec<Target>,
    /// How many messages the long cases sent.
    pub profile: Profile,
    /// The commit of the working directory, where it is a git checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Operating system and architecture, such as `linux x86_64`.
    pub os: String,
    /// The command line.
    pub command: Vec<String>,
    /// When the run began, RFC 3339 in UTC.
    pub started: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// Who played.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EngineInfo {
    /// `embedded`, `docker`, `process` or `report`.
    pub name: String,
    /// The version of the engine.
    pub version: String,
    /// The version of the official suite whose cases were played.
    pub suite: String,
    /// The image, by name and tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The digest or the id of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The SHA-256 of the user's files that sections 12 and 13 were cut from, in
    /// place of those of the engine, one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpora: Option<String>,
    /// Whether the server's certificate was not checked, as was asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
}

/// An implementation under test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// Its name in reports and baselines.
    pub name: String,
    /// Where it listened.
    pub url: String,
}

/// How many messages the long cases (9.7, 9.8, 12, 13) send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// As many as the official suite: 1000.
    #[default]
    Full,
    /// Fewer, with the same ids, lengths and fragmentation.
    Quick,
}

/// What came of one case on one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// The target's name.
    pub target: String,
    /// The case.
    pub id: CaseId,
    /// What came of it the last time it was played: what is judged.
    #[serde(flatten)]
    pub result: CaseResult,
    /// What came of it before, when it was played more than once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<CaseResult>,
}

/// What came of playing a case.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CaseResult {
    /// It was played.
    Played(Box<Outcome>),
    /// It could not be played, or not to its end.
    NotPlayed {
        /// Why, in words.
        error: String,
    },
}

impl Run {
    /// The names of the targets, sorted, each once.
    #[must_use]
    pub fn targets(&self) -> BTreeSet<&str> {
        let targets = self.provenance.targets.iter();
        targets.map(|target| target.name.as_str()).collect()
    }

    /// The operating system on which it ran, as in [`std::env::consts::OS`].
    #[must_use]
    pub fn os(&self) -> &str {
        self.provenance.os.split(' ').next().unwrap_or_default()
    }

    /// Whether every case of the catalogue was selected.
    #[must_use]
    pub fn is_of_all_cases(&self, catalog: &Catalog) -> bool {
        let mut cases = catalog.cases();
        !catalog.is_empty() && cases.all(|case| self.selected.contains(&case.id))
    }

    /// The selected cases of targets that have no record, in order.
    #[must_use]
    pub fn missing(&self) -> Vec<(&str, CaseId)> {
        let records = self.cases.iter();
        let recorded: BTreeSet<(&str, CaseId)> = records
            .map(|record| (record.target.as_str(), record.id))
            .collect();
        let targets = self.targets();
        let pairs = targets
            .iter()
            .flat_map(|target| self.selected.iter().map(move |id| (*target, *id)));
        pairs.filter(|pair| !recorded.contains(pair)).collect()
    }

    /// Puts the records in their order: by target, then by number.
    pub fn sort(&mut self) {
        self.cases
            .sort_by(|a, b| (&a.target, a.id).cmp(&(&b.target, b.id)));
    }
}

impl<'de> Deserialize<'de> for CaseResult {
    /// Chooses by the field `error`, so that what is wrong with an outcome is
    /// said, rather than that nothing fits.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = serde_json::Map::deserialize(deserializer)?;
        if !fields.contains_key("error") {
            let outcome = Outcome::deserialize(serde_json::Value::Object(fields));
            return outcome
                .map(|outcome| Self::Played(Box::new(outcome)))
                .map_err(D::Error::custom);
        }
        if fields.contains_key("verdict") {
            let message = "a case with an `error` has no `verdict`";
            return Err(D::Error::custom(message));
        }
        match fields.get("error").and_then(serde_json::Value::as_str) {
            Some(error) => Ok(Self::NotPlayed {
                error: error.to_owned(),
            }),
            None => Err(D::Error::custom("`error` must be a string")),
        }
    }
}

impl Record {
    /// The outcome, if the case was played.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.result {
            CaseResult::Played(outcome) => Some(outcome),
            CaseResult::NotPlayed { .. } => None,
        }
    }
}
