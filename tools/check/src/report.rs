//! What a check has seen and found.

use crate::findings::Findings;
use engine::Backlog;
use std::fmt;
use std::ops::AddAssign;

/// How far a check is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Subjects (orders, SKUs) that were read.
    pub seen: u64,
    /// About how many more there are.
    pub left: u64,
}

/// How much was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Orders.
    pub orders: u64,
    /// Sagas.
    pub sagas: u64,
    /// Payments.
    pub payments: u64,
    /// Transactions of the ledger.
    pub transactions: u64,
    /// Reservations.
    pub reservations: u64,
    /// Places of SKUs.
    pub places: u64,
    /// Movements of stock.
    pub movements: u64,
    /// Messages of the log.
    pub messages: u64,
    /// Operations that the provider has done.
    pub stated: u64,
    /// Messages that have not come from the database of one service to that of another: they wait
    /// in an outbox, or were published and are on the bus, or are lost.
    pub under_way: u64,
    /// Subjects with so many rows that they were read in part, and not judged.
    pub in_part: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.orders += other.orders;
        self.sagas += other.sagas;
        self.payments += other.payments;
        self.transactions += other.transactions;
        self.reservations += other.reservations;
        self.places += other.places;
        self.movements += other.movements;
        self.messages += other.messages;
        self.stated += other.stated;
        self.under_way += other.under_way;
        self.in_part += other.in_part;
    }
}

/// What was seen and found.
#[derive(Clone, Debug)]
pub struct Report {
    /// What is broken, by the names of the rows.
    pub findings: Findings,
    /// How much was seen.
    pub counts: Counts,
    /// What waits.
    pub backlog: Backlog,
    /// Whether everything was seen; not if it was stopped before.
    pub is_complete: bool,
    /// Whether everything was at rest, so that sums over all of it could be compared.
    pub is_summed: bool,
    /// Whether it was looked at what has become of each message between the databases of services;
    /// not beside processes at work, nor where dead letters are too many to look at.
    pub is_traced: bool,
}

/// The last line of the command.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { orders, sagas, payments, transactions, reservations, .. } = self.counts;
        let Counts { places, movements, messages, stated, .. } = self.counts;
        let Backlog { timers, outbox, hops, effects, parked, dead_letters } = self.backlog;
        let messages_waiting = outbox + hops;
        write!(
            formatter,
            "checked {orders} orders, {sagas} sagas, {payments} payments, {transactions} ledger \
             transactions, {reservations} reservations, {places} stock places, {movements} \
             movements, {messages} messages, {stated} provider operations; waiting: {timers} \
             timers, {messages_waiting} messages, {effects} effects, {parked} parked, \
             {dead_letters} dead letters; {} broken",
            self.findings.count
        )
    }
}
