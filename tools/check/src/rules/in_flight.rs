//! How many sagas of each definition are in flight, as it is kept and as it is.

use crate::facts::Facts;
use crate::findings::Findings;
use contracts::ServiceName;
use engine::Tally;
use orchestrator::counted_in;
use std::collections::BTreeMap;

/// By definition, of which there are few.
#[derive(Debug, Default)]
pub struct InFlight(BTreeMap<String, Count>);

#[derive(Debug, Default)]
struct Count {
    /// Those that have begun without those that have ended.
    kept: i128,
    /// Those that were seen and have not ended.
    seen: i128,
}

impl InFlight {
    /// One more subject was seen.
    pub fn add(&mut self, facts: &Facts) {
        for saga in facts.sagas.values().map(|it| &it.saga) {
            self.of(&saga.definition).seen += i128::from(saga.status.is_live());
        }
    }

    /// What the orchestrator has added up as sagas began and ended.
    pub fn add_kept(&mut self, tally: &Tally) {
        if let Some(definition) = counted_in(tally.key.name.as_str()) {
            let count = tally.tallied.plus.saturating_sub(tally.tallied.minus);
            let kept = &mut self.of(definition).kept;
            *kept = kept.saturating_add(count);
        }
    }

    /// What others have seen.
    pub fn merge(&mut self, others: Self) {
        for (definition, other) in others.0 {
            let count = self.of(&definition);
            count.kept = count.kept.saturating_add(other.kept);
            count.seen = count.seen.saturating_add(other.seen);
        }
    }

    fn of(&mut self, definition: &str) -> &mut Count {
        self.0.entry(definition.into()).or_default()
    }

    /// 8: the tally is the count of those that are there.
    pub fn hold(&self, findings: &mut Findings) {
        for (definition, Count { kept, seen }) in &self.0 {
            let row = format!("tallies/{}/{definition}", ServiceName::Orchestrator);
            findings.expect(kept == seen, row, || {
                format!("{kept} sagas are kept as in flight, {seen} are")
            });
        }
    }
}
