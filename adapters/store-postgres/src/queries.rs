//! Reading outside of rounds, on connections of their own.

use crate::error::store_error;
use crate::flight::{Flight, Parameter, parameters};
use crate::page;
use crate::read::{get, limit, service_in, text_in, value_in};
use crate::scan;
use crate::session::Session;
use crate::store::PostgresStore;
use contracts::{MessageId, Subject};
use engine::{
    Backlog, DeadLetter, Group, LogPage, LogPlace, LogRequest, LoggedMessage, Page, PageRequest,
    Queries, Scan, ScanRequest, StoreError, Stored, Tallied, Tally, TallyKey, TallyRequest,
    log_row, number_in, row_key,
};
use service::{Index, NUMBER_MAX, RecordKey, RecordKind};
use tokio_postgres::Row;

impl Queries for PostgresStore {
    async fn record(&self, key: RecordKey) -> Result<Option<Stored>, StoreError> {
        let found = self.numbered(key.kind, key.subject, key.number, key.number, 1).await?;
        Ok(found.into_iter().next())
    }

    async fn records_of(
        &self,
        kind: &'static RecordKind,
        subject: Subject,
        rows_max: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.numbered(kind, subject, 0, NUMBER_MAX, rows_max).await
    }

    async fn page(&self, request: PageRequest) -> Result<Page, StoreError> {
        page::page(self, &request).await
    }

    async fn count(
        &self,
        kind: &'static RecordKind,
        index: &'static Index,
        groups_max: usize,
    ) -> Result<Vec<Group>, StoreError> {
        let (name, columns) = (&self.0.tables.get(kind.name)?.name, index.columns.join(", "));
        let only = index.only.map_or_else(String::new, |only| format!("WHERE {only} "));
        let order = columns.replace(", ", " NULLS FIRST, ") + " NULLS FIRST";
        let sql = format!(
            "SELECT {columns}, count(*) FROM {name} {only}GROUP BY {columns}
             ORDER BY {order} LIMIT $1"
        );
        let width = index.columns.len();
        let group = |row: &Row| {
            let values =
                (0..width).map(|column| value_in(row, column)).collect::<Result<_, _>>()?;
            let rows: i64 = get(row, width)?;
            Ok(Group { values, rows: u64::try_from(rows).unwrap_or(0) })
        };
        self.read(&sql, parameters![limit(groups_max)]).await?.iter().map(group).collect()
    }

    async fn log(&self, request: LogRequest) -> Result<LogPage, StoreError> {
        let LogRequest { about, after, messages_max } = request;
        let from = i64::try_from(after.position).unwrap_or(i64::MAX);
        let rows = match about {
            Some(subject) => {
                let sql = "SELECT position, messages FROM orderweaver.log
                           WHERE (subject, position) >=
                                   ((SELECT id FROM orderweaver.names WHERE name = $3), $1)
                             AND subject <= (SELECT id FROM orderweaver.names WHERE name = $3)
                           ORDER BY subject, position LIMIT $2";
                let parameters = parameters![from, log_rows(messages_max), subject.to_string()];
                self.read(sql, parameters).await?
            }
            None => {
                let sql = "SELECT position, messages FROM orderweaver.log
                           WHERE position >= $1 ORDER BY position LIMIT $2";
                self.read(sql, parameters![from, log_rows(messages_max)]).await?
            }
        };
        let mut messages = vec![];
        for row in &rows {
            let placed = logged(row)?;
            messages.extend(placed.into_iter().filter(|logged| logged.place > after));
        }
        messages.truncate(messages_max);
        let next = match messages.last() {
            Some(last) => last.place,
            None => after.min(self.log_end().await?),
        };
        Ok(LogPage { messages, next })
    }

    async fn tallies(&self, request: TallyRequest) -> Result<Vec<Tally>, StoreError> {
        let TallyRequest { service, name, after, rows_max } = request;
        let (after_name, after_unit) = after.unwrap_or_else(|| ("".into(), "".into()));
        let sql = "SELECT name, unit, plus::text, minus::text FROM orderweaver.tallies
                   WHERE service = $1 AND (name, unit) > ($2, $3)
                     AND ($5::text IS NULL OR name = $5)
                   ORDER BY name, unit LIMIT $4";
        let rows = self.read(
            sql,
            parameters![
                service.number(),
                after_name.to_string(),
                after_unit.to_string(),
                limit(rows_max),
                name.map(|name| name.to_string()),
            ],
        );
        let tally = |row: &Row| {
            let (name, unit) = (text_in(row, 0)?, text_in(row, 1)?);
            let tallied = Tallied { plus: sum(row, 2)?, minus: sum(row, 3)? };
            Ok(Tally { key: TallyKey { service, name, unit }, tallied })
        };
        rows.await?.iter().map(tally).collect()
    }

    async fn dead_letters(&self, rows_max: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let sql = "SELECT service, id, source, subject, reason, bytes
                   FROM orderweaver.dead_letters ORDER BY position LIMIT $1";
        let rows = self.read(sql, parameters![limit(rows_max)]).await?;
        rows.iter().map(dead_letter).collect()
    }

    async fn scan<T: Send + 'static>(
        &self,
        request: ScanRequest,
        judge: impl FnOnce(Scan) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let tables: Result<Vec<_>, _> =
            request.kinds.iter().map(|kind| self.0.tables.get(kind.name)).collect();
        let mut session = Session::new(self.0.connections.reader().await?);
        session.begin_moment().await?;
        let found = scan::scan(&session, &tables?, &request).await;
        session.roll_back().await;
        // It takes long enough to hold up others on the same thread.
        let judged = tokio::task::spawn_blocking({
            let found = found?;
            move || judge(found)
        });
        judged.await.map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let count = |table| format!("(SELECT count(*) FROM orderweaver.{table})");
        let tables = ["timers", "outbox", "hops", "effects", "parked", "dead_letters"];
        let sql = format!("SELECT {}", tables.map(count).join(", "));
        let rows = self.read(&sql, vec![]).await?;
        let counts = |column| match rows.first() {
            Some(row) => get::<i64>(row, column).map(|count| u64::try_from(count).unwrap_or(0)),
            None => Ok(0),
        };
        Ok(Backlog {
            timers: counts(0)?,
            outbox: counts(1)?,
            hops: counts(2)?,
            effects: counts(3)?,
            parked: counts(4)?,
            dead_letters: counts(5)?,
        })
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.read("SELECT 1", vec![]).await.map(drop)
    }
}

impl PostgresStore {
    async fn read(
        &self,
        sql: &str,
        parameters: Vec<Parameter<'_>>,
    ) -> Result<Vec<Row>, StoreError> {
        let client = self.0.connections.reader().await?;
        let mut flight = Flight::default();
        flight.add(sql, parameters);
        Ok(flight.send(&client).await.map_err(StoreError::from)?.remove(0))
    }

    async fn numbered(
        &self,
        kind: &'static RecordKind,
        subject: Subject,
        first: u32,
        last: u32,
        rows_max: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let table = &self.0.tables.get(kind.name)?.name;
        let sql = format!(
            "SELECT key, version, body FROM {table}
             WHERE key BETWEEN (SELECT (id << 24) + $2 FROM orderweaver.names WHERE name = $1)
                           AND (SELECT (id << 24) + $3 FROM orderweaver.names WHERE name = $1)
             ORDER BY key LIMIT $4"
        );
        let (first, last) = (row_key(0, first), row_key(0, last));
        let parameters = parameters![subject.to_string(), first, last, limit(rows_max)];
        let stored = |row: &Row| {
            let number = number_in(get(row, 0)?);
            let version: i64 = get(row, 1)?;
            let key = RecordKey { kind, subject: subject.clone(), number };
            let version = u64::try_from(version).unwrap_or(0);
            Ok(Stored { key, version, body: get(row, 2)? })
        };
        self.read(&sql, parameters).await?.iter().map(stored).collect()
    }

    /// The place of the last message.
    async fn log_end(&self) -> Result<LogPlace, StoreError> {
        let sql = "SELECT position, messages FROM orderweaver.log ORDER BY position DESC LIMIT 1";
        let rows = self.read(sql, vec![]).await?;
        let Some(row) = rows.first() else { return Ok(LogPlace::BEGIN) };
        Ok(logged(row)?.last().map_or(LogPlace::BEGIN, |last| last.place))
    }
}

/// The messages of a row of the log.
fn logged(row: &Row) -> Result<Vec<LoggedMessage>, StoreError> {
    let position: i64 = get(row, 0)?;
    let position = u64::try_from(position).unwrap_or(0);
    let messages = log_row::messages(get(row, 1)?);
    let messages = messages.map_err(|error| StoreError::Fatal(error.to_string()))?;
    let placed = |(message, index)| LoggedMessage { place: LogPlace { position, index }, message };
    Ok(messages.into_iter().zip(0..).map(placed).collect())
}

fn dead_letter(row: &Row) -> Result<DeadLetter, StoreError> {
    let id: &[u8] = get(row, 1)?;
    let id = id.try_into().map_err(|_| StoreError::Fatal("a dead letter has no id".into()))?;
    let source: Option<&str> = get(row, 2)?;
    Ok(DeadLetter {
        service: service_in(row, 0)?,
        id: MessageId::from_bytes(id),
        source: source.and_then(|source| source.parse().ok()),
        subject: text_in(row, 3)?,
        reason: get(row, 4)?,
        bytes: get(row, 5)?,
    })
}

fn sum(row: &Row, column: usize) -> Result<i128, StoreError> {
    let text: &str = row.try_get(column).map_err(|error| store_error(&error))?;
    text.parse().map_err(|_| StoreError::Fatal(format!("{text:?} is no whole number")))
}

/// Each row of the log holds at least one message; the first may be one that was told already.
fn log_rows(messages_max: usize) -> i64 {
    limit(messages_max).saturating_add(1)
}
