//! What committed rounds tell the metrics and the log.

use super::logs;
use super::sagas;
use contracts::{MessageType, ServiceName};
use engine::ObservedRound;
use metrics::{Counter, Histogram, counter, histogram};

/// The metrics of rounds, each looked up once: a round may hold thousands of messages.
pub struct Observer {
    rounds: Counter,
    duration: Histogram,
    deliveries: Counter,
    duplicates: Counter,
    /// In the order of the types.
    messages: Vec<Counter>,
    /// In the order of the services.
    dead_letters: Vec<Counter>,
}

impl Observer {
    /// With every series there is: one that is still at 0 is shown too.
    pub fn new() -> Self {
        let message =
            |it: &MessageType| counter!("orderweaver_messages_total", "message" => it.name());
        let dead =
            |it: ServiceName| counter!("orderweaver_dead_letters_total", "service" => it.as_str());
        Self {
            rounds: counter!("orderweaver_rounds_total"),
            duration: histogram!("orderweaver_round_duration_seconds"),
            deliveries: counter!("orderweaver_deliveries_total"),
            duplicates: counter!("orderweaver_inbox_duplicates_total"),
            messages: MessageType::ALL.iter().map(message).collect(),
            dead_letters: ServiceName::ALL.into_iter().map(dead).collect(),
        }
    }

    /// A round was committed.
    pub fn round(&self, round: &ObservedRound<'_>) {
        let committed = round.committed;
        self.rounds.increment(1);
        self.duration.record(round.took.as_secs_f64());
        self.deliveries.increment(round.deliveries as u64);
        self.duplicates.increment(committed.duplicates as u64);
        for message in &committed.log {
            if let Some(counter) = self.messages.get(message.body.message_type() as usize) {
                counter.increment(1);
            }
        }
        for letter in &committed.dead {
            if let Some(counter) = self.dead_letters.get(letter.service as usize) {
                counter.increment(1);
            }
        }
        sagas::round(committed);
        logs::round(committed);
    }
}
