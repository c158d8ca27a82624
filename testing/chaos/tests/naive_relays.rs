//! Relays as they are often built, on a real PostgreSQL and a real Kafka, are caught by the account
//! that a run of chaos is held against; and the way of the store on PostgreSQL is not. The
//! transactions are interleaved by hand, as they are by chance where many write at once.

use bus_kafka::{KafkaBus, Settings};
use chaos::account::{Account, Balance};
use chaos::kafka;
use contracts::messages::OrderConfirmed;
use contracts::{Body, Message, MessageId, ServiceName, Source, Timestamp};
use engine::{Bus, Routing};
use servers::Database;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use tokio_postgres::{Client, NoTls};

const TABLES: &str = "
    CREATE TABLE orders (key text PRIMARY KEY, version bigint NOT NULL);
    INSERT INTO orders VALUES ('a', 0), ('b', 0);
    CREATE TABLE outbox (
      id bigserial PRIMARY KEY, txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
      message bytea NOT NULL
    )";

/// How what is committed comes to Kafka.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Whatever stands behind the last row that was published.
    Cursor,
    /// Several relays at once, each what no other has in hand.
    SkipLocked,
    /// Only what is older than every transaction that is open, in the order of transactions.
    XminFence,
    /// As by cursor, and writers take a lock for all of them before they write to the outbox: so
    /// positions are in the order of commits.
    Seal,
}

impl Way {
    /// The next rows behind a transaction and a position.
    const fn query(self) -> &'static str {
        match self {
            Self::Cursor | Self::Seal => {
                "SELECT 0::bigint, id, message FROM outbox
                 WHERE id > $2 AND $1 = 0::bigint ORDER BY id"
            }
            Self::SkipLocked => {
                "DELETE FROM outbox WHERE id IN (
                   SELECT id FROM outbox WHERE $1::bigint + $2::bigint >= 0 ORDER BY id LIMIT 1
                   FOR UPDATE SKIP LOCKED
                 ) RETURNING 0::bigint, id, message"
            }
            Self::XminFence => {
                "SELECT txid::text::bigint, id, message FROM outbox
                 WHERE txid < pg_snapshot_xmin(pg_current_snapshot())
                   AND (txid::text::bigint, id) > ($1, $2)
                 ORDER BY txid, id"
            }
        }
    }
}

/// A place for one way.
struct World {
    way: Way,
    database: Database,
    prefix: String,
    sent: Arc<Mutex<Vec<Message>>>,
}

impl World {
    async fn of(way: Way) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("naive-{}-{number}.", std::process::id());
        let world = Self { way, database: Database::empty(), prefix, sent: Arc::default() };
        world.connect().await.batch_execute(TABLES).await.expect("tables");
        world
    }

    async fn connect(&self) -> Client {
        let connected = tokio_postgres::connect(&self.database.url(), NoTls).await;
        let (client, connection) = connected.expect("a connection");
        tokio::spawn(connection);
        client
    }

    /// A transaction that has an id.
    async fn begin(&self) -> Writer {
        let client = self.connect().await;
        client.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.expect("begun");
        Writer { client, is_sealing: self.way == Way::Seal, sent: self.sent.clone() }
    }

    async fn relay(&self) -> Relay {
        let brokers = servers::kafka().parse().expect("brokers");
        let settings = Settings { prefix: self.prefix.clone(), ..Settings::new(brokers) };
        let bus = KafkaBus::open(settings, &[], &Routing::new(vec![])).await.expect("a bus");
        Relay { client: self.connect().await, bus, way: self.way, behind: (0, 0) }
    }

    /// Lost, doubled and out of order.
    async fn account(self) -> [u64; 3] {
        let read = tokio::task::spawn_blocking(move || {
            let mut account = Account::default();
            let sent = self.sent.lock().expect("a lock");
            sent.iter().for_each(|message| account.log(ServiceName::Orders, message));
            let unreadable = kafka::read(servers::kafka(), &self.prefix, &mut account);
            assert_eq!(unreadable, Ok(0));
            account.close(&Routing::new(vec![]))
        });
        let Balance { lost, doubled, out_of_order, .. } = read.await.expect("a balance");
        [lost.count, doubled.count, out_of_order.count]
    }
}

/// A transaction that changes a record and says so, as a service does.
struct Writer {
    client: Client,
    is_sealing: bool,
    sent: Arc<Mutex<Vec<Message>>>,
}

impl Writer {
    async fn write(&self, key: &str) {
        if self.is_sealing {
            self.client.batch_execute("SELECT pg_advisory_xact_lock(1)").await.expect("sealed");
        }
        let sql = "UPDATE orders SET version = version + 1 WHERE key = $1 RETURNING version";
        let version: i64 = self.client.query_one(sql, &[&key]).await.expect("a version").get(0);
        let message = message(key, u64::try_from(version).expect("a version"));
        let sql = "INSERT INTO outbox (message) VALUES ($1)";
        self.client.execute(sql, &[&message.encode()]).await.expect("written");
        self.sent.lock().expect("a lock").push(message);
    }

    async fn commit(self) {
        self.client.batch_execute("COMMIT").await.expect("committed");
    }
}

fn message(key: &str, version: u64) -> Message {
    Message {
        id: MessageId::root(Timestamp(0), &[key.as_bytes(), &version.to_le_bytes()]),
        source: Source::Service(ServiceName::Orders),
        subject: key.into(),
        time: Timestamp(0),
        cause: None,
        step: None,
        version,
        traceparent: None,
        body: Body::from(OrderConfirmed { order_id: key.into() }),
    }
}

struct Relay {
    client: Client,
    bus: KafkaBus,
    way: Way,
    behind: (i64, i64),
}

impl Relay {
    /// What it finds; others don't, as long as it doesn't let go of it.
    async fn take(&mut self) -> Vec<Arc<Message>> {
        self.client.batch_execute("BEGIN").await.expect("begun");
        let found = self.client.query(self.way.query(), &[&self.behind.0, &self.behind.1]).await;
        let found = found.expect("rows");
        if let Some(last) = found.last() {
            self.behind = (last.get(0), last.get(1));
        }
        let read = |row: &tokio_postgres::Row| Message::decode(row.get(2)).expect("a message");
        found.iter().map(read).map(Arc::new).collect()
    }

    async fn publish(&self, messages: Vec<Arc<Message>>) {
        let count = messages.len();
        assert_eq!(self.bus.publish(messages).await, Ok(count));
        self.client.batch_execute("COMMIT").await.expect("committed");
    }

    /// How many it has published.
    async fn pass(&mut self) -> usize {
        let found = self.take().await;
        let count = found.len();
        self.publish(found).await;
        count
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_remembers_the_last_position_loses_what_commits_later() {
    let world = World::of(Way::Cursor).await;
    let (mut relay, first, second) =
        (world.relay().await, world.begin().await, world.begin().await);
    first.write("a").await;
    second.write("b").await;
    second.commit().await;
    assert_eq!(relay.pass().await, 1);
    first.commit().await;
    assert_eq!(relay.pass().await, 0);
    assert_eq!(world.account().await, [1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_relays_that_skip_what_is_locked_lose_nothing_but_the_order() {
    let world = World::of(Way::SkipLocked).await;
    let (mut one, mut other) = (world.relay().await, world.relay().await);
    for _ in 0..2 {
        let writer = world.begin().await;
        writer.write("a").await;
        writer.commit().await;
    }
    let in_hand = one.take().await;
    assert_eq!(other.pass().await, 1);
    one.publish(in_hand).await;
    assert_eq!(world.account().await, [0, 0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_behind_the_oldest_open_transaction_loses_nothing_but_the_order() {
    let world = World::of(Way::XminFence).await;
    assert_eq!(after_an_older_one_that_writes_later(world).await, [0, 0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_in_the_order_of_commits_lose_neither_messages_nor_their_order() {
    let world = World::of(Way::Seal).await;
    assert_eq!(after_an_older_one_that_writes_later(world).await, [0, 0, 0]);
    let world = World::of(Way::Seal).await;
    let (mut relay, first, second) =
        (world.relay().await, world.begin().await, world.begin().await);
    first.write("a").await;
    let writing = tokio::spawn(async move {
        second.write("b").await; // which waits for the first
        second.commit().await;
    });
    assert_eq!(relay.pass().await, 0);
    first.commit().await;
    writing.await.expect("written");
    assert_eq!(relay.pass().await, 2);
    assert_eq!(world.account().await, [0, 0, 0]);
}

/// The transaction that began first writes last.
async fn after_an_older_one_that_writes_later(world: World) -> [u64; 3] {
    let (mut relay, older, younger) =
        (world.relay().await, world.begin().await, world.begin().await);
    younger.write("a").await;
    younger.commit().await;
    older.write("a").await;
    older.commit().await;
    let mut published = 0;
    while published < 2 {
        published += relay.pass().await; // transactions on other databases hold a fence up, too
    }
    world.account().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unrelated_transaction_stops_a_relay_with_a_fence_and_no_other() {
    for (way, published) in [(Way::XminFence, 0), (Way::Seal, 1)] {
        let world = World::of(way).await;
        let (_unrelated, writer) = (world.begin().await, world.begin().await);
        writer.write("a").await;
        writer.commit().await;
        assert_eq!(world.relay().await.pass().await, published);
    }
}
