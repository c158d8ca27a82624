//! Everything that all databases of a world say, by subject.

use crate::database::Database;
use crate::executor::lock;
use check::{Facts, Findings};
use contracts::Attributes;
use engine::LogRow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Everything that all databases of a world say, by subject; and what can't be read.
pub fn facts(databases: &[Arc<Mutex<Database>>]) -> (BTreeMap<String, Facts>, Findings) {
    let (mut all, mut findings) = (BTreeMap::<String, Facts>::new(), Findings::default());
    for database in databases {
        let database = lock(database);
        for (key, row) in database.all_rows() {
            let subject = key.record.subject.to_string();
            let facts = all.entry(subject).or_insert_with_key(|subject| Facts::new(subject));
            facts.add(&key.record, row, None, &mut findings);
        }
        for (position, message) in database.log() {
            if let Some(facts) = all.get_mut(message.subject.as_str()) {
                let messages = Ok(vec![Attributes::from(&**message)]);
                facts.log.push(LogRow { position, messages });
            }
        }
        for timer in database.timers() {
            if let Some(facts) = all.get_mut(timer.key.subject.as_str()) {
                facts.timers.push(timer.key.clone());
            }
        }
    }
    (all, findings)
}
