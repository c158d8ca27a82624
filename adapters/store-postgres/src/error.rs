//! What an error of PostgreSQL means for a round, and for somebody who opens a store.

use deadpool_postgres::PoolError;
use engine::StoreError;
use std::error::Error as _;
use std::fmt;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

/// Why a transaction came to nothing.
#[derive(Debug)]
pub(crate) enum Broken {
    /// Somebody else changed what it rests on, or the database asks for another try: it is decided
    /// again.
    Conflict,
    /// The store says so.
    Store(StoreError),
}

pub(crate) type Outcome<T> = Result<T, Broken>;

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        match error.code() {
            Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED) => {
                Self::Conflict
            }
            _ => Self::Store(store_error(&error)),
        }
    }
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Broken> for StoreError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Conflict => Self::Unavailable("too many write to the database at once".into()),
            Broken::Store(error) => error,
        }
    }
}

/// What must happen next decides which it is.
pub(crate) fn store_error(error: &Error) -> StoreError {
    let text = told(error);
    let Some(code) = error.code() else {
        // Without a code it didn't come from the server: the connection is broken, or a value
        // could not be taken apart on its way in or out.
        return if error.is_closed() || error.source().is_some_and(|it| it.is::<std::io::Error>()) {
            StoreError::Unavailable(text)
        } else if text.contains("deserializing") {
            StoreError::Fatal(text)
        } else if text.contains("serializing") {
            StoreError::Rejected(text)
        } else {
            StoreError::Unavailable(text)
        };
    };
    // Values: data exceptions, constraints, limits. Rights and tables: nothing that passes by
    // itself. The rest is the server's state, and passes.
    match &code.code()[..2] {
        // Of the engine's own tables: no message is to blame, and none must be buried for it.
        "23" if error.as_db_error().and_then(DbError::schema) == Some("orderweaver") => {
            StoreError::Fatal(format!("the engine's tables are not as they were written: {text}"))
        }
        "22" | "23" | "54" => StoreError::Rejected(text),
        "28" | "3D" | "3F" | "42" | "XX" => StoreError::Fatal(text),
        "53" if *code == SqlState::DISK_FULL => StoreError::StorageFull(text),
        _ => StoreError::Unavailable(text),
    }
}

pub(crate) fn pool_error(error: PoolError) -> StoreError {
    match error {
        PoolError::Backend(error) => match OpenError::of_server(&error) {
            Some(wrong) => StoreError::Unavailable(wrong.to_string()),
            None => store_error(&error),
        },
        PoolError::Timeout(_) => StoreError::Unavailable(
            "no connection to the database became free in time: it is slow or overloaded".into(),
        ),
        PoolError::Closed => StoreError::Unavailable("the store is being closed".into()),
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// What the server said, without the values it said it about.
pub(crate) fn told(error: &Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} ({})", said.message(), said.code().code()),
        None => {
            let cause = error.source().map(|cause| format!(": {cause}"));
            format!("{error}{}", cause.unwrap_or_default())
        }
    }
}

/// Why a database can't be opened as a store. The sentences are shown to users and end with a
/// remedy; no password is in them.
#[derive(Debug)]
pub enum OpenError {
    /// The URL can't be read.
    Url(String),
    /// Nobody answers there.
    Unreachable {
        /// Host, port and database.
        place: String,
        /// What the system says.
        what: String,
    },
    /// The server can't take us now.
    Busy {
        /// Host, port and database.
        place: String,
        /// What it says.
        what: String,
    },
    /// No connection comes about that is encrypted, or trusted, as the URL asks.
    Insecure {
        /// Host, port and database.
        place: String,
        /// Why.
        what: String,
    },
    /// The server doesn't let us in.
    Refused {
        /// Host, port and database.
        place: String,
        /// What it says.
        what: String,
    },
    /// It is a standby: what is read there may be old.
    ReadOnly(String),
    /// The server is too old.
    TooOld {
        /// Host, port and database.
        place: String,
        /// What it is.
        found: String,
    },
    /// Its tables are those of other services.
    OfOthers {
        /// Host, port and database.
        place: String,
        /// Whose they are.
        theirs: String,
        /// Who wants to use it.
        ours: String,
    },
    /// It has tables that are not those of a shop, under names that a shop uses.
    Occupied {
        /// Host, port and database.
        place: String,
        /// What the server says.
        what: String,
    },
    /// A shop is being moved to it, or was until something broke that off.
    Unfinished {
        /// Host, port and database.
        place: String,
        /// Where the shop comes from.
        from: String,
    },
    /// A shop is to be moved to it, and there is one.
    NotEmpty {
        /// Host, port and database.
        place: String,
        /// Of the tables that have rows, the first.
        table: String,
    },
    /// A process works on it.
    AtWork(String),
    /// It was written by a newer version.
    Newer {
        /// Host, port and database.
        place: String,
        /// Whose tables.
        owner: String,
        /// Their version.
        found: i32,
        /// The version that this program knows.
        known: i32,
    },
    /// Its tables are older than this program, and we may not change them, or shall not.
    Older {
        /// Host, port and database.
        place: String,
        /// Which, or what the server says.
        what: String,
    },
    /// The user may not do what has to be done.
    Rights {
        /// Host, port and database.
        place: String,
        /// The statements that allow it.
        grants: Vec<String>,
    },
    /// There is no store.
    Missing(String),
    /// The server says no.
    Postgres {
        /// Host, port and database.
        place: String,
        /// What it says.
        what: String,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::Url(what) => {
                format!("{what}: write it like postgres://user:password@host:5432/database")
            }
            Self::Unreachable { place, what } => format!(
                "nobody answers at {place}: {what}: start PostgreSQL there, or correct --store"
            ),
            Self::Insecure { place, what } => format!(
                "{place} can't be spoken to as sslmode asks: {what}: correct sslmode or \
                 sslrootcert of --store"
            ),
            Self::Busy { place, what } => format!(
                "{place} can't take us now: {what}: try again, or see what holds the server up"
            ),
            Self::Refused { place, what } => format!(
                "{place} doesn't let us in: {what}: correct user, password or database of --store"
            ),
            Self::ReadOnly(place) => format!(
                "{place} is a standby, which can't be written: name the primary with --store"
            ),
            Self::TooOld { place, found } => {
                format!("{place} is PostgreSQL {found}: use version {SERVER_MIN} or later")
            }
            Self::OfOthers { place, theirs, ours } => format!(
                "{place} belongs to {theirs}, not to {ours}: give each role a database of its own, \
                 for example with {{role}} in --store"
            ),
            Self::Occupied { place, what } => format!(
                "{place} is used by another program ({what}): give the shop a database of its own"
            ),
            Self::Unfinished { place, from } => format!(
                "the move of the shop in {from} to {place} was not finished: repeat it, with \
                 `orderweaver move`; it begins anew"
            ),
            Self::NotEmpty { place, table } => format!(
                "{place}: {table} is not empty, and a shop is moved to an empty database only: \
                 make a new one"
            ),
            Self::AtWork(place) => {
                format!("a process works on {place}: stop it")
            }
            Self::Newer { place, owner, found, known } => format!(
                "{place} was written by a newer version (the tables of {owner} have version \
                 {found}, this program knows {known}): upgrade orderweaver"
            ),
            Self::Older { place, what } => format!(
                "the tables in {place} are not up to date ({what}): run `orderweaver migrate up` \
                 as a user that may change them"
            ),
            Self::Rights { place, grants } => format!(
                "{place} doesn't allow all that has to be done: run there, as the owner of its \
                 tables: {};",
                grants.join("; ")
            ),
            Self::Missing(place) => format!(
                "there is no store in {place}: run `orderweaver migrate up`, or correct --store"
            ),
            Self::Postgres { place, what } => {
                format!("{place} can't be opened: {what}: correct --store")
            }
        };
        formatter.write_str(&sentence)
    }
}

impl std::error::Error for OpenError {}

/// The oldest major version that is tested.
pub(crate) const SERVER_MIN: i32 = 15;

impl OpenError {
    /// What keeps everybody out, whatever they ask for.
    fn of_server(error: &Error) -> Option<Self> {
        let (code, place) = (error.code()?.code(), "the database".to_string());
        let is_refused = code.starts_with("28") || code.starts_with("3D") || code == "42501";
        is_refused.then(|| Self::Refused { place, what: told(error) })
    }

    pub(crate) fn from_postgres(place: &str, error: &Error) -> Self {
        let (place, what) = (place.to_string(), told(error));
        match error.code().map(|code| &code.code()[..2]) {
            Some("28" | "3D") => Self::Refused { place, what },
            Some("53" | "55" | "57") => Self::Busy { place, what },
            Some(_) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                Self::Older { place, what }
            }
            Some(_) if error.code().is_some_and(is_duplicate) => Self::Occupied { place, what },
            Some(_) => Self::Postgres { place, what },
            None if what.contains("does not allow writes") => Self::ReadOnly(place),
            None if what.contains("password missing") => {
                let what = "it wants a password, and the URL has none".into();
                Self::Refused { place, what }
            }
            None if what.contains("TLS") => Self::Insecure { place, what },
            None => Self::Unreachable { place, what },
        }
    }
}

/// Somebody else has made something of that name.
fn is_duplicate(code: &SqlState) -> bool {
    [SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT, SqlState::DUPLICATE_FUNCTION]
        .contains(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use servers::Database;
    use tokio_postgres::{Client, NoTls};

    fn kind(error: &Error) -> &'static str {
        match store_error(error) {
            StoreError::Unavailable(_) => "unavailable",
            StoreError::StorageFull(_) => "full",
            StoreError::Rejected(_) => "rejected",
            StoreError::Fatal(_) => "fatal",
        }
    }

    async fn check(client: &Client, sql: &str, expected: &str) {
        let error = client.batch_execute(sql).await.expect_err(sql);
        assert_eq!(kind(&error), expected, "{sql}: {error}");
    }

    #[test]
    fn an_error_of_postgres_means_what_has_to_happen_next() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let database = Database::empty();
            let (client, connection) =
                tokio_postgres::connect(&database.url(), NoTls).await.expect("a connection");
            tokio::spawn(connection);
            let tables = "CREATE SCHEMA orderweaver; CREATE TABLE orderweaver.log (a int UNIQUE);
                          CREATE TABLE records (a int UNIQUE CHECK (a > 0))";
            client.batch_execute(tables).await.expect("tables");
            check(&client, "SELECT 1 / 0", "rejected").await;
            check(&client, "INSERT INTO records VALUES (-1)", "rejected").await;
            check(&client, "INSERT INTO records VALUES (1), (1)", "rejected").await;
            check(&client, "INSERT INTO orderweaver.log VALUES (1), (1)", "fatal").await;
            check(&client, "SELECT FROM nowhere", "fatal").await;
            check(&client, "SET statement_timeout = 1; SELECT pg_sleep(9)", "unavailable").await;
            let row = client.query_one("SELECT NULL::bigint", &[]).await.expect("a row");
            let unreadable = row.try_get::<_, i64>(0).expect_err("no number");
            assert_eq!(kind(&unreadable), "fatal", "{unreadable}");
            let unwritable =
                client.query("SELECT $1::int", &[&1_i64]).await.expect_err("another type");
            assert_eq!(kind(&unwritable), "rejected", "{unwritable}");
            let gone = "SELECT pg_terminate_backend(pg_backend_pid())";
            check(&client, gone, "unavailable").await;
        });
    }
}
