//! What services with databases of their own have said to each other about a subject.

use crate::facts::{Facts, LogPlace, SERVICES};
use crate::findings::Findings;
use contracts::{Attributes, MessageId, MessageType, ServiceName, Source, Subject};
use engine::DeadLetter;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

/// Where messages wait behind a dead letter, with the letter.
#[derive(Debug)]
pub enum HeldUp {
    /// At which service, whose, about whom.
    Lots(FxHashSet<(ServiceName, Source, Subject)>),
    /// There are too many letters to look at: any message may wait behind one.
    Anywhere,
}

impl HeldUp {
    /// By these letters.
    pub fn by(letters: impl IntoIterator<Item = DeadLetter>) -> Self {
        let lots = letters.into_iter().filter_map(|it| Some((it.service, it.source?, it.subject)));
        Self::Lots(lots.collect())
    }

    fn holds(&self, reader: ServiceName, source: Source, subject: &str) -> bool {
        match self {
            Self::Lots(lots) if lots.is_empty() => false,
            Self::Lots(lots) => lots.contains(&(reader, source, subject.into())),
            Self::Anywhere => true,
        }
    }
}

/// What the log of one database says.
struct Log<'a> {
    services: &'a BTreeSet<ServiceName>,
    facts: &'a Facts,
    messages: Vec<(u64, Attributes)>,
    ids: FxHashSet<MessageId>,
}

/// A message that has not come to its reader, and may yet.
pub struct UnderWay<'a> {
    place: LogPlace<'a>,
    message_type: MessageType,
    id: MessageId,
    reader: ServiceName,
}

impl UnderWay<'_> {
    /// It won't come any more.
    pub fn lose(self, findings: &mut Findings) {
        let Self { place, message_type, id, reader } = self;
        findings.add(place, format!("{} {id} never came to {reader}", message_type.name()));
    }
}

/// 12, across databases: what was handled was sent, and what was sent has arrived or is under way.
/// Which messages are under way, in an outbox or on the bus. Without a row of the log that can
/// be read nobody knows.
///
/// The facts are those of each database, if only that it knows nothing. A message is lost for good
/// where a later one has come by the same way: a topic keeps the order of what is about one
/// subject.
pub fn hold<'a>(
    databases: &[(&'a BTreeSet<ServiceName>, &'a Facts)],
    held_up: &HeldUp,
    findings: &mut Findings,
) -> Vec<UnderWay<'a>> {
    let logs = databases.iter().map(|(services, facts)| Log::of(services, facts));
    let Some(logs) = logs.collect::<Option<Vec<_>>>() else { return vec![] };
    let mut under_way = vec![];
    for sender in &logs {
        for reader in logs.iter().filter(|it| it.services != sender.services) {
            under_way.extend(arrives(sender, reader, held_up, findings));
            was_sent(sender, reader, findings);
        }
    }
    under_way
}

impl<'a> Log<'a> {
    fn of(services: &'a BTreeSet<ServiceName>, facts: &'a Facts) -> Option<Self> {
        let (mut messages, mut ids) = (vec![], FxHashSet::default());
        for row in &facts.log {
            let read = row.messages.as_ref().ok()?;
            ids.extend(read.iter().map(|it| it.id));
            messages.extend(read.iter().map(|it| (row.position, *it)));
        }
        Some(Self { services, facts, messages, ids })
    }

    /// The messages of these services, with their places.
    fn said_by(
        &self,
        services: &BTreeSet<ServiceName>,
    ) -> impl DoubleEndedIterator<Item = (LogPlace<'a>, &Attributes)> {
        let is_theirs = |source| matches!(source, Source::Service(it) if services.contains(&it));
        let facts = self.facts;
        let said = self.messages.iter().filter(move |(_, it)| is_theirs(it.source));
        said.map(move |(position, it)| (LogPlace { facts, position: *position }, it))
    }

    /// Which of its services reads a message by the bus.
    fn reader(&self, message: MessageType) -> Option<ServiceName> {
        message.topic()?;
        let mut here = SERVICES.iter().filter(|service| self.services.contains(&service.name));
        here.find(|service| (service.accepts)().contains(&message)).map(|service| service.name)
    }
}

/// Which of the sender's messages are on their way to the reader.
fn arrives<'a>(
    sender: &Log<'a>,
    to: &Log<'_>,
    held_up: &HeldUp,
    findings: &mut Findings,
) -> Vec<UnderWay<'a>> {
    let (mut under_way, mut overtaken) = (vec![], BTreeSet::new());
    for (place, it) in sender.said_by(sender.services).rev() {
        let Some(reader) = to.reader(it.message_type) else { continue };
        let topic = it.message_type.topic();
        if to.ids.contains(&it.id) {
            overtaken.insert(topic);
        } else if held_up.holds(reader, it.source, &sender.facts.subject) {
            // It is dead, or waits behind the one that is.
        } else if overtaken.contains(&topic) {
            let what = it.message_type.name();
            let lost = format!("{what} {} never came to {reader}, and a later one did", it.id);
            findings.add(place, lost);
        } else {
            let (message_type, id) = (it.message_type, it.id);
            under_way.push(UnderWay { place, message_type, id, reader });
        }
    }
    under_way
}

/// What the reader has of the sender stands in the sender's log.
fn was_sent(sender: &Log<'_>, reader: &Log<'_>, findings: &mut Findings) {
    for (place, it) in reader.said_by(sender.services) {
        let is_sent = sender.ids.contains(&it.id);
        findings.expect(is_sent, place, || {
            let (what, source) = (it.message_type.name(), it.source.as_str());
            format!("{what} {} was handled, and the log of {source} doesn't have it", it.id)
        });
    }
}
