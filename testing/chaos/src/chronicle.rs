//! What happens, told as it happens, and counted.

use crate::fault::{Fault, Kind};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use terminal::note;

/// Of what must not be, so many things are told.
const BROKEN_MAX: usize = 20;

/// Shared by all who take part in a run.
pub struct Chronicle {
    begun: Instant,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    counts: Counts,
    broken: Vec<String>,
}

/// How often each kind of fault has struck, and how often it found its victim down already.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// It has struck.
    pub struck: BTreeMap<Kind, u64>,
    /// There was nobody to strike.
    pub missed: BTreeMap<Kind, u64>,
    /// kill -9, of whomever.
    pub kills: u64,
}

impl Counts {
    /// As a table for documents.
    pub fn table(&self) -> String {
        let mut table = String::from("| Fault | Times |\n|---|---:|\n");
        for (kind, _) in Kind::ALL {
            let count = self.struck.get(&kind).copied().unwrap_or(0);
            table += &format!("| {} | {count} |\n", kind.name());
        }
        let missed: u64 = self.missed.values().sum();
        table += &format!("| kill -9 in all | {} |\n", self.kills);
        table + &format!("| faults that found nobody to strike | {missed} |\n")
    }
}

impl Chronicle {
    /// From now on.
    pub fn begin() -> Self {
        Self { begun: Instant::now(), inner: Mutex::default() }
    }

    /// How long it goes on.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Something happens.
    pub fn tell(&self, what: impl Display) {
        let elapsed = self.elapsed();
        let (minutes, seconds) = (elapsed.as_secs() / 60, elapsed.as_secs_f64() % 60.0);
        note(format_args!("{minutes:02}:{seconds:04.1}  {what}"));
    }

    /// The fault has found its victim, or nobody.
    pub fn count(&self, fault: Fault, has_struck: bool) {
        let counts = &mut self.inner().counts;
        counts.kills += u64::from(has_struck && fault.is_kill());
        let of_kind = if has_struck { &mut counts.struck } else { &mut counts.missed };
        *of_kind.entry(fault.kind()).or_default() += 1;
    }

    /// Something must not be as it is.
    pub fn broken(&self, what: String) {
        self.tell(format_args!("BROKEN: {what}"));
        let mut inner = self.inner();
        if inner.broken.len() < BROKEN_MAX {
            inner.broken.push(what);
        }
    }

    /// What must not be as it is.
    pub fn all_broken(&self) -> Vec<String> {
        self.inner().broken.clone()
    }

    /// How often each fault has struck.
    pub fn counts(&self) -> Counts {
        self.inner().counts.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
