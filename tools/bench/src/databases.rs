//! Databases of a benchmark, which are dropped in the end.

use crate::address::{Address, ROLE};
use crate::postgres::{Server, connect, refused, told};
use crate::process::Role;
use std::fmt::Display;
use std::sync::Arc;
use std::thread;
use terminal::{Failure, note};
use tokio::runtime::Builder;
use tokio_postgres::{Client, Error};

/// Databases that are dropped when this is, if they are not to be kept.
pub struct Made {
    /// Of their server.
    pub address: Arc<Address>,
    names: Vec<String>,
    is_kept: bool,
}

impl Made {
    /// They are still to be made.
    pub fn new(address: &Arc<Address>, names: Vec<String>, is_kept: bool) -> Self {
        Self { address: address.clone(), names, is_kept }
    }

    /// Others on the same server, with the same end.
    pub fn beside(&self, names: Vec<String>) -> Self {
        Self::new(&self.address, names, self.is_kept)
    }

    /// Makes them, empty or as copies.
    ///
    /// # Errors
    /// The server doesn't.
    pub async fn make(&self, client: &Client, origins: &[String]) -> Result<(), Failure> {
        for (index, name) in self.names.iter().enumerate() {
            let origin = origins.get(index).map_or("template0", String::as_str);
            let statement = format!("CREATE DATABASE {name} TEMPLATE {origin}");
            let made = client.batch_execute(&statement).await;
            made.map_err(|error| refused(&self.address, &error))?;
        }
        Ok(())
    }

    /// The name of the first.
    pub fn first(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    async fn remove(&self) -> Result<(), Error> {
        let client = connect(self.address.config()).await?;
        for name in &self.names {
            client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        }
        Ok(())
    }
}

impl Drop for Made {
    /// On a thread of its own, so that it may block wherever it is dropped: a run that fails or is
    /// interrupted leaves nothing behind either.
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        let stays = |what: &dyn Display| {
            note(format_args!("databases stay behind: {}: {what}", self.names.join(", ")));
        };
        let remove = || match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => {
                runtime.block_on(self.remove()).unwrap_or_else(|error| stays(&told(&error)));
            }
            Err(error) => stays(&error),
        };
        thread::scope(|scope| {
            let _ = scope.spawn(remove).join(); // it doesn't panic
        });
    }
}

/// The databases of one shop, by a name that may hold `{role}`.
pub struct Databases {
    name: String,
    made: Made,
    // Behind what is made on it.
    server: Arc<Server>,
}

impl Databases {
    /// New ones with that at the end of their names, empty or copies of others to which nobody is
    /// connected.
    ///
    /// # Errors
    /// The server doesn't make them.
    pub async fn make(
        server: &Arc<Server>,
        end: &str,
        origin: Option<&Self>,
    ) -> Result<Self, Failure> {
        let name = format!("{}_{end}", server.run());
        let origins = origin.map(|origin| origin.made.names.as_slice()).unwrap_or_default();
        let made = server.make(each(&name), origins).await?;
        Ok(Self { name, made, server: server.clone() })
    }

    /// The name of each.
    pub fn names(&self) -> &[String] {
        &self.made.names
    }

    /// As a shop's setting. It may hold a password.
    pub fn url(&self) -> String {
        self.made.address.url(&self.name)
    }

    /// Bytes that they take on disk.
    ///
    /// # Errors
    /// The server doesn't tell.
    pub async fn bytes(&self) -> Result<u64, Failure> {
        let statement = "SELECT sum(pg_database_size(datname))::float8 FROM pg_database \
                         WHERE datname = ANY($1)";
        let [bytes] = self.server.numbers(statement, &[&self.names()]).await?;
        Ok(bytes as u64)
    }

    /// The server that they are on.
    pub fn server(&self) -> &Server {
        &self.server
    }
}

/// One name, or one for each service.
fn each(name: &str) -> Vec<String> {
    match name.contains(ROLE) {
        false => vec![name.into()],
        true => Role::EACH.map(|role| name.replace(ROLE, role.name())).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn each_service_has_a_database_where_the_name_says_so() {
        assert_eq!(each("shop"), ["shop"]);
        let expected = ["shop_orders", "shop_payments", "shop_inventory", "shop_orchestrator"];
        assert_eq!(each("shop_{role}"), expected);
    }
}
