//! Everything that all databases of a world say, by kind.

use crate::database::Database;
use crate::executor::lock;
use crate::invariants::read;
use engine::DeadLetter;
use inventory::{Movement, Reservation, Stock};
use orchestrator::OrderSaga;
use orders::Order;
use payments::{LedgerTransaction, Payment};
use service::{Kept, Record};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Everything that all databases of a world say, by kind.
#[derive(Default)]
pub struct Facts {
    /// By order id.
    pub orders: BTreeMap<String, Order>,
    /// By order id and number.
    pub sagas: BTreeMap<(String, u32), OrderSaga>,
    /// By order id.
    pub payments: BTreeMap<String, Payment>,
    /// By order id.
    pub ledger: BTreeMap<String, Vec<LedgerTransaction>>,
    /// By order id.
    pub reservations: BTreeMap<String, Reservation>,
    /// By SKU.
    pub stock: BTreeMap<String, Stock>,
    /// All of them.
    pub movements: Vec<Movement>,
    /// What could not be handled.
    pub dead: Vec<DeadLetter>,
}

impl Facts {
    /// Reads all databases.
    pub fn read(databases: &[Arc<Mutex<Database>>]) -> Self {
        let mut facts = Self::default();
        for database in databases {
            let database = lock(database);
            facts.orders.extend(single::<orders::Record, Order>(&database, "orders"));
            facts.payments.extend(single::<payments::Record, Payment>(&database, "payments"));
            let held = single::<inventory::Record, Reservation>(&database, "reservations");
            facts.reservations.extend(held);
            facts.stock.extend(single::<inventory::Record, Stock>(&database, "stock"));
            let sagas = rows::<orchestrator::Record, OrderSaga>(&database, "sagas");
            facts.sagas.extend(sagas);
            let moved = rows::<inventory::Record, Movement>(&database, "movements");
            facts.movements.extend(moved.into_iter().map(|(_, movement)| movement));
            let posted =
                rows::<payments::Record, LedgerTransaction>(&database, "ledger_transactions");
            for ((order_id, _), transaction) in posted {
                facts.ledger.entry(order_id).or_default().push(transaction);
            }
            facts.dead.extend(database.dead().map(|letter| (**letter).clone()));
        }
        facts
    }
}

type Rows<T> = Vec<((String, u32), T)>;

fn rows<R: Record, T: Kept<R> + Clone>(database: &Database, kind: &str) -> Rows<T> {
    let rows = database.rows(kind).filter_map(|(key, row)| {
        let name = (key.record.subject.to_string(), key.record.number);
        Some((name, read::<R, T>(&row.body)?))
    });
    rows.collect()
}

fn single<R: Record, T: Kept<R> + Clone>(database: &Database, kind: &str) -> Vec<(String, T)> {
    let rows = rows::<R, T>(database, kind).into_iter();
    rows.map(|((subject, _), content)| (subject, content)).collect()
}
