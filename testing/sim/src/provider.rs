//! The simulated provider: the rules of the built-in one, and everything that goes wrong on the way
//! to a provider and back.

use crate::executor::{Universe, lock};
use crate::faults::{Fault, Faults};
use check::{Done, Stated, Statement};
use contracts::messages::{ProviderAnswered, ProviderOutcome, ProviderRequest};
use contracts::{Body, Message, Timestamp};
use engine::Effects;
use payment_fake::{Entry, Verdict, judge, no_answer};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a caller waits for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// Answers that come unasked reach the shop so much later, at most.
const UNASKED_AFTER_MAX: u64 = 200;

/// The provider's books, outside of the shop: no crash of ours touches them.
#[derive(Default)]
pub struct Books {
    entries: BTreeMap<String, Entry>,
    /// Answers that nobody asked for, to be brought in by the door.
    pub unasked: Vec<ProviderAnswered>,
    /// Operations that were heard of for the first time: order and operation.
    pub news: Vec<(String, String)>,
}

impl Books {
    /// Handles one request.
    pub fn handle(&mut self, request: &ProviderRequest, now: Timestamp) -> Verdict {
        let known = self.entries.get(&request.operation_id).cloned();
        let (verdict, entry) = judge(request, known, now);
        if let Some(entry) = entry
            && self.entries.insert(request.operation_id.clone(), entry).is_none()
        {
            self.news.push((request.order_id.clone(), request.operation_id.clone()));
        }
        verdict
    }
}

impl Statement for Books {
    fn done(&self, operation_ids: &[&str]) -> Result<Vec<Option<Done>>, String> {
        let entries = operation_ids.iter().map(|id| self.entries.get(*id));
        let done = |entry: &Entry| Done {
            order_id: entry.order_id.clone(),
            kind: entry.kind,
            amount: entry.amount,
        };
        Ok(entries.map(|entry| entry.filter(|entry| is_done(entry)).map(done)).collect())
    }

    fn succeeded(&self) -> Result<u64, String> {
        Ok(self.entries.values().filter(|entry| is_done(entry)).count() as u64)
    }

    fn page(&self, after: &str, rows_max: usize) -> Result<Vec<Stated>, String> {
        let is_wanted = |(id, entry): &(&String, &Entry)| id.as_str() > after && is_done(entry);
        let stated = |(id, entry): (&String, &Entry)| Stated {
            operation_id: id.clone(),
            order_id: entry.order_id.clone(),
        };
        Ok(self.entries.iter().filter(is_wanted).take(rows_max).map(stated).collect())
    }
}

fn is_done(entry: &Entry) -> bool {
    entry.decided == Some(Ok(()))
}

/// The way to the provider and back.
#[derive(Clone)]
pub struct SimProvider {
    /// Time and chance.
    pub universe: Universe,
    /// What goes wrong.
    pub faults: Faults,
    /// The provider's books.
    pub books: Arc<Mutex<Books>>,
}

impl Effects for SimProvider {
    async fn perform(&self, request: Arc<Message>) -> Body {
        let Body::ProviderRequest(request) = &request.body else {
            return ProviderAnswered::default().into();
        };
        self.universe.sleep(Duration::from_millis(1 + self.universe.below(300))).await;
        if self.faults.strikes(Fault::RequestLost) {
            return self.silence(request).await;
        }
        let verdict = lock(&self.books).handle(request, self.universe.now());
        self.universe.sleep(Duration::from_millis(self.universe.below(50))).await;
        let Verdict::Answered(answer) = verdict else { return self.silence(request).await };
        if self.faults.strikes(Fault::AnswerLost) {
            return self.silence(request).await;
        }
        if self.faults.strikes(Fault::AnswerLate) {
            // It comes unasked, when nobody waits for it any more.
            self.say_unasked(answer).await;
            return self.silence(request).await;
        }
        if self.faults.strikes(Fault::AnswerDoubled) {
            self.say_unasked(answer.clone()).await;
        }
        if self.faults.strikes(Fault::AnswerContrary) {
            self.contradict(&answer).await;
        }
        answer.into()
    }
}

impl SimProvider {
    async fn silence(&self, request: &ProviderRequest) -> Body {
        self.universe.sleep(ANSWER_TIMEOUT).await;
        no_answer(request).into()
    }

    async fn say_unasked(&self, answer: ProviderAnswered) {
        let (universe, books) = (self.universe.clone(), self.books.clone());
        let later = Duration::from_secs(1 + universe.below(UNASKED_AFTER_MAX));
        self.universe.spawn(crate::world::OUTSIDE, async move {
            universe.sleep(later).await;
            lock(&books).unasked.push(answer);
        });
    }

    /// Long after the true answer, so that the lie can only meet what is settled.
    async fn contradict(&self, answer: &ProviderAnswered) {
        let outcome = match answer.outcome() {
            ProviderOutcome::Succeeded => ProviderOutcome::Failed,
            ProviderOutcome::Failed => ProviderOutcome::Succeeded,
            _ => return,
        };
        let (universe, books) = (self.universe.clone(), self.books.clone());
        let mut lie = ProviderAnswered { code: "contrary".into(), ..answer.clone() };
        lie.set_outcome(outcome);
        self.universe.spawn(crate::world::OUTSIDE, async move {
            universe.sleep(Duration::from_secs(400)).await;
            lock(&books).unasked.push(lie);
        });
    }
}
