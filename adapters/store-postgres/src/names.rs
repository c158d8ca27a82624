//! Names and the integers that stand for them. A name never changes its integer and never goes, so
//! what was committed is remembered.

use crate::connect::Connection;
use crate::error::Outcome;
use crate::flight::{Flight, parameters};
use crate::schema::NAME_IDS_TAKEN;
use contracts::Subject;
use rustc_hash::FxHashMap;
use std::mem;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Names remembered at least; some megabytes at most twice as many.
const REMEMBERED: usize = 32_768;

/// What all rounds of this process know of names.
#[derive(Default)]
pub(crate) struct Names(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    recent: FxHashMap<Subject, i64>,
    /// The recent ones of before; those that are asked for become recent again.
    older: FxHashMap<Subject, i64>,
    /// Ids that belong to this process.
    free: Vec<Range<i64>>,
}

impl Memory {
    fn find(&mut self, name: &Subject) -> Option<i64> {
        if let Some(id) = self.recent.get(name) {
            return Some(*id);
        }
        let id = *self.older.get(name)?;
        self.remember(name.clone(), id);
        Some(id)
    }

    fn remember(&mut self, name: Subject, id: i64) {
        if self.recent.len() >= REMEMBERED {
            self.older = mem::take(&mut self.recent);
        }
        self.recent.insert(name, id);
    }

    /// So many free ids, or as many as there are.
    fn take_free(&mut self, wanted: usize) -> Vec<i64> {
        let mut ids = vec![];
        while let Some(range) = self.free.first_mut() {
            ids.extend(range.take(wanted - ids.len()));
            if ids.len() == wanted {
                break;
            }
            self.free.remove(0);
        }
        ids
    }
}

impl Names {
    /// These are in the database for good.
    pub fn remember(&self, names: impl IntoIterator<Item = (Subject, i64)>) {
        let mut memory = self.memory();
        for (name, id) in names {
            memory.remember(name, id);
        }
    }

    /// The database may be another one by now: one that took over, or that came back with less.
    pub fn forget(&self) {
        *self.memory() = Memory::default();
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one round knows of names.
pub(crate) struct RoundNames<'a> {
    all: &'a Names,
    known: FxHashMap<Subject, i64>,
    /// Were looked for and are not in the database.
    absent: FxHashMap<Subject, ()>,
    /// Come with this round.
    new: Vec<(Subject, i64)>,
}

impl<'a> RoundNames<'a> {
    pub fn new(all: &'a Names) -> Self {
        let (known, absent) = (FxHashMap::default(), FxHashMap::default());
        Self { all, known, absent, new: vec![] }
    }

    /// Looks for those that nobody has looked for yet.
    pub async fn learn<'n>(
        &mut self,
        client: &Connection,
        names: impl Iterator<Item = &'n Subject>,
    ) -> Outcome<()> {
        let mut wanted = FxHashMap::default();
        {
            let mut memory = self.all.memory();
            for name in names {
                if self.known.contains_key(name) || self.absent.contains_key(name) {
                    continue;
                }
                match memory.find(name) {
                    Some(id) => _ = self.known.insert(name.clone(), id),
                    None => _ = wanted.insert(name.clone(), ()),
                }
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let texts: Vec<&str> = wanted.keys().map(Subject::as_str).collect();
        let mut flight = Flight::default();
        flight.add(
            "SELECT name, id FROM orderweaver.names WHERE name = ANY ($1::text[])",
            parameters![texts],
        );
        let rows = flight.send(client).await?.remove(0);
        for row in rows {
            let name = Subject::from(row.try_get::<_, &str>(0)?);
            let id = row.try_get(1)?;
            wanted.remove(&name);
            self.all.memory().remember(name.clone(), id);
            self.known.insert(name, id);
        }
        self.absent.extend(wanted);
        Ok(())
    }

    /// The integer that stands for a name that was learned; none if it is in no table.
    pub fn id(&self, name: &Subject) -> Option<i64> {
        self.known.get(name).copied()
    }

    /// Names that were looked for and not found.
    pub fn absent(&self) -> impl Iterator<Item = &Subject> {
        self.absent.keys()
    }

    /// From now on an integer stands for each of these; those without one get it with this round.
    pub async fn name_all<'n>(
        &mut self,
        client: &Connection,
        names: impl Iterator<Item = &'n Subject> + Clone,
    ) -> Outcome<()> {
        self.learn(client, names.clone()).await?;
        let mut nameless: Vec<&Subject> = vec![];
        for name in names {
            if self.known.contains_key(name) {
                continue;
            }
            // Zero until it gets its own, so that no name is listed twice.
            self.known.insert(name.clone(), 0);
            nameless.push(name);
        }
        let ids = self.take_ids(client, nameless.len()).await?;
        for (name, id) in nameless.into_iter().zip(ids) {
            self.known.insert(name.clone(), id);
            self.new.push((name.clone(), id));
        }
        Ok(())
    }

    /// So many ids that stand for nothing yet: those that this process has, then new ones. What it
    /// takes beyond is for later rounds.
    async fn take_ids(&self, client: &Connection, wanted: usize) -> Outcome<Vec<i64>> {
        let mut ids = self.all.memory().take_free(wanted);
        let missing = i64::try_from(wanted - ids.len()).unwrap_or(i64::MAX);
        if missing == 0 {
            return Ok(ids);
        }
        let times = missing / NAME_IDS_TAKEN + 1;
        let mut flight = Flight::default();
        flight.add(
            "SELECT nextval('orderweaver.name_ids') FROM generate_series(1, $1::bigint)",
            parameters![times],
        );
        for row in flight.send(client).await?.remove(0) {
            let first: i64 = row.try_get(0)?;
            let mut taken = first..first + NAME_IDS_TAKEN;
            ids.extend(taken.by_ref().take(wanted - ids.len()));
            self.all.memory().free.push(taken);
        }
        Ok(ids)
    }

    /// The new names, to be written.
    pub fn new_names(&self) -> &[(Subject, i64)] {
        &self.new
    }

    /// The round was committed, and its names with it.
    pub fn are_committed(self) {
        self.all.remember(self.new);
    }
}
