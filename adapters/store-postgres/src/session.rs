//! A connection and whether it is in a transaction.

use crate::connect::Connection;
use crate::error::Outcome;
use crate::flight::{Flight, Prepared};
use tokio_postgres::Row;

/// A connection taken from the pool. One whose transaction isn't over is closed, not given back.
pub(crate) struct Session {
    client: Option<Connection>,
    is_in_transaction: bool,
}

impl Session {
    pub fn new(client: Connection) -> Self {
        Self { client: Some(client), is_in_transaction: false }
    }

    pub fn client(&self) -> &Connection {
        self.client.as_ref().expect("it is given back when the session is dropped")
    }

    /// Begins a transaction with these statements; their rows.
    pub async fn begin(&mut self, statements: Flight<'_>) -> Outcome<Vec<Vec<Row>>> {
        self.is_in_transaction = true;
        let mut answers = statements.before("BEGIN").send(self.client()).await?;
        answers.remove(0);
        Ok(answers)
    }

    /// Begins to read everything as it is at one moment.
    pub async fn begin_moment(&mut self) -> Outcome<()> {
        self.is_in_transaction = true;
        let sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Flight::default().before(sql).send(self.client()).await.map(drop)
    }

    /// Ends the transaction with these statements.
    pub async fn commit(&mut self, statements: Flight<'_>) -> Outcome<()> {
        let prepared = self.prepare(statements).await?;
        self.commit_prepared(prepared).await.map(drop)
    }

    /// What ends a transaction with these statements. It need not have begun.
    pub async fn prepare<'s>(&self, mut statements: Flight<'s>) -> Outcome<Prepared<'s>> {
        statements.add("COMMIT", vec![]);
        statements.prepare(self.client()).await
    }

    /// Ends the transaction with these statements; their rows. If one of them fails nothing of it
    /// has happened: the server takes the `COMMIT` behind it for a `ROLLBACK`.
    pub async fn commit_prepared(&mut self, statements: Prepared<'_>) -> Outcome<Vec<Vec<Row>>> {
        let done = statements.send(self.client()).await;
        // After an error nobody knows how far it got: one ROLLBACK too many does no harm.
        self.is_in_transaction = done.is_err();
        let mut answers = done?;
        answers.pop(); // of the COMMIT
        Ok(answers)
    }

    /// Nothing of the transaction has happened.
    pub async fn roll_back(&mut self) {
        let client = self.client();
        if !self.is_in_transaction || client.is_closed() {
            return;
        }
        let done = client.heard(client.batch_execute("ROLLBACK")).await;
        self.is_in_transaction = !matches!(done, Ok(Ok(())));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(client) = self.client.take().filter(|_| self.is_in_transaction) {
            client.close();
        }
    }
}
