//! What a benchmark runs on: shops of our own, or one that runs already.

use crate::broker::RemoveTopics;
use crate::client::Connection;
use crate::measure::metrics::label;
use crate::place::{Kind, Place, Setup, Subject};
use crate::process::Role;
use crate::shelf;
use crate::shop::{Addresses, Shop};
use crate::site::Site;
use crate::store::Stocked;
use crate::who::Who;
use std::collections::BTreeMap;
use terminal::Failure;

/// Where shops come from.
pub enum Ground {
    /// Each on a copy of the same store, for one use.
    Own(Stocked),
    /// One that runs already, and whether its services are processes of their own.
    Running(Addresses, bool),
}

/// A shop to be measured.
pub struct Target {
    /// Where it listens.
    pub addresses: Addresses,
    /// Its own processes; none of a shop that runs already.
    pub shop: Option<Shop>,
    /// What it stores, if it is ours. Behind its processes: they must be gone when this goes.
    pub site: Option<Site>,
    /// Where each of its processes tells how it is.
    reports: Vec<String>,
}

impl Ground {
    /// A stocked shop of our own, or the one that runs already, stocked too.
    ///
    /// # Errors
    /// Its place can't be used, or it can't be reached.
    pub async fn prepare(place: &Place, topics: Option<RemoveTopics>) -> Result<Self, Failure> {
        match place.subject(topics).await? {
            Subject::Own(layout) => Ok(Self::Own(Stocked::make(layout, &place.folder).await?)),
            Subject::Running(addresses) => {
                shelf::fill(&addresses).await?;
                Ok(Self::Running(addresses, place.is_distributed))
            }
        }
    }

    /// What is measured.
    pub fn setup(&self) -> Setup {
        match self {
            Self::Own(stocked) => stocked.setup(),
            Self::Running(..) => Setup { kind: Kind::Running, durability: None, run: None },
        }
    }

    /// A shop that is ready.
    ///
    /// # Errors
    /// It doesn't get ready.
    pub async fn target(&mut self) -> Result<Target, Failure> {
        match self {
            Self::Running(addresses, is_apart) => {
                let roles: &[Role] = if *is_apart { &Role::EACH } else { &[Role::All] };
                let reports = roles.iter().map(|role| addresses.of_role(*role).into()).collect();
                Ok(Target { addresses: addresses.clone(), shop: None, site: None, reports })
            }
            Self::Own(stocked) => {
                let site = stocked.copy().await?;
                let shop = Shop::start(&site).await?;
                let reports = shop.processes.iter().map(|process| process.address.clone());
                Ok(Target {
                    addresses: shop.addresses.clone(),
                    reports: reports.collect(),
                    shop: Some(shop),
                    site: Some(site),
                })
            }
        }
    }

    /// Ends the use of it. If the data is to be kept, says where it stays.
    pub fn leave(self, is_kept: bool) -> Option<String> {
        let Self::Own(stocked) = self else { return None };
        let (folder, databases) = is_kept.then(|| stocked.keep())?;
        let databases = databases.map(|it| format!(" and in the databases {it}*"));
        Some(format!("{}{}", folder.display(), databases.unwrap_or_default()))
    }
}

impl Target {
    /// Whether its services are processes of their own.
    pub fn is_apart(&self) -> bool {
        self.reports.len() > 1
    }

    /// The metrics of all of its processes, one page behind the other.
    ///
    /// # Errors
    /// One of them doesn't answer.
    pub async fn metrics(&self) -> Result<String, Failure> {
        let mut pages = String::new();
        for address in &self.reports {
            pages += &Connection::open(address).await?.get("/metrics").await?.text();
        }
        Ok(pages)
    }

    /// The servers that a shop of ours works on, with the number of the process of each that is
    /// known to be on this machine.
    pub fn servers(&self) -> BTreeMap<Who, Option<u32>> {
        let site = self.site.as_ref();
        let databases = site.and_then(Site::databases);
        let databases = databases.map(|it| (Who::Databases, it.server().pid));
        let broker = site.and_then(Site::topics).map(|it| (Who::Broker, it.broker().pid()));
        databases.into_iter().chain(broker).collect()
    }

    /// Ends it, if it is ours. What it has stored, if that is ours.
    ///
    /// # Errors
    /// It doesn't end in good order.
    pub async fn stop(self) -> Result<Option<Site>, Failure> {
        if let Some(shop) = self.shop {
            shop.stop().await?;
        }
        Ok(self.site)
    }

    /// Its version, and its commit if it knows that.
    ///
    /// # Errors
    /// It doesn't answer.
    pub async fn version(&self) -> Result<String, Failure> {
        let page = self.metrics().await?;
        let found = |name| label(&page, "orderweaver_build_info", name);
        let words = [found("version"), found("commit")].into_iter().flatten();
        Ok(words.collect::<Vec<_>>().join(" "))
    }
}
