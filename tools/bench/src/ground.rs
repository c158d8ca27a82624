//! What a benchmark runs on: servers of our own, or one that runs already.

use crate::arguments::Place;
use crate::client::Connection;
use crate::measure::metrics::label;
use crate::server::{Addresses, OwnServer};
use crate::shelf;
use crate::store::Stocked;
use std::path::{Path, PathBuf};
use terminal::Failure;

/// Where servers come from.
pub enum Ground {
    /// Each on a copy of the same store, for one use.
    Own(Stocked),
    /// One that runs already.
    Running(Addresses),
}

/// A server to be measured.
pub struct Target {
    /// Where it listens.
    pub addresses: Addresses,
    /// Its process, if that is known.
    pub pid: Option<u32>,
    /// Its data, if it is ours.
    pub data: Option<PathBuf>,
    own: Option<OwnServer>,
}

impl Ground {
    /// A stocked store in a new folder; or the server at a URL, stocked too.
    ///
    /// # Errors
    /// The folder can't be written, or the server can't be reached.
    pub async fn prepare(place: &Place) -> Result<Self, Failure> {
        let Place { url, folder, .. } = place;
        let Some(url) = url else { return Ok(Self::Own(Stocked::make(folder).await?)) };
        let addresses = Addresses::parse(url)?;
        shelf::fill(&addresses).await?;
        Ok(Self::Running(addresses))
    }

    /// A server that is ready.
    ///
    /// # Errors
    /// It doesn't get ready.
    pub async fn target(&mut self) -> Result<Target, Failure> {
        match self {
            Self::Running(addresses) => {
                Ok(Target { addresses: addresses.clone(), pid: None, data: None, own: None })
            }
            Self::Own(stocked) => {
                let data = stocked.copy()?;
                let server = OwnServer::start(&data).await?;
                let (addresses, pid) = (server.addresses.clone(), Some(server.pid()));
                Ok(Target { addresses, pid, data: Some(data), own: Some(server) })
            }
        }
    }

    /// Bytes by which the store of a stopped server has grown, if it is ours.
    pub fn grown(&self, data: &Path) -> Option<u64> {
        match self {
            Self::Own(stocked) => Some(stocked.grown(data)),
            Self::Running(_) => None,
        }
    }

    /// Ends the use of it; where the data stays, if it is to be kept.
    pub fn leave(self, is_kept: bool) -> Option<PathBuf> {
        match (self, is_kept) {
            (Self::Own(stocked), true) => Some(stocked.keep()),
            _ => None,
        }
    }
}

impl Target {
    /// Stops the server, if it is ours.
    ///
    /// # Errors
    /// It doesn't end in good order.
    pub async fn stop(self) -> Result<(), Failure> {
        match self.own {
            Some(server) => server.stop().await,
            None => Ok(()),
        }
    }

    /// The version of the server, and its commit if it knows that.
    ///
    /// # Errors
    /// It doesn't answer.
    pub async fn version(&self) -> Result<String, Failure> {
        let page = Connection::open(&self.addresses.orders).await?.get("/metrics").await?;
        let page = page.text();
        let found = |name| label(&page, "orderweaver_build_info", name);
        let words = [found("version"), found("commit")].into_iter().flatten();
        Ok(words.collect::<Vec<_>>().join(" "))
    }
}
