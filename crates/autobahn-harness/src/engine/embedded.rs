//! Our own engine: the same cases natively, without containers or Python.

use std::sync::Arc;

use autobahn_cases::autobahn;
use autobahn_engine as native;
use autobahn_engine::corpus::Corpora;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::{self, UnboundedSender};

use crate::engine::connector::Connector;
use crate::engine::probe::{Address, ProbeError, probe_with};
use crate::engine::{Engine, EngineError, Jobs, Options, Plan, Progress, Trust};
use crate::run::{CaseResult, EngineInfo, Profile, Record};

/// How many messages the long cases of the profile `quick` send: enough to
/// leave a window of 32 KiB and to wrap around a corpus in the larger rows.
pub const QUICK_MESSAGES: u32 = 50;

/// The version of the official suite whose verdicts the engine gives.
pub const SUITE: &str = "25.10.1";

/// Our own engine.
#[derive(Clone, Debug, Default)]
pub struct Embedded {
    /// Files of the user in place of our own.
    corpora: Option<Arc<Corpora>>,
    trust: Trust,
}

impl Embedded {
    /// The engine with these options.
    ///
    /// # Errors
    ///
    /// If a file of the user cannot be used.
    pub fn new(options: &Options) -> Result<Self, EngineError> {
        let corpora = options.corpora.as_deref().map(Corpora::load).transpose();
        let corpora = corpora.map_err(|error| {
            EngineError::new(format!("{error}, of the files for sections 12 and 13")).cure(
                "they are data1.json, lena512.bmp, pg2229.txt, data1.html and a *.pdf in one \
                 directory; without --corpora the engine makes its own",
            )
        })?;
        let corpora = corpora.map(Arc::new);
        let trust = options.trust.clone();
        Ok(Self { corpora, trust })
    }
}

impl Engine for Embedded {
    async fn play(
        &self,
        plan: &Plan,
        progress: UnboundedSender<Progress>,
    ) -> Result<EngineInfo, EngineError> {
        let address = Address::parse(&plan.url).ok_or_else(|| {
            let error = ProbeError::Address(plan.url.clone());
            EngineError::new(error.to_string())
        })?;
        let connector = Connector::new(&address, &self.trust)?;
        probe_with(&address, &connector)
            .await
            .map_err(|error| EngineError::new(error.to_string()))?;
        let target =
            native::Target::new(address.bare_host(), address.port).path(address.resource.clone());
        let target = connector.equip(target);
        let profile = match plan.profile {
            Profile::Full => native::Profile::Full,
            Profile::Quick => native::Profile::AtMost(QUICK_MESSAGES),
        };
        let jobs = match plan.jobs {
            Jobs::ByCores => native::Jobs::ByCores,
            Jobs::AtMost(most) => native::Jobs::AtMost(most),
            Jobs::Serial => native::Jobs::Serial,
        };
        let mut setting = native::Setting::new(profile, native::setting::SEED);
        if let Some(corpora) = &self.corpora {
            setting = setting.corpora(Corpora::clone(corpora));
        }
        let engine = native::Engine::new(setting);
        let cases = plan.cases.iter().filter_map(|id| autobahn().case(*id));
        let (sender, mut events) = mpsc::unbounded_channel();
        let tell = async {
            while let Some(event) = events.recv().await {
                // Nobody listens any more only when the run is being dropped.
                let _ = progress.send(translate(&plan.target, event));
            }
        };
        tokio::join!(engine.play(&target, cases, jobs, sender), tell);
        probe_with(&address, &connector).await.map_err(|error| {
            EngineError::new(format!(
                "after the cases the server no longer answers: {error}"
            ))
        })?;
        Ok(EngineInfo {
            name: "embedded".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            suite: SUITE.to_owned(),
            corpora: self.corpora.as_deref().map(digest),
            insecure: address.is_tls() && self.trust == Trust::Anyone,
            ..EngineInfo::default()
        })
    }
}

/// What tells the files apart from others.
fn digest(corpora: &Corpora) -> String {
    let mut hash = Sha256::new();
    for file in corpora.files() {
        hash.update(&file.octets);
    }
    let octets = hash.finalize();
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn translate(target: &str, event: native::Event) -> Progress {
    match event {
        native::Event::Started(id) => Progress::Started(id),
        native::Event::Finished(id, Err(error)) => {
            Progress::Finished(Box::new(Record::not_played(target, id, error.to_string())))
        }
        native::Event::Finished(id, Ok(outcome)) => Progress::Finished(Box::new(Record {
            target: target.to_owned(),
            id,
            result: CaseResult::Played(outcome),
            earlier: Vec::new(),
        })),
    }
}
