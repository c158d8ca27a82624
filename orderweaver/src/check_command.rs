//! `orderweaver check`: everything that a store keeps, held against what must be true of it.

use crate::failure::Failure;
use crate::output::line;
use crate::process::{books_path, store_path};
use crate::serve::runtime;
use crate::wiring::all_services;
use check::{Plan, Stated};
use payment_fake::Entry;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use store_sqlite::SqliteReader;

/// Findings that are printed; the last line counts them all.
const PRINTED_MAX: usize = 100;

/// Prints what is broken, by row, and counts on the last line.
pub fn run(data: &Path) -> Result<ExitCode, Failure> {
    let failed = |error: String| Failure::new(error, next_command(data));
    let kinds = all_services().record_kinds().collect();
    let reader = SqliteReader::open(&store_path(data), kinds);
    let reader = reader.map_err(|error| failed(error.to_string()))?;
    let books = books_path(data);
    let statement = books.is_file().then(|| payment_fake::Statement::open(&books)).transpose();
    let statement = statement.map_err(|error| failed(error.to_string()))?.map(Statement);
    let is_live = reader.is_live();
    let plan = Plan {
        is_live,
        statement: statement.as_ref().map(|it| it as &dyn check::Statement),
        progress: &progress,
    };
    let report = runtime()?.block_on(async {
        let damage = reader.damage().await?;
        check::run(&reader, plan).await.map(|report| (damage, report))
    });
    progress_ends();
    let (damage, report) = report.map_err(|error| failed(error.to_string()))?;
    damage.iter().for_each(line);
    for finding in report.findings.0.iter().take(PRINTED_MAX) {
        line(finding);
    }
    let unprinted = report.findings.0.len().saturating_sub(PRINTED_MAX);
    if unprinted > 0 {
        line(format_args!("... and {unprinted} more"));
    }
    if is_live {
        eprintln!("A process works on this store: sums over all orders were not compared.");
    }
    line(&report);
    match damage.is_empty() && report.findings.0.is_empty() {
        true => Ok(ExitCode::SUCCESS),
        false => Ok(ExitCode::FAILURE),
    }
}

fn next_command(data: &Path) -> String {
    format!("ls -l {}, then orderweaver check --data FOLDER", data.display())
}

fn progress(subjects: u64) {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        // Nobody needs to hear of a terminal that is gone.
        let _ = write!(terminal, "\r{subjects} subjects");
    }
}

fn progress_ends() {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        let _ = write!(terminal, "\r\x1b[K");
    }
}

/// The built-in provider's statement, as the check reads it.
struct Statement(payment_fake::Statement);

fn stated(operation_id: String, entry: Entry) -> Stated {
    Stated {
        operation_id,
        order_id: entry.order_id,
        amount: entry.amount.minor_units(),
        succeeded: entry.decided.map(|decided| decided.is_ok()),
    }
}

impl check::Statement for Statement {
    fn operation(&self, operation_id: &str) -> Result<Option<Stated>, String> {
        let entry = self.0.operation(operation_id).map_err(|error| error.to_string())?;
        Ok(entry.map(|entry| stated(operation_id.into(), entry)))
    }

    fn succeeded(&self) -> Result<u64, String> {
        self.0.succeeded().map_err(|error| error.to_string())
    }

    fn page(&self, after: &str, rows_max: usize) -> Result<Vec<Stated>, String> {
        let page = self.0.page(after, rows_max).map_err(|error| error.to_string())?;
        Ok(page.into_iter().map(|(id, entry)| stated(id, entry)).collect())
    }
}
