//! Lists: pages of records, newest first, and the tokens that lead from one page to the next.

mod query;
pub mod token;

pub use query::{Listed, NoFilter, PageParameters};

use crate::idempotency::fingerprint;
use crate::problem::Problem;
use crate::shop::{Api, columns, decode, store_problem};
use engine::{Newest, PagePlace, PageRequest, Stored};
use query::Part;
use service::{Kept, Record, RecordKey, RecordKind, Value};

/// Records of one subject that a list goes through: no subject has so many.
const ROWS_OF_SUBJECT_MAX: usize = 10_000;

/// Which records to list.
pub struct List {
    kind: &'static RecordKind,
    newest: Newest,
    equal: Vec<(&'static str, Value)>,
    subject: Option<String>,
}

/// A record of a list.
pub struct Row<T> {
    /// Which.
    pub key: RecordKey,
    /// The record.
    pub record: T,
    /// How many decisions have written it.
    pub version: u64,
}

impl List {
    /// All records of a kind.
    pub const fn of(kind: &'static RecordKind, newest: Newest) -> Self {
        Self { kind, newest, equal: vec![], subject: None }
    }

    /// Only those with that value, if there is one.
    pub fn only(mut self, column: &'static str, value: Option<impl Into<Value>>) -> Self {
        self.equal.extend(value.map(|value| (column, value.into())));
        self
    }

    /// Only those about that subject, if there is one.
    pub fn about(self, subject: Option<impl Into<String>>) -> Self {
        Self { subject: subject.map(Into::into), ..self }
    }

    /// A page, and the token of the next one: empty at the end.
    ///
    /// # Errors
    /// The token is of another list, or the store can't be read.
    pub async fn page<R: Record, T: Kept<R> + Clone>(
        &self,
        api: &Api,
        part: &Part,
    ) -> Result<(Vec<Row<T>>, String), Problem> {
        let after = part.token.as_deref().map(|text| token::read(text, self.binding()));
        let after = after.transpose()?;
        let (stored, next) = match &self.subject {
            Some(subject) => self.of_subject::<R>(api, subject, part.size, after).await?,
            None => self.of_all(api, part.size, after).await?,
        };
        let row = |stored: &Stored| {
            let (record, version) = decode::<R, T>(stored)?;
            Ok(Row { key: stored.key.clone(), record, version })
        };
        let rows = stored.iter().map(row).collect::<Result<_, Problem>>()?;
        Ok((rows, next.map_or_else(String::new, |place| token::write(place, self.binding()))))
    }

    async fn of_all(
        &self,
        api: &Api,
        rows_max: usize,
        after: Option<PagePlace>,
    ) -> Result<(Vec<Stored>, Option<PagePlace>), Problem> {
        let Self { kind, newest, equal, .. } = self;
        let request = PageRequest { kind, newest: *newest, equal: equal.clone(), after, rows_max };
        let page = api.shop().page(request).await.map_err(|error| store_problem(&error))?;
        Ok((page.records, page.next))
    }

    /// The records of one subject are few, and their numbers are their order.
    async fn of_subject<R: Record>(
        &self,
        api: &Api,
        subject: &str,
        rows_max: usize,
        after: Option<PagePlace>,
    ) -> Result<(Vec<Stored>, Option<PagePlace>), Problem> {
        let stored = api.shop().records_of(self.kind, subject.into(), ROWS_OF_SUBJECT_MAX).await;
        let stored = stored.map_err(|error| store_problem(&error))?;
        let place = |row: &Stored| PagePlace { value: 0, key: i64::from(row.key.number) };
        let is_older = |row: &Stored| after.is_none_or(|after| place(row).key < after.key);
        let mut rows = vec![];
        for row in stored.into_iter().rev().filter(is_older) {
            if self.holds::<R>(&row)? {
                rows.push(row);
            }
        }
        let has_more = rows.len() > rows_max;
        rows.truncate(rows_max);
        let next = rows.last().map(place).filter(|_| has_more);
        Ok((rows, next))
    }

    /// Whether the record has the values that are asked for.
    fn holds<R: Record>(&self, row: &Stored) -> Result<bool, Problem> {
        let values = columns::<R>(row)?;
        let of = |column: &str| self.kind.columns.iter().position(|it| it.name == column);
        let has = |(column, value): &(&str, Value)| {
            of(column).and_then(|place| values.get(place)) == Some(value)
        };
        Ok(self.equal.iter().all(has))
    }

    /// What a token is bound to: the list and its filters.
    fn binding(&self) -> u64 {
        let filters = format!("{:?} {:?} {:?}", self.newest, self.equal, self.subject);
        binding(self.kind.name, &filters)
    }
}

/// What a token is bound to: the list of that name with these filters.
pub fn binding(list: &str, filters: &str) -> u64 {
    let hash = fingerprint(&[list.as_bytes(), filters.as_bytes()]);
    hash.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
