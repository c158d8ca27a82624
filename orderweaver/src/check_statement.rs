//! The statement of the built-in provider, as the check reads it.

use crate::stores::books_path;
use check::{Done, Stated};
use payment_fake::Entry;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use terminal::Failure;

/// The statement of the books in a data folder, if there are any.
pub fn statement(
    data: &Path,
    next_command: &str,
) -> Result<Option<Arc<dyn check::Statement>>, Failure> {
    let books = books_path(data);
    if !books.is_file() {
        return Ok(None);
    }
    let opened = payment_fake::Statement::open(&books);
    let opened = opened.map_err(|error| Failure::failed(error, next_command))?;
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
