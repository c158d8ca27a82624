//! What the inbox knows, and which rows are still there.

use crate::error::Outcome;
use crate::flight::{Flight, Parameter, parameters};
use crate::transaction::{Attempt, Moment, SEAL, TAKE_SEAL};
use contracts::{MessageId, ServiceName, Subject, Timestamp};
use engine::{Consumed, Known, Recognised, StoreError};
use rustc_hash::FxHashSet;
use tokio_postgres::Row;

pub(crate) async fn recognise(
    attempt: &mut Attempt<'_>,
    inbox: &[(ServiceName, MessageId)],
    consumed: Vec<Consumed>,
) -> Outcome<Recognised> {
    let rows = ConsumedRows::of(&consumed);
    let mut flight = Flight::default();
    // A statement of its own: those that come later see whatever was committed before it counts the
    // commits, and what it sees itself may be older.
    flight.add(if attempt.takes_seal_first { TAKE_SEAL } else { COUNT_COMMITS }, parameters![SEAL]);
    flight.add(
        format!(
            "SELECT {}, (SELECT turn FROM orderweaver.inbox_turn),
                    EXISTS (SELECT FROM orderweaver.lots)",
            attempt.shared.time.sql("$1")
        ),
        parameters![attempt.shared.time.at_least()],
    );
    if !inbox.is_empty() {
        flight.add(format!("SELECT known.* FROM {KNOWN}"), keys(inbox));
    }
    rows.find(&mut flight);
    let answers = match attempt.takes_seal_first {
        true => attempt.session.begin(flight).await?,
        false => flight.send(attempt.session.client()).await?,
    };
    let mut answers = answers.into_iter();
    let (commits, rest) = (answers.next().unwrap_or_default(), answers.next().unwrap_or_default());
    attempt.moment = moment(&commits, &rest)?;
    attempt.shared.time.has_come(attempt.moment.now);
    let found = if inbox.is_empty() { vec![] } else { answers.next().unwrap_or_default() };
    let known = found.iter().map(known).collect::<Outcome<_>>()?;
    let gone = rows.gone(answers)?.into_iter().map(|index| consumed[index].clone()).collect();
    Ok(Recognised { now: attempt.moment.now, known, gone })
}

/// The number of the last commit, if none is under way.
const COUNT_COMMITS: &str = "SELECT CASE WHEN pg_try_advisory_xact_lock_shared($1)
     THEN (SELECT last_value FROM orderweaver.commits) END";

/// What the inbox knows of these keys.
pub(crate) const KNOWN: &str = "unnest($1::bytea[], $2::smallint[]) AS k (key, service)
    CROSS JOIN LATERAL (
      SELECT service, key, fingerprint, reply FROM orderweaver.inbox i
      WHERE i.key = k.key AND i.service = k.service OFFSET 0
    ) AS known";

/// Those of these timers that are set to these times.
const TIMERS: &str = "unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::bigint[])
       AS k (index, service, subject, label, at)
     CROSS JOIN LATERAL (
       SELECT id FROM orderweaver.names WHERE name = k.subject OFFSET 0
     ) AS named
     CROSS JOIN LATERAL (
       SELECT t.ctid, t.at FROM orderweaver.timers t
       WHERE t.subject = named.id AND t.service = k.service AND t.label = k.label OFFSET 0
     ) AS timer
     WHERE timer.at = k.at";

/// Keys of the inbox as parameters: an array of keys and one of services.
pub(crate) fn keys<'a>(inbox: &[(ServiceName, MessageId)]) -> Vec<Parameter<'a>> {
    parameters![
        inbox.iter().map(|(_, key)| key.to_bytes().to_vec()).collect::<Vec<_>>(),
        inbox.iter().map(|(service, _)| service.number()).collect::<Vec<_>>(),
    ]
}

fn moment(commits: &[Row], rest: &[Row]) -> Outcome<Moment> {
    let none = || StoreError::Unavailable("the database says no time".into());
    let (commits, rest) = commits.first().zip(rest.first()).ok_or_else(none)?;
    Ok(Moment {
        now: Timestamp(rest.try_get(0)?),
        commits: commits.try_get(0)?,
        turn: rest.try_get(1)?,
        has_lots: rest.try_get(2)?,
    })
}

fn known(row: &Row) -> Outcome<Known> {
    let unreadable = |what: &str| StoreError::Fatal(format!("the inbox has {what}"));
    let number: i16 = row.try_get(0)?;
    let service = ServiceName::from_number(number);
    let service = service.ok_or_else(|| unreadable("no such service"))?;
    let key: &[u8] = row.try_get(1)?;
    let key = key.try_into().map_err(|_| unreadable("a key of another length"))?;
    let fingerprint: &[u8] = row.try_get(2)?;
    let fingerprint =
        fingerprint.try_into().map_err(|_| unreadable("a fingerprint of another length"))?;
    let reply: Option<&str> = row.try_get(3)?;
    let reply = reply.and_then(|json| serde_json::from_str(json).ok());
    Ok(Known { service, key: MessageId::from_bytes(key), fingerprint, reply })
}

/// Rows to be handled and deleted, by their tables, each with its place among all of them.
pub(crate) struct ConsumedRows<'a> {
    timers: Vec<(usize, i16, &'a Subject, &'a Subject, i64)>,
    effects: Vec<(usize, i16, &'a Subject)>,
    hops: Vec<(usize, i64)>,
}

impl<'a> ConsumedRows<'a> {
    pub fn of(consumed: &'a [Consumed]) -> Self {
        let mut rows = Self { timers: vec![], effects: vec![], hops: vec![] };
        for (index, row) in consumed.iter().enumerate() {
            match row {
                Consumed::Timer { key, at } => {
                    let service = key.service.number();
                    rows.timers.push((index, service, &key.subject, &key.label, at.micros()));
                }
                Consumed::Effect { service, id } => {
                    rows.effects.push((index, service.number(), id));
                }
                Consumed::Hop { position } => {
                    rows.hops.push((index, i64::try_from(*position).unwrap_or(i64::MAX)));
                }
            }
        }
        rows
    }

    /// Asks for the places of those that are there.
    pub fn find(&self, flight: &mut Flight<'a>) {
        if !self.timers.is_empty() {
            flight.add(format!("SELECT k.index FROM {TIMERS}"), self.timers());
        }
        if !self.effects.is_empty() {
            flight.add(
                "SELECT k.index
                 FROM unnest($1::bigint[], $2::smallint[], $3::text[]) AS k (index, service, id)
                 CROSS JOIN LATERAL (
                   SELECT FROM orderweaver.effects e
                   WHERE e.id = k.id AND e.service = k.service OFFSET 0
                 ) AS effect",
                parameters![
                    self.effects.iter().map(|it| index(it.0)).collect::<Vec<_>>(),
                    self.effects.iter().map(|it| it.1).collect::<Vec<_>>(),
                    self.effects.iter().map(|it| it.2.as_str()).collect::<Vec<_>>(),
                ],
            );
        }
        if !self.hops.is_empty() {
            flight.add(
                "SELECT k.index FROM unnest($1::bigint[], $2::bigint[]) AS k (index, position)
                 CROSS JOIN LATERAL (
                   SELECT FROM orderweaver.hops h WHERE h.position = k.position OFFSET 0
                 ) AS hop",
                parameters![
                    self.hops.iter().map(|it| index(it.0)).collect::<Vec<_>>(),
                    self.hops.iter().map(|it| it.1).collect::<Vec<_>>(),
                ],
            );
        }
    }

    /// Deletes them. Timers by their place, for only who has the seal changes any; effects by what
    /// they are, for others may claim them meanwhile, and a claimed row has another place.
    pub fn delete(&self, flight: &mut Flight<'a>) {
        if !self.timers.is_empty() {
            let sql = "DELETE FROM orderweaver.timers WHERE ctid = ANY (ARRAY(SELECT timer.ctid";
            flight.add(format!("{sql} FROM {TIMERS}))"), self.timers());
        }
        for service in ServiceName::ALL.map(ServiceName::number) {
            let own = self.effects.iter().filter(|it| it.1 == service);
            let ids: Vec<&str> = own.map(|it| it.2.as_str()).collect();
            if !ids.is_empty() {
                let sql = "DELETE FROM orderweaver.effects
                           WHERE id = ANY ($1::text[]) AND service = $2";
                flight.add(sql, parameters![ids, service]);
            }
        }
        if !self.hops.is_empty() {
            let positions: Vec<i64> = self.hops.iter().map(|it| it.1).collect();
            let sql = "DELETE FROM orderweaver.hops WHERE position = ANY ($1::bigint[])";
            flight.add(sql, parameters![positions]);
        }
    }

    fn timers(&self) -> Vec<Parameter<'a>> {
        parameters![
            self.timers.iter().map(|it| index(it.0)).collect::<Vec<_>>(),
            self.timers.iter().map(|it| it.1).collect::<Vec<_>>(),
            self.timers.iter().map(|it| it.2.as_str()).collect::<Vec<_>>(),
            self.timers.iter().map(|it| it.3.as_str()).collect::<Vec<_>>(),
            self.timers.iter().map(|it| it.4).collect::<Vec<_>>(),
        ]
    }

    /// The places of those that were not found.
    pub fn gone(&self, found: impl Iterator<Item = Vec<Row>>) -> Outcome<Vec<usize>> {
        let mut places = FxHashSet::default();
        for row in found.flatten() {
            places.insert(row.try_get::<_, i64>(0)?);
        }
        let all = self.timers.iter().map(|it| it.0);
        let all = all.chain(self.effects.iter().map(|it| it.0));
        let all = all.chain(self.hops.iter().map(|it| it.0));
        Ok(all.filter(|it| !places.contains(&index(*it))).collect())
    }
}

fn index(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}
