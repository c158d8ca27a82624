//! Pages of a list over a million orders: prints how long each filter takes, first and best of
//! several.
//!
//! ```sh
//! cargo run --release -p store-sqlite --example million_orders
//! ```

use contracts::ServiceName;
use engine::{Newest, PageRequest, Queries};
use rusqlite::{Connection, params};
use service::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store_sqlite::{Durability, Settings, SqliteStore};

type Anything = Box<dyn std::error::Error>;

const ORDERS: i64 = 1_000_000;
const ROWS_MAX: usize = 50;
const TIMES: usize = 20;
/// As many orders are taken in one round, at one time.
const ROUND: i64 = 200;
/// Between two rounds, in microseconds.
const PAUSE: i64 = 1_000_000;

fn main() -> Result<(), Anything> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("orders.db");
    drop(open(&path)?); // makes the tables
    fill(&path)?;
    let store = open(&path)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    println!("{:<45} {:>8} {:>8} {:>5}", "filters", "first", "best", "rows");
    for (user_id, state, created_after) in FILTERS {
        let request = request(*user_id, *state, *created_after);
        let (mut took, mut found) = (vec![], 0);
        for _ in 0..TIMES {
            let begun = Instant::now();
            found = runtime.block_on(store.page(request.clone()))?.records.len();
            took.push(begun.elapsed());
        }
        let name = [
            user_id.map(|it| format!("user_id={it}")),
            state.map(|it| format!("state={it}")),
            created_after.map(|it| format!("created_after=round {it}")),
        ];
        let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let best = took.iter().min().copied().unwrap_or_default();
        println!("{name:<45} {:>8} {:>8} {found:>5}", millis(took[0]), millis(best));
    }
    Ok(())
}

/// Half of the orders are of one user, whose few rejected ones are old. What is rejected of the
/// others is every tenth; two states are rare, one of them new, the other old.
const FILTERS: &[(Option<&str>, Option<&str>, Option<i64>)] = &[
    (None, None, None),
    (Some("busy"), None, None),
    (Some("u7"), None, None),
    (Some("nobody"), None, None),
    (None, Some("confirmed"), None),
    (None, Some("rejected"), None),
    (None, Some("pending"), None),
    (None, Some("cancelling"), None),
    (None, Some("completed"), None),
    (Some("busy"), Some("confirmed"), None),
    (Some("busy"), Some("rejected"), None),
    (Some("busy"), Some("pending"), None),
    (Some("busy"), Some("cancelling"), None),
    (Some("u7"), Some("confirmed"), None),
    (None, None, Some(0)),
    (None, None, Some(ORDERS / ROUND / 2)),
    (None, None, Some(ORDERS)),
    (Some("busy"), None, Some(ORDERS)),
    (None, Some("cancelling"), Some(1)),
    (Some("busy"), Some("rejected"), Some(ORDERS / ROUND / 2)),
];

fn request(user_id: Option<&str>, state: Option<&str>, after_round: Option<i64>) -> PageRequest {
    let filters = [("user_id", user_id), ("state", state)];
    let equal = filters.into_iter().filter_map(|(name, it)| Some((name, Value::from(it?))));
    let newest =
        Newest::ByColumn { column: "created_at", at_least: after_round.map(|round| round * PAUSE) };
    PageRequest {
        kind: &orders::ORDERS,
        equal: equal.collect(),
        newest,
        after: None,
        rows_max: ROWS_MAX,
    }
}

fn open(path: &Path) -> Result<SqliteStore, Anything> {
    Ok(SqliteStore::open(Settings {
        path: path.into(),
        durability: Durability::Ephemeral,
        kinds: vec![(ServiceName::Orders, &orders::ORDERS)],
        clock: Arc::new(|| contracts::Timestamp(0)),
    })?)
}

fn fill(path: &Path) -> Result<(), Anything> {
    let mut connection = Connection::open(path)?;
    let work = connection.transaction()?;
    {
        let mut name = work.prepare("INSERT INTO names (id, name) VALUES (?1, ?2)")?;
        let mut order = work.prepare(
            "INSERT INTO orders (key, version, schema, body, user_id, state, created_at, total)
             VALUES (?1, 1, 1, zeroblob(600), ?2, ?3, ?4, 100)",
        )?;
        for number in 1..=ORDERS {
            let is_busy = number % 2 == 0;
            let user_id = if is_busy { "busy".into() } else { format!("u{}", number % 9_973) };
            let state = match number {
                _ if number > ORDERS - 20 => "pending",
                _ if number < 10 => "cancelling",
                _ if is_busy && number < 5_000 => "rejected",
                _ if number % 10 == 1 => "rejected",
                _ => "confirmed",
            };
            name.execute(params![number, format!("order-{number}")])?;
            order.execute(params![number << 24, user_id, state, number / ROUND * PAUSE])?;
        }
    }
    Ok(work.commit()?)
}

fn millis(took: Duration) -> String {
    format!("{:.2} ms", took.as_secs_f64() * 1_000.0)
}
