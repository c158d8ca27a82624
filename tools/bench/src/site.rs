//! Where one shop of our own keeps what it stores, and what its processes are told of it.

use crate::address::ROLE;
use crate::broker::Topics;
use crate::databases::Databases;
use crate::place::Layout;
use crate::process::Role;
use crate::shop::this_program;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use terminal::Failure;

/// Files of the built-in provider: its books are not the server's.
const PROVIDER_FILES: &str = "provider-fake";
/// The files of a store.
const STORE_FILES: &str = "orderweaver.db";

/// What one shop stores. Its databases are dropped when this is; its folder is left to others.
pub struct Site {
    /// Its files, and the logs of its processes.
    pub folder: PathBuf,
    /// Where its records are.
    pub store: Store,
    /// Bytes on disk of the one that it was copied from, at that moment.
    copied_bytes: u64,
}

/// Where the records of a shop are.
pub enum Store {
    /// In a SQLite file in its folder.
    File,
    /// In a PostgreSQL database.
    Together(Databases),
    /// In a PostgreSQL database for each service; what they say to each other is in topics.
    Apart(Databases, Topics),
}

impl Site {
    /// A new one in a new folder of that name, empty or as a copy of one whose processes have
    /// ended.
    ///
    /// # Errors
    /// It can't be written.
    pub async fn make(
        layout: &Layout,
        parent: &Path,
        name: &str,
        origin: Option<&Self>,
    ) -> Result<Self, Failure> {
        let folder = parent.join(name);
        let failed = |error| Failure::failed(format!("{}: {error}", folder.display()), "df -h");
        fs::create_dir(&folder).map_err(failed)?;
        let store = match layout {
            Layout::File => {
                origin
                    .map_or(Ok(()), |origin| copy_files(&origin.folder, &folder))
                    .map_err(failed)?;
                Store::File
            }
            Layout::Together(server) => {
                let origin = origin.and_then(Self::databases);
                Store::Together(Databases::make(server, name, origin).await?)
            }
            Layout::Apart(server, broker) => {
                let (origin, each) = (origin.and_then(Self::databases), format!("{name}_{ROLE}"));
                let databases = Databases::make(server, &each, origin).await?;
                let topics = Topics::new(broker.clone(), format!("{}_{name}.", server.run()));
                Store::Apart(databases, topics)
            }
        };
        // At once: the server goes on to tidy up what was copied, and that takes space too.
        let copied_bytes = match origin {
            Some(origin) => origin.bytes().await?,
            None => 0,
        };
        Ok(Self { folder, store, copied_bytes })
    }

    /// The databases, if it is on any.
    pub const fn databases(&self) -> Option<&Databases> {
        match &self.store {
            Store::File => None,
            Store::Together(databases) | Store::Apart(databases, _) => Some(databases),
        }
    }

    /// The topics between its services, if they are apart.
    pub const fn topics(&self) -> Option<&Topics> {
        match &self.store {
            Store::File | Store::Together(_) => None,
            Store::Apart(_, topics) => Some(topics),
        }
    }

    /// What its processes host.
    pub const fn roles(&self) -> &'static [Role] {
        match &self.store {
            Store::File | Store::Together(_) => &[Role::All],
            Store::Apart(..) => &Role::EACH,
        }
    }

    /// A command of this program that is told where everything is. The URL of a database may hold
    /// a password, so it is no flag that others could read.
    ///
    /// # Errors
    /// The system can't say which program this is.
    pub fn command(&self) -> Result<Command, Failure> {
        let mut command = this_program(&self.folder)?;
        command.env("ORDERWEAVER_DATA", &self.folder);
        if let Some(databases) = self.databases() {
            command.env("ORDERWEAVER_STORE", databases.url());
        }
        if let Some(topics) = self.topics() {
            // With a name a process has its partitions at once.
            command.envs(topics.settings()).env("ORDERWEAVER_REPLICA", "bench");
        }
        Ok(command)
    }

    /// Bytes by which the store has grown on disk since it was copied, once its processes have
    /// ended.
    ///
    /// # Errors
    /// The database server doesn't tell.
    pub async fn grown(&self) -> Result<u64, Failure> {
        Ok(self.bytes().await?.saturating_sub(self.copied_bytes))
    }

    async fn bytes(&self) -> Result<u64, Failure> {
        if let Some(databases) = self.databases() {
            return databases.bytes().await;
        }
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let ours = entries.filter(|it| it.file_name().to_string_lossy().starts_with(STORE_FILES));
        Ok(ours.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum())
    }
}

fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)?.flatten() {
        let name = entry.file_name();
        let begins = |prefix: &&str| name.to_string_lossy().starts_with(*prefix);
        if [PROVIDER_FILES, STORE_FILES].iter().any(begins) {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}
