//! Who is alive. A process holds an advisory lock for each of its epochs on a connection that does
//! nothing else; when it dies the server sees the connection end and frees the locks at once, so
//! what it had claimed needn't wait for the end of a lease. That is for those who stand still.

use crate::connect::{Place, connect};
use crate::error::{OpenError, pool_error};
use engine::StoreError;
use std::mem::take;
use tokio::sync::Mutex;
use tokio_postgres::Client;

/// What the locks of epochs have in common: the letters `OWE`.
const CLASS: i32 = 0x4F_5745;

/// How many different locks there are.
pub(crate) const LOCKS: i64 = 1 << 31;

/// The locks of the epochs that are alive, as a subquery.
pub(crate) fn alive() -> String {
    format!(
        "(SELECT objid::bigint FROM pg_locks
          WHERE locktype = 'advisory' AND classid::bigint = {CLASS} AND objsubid = 2 AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    )
}

/// An epoch as the number of its lock.
fn lock_of(epoch: i64) -> i32 {
    i32::try_from(epoch % LOCKS).unwrap_or(i32::MAX)
}

/// The epochs of this process, and the connection that holds their locks.
pub(crate) struct Presence {
    place: Place,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    client: Option<Client>,
    epochs: Vec<i64>,
    /// How many of the epochs have their lock on this connection.
    locked: usize,
}

impl Presence {
    pub fn new(place: Place) -> Self {
        Self { place, held: Mutex::default() }
    }

    /// From now on the epoch is alive, for as long as this process.
    pub async fn begin(&self, epoch: i64) -> Result<(), StoreError> {
        self.held.lock().await.epochs.push(epoch);
        self.keep().await
    }

    /// Takes the locks anew if the connection was lost. Whoever took them for dead meanwhile has
    /// claimed what they had; it is done twice, and counts once.
    pub async fn keep(&self) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        if held.client.as_ref().is_none_or(Client::is_closed) {
            let client = connect(&self.place).await;
            let away = |error: OpenError| StoreError::Unavailable(error.to_string());
            *held = Held { client: Some(client.map_err(away)?), locked: 0, ..take(&mut *held) };
        }
        let Held { client: Some(client), epochs, locked } = &mut *held else { return Ok(()) };
        let mut answer = Ok(Ok(0));
        for epoch in &epochs[*locked..] {
            let (sql, lock) = ("SELECT pg_advisory_lock_shared($1, $2)", lock_of(*epoch));
            answer = self.place.heard(client.execute(sql, &[&CLASS, &lock])).await;
            if !matches!(answer, Ok(Ok(_))) {
                break;
            }
            *locked += 1;
        }
        if answer.is_err() {
            held.client = None; // it may never speak again
        }
        answer?.map(|_| ()).map_err(|error| pool_error(error.into()))
    }
}
