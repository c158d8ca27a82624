//! A server that takes connections and says nothing.

mod common;

use common::{OneDatabase, kinds, migrations, opening};
use conformance::{Opening, Site};
use engine::{Queries, StoreError};
use std::process::Command;
use store_postgres::{OpenError, PostgresStore, Settings, Time};
use tokio::net::TcpListener;

#[test]
fn whoever_takes_a_connection_and_says_nothing_is_no_database() {
    conformance::run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let Opening { kinds: of_toys, clock } = opening();
        let url = format!("postgres://me:secret@127.0.0.1:{port}/shop");
        let settings = Settings { url, kinds: of_toys, time: Time::Given(clock) };
        let opened = PostgresStore::open_with(settings, &migrations(&kinds())).await;
        let Err(OpenError::Unreachable { place, what }) = opened else { panic!("it was opened") };
        assert_eq!(place, format!("127.0.0.1:{port}/shop"));
        assert!(what.contains("doesn't speak as PostgreSQL does"), "{what}");
    });
}

/// The process of the server behind each connection that an answer came on stands still.
#[test]
fn a_server_that_stands_still_is_unavailable_and_another_connection_is_taken() {
    conformance::run(async {
        let site = OneDatabase::new();
        let store = site.open(opening()).await;
        store.ping().await.expect("an answer");
        signal("STOP", &site).await;
        let Err(StoreError::Unavailable(what)) = store.ping().await else { panic!("an answer") };
        assert!(what.contains("has said nothing for 20s"), "{what}");
        store.ping().await.expect("an answer on another connection");
        signal("CONT", &site).await;
    });
}

async fn signal(name: &str, site: &OneDatabase) {
    let (client, connection) =
        tokio_postgres::connect(&site.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let sql = "SELECT pid FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'orderweaver'";
    for row in client.query(sql, &[]).await.expect("processes") {
        let process: i32 = row.get(0);
        let status =
            Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
        assert!(status.expect("kill").success(), "{process}");
    }
}
