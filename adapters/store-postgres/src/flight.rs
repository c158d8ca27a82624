//! Statements that go to the server together: one way there and back for all of them.

use crate::connect::Connection;
use crate::error::Outcome;
use std::fmt::Write as _;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};

/// So many statements a connection keeps prepared; then it begins anew. A server needs some hundred
/// kilobytes for one that writes many tables.
const PREPARED_MAX: usize = 200;

/// A value of a statement.
pub(crate) type Parameter<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// Statements, in the order in which the server executes them.
#[derive(Default)]
pub(crate) struct Flight<'a> {
    statements: Vec<(String, Vec<Parameter<'a>>)>,
}

impl<'a> Flight<'a> {
    /// Adds a statement.
    pub fn add(&mut self, sql: impl Into<String>, parameters: Vec<Parameter<'a>>) {
        self.statements.push((sql.into(), parameters));
    }

    /// Makes one statement of all: each costs the server a message to answer, a snapshot and a plan
    /// to start, more than the few rows of a small round. They must not be about the same rows, for
    /// none sees what the others do. The rows of the answer are those of the last one.
    pub fn into_one(self) -> Self {
        let count = self.statements.len();
        let (mut sql, mut all) = (String::new(), vec![]);
        for (number, (statement, parameters)) in (1..).zip(self.statements) {
            if number == count {
                renumber(&statement, all.len(), &mut sql);
            } else {
                let before = if number == 1 { "WITH" } else { "," };
                _ = write!(sql, "{before} w{number} AS (");
                renumber(&statement, all.len(), &mut sql);
                sql.push_str(") ");
            }
            all.extend(parameters);
        }
        Self { statements: if count == 0 { vec![] } else { vec![(sql, all)] } }
    }

    /// Puts the statements of another one behind these.
    pub fn append(&mut self, mut other: Self) {
        self.statements.append(&mut other.statements);
    }

    /// The same behind a statement without values.
    pub fn before(mut self, sql: &str) -> Self {
        self.statements.insert(0, (sql.into(), vec![]));
        self
    }

    /// Makes the statements known to the server; most are.
    pub async fn prepare(self, client: &Connection) -> Outcome<Prepared<'a>> {
        if client.statement_cache.size() > PREPARED_MAX {
            client.statement_cache.clear();
        }
        let mut prepared = vec![];
        for (sql, parameters) in self.statements {
            let statement = client.heard(client.prepare_cached(&sql)).await??;
            prepared.push((statement, parameters));
        }
        Ok(Prepared(prepared))
    }

    /// As [`Prepared::send`].
    pub async fn send(self, client: &Connection) -> Outcome<Vec<Vec<Row>>> {
        self.prepare(client).await?.send(client).await
    }
}

/// Adds a statement whose values come behind so many others.
fn renumber(statement: &str, others: usize, sql: &mut String) {
    let mut parts = statement.split('$');
    sql.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let number: usize = number.parse().unwrap_or_default();
        _ = write!(sql, "${}{rest}", number + others);
    }
}

/// Statements that need only be executed.
pub(crate) struct Prepared<'a>(Vec<(Statement, Vec<Parameter<'a>>)>);

impl Prepared<'_> {
    /// The rows of each. The first error counts: the server executes nothing behind it, if all is
    /// one transaction.
    pub async fn send(self, client: &Connection) -> Outcome<Vec<Vec<Row>>> {
        let answers = self.0.iter().map(|(statement, parameters)| {
            Box::pin(query(client, statement, parameters)) as Answer<'_>
        });
        let answers = client.heard(in_order(answers.collect())).await?;
        Ok(answers.into_iter().collect::<Result<_, _>>()?)
    }
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Vec<Row>, Error>> + Send + 'a>>;

async fn query(
    client: &Connection,
    statement: &Statement,
    parameters: &[Parameter<'_>],
) -> Result<Vec<Row>, Error> {
    let parameters: Vec<&(dyn ToSql + Sync)> =
        parameters.iter().map(|it| &**it as &(dyn ToSql + Sync)).collect();
    client.query(statement, &parameters).await
}

/// Waits for all. A statement is sent when its future is polled first, so they are always polled in
/// order; that is what makes an order of them. Behind one that can't be sent nothing is sent: a
/// `COMMIT` would make the others count.
async fn in_order(mut answers: Vec<Answer<'_>>) -> Vec<Result<Vec<Row>, Error>> {
    let mut done: Vec<Option<Result<Vec<Row>, Error>>> = answers.iter().map(|_| None).collect();
    let mut are_sent = false;
    poll_fn(move |context| {
        let mut is_waiting = false;
        for (answer, done) in answers.iter_mut().zip(&mut done) {
            if done.is_none() {
                match answer.as_mut().poll(context) {
                    Poll::Ready(Err(error)) if !are_sent => {
                        return Poll::Ready(vec![Err(error)]);
                    }
                    Poll::Ready(rows) => *done = Some(rows),
                    Poll::Pending => is_waiting = true,
                }
            }
        }
        are_sent = true;
        if is_waiting { Poll::Pending } else { Poll::Ready(done.drain(..).flatten().collect()) }
    })
    .await
}

/// Boxes the values of a statement.
macro_rules! parameters {
    ($($value:expr),* $(,)?) => {
        vec![$(Box::new($value) as $crate::flight::Parameter<'_>),*]
    };
}
pub(crate) use parameters;

#[cfg(test)]
mod tests {
    use super::*;

    /// Statements, each with how many values it has; what they are as one.
    fn check(statements: &[(&str, usize)], expected: &[(&str, usize)]) {
        let mut flight = Flight::default();
        for (sql, values) in statements {
            flight.add(*sql, (0..*values).map(|_| Box::new(0_i64) as Parameter<'_>).collect());
        }
        let made = flight.into_one().statements;
        let made: Vec<_> = made.iter().map(|(sql, values)| (sql.as_str(), values.len())).collect();
        assert_eq!(made, expected, "{statements:?}");
    }

    #[test]
    fn statements_as_one_have_their_values_one_behind_the_other() {
        check(&[], &[]);
        check(&[("DELETE FROM a", 0)], &[("DELETE FROM a", 0)]);
        check(&[("A $1::bigint[], $2", 2)], &[("A $1::bigint[], $2", 2)]);
        check(
            &[("A $1, $2", 2), ("B", 0), ("C $2 + $1", 2), ("D $1", 1)],
            &[("WITH w1 AS (A $1, $2) , w2 AS (B) , w3 AS (C $4 + $3) D $5", 5)],
        );

        let mut flight = Flight::default();
        (0..12).for_each(|_| flight.add("A $1", parameters![0_i64]));
        assert!(flight.into_one().statements[0].0.ends_with("w11 AS (A $11) A $12"));
    }
}
