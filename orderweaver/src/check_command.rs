//! `orderweaver check`: everything that a store keeps, held against what must be true of it.

use crate::check_report;
use crate::check_statement::statement;
use crate::cli::CheckArguments;
use crate::configuration::{Configuration, StoreAddress};
use crate::progress::bar;
use crate::serve::runtime;
use crate::stores::{self, check_of, databases, sqlite_to_read};
use ::cli::Globals;
use check::{DEAD_LETTERS_MAX, Finding, Part, Plan, Progress, Report};
use contracts::ServiceName;
use engine::{Damage, StoreError};
use indicatif::ProgressBar;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use store_sqlite::SqliteReader;
use terminal::{Exit, Failure, Interrupt, note};

/// How long `--settled` waits until nobody works on a store: a process that was asked to end takes
/// twenty seconds at most, and a server of PostgreSQL learns a little later that it has.
const REST_TIMEOUT: Duration = Duration::from_secs(25);
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// The bar on a terminal.
const BAR: &str = "{bar:32} {percent:>3}%  {human_pos} of {human_len} subjects, {per_sec}, {eta}";

/// Prints what is broken, by row, and counts on the last line.
pub fn run(
    arguments: &CheckArguments,
    configuration: &Configuration,
    globals: &Globals,
) -> Result<ExitCode, Failure> {
    let data = &configuration.data;
    match &configuration.store {
        StoreAddress::Folder => {
            let next = format!("ls -l {}, then orderweaver check --data FOLDER", data.display());
            let (is_deep, again) = (arguments.deep, check_of(configuration));
            checked(arguments, configuration, globals, &next, async |plan, interrupt| {
                let look = async || {
                    let reader = sqlite_to_read(data, &next)?;
                    Ok((reader.is_live(), reader))
                };
                let (is_live, reader) = looked(look, &plan, &again).await?;
                if is_deep && is_live {
                    let what = "--deep reads the whole file at one moment, and a process works on \
                                it: stop it";
                    return Err(Failure::usage(what, again).into());
                }
                whole(&reader, Plan { is_live, ..plan }, is_deep, &interrupt).await
            })
        }
        StoreAddress::Postgres(_) if arguments.deep => {
            let what = "--deep goes through the pages of a SQLite file; for PostgreSQL there is \
                        pg_amcheck";
            Err(Failure::usage(what, "pg_amcheck --help"))
        }
        StoreAddress::Postgres(url) => {
            let next = "orderweaver config explain";
            let again = check_of(configuration);
            checked(arguments, configuration, globals, next, async |plan, _| {
                all(url, plan, &again).await
            })
        }
    }
}

/// Why a store was not checked.
enum Unchecked {
    Refused(Failure),
    Store(StoreError),
}

impl From<Failure> for Unchecked {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

impl From<StoreError> for Unchecked {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Runs a check and prints what came of it.
fn checked(
    arguments: &CheckArguments,
    configuration: &Configuration,
    globals: &Globals,
    next_command: &str,
    check: impl AsyncFnOnce(Plan, Interrupt) -> Result<Report, Unchecked>,
) -> Result<ExitCode, Failure> {
    let statement = statement(configuration, next_command)?;
    let interrupt = Interrupt::listen()?;
    let bar = bar(globals.quiet, BAR);
    let shown = bar.clone();
    let plan = Plan {
        is_live: false,
        is_settled: arguments.settled,
        statement,
        is_stopped: interrupt.flag(),
        progress: Arc::new(move |it| show(&shown, it)),
    };
    let runtime = runtime()?;
    let checked = runtime.block_on(check(plan, interrupt));
    runtime.shutdown_background();
    bar.finish_and_clear();
    let report = checked.map_err(|unchecked| match unchecked {
        Unchecked::Refused(failure) => failure,
        Unchecked::Store(error) => Failure::failed(error, next_command),
    })?;
    tell(&report, arguments.settled, globals)
}

fn tell(report: &Report, is_settled: bool, globals: &Globals) -> Result<ExitCode, Failure> {
    check_report::print(report, globals)?;
    if !report.is_complete {
        note("It was stopped before it had seen everything.");
        return Ok(Exit::interrupted(report.counts != Default::default()).into());
    }
    if report.counts.under_way > 0 && !is_settled {
        let count = report.counts.under_way;
        note(format!(
            "{count} messages have left one service and not come to another. That is no fault \
             while orders are open: start the services, and once all are settled stop them and \
             check with --settled. What is under way then is lost."
        ));
    }
    if !report.is_summed {
        note(
            "A process works on this store, or it is a standby: sums over all orders were not \
             compared.",
        );
    }
    if !report.is_traced && report.backlog.dead_letters > DEAD_LETTERS_MAX as u64 {
        note(format!(
            "A database has more than {DEAD_LETTERS_MAX} dead letters: whether messages between \
             services have arrived was not looked at."
        ));
    }
    match report.findings.count {
        0 => Ok(ExitCode::SUCCESS),
        _ => Ok(ExitCode::FAILURE),
    }
}

/// Looks whether somebody works on a store, and what else there is to see. With `--settled`, until
/// nobody does or the check is stopped.
async fn looked<T>(
    look: impl AsyncFn() -> Result<(bool, T), Unchecked>,
    plan: &Plan,
    again: &str,
) -> Result<(bool, T), Unchecked> {
    let end = Instant::now() + REST_TIMEOUT;
    loop {
        let (is_live, seen) = look().await?;
        if !(is_live && plan.is_settled) || plan.is_stopped.load(Ordering::Relaxed) {
            return Ok((is_live, seen));
        }
        if Instant::now() > end {
            return Err(at_work(again).into());
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

fn at_work(again: &str) -> Failure {
    let what = format!(
        "--settled is about a shop at rest, and after {} s a process still works on this store, or \
         it is a standby: stop the shop",
        REST_TIMEOUT.as_secs()
    );
    Failure::failed(what, format!("{again} --settled"))
}

/// The rules and the file, both at once.
async fn whole(
    reader: &SqliteReader,
    plan: Plan,
    is_deep: bool,
    interrupt: &Interrupt,
) -> Result<Report, Unchecked> {
    let integrity = async {
        match is_deep {
            true => tokio::select! {
                damage = reader.integrity() => damage.map(|damage| (damage, true)),
                () = interrupt.asked() => Ok((vec![], false)),
            },
            false => Ok((vec![], true)),
        }
    };
    let parts = [Part { store: reader.clone(), services: ServiceName::ALL.into() }];
    let (mut report, damage, (integrity, is_complete)) =
        tokio::try_join!(check::run(&parts, plan), reader.damage(), integrity)?;
    report.is_complete &= is_complete;
    let damage = integrity.into_iter().chain(damage);
    Ok(with(report, damage))
}

/// The rules over all databases of a URL, and each of the databases.
async fn all(url: &str, plan: Plan, again: &str) -> Result<Report, Unchecked> {
    let (mut parts, mut is_live) = (vec![], false);
    for (url, services) in databases(url) {
        let store = stores::postgres_to_read(&url, &services).await?;
        let look = async || Ok((store.is_live().await?, ()));
        is_live |= looked(look, &plan, again).await?.0;
        parts.push(Part { store, services: services.into_iter().collect() });
    }
    let plan = Plan { is_live, ..plan };
    let damaged = async {
        let mut all = vec![];
        for part in &parts {
            let damage = part.store.damage().await?.into_iter();
            all.extend(damage.map(|it| Damage { row: part.row(&it.row), ..it }));
        }
        Ok(all)
    };
    let (report, damage) = tokio::try_join!(check::run(&parts, plan), damaged)?;
    Ok(with(report, damage.into_iter()))
}

fn with(mut report: Report, damage: impl Iterator<Item = Damage>) -> Report {
    let findings = &mut report.findings;
    let damage: Vec<Finding> = damage.map(|Damage { row, what }| Finding { row, what }).collect();
    findings.count += damage.len() as u64;
    findings.kept.splice(0..0, damage);
    report
}

fn show(bar: &ProgressBar, Progress { seen, left }: Progress) {
    bar.set_length(seen + left);
    bar.set_position(seen);
}
