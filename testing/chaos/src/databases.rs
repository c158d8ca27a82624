//! What stands in the logs of the four databases.

use crate::account::Account;
use crate::shop::ROLE;
use contracts::ServiceName;
use engine::{Backlog, LogPlace, LogRequest, Publishing, Queries};
use store_postgres::{PostgresStore, Settings, Time};
use terminal::Failure;

/// Messages that are read at once.
const MESSAGES_MAX: usize = 2_000;

/// Opens the database of that service to read it. The URL has the service as `{role}`.
///
/// # Errors
/// It can't be read.
pub async fn open(url: &str, service: ServiceName) -> Result<PostgresStore, Failure> {
    let hosting = hosting::of(&[service], Publishing::EventsAndCommands);
    let settings = Settings {
        url: url.replace(ROLE, service.as_str()),
        kinds: hosting.record_kinds().collect(),
        time: Time::Database,
    };
    PostgresStore::open_to_read(settings).await.map_err(unread)
}

/// What waits on each database.
///
/// # Errors
/// One can't be read.
pub async fn backlogs(url: &str) -> Result<Vec<(ServiceName, Backlog)>, Failure> {
    let mut backlogs = vec![];
    for service in ServiceName::ALL {
        let backlog = open(url, service).await?.backlog().await;
        backlogs.push((service, backlog.map_err(unread)?));
    }
    Ok(backlogs)
}

/// Reads the log of each service into the account.
///
/// # Errors
/// One can't be read.
pub async fn read(url: &str, account: &mut Account) -> Result<(), Failure> {
    for service in ServiceName::ALL {
        let store = open(url, service).await?;
        let mut after = LogPlace::BEGIN;
        loop {
            let request = LogRequest { about: None, after, messages_max: MESSAGES_MAX };
            let page = store.log(request).await.map_err(unread)?;
            if page.messages.is_empty() {
                break;
            }
            page.messages.iter().for_each(|it| account.log(service, &it.message));
            after = page.next;
        }
    }
    Ok(())
}

fn unread(error: impl std::fmt::Display) -> Failure {
    Failure::failed(error, "make chaos")
}
