//! Statements that go to the server together: one way there and back for all of them.

use crate::error::Outcome;
use deadpool_postgres::Object;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};

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

    /// The same behind a statement without values.
    pub fn before(mut self, sql: &str) -> Self {
        self.statements.insert(0, (sql.into(), vec![]));
        self
    }

    /// Makes the statements known to the server; most are.
    pub async fn prepare(self, client: &Object) -> Outcome<Prepared<'a>> {
        let mut prepared = vec![];
        for (sql, parameters) in self.statements {
            prepared.push((client.prepare_cached(&sql).await?, parameters));
        }
        Ok(Prepared(prepared))
    }

    /// As [`Prepared::send`].
    pub async fn send(self, client: &Object) -> Outcome<Vec<Vec<Row>>> {
        self.prepare(client).await?.send(client).await
    }
}

/// Statements that need only be executed.
pub(crate) struct Prepared<'a>(Vec<(Statement, Vec<Parameter<'a>>)>);

impl Prepared<'_> {
    /// The rows of each. The first error counts: the server executes nothing behind it, if all is
    /// one transaction.
    pub async fn send(self, client: &Object) -> Outcome<Vec<Vec<Row>>> {
        let answers = self.0.iter().map(|(statement, parameters)| {
            Box::pin(query(client, statement, parameters)) as Answer<'_>
        });
        Ok(in_order(answers.collect()).await.into_iter().collect::<Result<_, _>>()?)
    }
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Vec<Row>, Error>> + Send + 'a>>;

async fn query(
    client: &Object,
    statement: &Statement,
    parameters: &[Parameter<'_>],
) -> Result<Vec<Row>, Error> {
    let parameters: Vec<&(dyn ToSql + Sync)> =
        parameters.iter().map(|it| &**it as &(dyn ToSql + Sync)).collect();
    client.query(statement, &parameters).await
}

/// Waits for all. A statement is sent when its future is polled first, so they are always polled in
/// order; that is what makes an order of them.
async fn in_order(mut answers: Vec<Answer<'_>>) -> Vec<Result<Vec<Row>, Error>> {
    let mut done: Vec<Option<Result<Vec<Row>, Error>>> = answers.iter().map(|_| None).collect();
    poll_fn(move |context| {
        let mut is_waiting = false;
        for (answer, done) in answers.iter_mut().zip(&mut done) {
            if done.is_none() {
                match answer.as_mut().poll(context) {
                    Poll::Ready(rows) => *done = Some(rows),
                    Poll::Pending => is_waiting = true,
                }
            }
        }
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
