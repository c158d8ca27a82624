//! Rows of a store on their way to another one.

use crate::delivery::Fingerprint;
use crate::hosting::Routing;
use crate::log_row;
use crate::unit::{InboxRow, Row, UnitOfWork};
use contracts::{Message, MessageId, ServiceName, Source, Subject, Timestamp, UnreadableMessage};
use service::{RecordKind, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Some rows of a store as it keeps them, in its order.
#[derive(Clone, Debug, PartialEq)]
pub enum Carried {
    /// Subjects, and the integers that stand for them everywhere.
    Names(Vec<(Subject, i64)>),
    /// Records of a kind.
    Records(ServiceName, &'static RecordKind, Vec<CarriedRecord>),
    /// Rows of the log.
    Log(Vec<CarriedLog>),
    /// What was handled, and when.
    Inbox(Vec<(InboxRow, Timestamp)>),
    /// What else is kept: whatever waits, dead letters, tallies.
    Rest(Box<UnitOfWork>),
}

/// A record on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct CarriedRecord {
    /// Its key: the integer of its subject, then its number.
    pub key: i64,
    /// Version, schema and body.
    pub row: Row,
    /// What its columns hold, in the order of its kind.
    pub columns: Vec<Value>,
}

/// A row of the log on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct CarriedLog {
    /// Its place.
    pub position: u64,
    /// The integer of its subject.
    pub subject: i64,
    /// The time of its round.
    pub at: Timestamp,
    /// The messages as [`log_row`] writes them.
    pub messages: Vec<u8>,
}

impl Carried {
    /// How many rows there are, by what they are.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        match self {
            Self::Names(rows) => vec![("names", rows.len())],
            Self::Records(_, kind, rows) => vec![(kind.name, rows.len())],
            Self::Log(rows) => vec![("log", rows.len())],
            Self::Inbox(rows) => vec![("inbox", rows.len())],
            Self::Rest(unit) => {
                let counts = [
                    ("inbox", unit.inbox.len()),
                    ("timers", unit.timers.len()),
                    ("effects", unit.effects.len()),
                    ("outbox", unit.outbox.len()),
                    ("hops", unit.hops.len()),
                    ("tallies", unit.tallies.len()),
                    ("dead_letters", unit.dead.len()),
                    ("lots", unit.new_lots.len()),
                    ("parked", unit.parked.len()),
                ];
                counts.into_iter().filter(|(_, rows)| *rows > 0).collect()
            }
        }
    }
}

/// Takes the rows of services that were hosted together apart, for stores of one service each.
pub struct Parting {
    routing: Routing,
    /// Messages that stand in the log, because they were sent, and that nobody has handled.
    unhandled: BTreeSet<MessageId>,
}

impl Parting {
    /// Who reads what decides where a message belongs. These are known to be unhandled: they wait
    /// for the next round, or behind a dead letter, or are dead.
    pub fn new(routing: Routing, unhandled: impl IntoIterator<Item = MessageId>) -> Self {
        Self { routing, unhandled: unhandled.into_iter().collect() }
    }

    /// What of it belongs into the store of that service.
    ///
    /// # Errors
    /// A row of the log can't be read.
    pub fn part(&self, rows: &Carried, to: ServiceName) -> Result<Carried, UnreadableMessage> {
        Ok(match rows {
            Carried::Names(rows) => Carried::Names(rows.clone()),
            Carried::Records(service, kind, rows) => {
                let theirs = if *service == to { rows.clone() } else { vec![] };
                Carried::Records(*service, kind, theirs)
            }
            Carried::Log(rows) => {
                let parted = rows.iter().filter_map(|row| self.part_log(row, to).transpose());
                Carried::Log(parted.collect::<Result<_, _>>()?)
            }
            Carried::Inbox(rows) => {
                let theirs = rows.iter().filter(|(row, _)| row.service == to);
                Carried::Inbox(theirs.cloned().collect())
            }
            Carried::Rest(unit) => Carried::Rest(Box::new(self.part_rest(unit, to))),
        })
    }

    /// What the service has sent and what it has handled.
    fn part_log(
        &self,
        row: &CarriedLog,
        to: ServiceName,
    ) -> Result<Option<CarriedLog>, UnreadableMessage> {
        let concerns = |message: &Message| {
            message.source == Source::Service(to)
                || (self.is_read_by(message, to) && !self.unhandled.contains(&message.id))
        };
        let messages = log_row::messages(&row.messages)?.into_iter().filter(concerns);
        let messages: Vec<_> = messages.map(Arc::new).collect();
        let parted = log_row::rows(&messages).next();
        Ok(parted.map(|(_, messages)| CarriedLog { messages, ..*row }))
    }

    fn part_rest(&self, unit: &UnitOfWork, to: ServiceName) -> UnitOfWork {
        let is_from = |message: &Message| message.source == Source::Service(to);
        let leaving = unit.outbox.iter().chain(unit.hops.iter().map(|hop| &hop.message));
        // Its reader, who was hosted here, has it already.
        let handled = unit.outbox.iter().filter(|message| {
            self.is_read_by(message, to) && !self.unhandled.contains(&message.id)
        });
        UnitOfWork {
            now: unit.now,
            inbox: handled.map(|message| from_bus(to, message)).collect(),
            timers: kept(&unit.timers, |(key, _)| key.service == to),
            effects: kept(&unit.effects, |effect| effect.service == to),
            tallies: kept(&unit.tallies, |(key, _)| key.service == to),
            outbox: leaving.filter(|message| is_from(message)).cloned().collect(),
            dead: kept(&unit.dead, |letter| letter.service == to),
            new_lots: kept(&unit.new_lots, |lot| lot.service == to),
            parked: kept(&unit.parked, |row| row.lot.service == to),
            ..UnitOfWork::default()
        }
    }

    fn is_read_by(&self, message: &Message, service: ServiceName) -> bool {
        self.routing.readers(message.body.message_type()).any(|reader| reader == service)
    }
}

fn from_bus(service: ServiceName, message: &Message) -> InboxRow {
    InboxRow { service, key: message.id, fingerprint: Fingerprint::default(), reply: None }
}

fn kept<T: Clone>(rows: &[T], is_theirs: impl Fn(&T) -> bool) -> Vec<T> {
    rows.iter().filter(|row| is_theirs(row)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::{Carried, CarriedLog, Parting};
    use crate::hosting::Routing;
    use crate::log_row;
    use crate::unit::{HopRow, UnitOfWork};
    use contracts::messages::{OrderConfirmed, ReserveInventory};
    use contracts::{Body, Message, MessageId, MessageType, ServiceName, Source, Timestamp};
    use std::sync::Arc;

    const CONFIRMED: u128 = 1;
    const RESERVE: u128 = 2;

    fn message(id: u128, from: ServiceName, body: impl Into<Body>) -> Arc<Message> {
        Arc::new(Message {
            id: MessageId(id),
            source: Source::Service(from),
            subject: "a".into(),
            time: Timestamp(1),
            cause: None,
            step: None,
            version: 0,
            traceparent: None,
            body: body.into(),
        })
    }

    fn parting(unhandled: &[u128]) -> Parting {
        let accepted: Vec<(_, &[MessageType])> = vec![
            (ServiceName::Orchestrator, &[MessageType::OrderConfirmed]),
            (ServiceName::Inventory, &[MessageType::ReserveInventory]),
        ];
        Parting::new(Routing::new(accepted), unhandled.iter().copied().map(MessageId))
    }

    fn sent() -> [Arc<Message>; 2] {
        let reserve = ReserveInventory { order_id: "a".into(), ..ReserveInventory::default() };
        [
            message(CONFIRMED, ServiceName::Orders, OrderConfirmed { order_id: "a".into() }),
            message(RESERVE, ServiceName::Orchestrator, reserve),
        ]
    }

    #[test]
    fn the_log_of_a_service_is_what_it_has_sent_and_what_it_has_handled() {
        let (_, messages) = log_row::rows(&sent()).next().expect("a row");
        let row = CarriedLog { position: 7, subject: 3, at: Timestamp(9), messages };
        let check = |unhandled: &[u128], service, expected: &[u128]| {
            let parted = parting(unhandled).part(&Carried::Log(vec![row.clone()]), service);
            let Ok(Carried::Log(rows)) = parted else { panic!("{parted:?}") };
            assert!(rows.iter().all(|it| (it.position, it.subject, it.at) == (7, 3, row.at)));
            let read = |it: &CarriedLog| log_row::messages(&it.messages).expect("messages");
            let ids: Vec<_> = rows.iter().flat_map(read).map(|it| it.id.0).collect();
            assert_eq!(ids, expected, "{service}, {unhandled:?}");
        };
        check(&[], ServiceName::Orders, &[CONFIRMED]);
        check(&[], ServiceName::Orchestrator, &[CONFIRMED, RESERVE]);
        check(&[], ServiceName::Inventory, &[RESERVE]);
        check(&[], ServiceName::Payments, &[]);
        check(&[RESERVE], ServiceName::Inventory, &[]);
        check(&[RESERVE], ServiceName::Orchestrator, &[CONFIRMED, RESERVE]);
    }

    #[test]
    fn a_message_that_waits_for_another_service_leaves_by_the_outbox_of_its_sender() {
        let [confirmed, reserve] = sent();
        let unit = UnitOfWork {
            outbox: vec![confirmed.clone()],
            hops: vec![HopRow { to: ServiceName::Inventory, message: reserve.clone() }],
            ..UnitOfWork::default()
        };
        let rest = Carried::Rest(Box::new(unit));
        let check = |service, outbox: &[&Arc<Message>], known: &[u128]| {
            let parted = parting(&[RESERVE]).part(&rest, service);
            let Ok(Carried::Rest(unit)) = parted else { panic!("{parted:?}") };
            assert_eq!(unit.outbox.iter().collect::<Vec<_>>(), outbox, "{service}");
            let ids: Vec<_> = unit.inbox.iter().map(|row| row.key.0).collect();
            assert_eq!((ids, unit.hops), (known.to_vec(), vec![]), "{service}");
        };
        check(ServiceName::Orders, &[&confirmed], &[]);
        // It has handled what is still to be published for others.
        check(ServiceName::Orchestrator, &[&reserve], &[CONFIRMED]);
        check(ServiceName::Inventory, &[], &[]);
    }
}
