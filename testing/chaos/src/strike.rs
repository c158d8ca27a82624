//! What each fault does.

use crate::chronicle::Chronicle;
use crate::fault::{Ending, Farewell, Fault};
use crate::kafka;
use crate::place::{Link, Program, Replica};
use crate::proxy::Wire;
use crate::schedule::HELD;
use crate::shop::{PREFIX, Shop};
use contracts::ServiceName;
use engine::RELAY_LEASE;
use rustix::process::Signal;
use std::io;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_postgres::Client;

/// The locks that say who is alive have this in common, in the store on PostgreSQL.
const ALIVE: i64 = 0x4F_5745;
/// Between two attempts at what somebody else's fault stands in the way of.
const RETRY_PAUSE: Duration = Duration::from_millis(500);
const RETRIES_MAX: usize = 60;
/// Until every connection of a wire that was cut is broken.
const BREAKING_LASTS: Duration = Duration::from_millis(100);

/// Does it, and undoes it after its time.
pub async fn strike(shop: &Shop, chronicle: &Chronicle, fault: Fault) {
    let done = match fault {
        Fault::ServiceKilled(it, pause) => kill(shop, chronicle, it.into(), pause).await,
        Fault::ProviderKilled(pause) => kill(shop, chronicle, Program::Provider, pause).await,
        Fault::DatabaseKilled(pause) => {
            chronicle.tell(format_args!("kill -9 of PostgreSQL, started again after {pause:?}"));
            shop.database.kill(pause).await
        }
        Fault::BrokerKilled(pause) => {
            chronicle.tell(format_args!("kill -9 of Kafka, started again after {pause:?}"));
            shop.broker.kill(pause).await
        }
        Fault::LeaderPaused(service) => pause_leader(shop, chronicle, service).await,
        Fault::ConnectionCut(link, lasts) => {
            chronicle.tell(format_args!("cut between {link} for {lasts:?}"));
            set(shop, link, Wire::Cut, lasts, Ending::Lost).await
        }
        Fault::ConnectionSilent(link, lasts, ending) => {
            chronicle.tell(format_args!("silence between {link} for {lasts:?}"));
            set(shop, link, Wire::Silent, lasts, ending).await
        }
        Fault::ReplicaJoined(service) => join(shop, chronicle, service).await,
        Fault::ReplicaLeft(service, farewell) => leave(shop, chronicle, service, farewell).await,
        Fault::TransactionHeld(service) => hold_transaction(shop, chronicle, service).await,
    };
    match done {
        Ok(has_struck) => chronicle.count(fault, has_struck),
        Err(error) => chronicle.broken(format!("{fault:?} could not be done: {error}")),
    }
}

async fn kill(
    shop: &Shop,
    chronicle: &Chronicle,
    program: Program,
    pause: Duration,
) -> io::Result<bool> {
    let Ok(mut process) = shop.process(program).try_lock() else { return Ok(false) };
    if !process.kill().await? {
        return Ok(false);
    }
    chronicle.tell(format_args!("kill -9 of {program}, started again after {pause:?}"));
    sleep(pause).await;
    process.start()?;
    Ok(true)
}

/// A wire that carries nothing, and then does again.
async fn set(
    shop: &Shop,
    link: Link,
    wire: Wire,
    lasts: Duration,
    ending: Ending,
) -> io::Result<bool> {
    let proxy = shop.proxy(link);
    proxy.set(wire);
    sleep(lasts).await;
    if ending == Ending::Lost {
        proxy.set(Wire::Cut);
        sleep(BREAKING_LASTS).await;
    }
    proxy.set(Wire::Whole);
    Ok(true)
}

async fn pause_leader(
    shop: &Shop,
    chronicle: &Chronicle,
    service: ServiceName,
) -> io::Result<bool> {
    let Some(leader) = patiently(|| leader(shop, service)).await else { return Ok(false) };
    let Ok(process) = shop.process(leader).try_lock() else { return Ok(false) };
    if !process.signal(Signal::STOP)? {
        return Ok(false);
    }
    let lasts = 2 * RELAY_LEASE;
    chronicle.tell(format_args!("SIGSTOP of {leader}, which leads, for {lasts:?}"));
    sleep(lasts).await;
    process.signal(Signal::CONT)
}

/// Whoever leads the publishing of that service.
async fn leader(shop: &Shop, service: ServiceName) -> Option<Replica> {
    let client = shop.connect(&format!("shop_{service}")).await.ok()?;
    let sql = format!(
        "SELECT a.application_name
         FROM orderweaver.relay_lease r
         JOIN pg_locks l ON l.objid::bigint = r.epoch % (1::bigint << 31)
         JOIN pg_stat_activity a ON a.pid = l.pid
         WHERE l.locktype = 'advisory' AND l.classid::bigint = {ALIVE} AND l.objsubid = 2
           AND l.granted AND a.datname = current_database()"
    );
    let row = client.query_opt(&sql, &[]).await.ok()??;
    Replica::named(row.get(0))
}

async fn join(shop: &Shop, chronicle: &Chronicle, service: ServiceName) -> io::Result<bool> {
    let guest = Replica::guest(service);
    let Ok(mut process) = shop.process(guest).try_lock() else { return Ok(false) };
    if process.runs() {
        return Ok(false);
    }
    chronicle.tell(format_args!("{guest} joins"));
    process.start().map(|()| true)
}

async fn leave(
    shop: &Shop,
    chronicle: &Chronicle,
    service: ServiceName,
    farewell: Farewell,
) -> io::Result<bool> {
    let guest = Replica::guest(service);
    let Ok(mut process) = shop.process(guest).try_lock() else { return Ok(false) };
    if !process.runs() {
        return Ok(false);
    }
    match farewell {
        Farewell::Asked => {
            chronicle.tell(format_args!("{guest} is asked to leave"));
            process.end().await.map(|_| true)
        }
        Farewell::Killed => {
            chronicle.tell(format_args!("kill -9 of {guest}"));
            process.kill().await
        }
    }
}

/// Somebody reads everything as it was, and has an id, for a minute. Who publishes must go on.
async fn hold_transaction(
    shop: &Shop,
    chronicle: &Chronicle,
    service: ServiceName,
) -> io::Result<bool> {
    let Some(client) = patiently(|| begin(shop, service)).await else {
        return Ok(false);
    };
    chronicle.tell(format_args!("a transaction is held open on the database of {service}"));
    sleep(HELD / 2).await;
    let before = published(shop, service).await;
    sleep(HELD / 2).await;
    let after = published(shop, service).await;
    let held = client.batch_execute("SELECT 1; ROLLBACK").await;
    if let Err(error) = held {
        chronicle.tell(format_args!("the transaction was broken off: {error}"));
        return Ok(false);
    }
    match before.zip(after) {
        Some((before, after)) if after > before => {
            let count = after - before;
            chronicle.tell(format_args!("{service} published {count} in half a minute under it"));
        }
        counts => {
            let what = format!("{service} published nothing under a held transaction: {counts:?}");
            chronicle.broken(what);
        }
    }
    Ok(true)
}

async fn begin(shop: &Shop, service: ServiceName) -> Option<Client> {
    let client = shop.connect(&format!("shop_{service}")).await.ok()?;
    let sql = "BEGIN ISOLATION LEVEL REPEATABLE READ; CREATE TEMP TABLE held (id bigint);
               INSERT INTO held SELECT position FROM orderweaver.log LIMIT 1";
    client.batch_execute(sql).await.ok()?;
    Some(client)
}

/// How many events of a service stand on Kafka.
async fn published(shop: &Shop, service: ServiceName) -> Option<i64> {
    let topic = match service {
        ServiceName::Orchestrator => "sagas.events".into(),
        service => format!("{service}.events"),
    };
    patiently(|| {
        let (brokers, topic) = (shop.broker.place(), topic.clone());
        let count = spawn_blocking(move || kafka::count(&brokers, PREFIX, &topic));
        async { count.await.ok().and_then(Result::ok) }
    })
    .await
}

/// Tries until there is something.
async fn patiently<T, F: Future<Output = Option<T>>>(attempt: impl Fn() -> F) -> Option<T> {
    for _ in 0..RETRIES_MAX {
        if let Some(done) = attempt().await {
            return Some(done);
        }
        sleep(RETRY_PAUSE).await;
    }
    None
}
