//! What the log says about a subject, against itself and against the records.

use crate::facts::{Facts, Known, LogPlace, SERVICES};
use crate::findings::Findings;
use contracts::{Attributes, MessageId, ServiceName, Source};
use rustc_hash::{FxBuildHasher, FxHashSet};
use service::RecordKey;
use std::collections::BTreeSet;

/// 12: everything that was decided stands in the log, once and behind its cause, and the records
/// are what the log has made of them: neither older nor newer.
///
/// The facts are those of one store, and so is the log: of services that live elsewhere it has only
/// what reached this store.
pub fn hold(facts: &Facts, hosted: &BTreeSet<ServiceName>, findings: &mut Findings) {
    let count = facts.log.iter().filter_map(|row| row.messages.as_ref().ok()).map(Vec::len).sum();
    let mut seen = FxHashSet::<MessageId>::with_capacity_and_hasher(count, FxBuildHasher);
    let mut messages: Vec<Attributes> = Vec::with_capacity(count);
    for row in &facts.log {
        let name = LogPlace { facts, position: row.position };
        let read = match &row.messages {
            Ok(read) => read,
            Err(error) => return findings.expect(false, name, || error.to_string()),
        };
        for it in read {
            let what = it.message_type.name();
            findings.expect(seen.insert(it.id), name, || format!("{what} {} stands twice", it.id));
            let cause = it.cause.filter(|_| is_caused_here(it, hosted));
            findings.expect(cause.is_none_or(|cause| seen.contains(&cause)), name, || {
                format!("{what} {} stands there, and what has caused it doesn't", it.id)
            });
        }
        messages.extend(read);
    }
    for service in SERVICES.iter().filter(|service| hosted.contains(&service.name)) {
        records_are_as_old_as_the_log(facts, service, &messages, findings);
    }
}

/// What a service of this store has sent because of something that it handled. A provider answers a
/// request that is no message of the log.
fn is_caused_here(it: &Attributes, hosted: &BTreeSet<ServiceName>) -> bool {
    matches!(it.source, Source::Service(service) if hosted.contains(&service))
}

/// How often a reservation is written because of another order, which finds that it has run out.
const WRITES_OF_OTHERS: u64 = 1;

fn records_are_as_old_as_the_log(
    facts: &Facts,
    service: &Known,
    messages: &[Attributes],
    findings: &mut Findings,
) {
    let source = Source::Service(service.name);
    let said = messages.iter().filter(|it| it.source == source).map(|it| it.version).max();
    let handled = messages.iter().filter(|it| (service.accepts)().contains(&it.message_type));
    let handled = handled.count() as u64;
    let ours = || facts.versions.iter().filter(|(key, _)| service.keeps(key));
    let newest = ours().max_by_key(|(_, version)| *version);
    let said = said.unwrap_or(0);
    match newest {
        Some((key, version)) => findings.expect(said <= *version, key, || {
            format!("has version {version}, the log says {said}")
        }),
        None => {
            let row = (service.name.as_str(), facts.subject.as_str());
            findings.expect(said == 0, row, || format!("has nothing, the log says version {said}"));
        }
    }
    for (key, version) in ours() {
        let Some(most) = written_at_most(key, handled) else { continue };
        findings.expect(*version <= most, key, || {
            format!("has version {version}, the log accounts for {most}")
        });
    }
    if let Some(stock) = facts.stock.as_ref().filter(|_| service.name == ServiceName::Inventory) {
        let counted = u64::from(stock.movements);
        findings.expect(counted <= handled, ("stock", facts.subject.as_str()), || {
            format!("was counted {counted} times, the log accounts for {handled}")
        });
    }
}

/// How often a record can have been written if so many messages were handled; nothing for what
/// messages about others write too.
fn written_at_most(key: &RecordKey, handled: u64) -> Option<u64> {
    match key.kind.name {
        _ if key.kind.append_only => Some(1),
        "stock" => None,
        "reservations" => Some(handled + WRITES_OF_OTHERS),
        _ => Some(handled),
    }
}
