//! A run: the shop, its customers, the schedule, and then peace until everything is settled.

use crate::account::Account;
use crate::chronicle::Chronicle;
use crate::customers::{Book, Customers, FEW, PLENTY};
use crate::databases;
use crate::http::Http;
use crate::kafka;
use crate::place::{Link, Program, Replica};
use crate::proxy::Wire;
use crate::schedule::{Event, schedule};
use crate::settled::{SETTLING_LASTS_MAX, Settled, Undone, settle};
use crate::shop::{LOOK_INTERVAL, PREFIX, Shop};
use crate::strike::strike;
use crate::verdict::{Seen, Verdict};
use contracts::ServiceName;
use hyper::Method;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use terminal::{Failure, Interrupt};
use tokio::process::Command;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};

/// Until a process is ready.
const READY_WAIT_MAX: Duration = Duration::from_secs(120);
/// Until nothing waits any more, after all acknowledged orders are settled: one that was taken
/// without an answer may still be on its way.
const REST_WAIT_MAX: Duration = SETTLING_LASTS_MAX;
/// How the server ends that finds no database when it starts; its supervisor tries again.
const NOT_STARTED: i32 = 2;
/// Before a process that has ended by itself is started again.
const RESTART_PAUSE: Duration = Duration::from_millis(500);
/// Between two words on how far it is.
const TELLING_INTERVAL: Duration = Duration::from_secs(30);
/// Lines of a check that are told.
const LINES_MAX: usize = 20;

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Decides what goes wrong when.
    pub seed: u64,
    /// For how long things go wrong.
    pub length: Duration,
    /// The binary.
    pub program: PathBuf,
    /// For logs and data.
    pub folder: PathBuf,
}

/// Runs it. Nothing: it was interrupted.
///
/// # Errors
/// It could not be run to its end.
pub async fn run(plan: &Plan, interrupt: &Interrupt) -> Result<Option<Verdict>, Failure> {
    let chronicle = Arc::new(Chronicle::begin());
    chronicle.tell("PostgreSQL, Kafka and four services start");
    let shop = Arc::new(Shop::open(&plan.program, &plan.folder).await?);
    let run = Run { plan, shop: shop.clone(), chronicle };
    let done = tokio::select! {
        done = run.to_its_end() => done.map(Some),
        () = interrupt.asked() => Ok(None),
    };
    if !matches!(&done, Ok(Some(verdict)) if verdict.is_good()) {
        keep_logs(&shop);
    }
    shop.close().await;
    done
}

/// Those of the servers, whose folders go with them.
fn keep_logs(shop: &Shop) {
    for (server, name) in [(&shop.database, "postgres.log"), (&shop.broker, "kafka.log")] {
        let _ = fs::copy(server.log(), shop.folder.join(name)); // there may be none
    }
}

struct Run<'a> {
    plan: &'a Plan,
    shop: Arc<Shop>,
    chronicle: Arc<Chronicle>,
}

impl Run<'_> {
    async fn to_its_end(&self) -> Result<Verdict, Failure> {
        let supervising = self.spawn_supervisor();
        self.until_ready().await?;
        self.put_stock().await?;
        let customers = Customers::come(self.plan.seed, self.shop.entrances(), &self.chronicle);
        self.suffer(&customers).await;
        self.chronicle.tell("peace");
        self.make_peace().await?;
        let book = customers.go_home().await;
        self.chronicle.tell(format_args!("{} orders were acknowledged", book.len()));
        let settled = self.settle(&book).await;
        self.write_undone(&settled.undone)?;
        let resting = timeout(REST_WAIT_MAX, self.until_rest()).await;
        let backlogs = databases::backlogs(&self.shop.databases()).await?;
        if resting.is_err() {
            self.chronicle.broken(format!("something still waits: {backlogs:?}"));
        }
        supervising.abort();
        self.shop.close().await;
        self.chronicle.tell("the logs and Kafka are read");
        let (balance, unreadable) = self.balance().await?;
        let check = self.check().await?;
        self.look_for_panics();
        Ok(Verdict::of(Seen {
            counts: self.chronicle.counts(),
            settled,
            balance,
            unreadable,
            dead_letters: backlogs.iter().map(|(_, it)| it.dead_letters + it.parked).sum(),
            check,
            broken: self.chronicle.all_broken(),
        }))
    }

    /// Starts again who has ended by itself. At the start it may: the database may be away.
    fn spawn_supervisor(&self) -> tokio::task::JoinHandle<()> {
        let (shop, chronicle) = (self.shop.clone(), self.chronicle.clone());
        tokio::spawn(async move {
            loop {
                sleep(LOOK_INTERVAL).await;
                for program in Program::all() {
                    let Ok(mut process) = shop.process(program).try_lock() else { continue };
                    let Ok(Some(status)) = process.ended_by_itself() else { continue };
                    if status.code() != Some(NOT_STARTED) {
                        chronicle.broken(format!("{program} has ended by itself: {status}"));
                    }
                    sleep(RESTART_PAUSE).await;
                    if let Err(error) = process.start() {
                        chronicle.broken(format!("{program} can't be started again: {error}"));
                    }
                }
            }
        })
    }

    async fn until_ready(&self) -> Result<(), Failure> {
        let http = Http::default();
        for replica in Replica::residents() {
            let ready = async {
                let port = self.shop.port(replica);
                while http.get(port, "/ready").await.is_none_or(|it| it.status != 200) {
                    sleep(LOOK_INTERVAL).await;
                }
            };
            if timeout(READY_WAIT_MAX, ready).await.is_err() {
                let what = format!("{replica} is not ready after {READY_WAIT_MAX:?}");
                return Err(Failure::failed(what, "make chaos"));
            }
        }
        Ok(())
    }

    async fn put_stock(&self) -> Result<(), Failure> {
        let inventory = Replica::residents().into_iter();
        let inventory = inventory.filter(|it| it.service == ServiceName::Inventory);
        for (replica, (sku, on_hand)) in inventory.zip([PLENTY, FEW]) {
            let (path, body) = (format!("/stock/{sku}"), format!("{{\"on_hand\":{on_hand}}}"));
            let port = self.shop.port(replica);
            let answer = Http::default().call(port, Method::PUT, &path, "", &body).await;
            if answer.as_ref().is_none_or(|it| it.status != 200) {
                let what = format!("there is no stock of {sku}: {answer:?}");
                return Err(Failure::failed(what, "make chaos"));
            }
        }
        Ok(())
    }

    /// Everything that the schedule says, at its time.
    async fn suffer(&self, customers: &Customers) {
        let mut striking = JoinSet::new();
        let begun = tokio::time::Instant::now();
        let events = schedule(self.plan.seed, self.plan.length);
        self.chronicle.tell(format_args!("{} faults are to come", events.len()));
        let mut told = Duration::ZERO;
        for Event { at, fault } in events {
            tokio::time::sleep_until(begun + at).await;
            let (shop, chronicle) = (self.shop.clone(), self.chronicle.clone());
            striking.spawn(async move { strike(&shop, &chronicle, fault).await });
            if at >= told + TELLING_INTERVAL {
                told = at;
                let count = customers.acknowledged();
                self.chronicle.tell(format_args!("{count} orders were acknowledged"));
            }
        }
        tokio::time::sleep_until(begun + self.plan.length).await;
        while striking.join_next().await.is_some() {}
    }

    /// All wires are whole, guests go, everybody else works.
    async fn make_peace(&self) -> Result<(), Failure> {
        for link in Link::all() {
            self.shop.proxy(link).set(Wire::Whole);
        }
        for service in ServiceName::ALL {
            let guest = self.shop.process(Replica::guest(service));
            let ended = guest.lock().await.end().await;
            ended.map_err(|error| Failure::failed(error, "make chaos"))?;
        }
        self.shop.start_residents().await?;
        self.until_ready().await
    }

    async fn settle(&self, book: &Book) -> Settled {
        let orders = Replica::residents().into_iter();
        let orders = orders.filter(|it| it.service == ServiceName::Orders);
        let ports: Vec<u16> = orders.map(|it| self.shop.port(it)).collect();
        settle(book, &ports, &self.chronicle).await
    }

    /// For whoever wants to know what went on when they were undone.
    fn write_undone(&self, undone: &[Undone]) -> Result<(), Failure> {
        let path = self.plan.folder.join("undone.tsv");
        let lines: String = undone.iter().map(|it| format!("{it}\n")).collect();
        let written = fs::write(&path, lines);
        written.map_err(|error| Failure::failed(format!("{}: {error}", path.display()), "df"))
    }

    /// Until no database has anything that waits.
    async fn until_rest(&self) {
        loop {
            let backlogs = databases::backlogs(&self.shop.databases()).await;
            let rests = |backlogs: &Vec<(ServiceName, engine::Backlog)>| {
                backlogs.iter().all(|(_, it)| it.is_settled() && it.effects == 0 && it.timers == 0)
            };
            if backlogs.is_ok_and(|backlogs| rests(&backlogs)) {
                return;
            }
            sleep(LOOK_INTERVAL).await;
        }
    }

    async fn balance(&self) -> Result<(crate::account::Balance, u64), Failure> {
        let mut account = Account::default();
        databases::read(&self.shop.databases(), &mut account).await?;
        let brokers = self.shop.broker.place();
        let read = spawn_blocking(move || {
            let unreadable = kafka::read(&brokers, PREFIX, &mut account);
            unreadable.map(|unreadable| (account.close(&hosting::routing()), unreadable))
        });
        let failed = |error: &dyn std::fmt::Display| Failure::failed(error, "make chaos");
        read.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
    }

    /// What `orderweaver check` finds in the databases, where everything must have come to its end;
    /// nothing if all is well.
    async fn check(&self) -> Result<Vec<String>, Failure> {
        let (store, data) = (self.shop.databases(), self.shop.data().display().to_string());
        let mut command = Command::new(&self.plan.program);
        command.args(["check", "--settled", "--store", &store, "--data", &data]);
        command.env_remove("DATABASE_URL").env_remove("KAFKA_BROKERS");
        let output = command.output().await;
        let output = output.map_err(|error| Failure::failed(error, "make chaos"))?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        let last = said.lines().last().unwrap_or_default();
        self.chronicle.tell(format_args!("check: {last}"));
        match output.status.success() {
            true => Ok(vec![]),
            false => Ok(said.lines().take(LINES_MAX).map(Into::into).collect()),
        }
    }

    /// A process that has panicked may have gone on.
    fn look_for_panics(&self) {
        for program in Program::all() {
            let log = fs::read(self.shop.log(program)).unwrap_or_default();
            let log = String::from_utf8_lossy(&log);
            if let Some(line) = log.lines().find(|line| line.contains("panicked")) {
                self.chronicle.broken(format!("{program}: {line}"));
            }
        }
    }
}
