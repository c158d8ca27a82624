//! Everything that the services keep about one subject.

use crate::findings::{self, Findings};
use contracts::{MessageType, ServiceName};
use engine::{LogRow, Row, TimerKey, codec};
use inventory::{Movement, Reservation, Stock};
use orchestrator::OrderSaga;
use orders::Order;
use payments::{LedgerTransaction, Payment};
use service::{Record, RecordKey, RecordKind, Service, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the services keep about one subject: an order id, a SKU, or the list of a SKU's
/// counts.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Which.
    pub subject: String,
    /// The service whose own database has told them; nothing where it is that of all services.
    pub database: Option<ServiceName>,
    /// The order.
    pub order: Option<Order>,
    /// Its sagas, by number.
    pub sagas: BTreeMap<u32, OrderSaga>,
    /// Its payment.
    pub payment: Option<Payment>,
    /// Its transactions in the ledger, by number.
    pub ledger: BTreeMap<u32, LedgerTransaction>,
    /// What is held for it.
    pub reservation: Option<Reservation>,
    /// The stock of the SKU.
    pub stock: Option<Stock>,
    /// Changes of counters, by number.
    pub movements: BTreeMap<u32, Movement>,
    /// The timers that wait.
    pub timers: Vec<TimerKey>,
    /// The version of each of its records.
    pub versions: Vec<(RecordKey, u64)>,
    /// What the log says, oldest first.
    pub log: Vec<LogRow>,
}

/// A row of the log about a subject.
#[derive(Clone, Copy)]
pub struct LogPlace<'a> {
    /// What the database with that log has about the subject.
    pub facts: &'a Facts,
    /// Where in the log.
    pub position: u64,
}

impl findings::Row for LogPlace<'_> {
    fn name(self) -> String {
        let Self { facts: Facts { subject, database, .. }, position } = self;
        of_database(*database, &format!("log/{subject}/{position}"))
    }
}

/// What the check must know of a service.
pub struct Known {
    /// Which.
    pub name: ServiceName,
    /// Its tables.
    pub kinds: &'static [&'static RecordKind],
    /// What it handles.
    pub accepts: fn() -> &'static [MessageType],
}

impl Known {
    /// Whether the record is one of its own.
    pub fn keeps(&self, key: &RecordKey) -> bool {
        self.kinds.iter().any(|kind| kind.name == key.kind.name)
    }
}

const fn known<S: Service>() -> Known {
    Known { name: S::NAME, kinds: S::RECORDS, accepts: S::accepts }
}

/// Every service.
pub const SERVICES: [Known; 4] = [
    known::<orders::Orders>(),
    known::<payments::Payments>(),
    known::<inventory::Inventory>(),
    known::<orchestrator::Orchestrator>(),
];

/// Every table of every service.
pub fn kinds() -> Vec<&'static RecordKind> {
    kinds_of(&ServiceName::ALL.into())
}

/// Every table of these services.
pub fn kinds_of(services: &BTreeSet<ServiceName>) -> Vec<&'static RecordKind> {
    let hosted = SERVICES.iter().filter(|service| services.contains(&service.name));
    hosted.flat_map(|service| service.kinds).copied().collect()
}

/// The name of a row that each database has, with that of the service whose database it is.
pub fn of_database(database: Option<ServiceName>, row: &str) -> String {
    database.map_or_else(|| row.into(), |service| format!("{service}:{row}"))
}

impl Facts {
    /// Nothing is known yet.
    pub fn new(subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            database: None,
            order: None,
            sagas: BTreeMap::new(),
            payment: None,
            ledger: BTreeMap::new(),
            reservation: None,
            stock: None,
            movements: BTreeMap::new(),
            timers: vec![],
            versions: vec![],
            log: vec![],
        }
    }

    /// What another database has about the same subject too. Their logs stay apart.
    pub fn merge(&mut self, other: Self) {
        self.order = self.order.take().or(other.order);
        self.sagas.extend(other.sagas);
        self.payment = self.payment.take().or(other.payment);
        self.ledger.extend(other.ledger);
        self.reservation = self.reservation.take().or(other.reservation);
        self.stock = self.stock.take().or(other.stock);
        self.movements.extend(other.movements);
        self.timers.extend(other.timers);
        self.versions.extend(other.versions);
    }

    /// Reads a record. One that can't be read, or doesn't belong where it stands, is a finding.
    pub fn add(
        &mut self,
        key: &RecordKey,
        row: &Row,
        columns: Option<&[Value]>,
        findings: &mut Findings,
    ) {
        let known = key.kind.schema;
        if row.schema > known {
            let newer = || format!("has schema {}, this program knows {known}", row.schema);
            return findings.expect(false, key, newer);
        }
        findings.expect(row.version > 0, key, || "has version 0".into());
        self.versions.push((key.clone(), row.version));
        let read = match key.kind.name {
            "orders" => read(row).map(|(it, said)| (self.keep_order(it), said)),
            "sagas" => read(row).map(|(it, said)| (self.keep_saga(key.number, it), said)),
            "payments" | "ledger_transactions" => {
                read(row).map(|(it, said)| (self.keep_payment(key, it), said))
            }
            _ => read(row).map(|(it, said)| (self.keep_inventory(key, it), said)),
        };
        match read {
            Ok((fits, said)) => {
                findings.expect(fits, key, || "holds a record of another kind".into());
                if let Some(columns) = columns {
                    compare_columns(key, columns, &said, findings);
                }
            }
            Err(error) => findings.expect(false, key, || format!("can't be read: {error}")),
        }
    }

    fn keep_order(&mut self, record: orders::Record) -> bool {
        let orders::Record::Order(order) = record;
        self.order = Some(order);
        true
    }

    fn keep_saga(&mut self, number: u32, record: orchestrator::Record) -> bool {
        let orchestrator::Record::Saga(saga) = record;
        self.sagas.insert(number, saga);
        true
    }

    fn keep_payment(&mut self, key: &RecordKey, record: payments::Record) -> bool {
        match (record, key.kind.name) {
            (payments::Record::Payment(it), "payments") => self.payment = Some(it),
            (payments::Record::Transaction(it), "ledger_transactions") => {
                self.ledger.insert(key.number, it);
            }
            _ => return false,
        }
        true
    }

    fn keep_inventory(&mut self, key: &RecordKey, record: inventory::Record) -> bool {
        match (record, key.kind.name) {
            (inventory::Record::Stock(it), "stock") => self.stock = Some(it),
            (inventory::Record::Reservation(it), "reservations") => self.reservation = Some(it),
            (inventory::Record::Movement(it), "movements") => {
                self.movements.insert(key.number, it);
            }
            _ => return false,
        }
        true
    }
}

fn read<R: Record>(row: &Row) -> Result<(R, Vec<Value>), String> {
    let record: R = codec::decode(&row.body).map_err(|error| error.to_string())?;
    let columns = record.columns();
    Ok((record, columns))
}

/// Columns are taken from the body; whoever changes one by hand has made two truths.
fn compare_columns(key: &RecordKey, stored: &[Value], said: &[Value], findings: &mut Findings) {
    let names = key.kind.columns.iter().map(|column| column.name);
    for (name, (stored, said)) in names.zip(stored.iter().zip(said)) {
        findings.expect(stored == said, key, || {
            format!("its column {name} holds {stored:?}, its body says {said:?}")
        });
    }
}
