//! A slice of a scan, as stores fill it that let integers stand for names: which rows it has, and
//! to which subject each of them belongs.

use crate::ports::{Scan, ScanRequest, ScannedSubject, Stray};
use contracts::Subject;
use service::NUMBER_BITS;
use std::ops::RangeInclusive;

/// Rows of one table about one subject: what a slice can bear.
const ROWS_MAX: usize = 100_000;
/// Rows without a name that a slice tells of.
const STRAYS_MAX: usize = 100;
/// The integers that can stand for a name, if somebody has put them there by hand.
const NAMES: RangeInclusive<i64> = i64::MIN >> NUMBER_BITS..=i64::MAX >> NUMBER_BITS;

/// What is between two names; nothing, where the first comes behind the last.
pub struct Slice {
    first: i64,
    last: i64,
    /// The integers that stand for the subjects of the scan.
    names: Vec<i64>,
    scan: Scan,
}

/// How far the reading of a table has come.
pub struct Reading {
    table: &'static str,
    /// How many bits of a key stand below its name.
    bits: u32,
    from: i64,
    /// The name of the last row, and how many rows it had by then.
    count: (i64, usize),
}

/// To whom a row belongs.
pub enum Belongs<'a> {
    /// To a subject of the slice.
    To(&'a mut ScannedSubject),
    /// To nobody, which was noted.
    Nobody,
    /// To a subject that has too many: reading begins again behind it.
    TooMany,
}

impl Slice {
    /// Its names are from the first of these on, and before the second.
    pub fn names(request: &ScanRequest) -> (i64, i64) {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let first = if request.first <= 1 { *NAMES.start() } else { number(request.first) };
        (first, number(request.first.saturating_add(request.subjects_max)))
    }

    /// With these names, in order; `next` is the first name behind them, `newest` the last of all.
    /// A key belongs to the slice of the last name before it, so no row is between two slices.
    pub fn new(
        request: &ScanRequest,
        named: Vec<(i64, Subject)>,
        next: Option<i64>,
        newest: Option<i64>,
    ) -> Self {
        let left = next.map_or(0, |next| newest.unwrap_or(next).saturating_sub(next) + 1);
        let (names, subjects): (Vec<i64>, Vec<Subject>) = named.into_iter().unzip();
        let scanned = |subject| ScannedSubject {
            subject,
            records: vec![],
            timers: vec![],
            log: vec![],
            is_whole: true,
        };
        let scan = Scan {
            subjects: subjects.into_iter().map(scanned).collect(),
            left: u64::try_from(left).unwrap_or(0),
            next: next.and_then(|next| u64::try_from(next).ok()),
            ..Scan::default()
        };
        let (first, end) = Self::names(request);
        let last = next.map_or(*NAMES.end(), |next| next - 1);
        let (first, last) = match names.first() {
            _ if request.first <= 1 => (first, last),
            Some(name) => (*name, last),
            None => (end, end - 1), // nothing: the rows here belong to another slice
        };
        Self { first, last, names, scan }
    }

    /// Begins to read a table whose keys hold a name above so many bits of something else.
    pub const fn read(&self, table: &'static str, bits: u32) -> Reading {
        Reading { table, bits, from: self.first, count: (self.first, 0) }
    }

    /// The first and the last key that are still to be read; none at the end.
    pub fn keys(&self, reading: &Reading) -> Option<(i64, i64)> {
        let Reading { bits, from, .. } = *reading;
        (from <= self.last).then(|| (from << bits, (self.last << bits) | ((1 << bits) - 1)))
    }

    /// Takes the key of the next row.
    pub fn take(&mut self, reading: &mut Reading, key: i64) -> Belongs<'_> {
        let name = key >> reading.bits;
        let (last, count) = reading.count;
        reading.count = (name, if last == name { count + 1 } else { 1 });
        let Ok(index) = self.names.binary_search(&name) else {
            if self.scan.strays.len() < STRAYS_MAX {
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
