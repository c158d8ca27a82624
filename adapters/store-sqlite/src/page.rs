//! Pages of a list, newest first. Every filter has an index in the order of the list; a page is
//! what stands in all of them. It is found by leapfrog: each index in turn is asked for its first
//! row from the place on that the one before has named, so that a rare value leads and whole runs
//! of the others are skipped.

use crate::commit::Cell;
use crate::names::record_key;
use engine::{Newest, Page, PagePlace, PageRequest, StoreError, Stored};
use rusqlite::{Connection, OptionalExtension, params};
use service::{RecordKind, Value};

/// Looks into an index for one page: some milliseconds, whatever the values are. Only filters that
/// each let through much and together next to nothing need more; their pages are short.
const LOOKS_MAX: usize = 2_000;

/// Before every row.
const FIRST: PagePlace = PagePlace { value: i64::MAX, key: i64::MAX };

/// What came of a leap.
enum Leap {
    /// There is a row.
    Row,
    /// There is none any more.
    End,
    /// Too many looks: the next page goes on from here.
    Tired,
}

/// How a page is found: one way for each filter, or one through all rows.
pub(crate) struct Plan {
    ways: Vec<Way>,
    select: String,
    least: i64,
}

/// One index in the order of the list.
struct Way {
    /// The first place from a given one on.
    sql: String,
    value: Value,
}

impl Plan {
    /// # Errors
    /// No declared index leads there.
    pub fn of(request: &PageRequest) -> Result<Self, StoreError> {
        request.check()?;
        let kind = request.kind;
        let (order, least) = match request.newest {
            Newest::ByKey => (None, i64::MIN),
            Newest::ByColumn { column, at_least } => (Some(column), at_least.unwrap_or(i64::MIN)),
        };
        let mut ways = vec![];
        for (column, value) in &request.equal {
            ways.push(Way::of(kind, Some(column), order, value.clone()));
        }
        if ways.is_empty() {
            ways.push(Way::of(kind, None, order, Value::Null));
        }
        let select = format!("SELECT version, body FROM {} WHERE key = ?1", kind.name);
        Ok(Self { ways, select, least })
    }

    /// All of it as it was at one moment.
    pub fn page(&self, connection: &Connection, request: &PageRequest) -> rusqlite::Result<Page> {
        let moment = connection.unchecked_transaction()?;
        let mut page = Page::default();
        let mut place = request.after.map_or(FIRST, behind);
        let mut looks_left = LOOKS_MAX;
        loop {
            let leap = self.leap(&moment, &mut place, &mut looks_left)?;
            match leap {
                Leap::Row if page.records.len() < request.rows_max => {
                    page.records.push(self.record(&moment, request.kind, place.key)?);
                    place = behind(place);
                }
                Leap::Row | Leap::Tired => {
                    page.next = Some(PagePlace { key: place.key.saturating_add(1), ..place });
                    return Ok(page);
                }
                Leap::End => return Ok(page),
            }
        }
    }

    /// To the next place that all ways know, which may be the given one.
    fn leap(
        &self,
        connection: &Connection,
        place: &mut PagePlace,
        looks_left: &mut usize,
    ) -> rusqlite::Result<Leap> {
        let mut agreed = 0;
        for way in self.ways.iter().cycle() {
            if *looks_left == 0 {
                return Ok(Leap::Tired);
            }
            *looks_left -= 1;
            let found = way.first(connection, *place)?;
            let Some(found) = found.filter(|found| found.value >= self.least) else {
                return Ok(Leap::End);
            };
            agreed = if found == *place { agreed + 1 } else { 1 };
            *place = found;
            if agreed == self.ways.len() {
                return Ok(Leap::Row);
            }
        }
        Ok(Leap::End)
    }

    fn record(
        &self,
        connection: &Connection,
        kind: &'static RecordKind,
        key: i64,
    ) -> rusqlite::Result<Stored> {
        let (version, body) = connection
            .prepare_cached(&self.select)?
            .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Stored { key: record_key(connection, kind, key)?, version, body })
    }
}

/// The place that follows in the order of the list.
fn behind(place: PagePlace) -> PagePlace {
    PagePlace { key: place.key.saturating_sub(1), ..place }
}

impl Way {
    fn of(kind: &RecordKind, column: Option<&str>, order: Option<&str>, value: Value) -> Self {
        // `IS` is as `=`, and finds NULL.
        let equal = column.map_or_else(String::new, |column| format!("{column} IS ?1 AND "));
        let from = format!("FROM {} WHERE {equal}", kind.name);
        let sql = match order {
            None => format!("SELECT 0, key {from}key <= ?3 ORDER BY key DESC LIMIT 1"),
            // A comparison of pairs would go through all rows that have the same value.
            Some(by) => format!(
                "SELECT * FROM (SELECT {by}, key {from}{by} = ?2 AND key <= ?3
                                ORDER BY key DESC LIMIT 1)
                 UNION ALL
                 SELECT * FROM (SELECT {by}, key {from}{by} < ?2
                                ORDER BY {by} DESC, key DESC LIMIT 1)
                 LIMIT 1"
            ),
        };
        Self { sql, value }
    }

    /// Its first row from the place on.
    fn first(
        &self,
        connection: &Connection,
        place: PagePlace,
    ) -> rusqlite::Result<Option<PagePlace>> {
        let mut statement = connection.prepare_cached(&self.sql)?;
        let values = params![Cell::column(&self.value), place.value, place.key];
        let found = statement
            .query_row(values, |row| Ok(PagePlace { value: row.get(0)?, key: row.get(1)? }));
        found.optional()
    }
}
