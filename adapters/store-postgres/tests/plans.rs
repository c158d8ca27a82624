//! What the server reads for a round, once its tables are large. The planner made its plans while
//! they were empty, and knows of nothing else.

mod common;

use common::{OneDatabase, open};
use conformance::{Opening, Site, play};
use contracts::Timestamp;
use engine::Transactions;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock};
use store_postgres::PostgresStore;
use tokio_postgres::{Client, NoTls};

/// For one lookup, however large the table is: some way down an index, and the rows.
const BLOCKS_MAX: i64 = 24;

/// Tables that grow, and are looked up by rounds and deliveries.
const LOOKED_UP: [&str; 9] = [
    "effects",
    "hops",
    "inbox_0",
    "left_accounts",
    "lots",
    "names",
    "outbox",
    "right_accounts",
    "timers",
];

/// Some of everything that a round and the loops around it ask for, with a cast of its own.
fn story(cast: u32) -> String {
    const STORY: &str = "
        key 1# left a#: add 1, timer x 10 (add 2), timer y 20 (add 1) -> -
        key 2# right b#: add 1 -> -
        key 3# left a#: cancel y -> -
        key 0# left a#: add 1 -> -
        key 0# left a#: add 1 -> -
        key 4# left e#: ask e# (add 5) -> -
        answer e# -> -
        bus 1# left p#: break in pieces -> -
        bus 2# left p#: add 1 | bus 3# left q#: add 1 -> - | -
        key 5# left o#: owe 5 -> -
        key 6# left s#: settle 9 9 -> -
        key 7# left o#: tell away (one) -> -
        send 1 -> sent
        together key 8# left a#: add 1 || key 9# left a#: add 1 -> - || -
        together key 10# left a#: add 1 || key 11# left a#: add 1 -> - || -
        together bus 4# left q#: add 1 || bus 5# left q#: add 1 -> - || -
        left account a# -> a#=6@6
        limit messages 1
        key 12# left h#: tell right (add 1) -> -
        bring 1 -> -
        right account h# -> h#=1@1
        at 10
        fire 9 -> -
        left account a# -> a#=8@7
        limit slots 0
        key 13# left e#: ask f# (add 0) -> -
        claim 1 -> orders asks outside f# until 70: add 0
        at #00
        lead -> yes";
    STORY.replace('#', &cast.to_string())
}

#[test]
fn a_round_reads_no_more_of_a_large_table_than_of_a_small_one() {
    Notices::listen();
    conformance::run(async {
        let place = Place::new().await;
        play(&place, &story(1)).await;
        place.fill().await;
        Notices::take();
        let others = tokio::spawn(commit_as_others(client(&place.database.url()).await));
        play(&place, &story(2)).await;
        others.abort();
        assert!(
            place.store.get().expect("it was opened").counts().conflicts > 0,
            "no round met another"
        );
        let mut looked_up = BTreeSet::new();
        for plan in Notices::take() {
            judge(&plan["Plan"], &plan, &mut looked_up);
        }
        let unseen: Vec<_> = LOOKED_UP.iter().filter(|it| !looked_up.contains(**it)).collect();
        assert!(unseen.is_empty(), "nobody has looked at {unseen:?}");
    });
}

/// Where nobody else commits no round would read before it has the seal.
async fn commit_as_others(client: Client) {
    loop {
        let drawn = client.execute("SELECT nextval('orderweaver.commits')", &[]).await;
        drawn.expect("a number");
    }
}

/// Every scan of a plan.
fn judge(node: &Value, plan: &Value, looked_up: &mut BTreeSet<String>) {
    let is_scan = node["Node Type"].as_str().is_some_and(|name| name.ends_with("Scan"));
    if let (true, Some(table)) = (is_scan, node["Relation Name"].as_str()) {
        let count = |name: &str| node[name].as_i64().expect(name);
        let blocks = count("Shared Hit Blocks") + count("Shared Read Blocks");
        let loops = count("Actual Loops").max(1);
        assert!(blocks / loops <= BLOCKS_MAX, "{blocks} blocks of {table} in {loops}: {plan:#}");
        looked_up.insert(table.into());
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        judge(child, plan, looked_up);
    }
}

/// A database whose tables were counted with one row in each. Its store is opened once, so that its
/// connections keep their plans.
struct Place {
    database: OneDatabase,
    store: OnceLock<PostgresStore>,
    clock: Arc<Mutex<Opening>>,
}

impl Place {
    async fn new() -> Self {
        let (database, clock) = (OneDatabase::new(), Arc::new(Mutex::new(common::opening())));
        let place = Self { database, store: OnceLock::new(), clock };
        place.do_all(&format!("{}{}; VACUUM ANALYZE", uncounted(), rows(1, 1))).await;
        place
    }

    /// Nobody counts these.
    async fn fill(&self) {
        self.do_all(&rows(2, 20_000)).await;
    }

    async fn do_all(&self, statements: &str) {
        let client = client(&self.database.url()).await;
        for statement in statements.split(';') {
            client.batch_execute(statement).await.expect(statement);
        }
    }
}

impl Site for Place {
    type Store = PostgresStore;

    async fn open(&self, opening: Opening) -> PostgresStore {
        *self.clock.lock().expect("a clock") = opening.clone();
        if let Some(store) = self.store.get() {
            return store.clone();
        }
        let clock = self.clock.clone();
        let now = move || -> Timestamp { (clock.lock().expect("a clock").clock)() };
        let url = format!("{}{EXPLAINED}", self.database.url());
        let store = open(&url, Opening { clock: Arc::new(now), ..opening }).await;
        self.store.get_or_init(|| store).clone()
    }
}

/// The server tells its plans, and what they have read.
const EXPLAINED: &str = "?options=-c%20session_preload_libraries=auto_explain\
     %20-c%20auto_explain.log_min_duration=0%20-c%20auto_explain.log_analyze=on\
     %20-c%20auto_explain.log_buffers=on%20-c%20auto_explain.log_timing=off\
     %20-c%20auto_explain.log_format=json\
     %20-c%20auto_explain.log_level=notice";

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}

/// Nobody counts their rows but this test.
fn uncounted() -> String {
    let tables = LOOKED_UP.iter().map(|table| match *table {
        "left_accounts" => "orders.left_accounts".to_string(),
        "right_accounts" => "payments.right_accounts".into(),
        table => format!("orderweaver.{table}"),
    });
    tables.map(|table| format!("ALTER TABLE {table} SET (autovacuum_enabled = off);")).collect()
}

/// Rows of others, with these numbers, in each table that grows. They wait for nothing that comes,
/// or behind everything else.
fn rows(first: u32, last: u32) -> String {
    let i = format!("generate_series({first}::bigint, {last}) AS i");
    let later = i64::MAX / 2;
    format!(
        "INSERT INTO orders.left_accounts
         SELECT i + 1000000 << 24, 1, 1, '{{}}', 0, 'grey', 1000000, 'far' FROM {i};
         INSERT INTO payments.right_accounts SELECT * FROM orders.left_accounts
         WHERE key >> 24 >= {first} + 1000000;
         INSERT INTO orderweaver.names SELECT i + 1000000, 'other ' || i FROM {i};
         INSERT INTO orderweaver.inbox SELECT decode(md5(i::text), 'hex'), 1, 0, '', '', 0 FROM {i};
         INSERT INTO orderweaver.outbox OVERRIDING SYSTEM VALUE
         SELECT i + 1000000, gen_random_uuid(), '', '', '', '' FROM {i};
         INSERT INTO orderweaver.hops OVERRIDING SYSTEM VALUE SELECT i + 1000000, 1, '' FROM {i};
         INSERT INTO orderweaver.timers SELECT i + 1000000, 1, 'x', {later} + i, '' FROM {i};
         INSERT INTO orderweaver.effects SELECT 'other ' || i, 1, '', '', 1, 0 FROM {i};
         INSERT INTO orderweaver.lots SELECT 1, 'inventory', 'other ' || i FROM {i}"
    )
}

/// What the server says beside its answers: the driver gives it to the log.
struct Notices(Mutex<Vec<Value>>);

static NOTICES: Notices = Notices(Mutex::new(vec![]));

impl Notices {
    fn listen() {
        log::set_logger(&NOTICES).expect("nobody else listens");
        log::set_max_level(log::LevelFilter::Info);
    }

    /// The plans that were told since the last time.
    fn take() -> Vec<Value> {
        std::mem::take(&mut *NOTICES.0.lock().expect("notices"))
    }
}

impl log::Log for Notices {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let said = record.args().to_string();
        let plan = said.split_once("plan:").map(|(_, json)| serde_json::from_str(json));
        self.0.lock().expect("notices").extend(plan.map(|plan| plan.expect("a plan")));
    }

    fn flush(&self) {}
}
