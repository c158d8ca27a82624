//! Four services, each a process of its own on a database of its own, with Kafka between them.
#![cfg(feature = "kafka")]

mod common;

use common::crowd::{Customers, kills};
use common::{Client, free_offset, orderweaver, spawn};
use servers::Database;
use std::process::Child;
use std::time::Duration;
use tempfile::TempDir;

const ROLES: [(&str, u16); 4] =
    [("orders", 8_001), ("payments", 8_002), ("inventory", 8_003), ("orchestrator", 8_004)];
const CLIENTS: usize = 24;
/// Orders acknowledged between two kills, at least.
const ACKNOWLEDGED_MIN: usize = 60;
const KILLS: usize = 4;
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
const LOOKS_MAX: usize = 3_000;

/// The processes; each is killed by its own pid in the end.
struct Apart {
    databases: Vec<Database>,
    data: TempDir,
    offset: u16,
    client: Client,
    processes: Vec<Child>,
}

impl Apart {
    async fn start() -> Self {
        let databases: Vec<_> = ROLES.iter().map(|_| Database::empty()).collect();
        let (data, offset) = (TempDir::new().expect("a folder"), free_offset());
        let client = Client::at_offset(offset);
        let mut apart = Self { databases, data, offset, client, processes: vec![] };
        for index in 0..ROLES.len() {
            let process = apart.process(index);
            apart.processes.push(process);
        }
        for index in 0..ROLES.len() {
            apart.until_ready(index).await;
        }
        apart
    }

    fn process(&self, index: usize) -> Child {
        let (role, _) = ROLES[index];
        let (store, offset) = (self.databases[index].url(), self.offset.to_string());
        let data = self.data.path().join(role).display().to_string();
        spawn(&[
            "serve",
            "--role",
            role,
            "--store",
            &store,
            "--bus",
            &format!("kafka://{}", servers::kafka()),
            "--bus-prefix",
            &format!("test-{}-{offset}.", std::process::id()),
            "--replica",
            "one",
            "--port-offset",
            &offset,
            "--data",
            &data,
        ])
    }

    async fn until_ready(&self, index: usize) {
        let (role, port) = ROLES[index];
        for _ in 0..LOOKS_MAX {
            if self.client.ready(port).await {
                return;
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
        panic!("{role} is not ready");
    }

    fn kill(&mut self, index: usize) {
        self.processes[index].kill().expect("it can be killed");
        self.processes[index].wait().expect("it has ended");
    }

    fn restart(&mut self, index: usize) {
        self.processes[index] = self.process(index);
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_any_of_the_services_is_killed() {
    let mut apart = Apart::start().await;
    apart.client.put_stock("tea", 1_000_000_000).await;
    apart.client.put_stock("scarce", 50).await;
    let customers = Customers::come(std::slice::from_ref(&apart.client), CLIENTS);
    for kill in 0..kills(KILLS) {
        customers.ordered(ACKNOWLEDGED_MIN).await;
        let victim = kill % ROLES.len();
        apart.kill(victim);
        apart.restart(victim);
    }
    let told = customers.go_home().await;
    for index in 0..ROLES.len() {
        apart.until_ready(index).await;
    }
    let mut good = 0;
    for (order_id, is_cancelled) in &told {
        let order = apart.client.settled(order_id).await;
        assert!(!is_cancelled || order["state"] == "cancelled", "{order_id} is {order}");
        good += usize::from(order["payment_status"] == "paid");
    }
    println!("{} acknowledged, {good} paid", told.len());
    assert!(good * 2 > told.len(), "a shop that compensates everything is no success");
    for (_, port) in ROLES {
        let metrics = apart.client.text(port, "/metrics").await;
        for waiting in ["orderweaver_dlq_messages", "orderweaver_parked_messages"] {
            assert!(metrics.contains(&format!("{waiting} 0")), "{port}: {waiting}");
        }
    }
}

#[test]
fn one_service_alone_is_refused_unless_somebody_means_it() {
    let database = Database::empty();
    let url = database.url();
    let cases: &[(&[&str], &str)] = &[
        (&[], "one service alone needs a bus to the others"),
        (&["--bus", "kafka://me:hunter2@host:9092"], "a user or password isn't supported"),
        (&["--bus", "amqp://host"], "is not allowed; allowed is none, or kafka://"),
        (&["--bus", "kafka://host:port"], "is no Kafka broker"),
    ];
    for (given, expected) in cases {
        let arguments = [&["serve", "--role", "payments", "--store", &url], *given].concat();
        let output = orderweaver(&arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(!said.contains("hunter2"), "{arguments:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bus_a_service_keeps_what_it_has_to_say_and_says_so() {
    let (database, data) = (Database::empty(), TempDir::new().unwrap());
    let offset = free_offset();
    let (url, at, folder) = (database.url(), offset.to_string(), data.path().display().to_string());
    let arguments = ["serve", "--role", "orders", "--store", &url, "--port-offset", &at];
    let arguments = [&arguments[..], &["--data", &folder, "--bus-disabled", "true"]].concat();
    let (mut process, client) = (spawn(&arguments), Client::at_offset(offset));
    let mut looks = 0;
    while !client.ready(8_001).await {
        tokio::time::sleep(LOOK_INTERVAL).await;
        looks += 1;
        assert!(looks < LOOKS_MAX, "it is not ready");
    }
    let order = r#"{"order_id":"o-1","user_id":"u","amount":5}"#;
    assert_eq!(client.post(8_001, "/orders", order).await.status, 201);
    let ready = client.get(8_001, "/ready").await.body;
    assert_eq!(ready["checks"]["broker"], "disabled: what is to be published is kept");
    assert_eq!(client.get(8_001, "/orders/o-1").await.body["state"], "pending");
    process.kill().expect("it can be killed");
    process.wait().expect("it has ended");
}
