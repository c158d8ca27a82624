//! `orderweaver check`: everything that a store keeps, held against what must be true of it.

use crate::check_report;
use crate::cli::CheckArguments;
use crate::process::{books_path, store_path};
use crate::serve::runtime;
use ::cli::Globals;
use check::{Done, Finding, Plan, Progress, Report, Stated};
use engine::StoreError;
use indicatif::{ProgressBar, ProgressStyle};
use payment_fake::Entry;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use store_sqlite::{Damage, OpenError, SqliteReader};
use terminal::{Exit, Failure, Interrupt, note};

/// The bar on a terminal.
const BAR: &str = "{bar:32} {percent:>3}%  {human_pos} of {human_len} subjects, {per_sec}, {eta}";

/// Prints what is broken, by row, and counts on the last line.
pub fn run(
    arguments: &CheckArguments,
    data: &Path,
    globals: &Globals,
) -> Result<ExitCode, Failure> {
    let failed = |error: String| Failure::failed(error, next_command(data));
    let reader = open(data)?;
    if arguments.deep && reader.is_live() {
        let what = "--deep reads the whole file at one moment, and a process works on it: stop it";
        let next = format!("orderweaver check --data {}", data.display());
        return Err(Failure::usage(what, next));
    }
    let statement = statement(data)?;
    let interrupt = Interrupt::listen()?;
    let bar = bar(globals.quiet);
    let runtime = runtime()?;
    let checked = runtime.block_on(async {
        let plan = Plan {
            is_live: reader.is_live(),
            statement,
            is_stopped: interrupt.flag(),
            progress: Arc::new({
                let bar = bar.clone();
                move |it| show(&bar, it)
            }),
        };
        whole(&reader, plan, arguments.deep, &interrupt).await
    });
    runtime.shutdown_background();
    bar.finish_and_clear();
    let report = checked.map_err(|error| failed(error.to_string()))?;
    check_report::print(&report, globals)?;
    if !report.is_complete {
        note("It was stopped before it had seen everything.");
        return Ok(Exit::interrupted(report.counts != Default::default()).into());
    }
    if !report.is_summed {
        note("A process works on this store: sums over all orders were not compared.");
    }
    match report.findings.count {
        0 => Ok(ExitCode::SUCCESS),
        _ => Ok(ExitCode::FAILURE),
    }
}

fn next_command(data: &Path) -> String {
    format!("ls -l {}, then orderweaver check --data FOLDER", data.display())
}

fn open(data: &Path) -> Result<SqliteReader, Failure> {
    let kinds = hosting::together().record_kinds().collect();
    SqliteReader::open(&store_path(data), kinds).map_err(|error| match error {
        OpenError::Missing(_) => Failure::not_found(error, next_command(data)),
        _ => Failure::failed(error, next_command(data)),
    })
}

/// The rules and the file, both at once.
async fn whole(
    reader: &SqliteReader,
    plan: Plan,
    is_deep: bool,
    interrupt: &Interrupt,
) -> Result<Report, StoreError> {
    let integrity = async {
        match is_deep {
            true => tokio::select! {
                damage = reader.integrity() => damage.map(|damage| (damage, true)),
                () = interrupt.asked() => Ok((vec![], false)),
            },
            false => Ok((vec![], true)),
        }
    };
    let (mut report, damage, (integrity, is_complete)) =
        tokio::try_join!(check::run(reader, plan), reader.damage(), integrity)?;
    report.is_complete &= is_complete;
    let damage = integrity.into_iter().chain(damage);
    Ok(with(report, damage))
}

fn with(mut report: Report, damage: impl Iterator<Item = Damage>) -> Report {
    let findings = &mut report.findings;
    let damage: Vec<Finding> = damage.map(|Damage { row, what }| Finding { row, what }).collect();
    findings.count += damage.len() as u64;
    findings.kept.splice(0..0, damage);
    report
}

/// Hidden where standard error is no terminal.
fn bar(is_quiet: bool) -> ProgressBar {
    let bar = if is_quiet { ProgressBar::hidden() } else { ProgressBar::no_length() };
    match ProgressStyle::with_template(BAR) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn show(bar: &ProgressBar, Progress { seen, left }: Progress) {
    bar.set_length(seen + left);
    bar.set_position(seen);
}

fn statement(data: &Path) -> Result<Option<Arc<dyn check::Statement>>, Failure> {
    let books = books_path(data);
    if !books.is_file() {
        return Ok(None);
    }
    let opened = payment_fake::Statement::open(&books);
    let opened = opened.map_err(|error| Failure::failed(error, next_command(data)))?;
    Ok(Some(Arc::new(Statement { books, idle: Mutex::new(vec![opened]) })))
}

/// The built-in provider's statement, as the check reads it: as many readers as ask at once.
struct Statement {
    books: PathBuf,
    idle: Mutex<Vec<payment_fake::Statement>>,
}

impl Statement {
    fn ask<T>(
        &self,
        question: impl FnOnce(&payment_fake::Statement) -> Result<T, payment_fake::BooksError>,
    ) -> Result<T, String> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let pooled = idle().pop();
        let opened = pooled.map_or_else(|| payment_fake::Statement::open(&self.books), Ok);
        let answered = opened.and_then(|books| {
            let answer = question(&books);
            idle().push(books);
            answer
        });
        answered.map_err(|error| error.to_string())
    }
}

impl check::Statement for Statement {
    fn done(&self, operation_ids: &[&str]) -> Result<Vec<Option<Done>>, String> {
        let done = self.ask(|books| books.done(operation_ids))?;
        let done = done.into_iter().map(|entry| {
            entry.map(|Entry { order_id, kind, amount, .. }| Done { order_id, kind, amount })
        });
        Ok(done.collect())
    }

    fn succeeded(&self) -> Result<u64, String> {
        self.ask(payment_fake::Statement::succeeded)
    }

    fn page(&self, after: &str, rows_max: usize) -> Result<Vec<Stated>, String> {
        let page = self.ask(|books| books.page(after, rows_max))?;
        let stated = |(operation_id, order_id)| Stated { operation_id, order_id };
        Ok(page.into_iter().map(stated).collect())
    }
}
