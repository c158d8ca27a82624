//! The stores of one shop: one of all services, or one of each.

use crate::facts::{kinds_of, of_database};
use crate::rules::HeldUp;
use contracts::{ServiceName, Subject};
use engine::{Backlog, Queries, Scan, ScanRequest, ScannedSubject, StoreError, Stray, Subjects};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Dead letters of one store that are looked at; a shop has none as a rule. Where there are more,
/// nobody knows which messages wait behind one.
pub const DEAD_LETTERS_MAX: usize = 10_000;

/// A store of a shop.
#[derive(Clone, Debug)]
pub struct Part<S> {
    /// The store.
    pub store: S,
    /// The services that work on it.
    pub services: BTreeSet<ServiceName>,
}

impl<S> Part<S> {
    /// The service whose own database it is; nothing if several share it.
    pub fn database(&self) -> Option<ServiceName> {
        self.services.first().copied().filter(|_| self.services.len() == 1)
    }

    /// The name of a row of a table that every store has.
    pub fn row(&self, row: &str) -> String {
        of_database(self.database(), row)
    }
}

/// Subjects as the stores of a shop know them.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Each as each of the stores knows it; nothing where that has not heard of it.
    pub subjects: Vec<Vec<Option<ScannedSubject>>>,
    /// Rows of the store that was gone through.
    pub strays: Vec<Stray>,
    /// Which of the stores that is.
    pub part: usize,
}

impl Gathered {
    /// A run of the only store.
    pub fn alone(scan: Scan) -> Self {
        let subjects = scan.subjects.into_iter().map(|it| vec![Some(it)]).collect();
        Self { subjects, strays: scan.strays, part: 0 }
    }
}

/// What the other stores know of the subjects in a run of one of them. Whom an earlier store has
/// heard of comes up with a run of that.
///
/// # Errors
/// A store can't be read.
pub(crate) async fn gather<S: Queries>(
    parts: &[Part<S>],
    part: usize,
    scan: Scan,
) -> Result<Gathered, StoreError> {
    let names: Vec<Subject> = scan.subjects.iter().map(|it| it.subject.clone()).collect();
    let own = scan.subjects.into_iter().map(|it| (it.subject.clone(), it));
    let mut own: FxHashMap<Subject, ScannedSubject> = own.collect();
    let mut gathered = Gathered { strays: scan.strays, part, ..Gathered::default() };
    let mut elsewhere = vec![FxHashMap::default(); parts.len()];
    for (index, other) in parts.iter().enumerate().filter(|(index, _)| *index != part) {
        let left: Vec<_> = names.iter().filter(|it| own.contains_key(*it)).cloned().collect();
        if left.is_empty() {
            return Ok(gathered);
        }
        for known in named(other, left).await? {
            if index < part {
                own.remove(&known.subject);
            } else {
                elsewhere[index].insert(known.subject.clone(), known);
            }
        }
    }
    elsewhere[part] = own;
    let ours = names.iter().filter(|it| elsewhere[part].contains_key(*it)).cloned();
    for name in ours.collect::<Vec<_>>() {
        gathered.subjects.push(elsewhere.iter_mut().map(|known| known.remove(&name)).collect());
    }
    Ok(gathered)
}

async fn named<S: Queries>(
    part: &Part<S>,
    subjects: Vec<Subject>,
) -> Result<Vec<ScannedSubject>, StoreError> {
    let subjects = Subjects::Named(subjects);
    let request = ScanRequest { kinds: kinds_of(&part.services), subjects };
    part.store.scan(request, |scan| scan.subjects).await
}

/// What waits in each of them.
///
/// # Errors
/// A store can't be read.
pub(crate) async fn backlogs<S: Queries>(parts: &[Part<S>]) -> Result<Vec<Backlog>, StoreError> {
    let mut all = vec![];
    for part in parts {
        all.push(part.store.backlog().await?);
    }
    Ok(all)
}

/// Who waits behind a dead letter.
///
/// # Errors
/// A store can't be read.
pub(crate) async fn held_up<S: Queries>(parts: &[Part<S>]) -> Result<HeldUp, StoreError> {
    let mut all = vec![];
    for part in parts {
        let letters = part.store.dead_letters(DEAD_LETTERS_MAX + 1).await?;
        if letters.len() > DEAD_LETTERS_MAX {
            return Ok(HeldUp::Anywhere);
        }
        all.extend(letters);
    }
    Ok(HeldUp::by(all))
}
