//! The built-in payment provider: it is outside of the house, with books in a file of its own, and
//! what it does is decided by the payment method's token. The same operation id gets the same
//! answer, also after a crash of either side.
//!
//! Invariant: it decides nothing for us. It takes requests and gives answers, like any provider.

mod books;
mod rules;
mod statement;

pub use books::{Books, BooksError};
pub use rules::{Entry, TOKENS, Verdict, judge};
pub use statement::Statement;

use contracts::messages::{ProviderAnswered, ProviderOutcome, ProviderRequest};
use contracts::{Body, Message};
use engine::{Clock, Effects};
use std::sync::Arc;
use std::time::Duration;

/// How long a caller waits for an answer before it takes it for lost.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// The provider at work: inside the process, as the engine reaches it, or behind a server.
pub struct FakeProvider<C> {
    books: Books,
    clock: C,
}

impl<C: Clock> FakeProvider<C> {
    /// The provider with these books, at the time of that clock.
    pub const fn new(books: Books, clock: C) -> Self {
        Self { books, clock }
    }

    /// Does what is asked, or says what became of it. None: no answer was made in time.
    pub async fn answer(&self, request: &ProviderRequest) -> Option<ProviderAnswered> {
        match self.books.handle(request.clone(), self.clock.now()).await {
            Ok(Verdict::Answered(answer)) => Some(answer),
            Ok(Verdict::Silent) => {
                self.clock.sleep(ANSWER_TIMEOUT).await;
                None
            }
            Err(error) => {
                tracing::warn!(%error, "the fake provider can't write its books");
                None
            }
        }
    }
}

impl<C: Clock> Effects for FakeProvider<C> {
    async fn perform(&self, request: Arc<Message>) -> Body {
        let Body::ProviderRequest(request) = &request.body else {
            return ProviderAnswered::default().into();
        };
        let answer = self.answer(request).await;
        answer.unwrap_or_else(|| no_answer(request)).into()
    }
}

/// What is said where no answer came: it may or may not have happened.
pub fn no_answer(request: &ProviderRequest) -> ProviderAnswered {
    ProviderAnswered {
        order_id: request.order_id.clone(),
        operation_id: request.operation_id.clone(),
        outcome: ProviderOutcome::Unspecified.into(),
        ..ProviderAnswered::default()
    }
}
