//! Several processes on one database: their rounds are decided beside each other and committed one
//! after the other.

mod common;

use common::{OneDatabase, open, opening};
use conformance::{Post, look, toys};
use engine::{
    Claim, Limits, LogPlace, LogRequest, LoggedMessage, Publishing, Queries, Round, Transactions,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store_postgres::PostgresStore;

/// Who writes at the same time.
const REPLICAS: usize = 3;
/// How many rounds each of them commits.
const ROUNDS: usize = 40;

#[test]
fn no_update_of_any_replica_is_lost_and_none_is_done_twice() {
    conformance::run(async {
        let database = OneDatabase::new();
        let replicas = replicas(&database).await;
        write_at_once(&replicas).await;
        let sum = REPLICAS * ROUNDS;
        let account = look(&replicas[0], "left account b").await;
        assert_eq!(account, format!("b={sum}@{sum}"));
        assert!(replicas.iter().any(|store| store.counts().conflicts > 0), "they never met");
    });
}

#[test]
fn whoever_goes_on_from_the_last_place_of_the_log_misses_nothing() {
    conformance::run(async {
        let database = OneDatabase::new();
        let replicas = replicas(&database).await;
        let reader = open(&database.url(), opening()).await;
        let left = AtomicUsize::new(1);
        let writing = async {
            write_at_once(&replicas).await;
            left.store(0, Ordering::SeqCst);
        };
        let reading = async {
            let (mut told, mut last) = (vec![], false);
            while !last {
                last = left.load(Ordering::SeqCst) == 0;
                let after = told.last().map_or(LogPlace::BEGIN, |it: &LoggedMessage| it.place);
                told.extend(log(&reader, after).await);
            }
            told
        };
        let ((), told) = tokio::join!(writing, reading);
        assert_eq!(told, log(&reader, LogPlace::BEGIN).await);
        assert_eq!(told.len(), REPLICAS * ROUNDS * 3);
    });
}

async fn replicas(database: &OneDatabase) -> Vec<PostgresStore> {
    let url = database.url();
    futures_util::future::join_all((0..REPLICAS).map(|_| open(&url, opening()))).await
}

/// Each adds to an account that all of them share, and to accounts of its own.
async fn write_at_once(replicas: &[PostgresStore]) {
    let post = Post::default();
    let writers = replicas.iter().zip(0..).map(|(store, replica)| {
        let post = post.clone();
        async move {
            for round in 0..ROUNDS {
                let own = format!("own-{replica}-{round}");
                let shared = "left a: add 1 to b";
                commit(store, &post, &format!("{shared} | left {own}: tell right (add 2)")).await;
            }
        }
    });
    futures_util::future::join_all(writers).await;
}

async fn commit(store: &PostgresStore, post: &Post, line: &str) {
    let claim = Claim { epoch: 1, lease: Duration::from_mins(1), slots: 9 };
    let (hosting, deliveries) = (Arc::new(toys(false, Publishing::Nothing)), post.deliveries(line));
    let round = Round::new(hosting, deliveries, Limits::default(), claim);
    if let Err(failed) = store.transact(round).await {
        panic!("{line}: {}", failed.error);
    }
}

async fn log(store: &PostgresStore, after: LogPlace) -> Vec<LoggedMessage> {
    let request = LogRequest { about: None, after, messages_max: usize::MAX };
    store.log(request).await.expect("a run of the log").messages
}
