//! The address of a PostgreSQL server, on which a benchmark makes databases of its own.

use std::fmt;
use std::time::Duration;
use terminal::{Failure, again_with, without_password};
use tokio_postgres::Config;

/// A new connection takes no longer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Stands in a URL for the name of a service.
pub const ROLE: &str = "{role}";
/// Every server has this database.
const MAINTENANCE: &str = "postgres";

/// The URL of a server: which database it names counts only for connecting to make others.
#[derive(Clone, Debug)]
pub struct Address {
    /// Up to the name of the database, without the slash.
    server: String,
    /// From the question mark on.
    options: String,
    config: Config,
}

impl Address {
    /// From a URL as services take it; `{role}` may stand where the name of a database does.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(url: &str) -> Result<Self, Failure> {
        let wrong = |what: &str| {
            let what = format!("--store {}: {what}", without_password(url));
            Failure::usage(what, again_with("--store", "postgres://USER:PASSWORD@HOST/postgres"))
        };
        let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("this is no URL"))?;
        let scheme = scheme.split_once('+').map_or(scheme, |(scheme, _)| scheme);
        if !["postgres", "postgresql"].contains(&scheme) {
            return Err(wrong("it must begin with postgres://"));
        }
        let (place, options) = rest.find('?').map_or((rest, ""), |at| rest.split_at(at));
        let (server, database) = place.split_once('/').unwrap_or((place, ""));
        if server.contains(ROLE) || options.contains(ROLE) {
            return Err(wrong("all databases are made on one server: {role} can't be in its name"));
        }
        let database = match database {
            name if name.is_empty() || name.contains(ROLE) => MAINTENANCE,
            name => name,
        };
        let server = format!("postgres://{server}");
        // What the parser says names no value.
        let config: Result<Config, _> = format!("{server}/{database}{options}").parse();
        let mut config = config.map_err(|error| wrong(&error.to_string()))?;
        if config.get_hosts().is_empty() {
            return Err(wrong("it names no host"));
        }
        config.connect_timeout(CONNECT_TIMEOUT).application_name("orderweaver bench");
        Ok(Self { server, options: options.into(), config })
    }

    /// How to connect to make databases.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The URL of another database. It may hold a password.
    pub fn url(&self, database: &str) -> String {
        let Self { server, options, .. } = self;
        format!("{server}/{database}{options}")
    }
}

impl fmt::Display for Address {
    /// Without a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&without_password(&self.server))
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    fn check(url: &str, other: &str, connects_to: &str) {
        let address = Address::parse(url).expect("an address");
        assert_eq!(address.url("other"), other, "{url}");
        assert_eq!(address.config().get_dbname(), Some(connects_to), "{url}");
    }

    fn check_refused(url: &str, said: &str) {
        let failure = Address::parse(url).expect_err("refused");
        assert!(failure.what.contains(said), "{url}: {}", failure.what);
        assert!(!failure.text().contains("hunter2"), "{url}: {}", failure.text());
    }

    #[test]
    fn of_a_url_the_server_counts_and_the_database_only_to_connect() {
        check("postgres://me@host:1/mine", "postgres://me@host:1/other", "mine");
        check("postgresql+asyncpg://me:s@h/a", "postgres://me:s@h/other", "a");
        check("postgres://host", "postgres://host/other", "postgres");
        check(
            "postgres://host/shop_{role}?connect_timeout=5",
            "postgres://host/other?connect_timeout=5",
            "postgres",
        );
    }

    #[test]
    fn what_is_no_server_is_refused_without_its_password() {
        check_refused("sqlite", "this is no URL");
        check_refused("mysql://me:hunter2@host/shop", "it must begin with postgres://");
        check_refused("postgres://me:hunter2@/shop", "it names no host");
        check_refused("postgres://me:hunter2@{role}/shop", "on one server");
        check_refused("postgres://me:hunter2@host:port/shop", "invalid");
    }
}
