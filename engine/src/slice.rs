//! A slice of a scan, as stores fill it that let integers stand for names: which rows it has, and
//! to which subject each of them belongs.

use crate::ports::{Scan, ScannedSubject, Stray};
use contracts::Subject;
use service::NUMBER_BITS;
use std::ops::RangeInclusive;

/// Rows of one table about one subject: what a slice can bear.
const ROWS_MAX: usize = 100_000;
/// Rows without a name that a slice tells of.
const STRAYS_MAX: usize = 100;
/// The integers that can stand for a name, if somebody has put them there by hand.
const NAMES: RangeInclusive<i64> = i64::MIN >> NUMBER_BITS..=i64::MAX >> NUMBER_BITS;

/// Integers between two others so few apart are read at once, and what is between is skipped: names
/// that came up together elsewhere stand close to each other here too.
const GAP_MAX: i64 = 64;

/// The rows between some first and last names.
pub struct Slice {
    /// In order, without overlapping; nothing is in one whose first comes behind its last.
    runs: Vec<(i64, i64)>,
    /// The integers that stand for the subjects of the scan.
    names: Vec<i64>,
    /// Whether every row of the runs must belong to one of them.
    is_whole_run: bool,
    scan: Scan,
}

/// How far the reading of a table has come.
pub struct Reading {
    table: &'static str,
    /// How many bits of a key stand below its name.
    bits: u32,
    /// Of the runs of the slice, the one that is read.
    run: usize,
    from: i64,
    /// The name of the last row, and how many rows it had by then.
    count: (i64, usize),
}

/// To whom a row belongs.
pub enum Belongs<'a> {
    /// To a subject of the slice.
    To(&'a mut ScannedSubject),
    /// To nobody of the slice; where that is nobody at all, it was noted.
    Nobody,
    /// To a subject that has too many: reading begins again behind it.
    TooMany,
}

impl Slice {
    /// The names of a run are from the first of these on, and before the second.
    pub fn names(first: u64, subjects_max: u64) -> (i64, i64) {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let begin = if first <= 1 { *NAMES.start() } else { number(first) };
        (begin, number(first.saturating_add(subjects_max)))
    }

    /// A run with these names, in order; `next` is the first name behind them, `newest` the last
    /// of all. A key belongs to the run of the last name before it, so no row is between two runs.
    pub fn run(
        first: u64,
        named: Vec<(i64, Subject)>,
        next: Option<i64>,
        newest: Option<i64>,
    ) -> Self {
        let left = next.map_or(0, |next| newest.unwrap_or(next).saturating_sub(next) + 1);
        let last = next.map_or(*NAMES.end(), |next| next - 1);
        let runs = match named.first() {
            _ if first <= 1 => vec![(*NAMES.start(), last)],
            Some((name, _)) => vec![(*name, last)],
            None => vec![], // the rows here belong to another run
        };
        let mut slice = Self::of(named, runs);
        slice.is_whole_run = true;
        slice.scan.left = u64::try_from(left).unwrap_or(0);
        slice.scan.next = next.and_then(|next| u64::try_from(next).ok());
        slice
    }

    /// These names, in order, wherever they stand.
    pub fn named(named: Vec<(i64, Subject)>) -> Self {
        let mut runs: Vec<(i64, i64)> = vec![];
        for (name, _) in &named {
            match runs.last_mut().filter(|(_, last)| name.saturating_sub(*last) <= GAP_MAX) {
                Some((_, last)) => *last = *name,
                None => runs.push((*name, *name)),
            }
        }
        Self::of(named, runs)
    }

    fn of(named: Vec<(i64, Subject)>, runs: Vec<(i64, i64)>) -> Self {
        let (names, subjects): (Vec<i64>, Vec<Subject>) = named.into_iter().unzip();
        let scanned = |subject| ScannedSubject {
            subject,
            records: vec![],
            timers: vec![],
            log: vec![],
            is_whole: true,
        };
        let subjects = subjects.into_iter().map(scanned).collect();
        Self { runs, names, is_whole_run: false, scan: Scan { subjects, ..Scan::default() } }
    }

    /// Begins to read a table whose keys hold a name above so many bits of something else.
    pub fn read(&self, table: &'static str, bits: u32) -> Reading {
        let from = self.runs.first().map_or(0, |(first, _)| *first);
        Reading { table, bits, run: 0, from, count: (from, 0) }
    }

    /// The first and the last key that are to be read next; none at the end.
    pub fn keys(&self, reading: &mut Reading) -> Option<(i64, i64)> {
        while let Some((first, last)) = self.runs.get(reading.run) {
            let from = reading.from.max(*first);
            if from <= *last {
                let bits = reading.bits;
                return Some((from << bits, (last << bits) | ((1 << bits) - 1)));
            }
            reading.run += 1;
        }
        None
    }

    /// Every row between the keys was taken.
    pub fn goes_on(&self, reading: &mut Reading) {
        reading.run += 1;
    }

    /// Takes the key of the next row.
    pub fn take(&mut self, reading: &mut Reading, key: i64) -> Belongs<'_> {
        let name = key >> reading.bits;
        let (last, count) = reading.count;
        reading.count = (name, if last == name { count + 1 } else { 1 });
        let Ok(index) = self.names.binary_search(&name) else {
            if self.is_whole_run && self.scan.strays.len() < STRAYS_MAX {
                self.scan.strays.push(Stray { table: reading.table, key });
            }
            return Belongs::Nobody;
        };
        let scanned = &mut self.scan.subjects[index];
        if reading.count.1 > ROWS_MAX {
            scanned.is_whole = false;
            reading.from = name + 1;
            reading.count = (reading.from, 0);
            return Belongs::TooMany;
        }
        Belongs::To(scanned)
    }

    /// What was read.
    pub fn into_scan(self) -> Scan {
        self.scan
    }
}
