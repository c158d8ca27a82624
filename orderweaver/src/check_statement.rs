//! The payment provider's statement, as the check reads it.

use crate::configuration::{Configuration, ProviderAddress};
use crate::stores::books_path;
use check::{Done, Stated, Statement};
use payment_fake::Entry;
use payment_http::HttpStatement;
use std::collections::BTreeMap;
use std::sync::Arc;
use terminal::Failure;

/// That of the provider, where it is a server; else that of the books in the data folder, if there
/// are any.
pub fn statement(
    configuration: &Configuration,
    next_command: &str,
) -> Result<Option<Arc<dyn Statement>>, Failure> {
    match &configuration.provider {
        ProviderAddress::Elsewhere(address) => {
            let next = format!("curl {address}/health");
            let opened = HttpStatement::open(address.clone());
            let opened = opened.map_err(|error| Failure::unreachable(error, next))?;
            Ok(Some(Arc::new(Elsewhere(opened))))
        }
        ProviderAddress::Inside => {
            let books = books_path(&configuration.data);
            if !books.is_file() {
                return Ok(None);
            }
            let opened = payment_fake::Statement::open(&books);
            let opened = opened.map_err(|error| Failure::failed(error, next_command))?;
            Ok(Some(Arc::new(Inside(opened))))
        }
    }
}

/// The books of the built-in provider.
struct Inside(payment_fake::Statement);

impl Statement for Inside {
    fn done(&self, operation_ids: &[&str]) -> Result<Vec<Option<Done>>, String> {
        let done = self.0.done(operation_ids).map_err(|error| error.to_string())?;
        let done = done.into_iter().map(|entry| {
            entry.map(|Entry { order_id, kind, amount, .. }| Done { order_id, kind, amount })
        });
        Ok(done.collect())
    }

    fn succeeded(&self) -> Result<u64, String> {
        self.0.succeeded().map_err(|error| error.to_string())
    }

    fn page(&self, after: &str, rows_max: usize) -> Result<Vec<Stated>, String> {
        let page = self.0.page(after, rows_max).map_err(|error| error.to_string())?;
        let stated = |(operation_id, entry): (String, Entry)| Stated {
            operation_id,
            order_id: entry.order_id,
        };
        Ok(page.into_iter().map(stated).collect())
    }
}

/// What a provider elsewhere says.
struct Elsewhere(HttpStatement);

impl Statement for Elsewhere {
    fn done(&self, operation_ids: &[&str]) -> Result<Vec<Option<Done>>, String> {
        let found = self.0.search(operation_ids)?;
        let done = found.into_iter().map(|entry| {
            let kind = entry.kind();
            let payment_http::Entry { operation_id, order_id, amount, .. } = entry;
            (operation_id, Done { order_id, kind, amount })
        });
        let done: BTreeMap<String, Done> = done.collect();
        Ok(operation_ids.iter().map(|id| done.get(*id).cloned()).collect())
    }

    fn succeeded(&self) -> Result<u64, String> {
        self.0.succeeded()
    }

    fn page(&self, after: &str, rows_max: usize) -> Result<Vec<Stated>, String> {
        let page = self.0.page(after, rows_max)?;
        let stated = |entry: payment_http::Entry| Stated {
            operation_id: entry.operation_id,
            order_id: entry.order_id,
        };
        Ok(page.operations.into_iter().map(stated).collect())
    }
}
