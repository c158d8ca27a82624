//! A database for each test. What a killed test program left behind a later one drops, a day after.

use crate::postgres;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio_postgres::{Error, NoTls, SimpleQueryMessage};

/// What is older belongs to no test that still runs.
const TEST_LASTS_MAX: Duration = Duration::from_hours(24);

/// A database that is dropped in the end, whoever is still connected.
#[derive(Debug)]
pub struct Database {
    name: String,
}

impl Database {
    /// One without anything in it.
    ///
    /// # Panics
    /// The server doesn't make it.
    pub fn empty() -> Self {
        Self::copy_of("template0")
    }

    /// Empty ones whose names differ by their ends, and their URL with `{role}` for the end.
    ///
    /// # Panics
    /// The server doesn't make them.
    pub fn one_for_each(ends: &[&str]) -> (Vec<Self>, String) {
        let begin = name(now());
        let made = ends.iter().map(|end| Self::made(format!("{begin}_{end}"), "template0"));
        (made.collect(), with_database(postgres(), &format!("{begin}_{{role}}")))
    }

    /// How many rows a statement changes.
    ///
    /// # Panics
    /// The server refuses it.
    pub fn change(&self, statement: &str) -> u64 {
        let changed = apart(|| {
            runtime().block_on(async {
                let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await?;
                tokio::spawn(connection);
                client.execute(statement, &[]).await
            })
        });
        changed.unwrap_or_else(|error| panic!("{statement}: {error:?}"))
    }

    fn copy_of(template: &str) -> Self {
        static LEFTOVERS: Once = Once::new();
        LEFTOVERS.call_once(drop_leftovers);
        Self::made(name(now()), template)
    }

    fn made(name: String, template: &str) -> Self {
        let made = ask(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        made.unwrap_or_else(|error| panic!("{name} as a copy of {template}: {error:?}"));
        Self { name }
    }

    /// Its address.
    pub fn url(&self) -> String {
        with_database(postgres(), &self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Err(error) = drop_database(&self.name) {
            eprintln!("{} stays behind: {error:?}", self.name);
        }
    }
}

/// What databases are copies of: a copy is faster than making the same tables anew. A test program
/// makes it once, in a `static`.
#[derive(Debug)]
pub struct Template(Database);

impl Template {
    /// Made by what is done with the URL of an empty database. Nobody may be connected to that
    /// afterwards.
    ///
    /// # Panics
    /// The server doesn't make it, or `prepare` panics.
    pub fn new(prepare: impl FnOnce(&str) + Send) -> Self {
        let template = Database::empty();
        apart(|| prepare(&template.url()));
        Self(template)
    }

    /// A copy.
    ///
    /// # Panics
    /// The server doesn't make it, for example because somebody is connected to the template.
    pub fn database(&self) -> Database {
        Database::copy_of(&self.0.name)
    }
}

/// Since 1970.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970")
}

/// Says when it was made and is nobody else's.
fn name(made: Duration) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    format!("test_{}_{process}_{count}", made.as_secs())
}

fn made_at(name: &str) -> Option<Duration> {
    let (seconds, _) = name.strip_prefix("test_")?.split_once('_')?;
    Some(Duration::from_secs(seconds.parse().ok()?))
}

/// The names of all databases of the server.
///
/// # Panics
/// It doesn't tell.
pub fn database_names() -> Vec<String> {
    ask("SELECT datname FROM pg_database").expect("the names of the databases")
}

fn drop_leftovers() {
    let names = database_names();
    let is_over = |made: Duration| made + TEST_LASTS_MAX < now();
    for name in names.iter().filter(|name| made_at(name).is_some_and(is_over)) {
        let _ = drop_database(name); // somebody else may be doing that
    }
}

fn drop_database(name: &str) -> Result<Vec<String>, Error> {
    ask(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
}

/// The first column of what the server answers.
fn ask(statement: &str) -> Result<Vec<String>, Error> {
    ask_at(postgres(), statement)
}

/// The same of a server of somebody's own.
pub(crate) fn ask_at(url: &str, statement: &str) -> Result<Vec<String>, Error> {
    apart(|| {
        runtime().block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            tokio::spawn(connection);
            let answers = client.simple_query(statement).await?;
            let rows = answers.iter().filter_map(|answer| match answer {
                SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            });
            Ok(rows.map(String::from).collect())
        })
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// On a thread of its own, so that it may block although a test calls it inside of a runtime.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let done = thread::scope(|scope| scope.spawn(work).join());
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("DATABASE_URL is postgres://...");
    let (place, options) = rest.find('?').map_or((rest, ""), |at| rest.split_at(at));
    let host = place.split_once('/').map_or(place, |(host, _)| host);
    format!("{scheme}://{host}/{name}{options}")
}

#[cfg(test)]
mod tests {
    use super::{Database, TEST_LASTS_MAX, ask, drop_leftovers, made_at, name, now, with_database};
    use std::time::Duration;

    #[test]
    fn only_the_database_of_a_url_is_another_one() {
        let check = |url, expected| assert_eq!(with_database(url, "other"), expected);
        check("postgres://me@host:1/mine", "postgres://me@host:1/other");
        check("postgresql://me:secret@host/mine?a=/b", "postgresql://me:secret@host/other?a=/b");
        check("postgres://host", "postgres://host/other");
        check("postgres://host?a=b", "postgres://host/other?a=b");
    }

    #[test]
    fn a_name_says_when_it_was_made_and_no_two_are_the_same() {
        let made = Duration::from_secs(1_700_000_000);
        assert_eq!(made_at(&name(made)), Some(made));
        assert_ne!(name(made), name(made));
        for other in ["postgres", "template0", "test_", "test_orders", "test_1", "test_x_1"] {
            assert_eq!(made_at(other), None, "{other}");
        }
    }

    #[test]
    fn what_a_killed_program_left_behind_is_dropped_a_day_after() {
        let recent = Database::made(name(now() - TEST_LASTS_MAX / 2), "template0");
        let over = Database::made(name(now() - TEST_LASTS_MAX * 2), "template0");
        drop_leftovers();
        let names = ask("SELECT datname FROM pg_database").expect("names");
        assert!(names.contains(&recent.name));
        assert!(!names.contains(&over.name));
    }
}
