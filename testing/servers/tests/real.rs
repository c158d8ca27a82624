//! Against the real servers.

use servers::{Database, OwnServer, Template};
use std::net::TcpStream;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;
use tokio_postgres::{Client, NoTls};

static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    Template::new(|url| {
        run(async { sql(&connect(url).await, "CREATE TABLE things (name text)").await })
    })
});

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(test)
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}

async fn sql(client: &Client, statement: &str) {
    client.batch_execute(statement).await.expect("done");
}

async fn things(client: &Client) -> i64 {
    client.query_one("SELECT count(*) FROM things", &[]).await.expect("a count").get(0)
}

#[test]
fn each_test_has_a_copy_of_the_template_for_itself() {
    run(async {
        let (first, second) = (TEMPLATE.database(), TEMPLATE.database());
        let (first, second) = (connect(&first.url()).await, connect(&second.url()).await);
        sql(&first, "INSERT INTO things VALUES ('one')").await;
        assert_eq!((things(&first).await, things(&second).await), (1, 0));
        assert_eq!(things(&connect(&TEMPLATE.database().url()).await).await, 0);
    });
}

#[test]
fn a_database_is_dropped_when_its_test_ends_although_somebody_is_connected() {
    run(async {
        let database = Database::empty();
        let (url, client) = (database.url(), connect(&database.url()).await);
        drop(database);
        assert!(client.simple_query("SELECT 1").await.is_err());
        let error = tokio_postgres::connect(&url, NoTls).await.err().expect("an error");
        assert_eq!(error.code(), Some(&tokio_postgres::error::SqlState::UNDEFINED_DATABASE));
    });
}

/// Soon: a process that was started in the same moment has the sockets of this one until it is its
/// own program.
fn nobody_listens(place: &str) -> bool {
    (0..100).any(|_| {
        thread::sleep(Duration::from_millis(10));
        TcpStream::connect(place).is_err()
    })
}

#[test]
fn a_broker_of_its_own_can_be_killed_and_comes_back_where_it_was() {
    let kafka = OwnServer::absent_kafka();
    assert!(nobody_listens(&kafka.place()));
    kafka.start();
    assert!(TcpStream::connect(kafka.place()).is_ok());
    kafka.kill();
    assert!(nobody_listens(&kafka.place()));
    kafka.start();
    assert!(TcpStream::connect(kafka.place()).is_ok());
    let brokers = kafka.place().to_string();
    drop(kafka);
    assert!(nobody_listens(&brokers));
}

#[test]
fn there_is_a_broker_too() {
    assert!(TcpStream::connect(servers::kafka()).is_ok());
}
