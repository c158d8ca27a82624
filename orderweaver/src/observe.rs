//! What committed rounds tell the metrics.

use contracts::{Body, MessageType};
use engine::ObservedRound;
use metrics::{
    Counter, Histogram, counter, describe_counter, describe_histogram, gauge, histogram,
};

/// The metrics of rounds, each looked up once: a round may hold thousands of messages.
pub struct Observer {
    rounds: Counter,
    deliveries: Counter,
    dead_letters: Counter,
    duration: Histogram,
    /// In the order of the types.
    messages: Vec<Counter>,
}

impl Observer {
    /// Registers and describes them.
    pub fn new() -> Self {
        describe_counter!("orderweaver_rounds_total", "Rounds committed.");
        describe_counter!(
            "orderweaver_deliveries_total",
            "Requests, timers, answers and messages."
        );
        describe_counter!("orderweaver_dead_letters_total", "Messages that could not be handled.");
        describe_counter!("orderweaver_messages_total", "Messages handled or sent, by type.");
        describe_counter!("orderweaver_sagas_started_total", "Orders whose saga has begun.");
        describe_counter!("orderweaver_sagas_finished_total", "Sagas that came to an end.");
        describe_counter!("orderweaver_compensations_failed_total", "Undos refused for good.");
        describe_histogram!("orderweaver_round_duration_seconds", "From decision to disk.");
        gauge!("orderweaver_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
        let message =
            |it: &MessageType| counter!("orderweaver_messages_total", "message" => it.name());
        Self {
            rounds: counter!("orderweaver_rounds_total"),
            deliveries: counter!("orderweaver_deliveries_total"),
            dead_letters: counter!("orderweaver_dead_letters_total"),
            duration: histogram!("orderweaver_round_duration_seconds"),
            messages: MessageType::ALL.iter().map(message).collect(),
        }
    }

    /// A round was committed.
    pub fn round(&self, round: &ObservedRound<'_>) {
        self.rounds.increment(1);
        self.deliveries.increment(round.deliveries as u64);
        self.dead_letters.increment(round.dead_letters as u64);
        self.duration.record(round.took.as_secs_f64());
        for message in round.log {
            if let Some(counter) = self.messages.get(message.body.message_type() as usize) {
                counter.increment(1);
            }
            tell_of_sagas(&message.body);
        }
    }
}

fn tell_of_sagas(body: &Body) {
    match body {
        Body::OrderCreated(_) => counter!("orderweaver_sagas_started_total").increment(1),
        Body::SagaFinished(it) => {
            let (saga, outcome) = (it.definition.clone(), it.state.clone());
            counter!("orderweaver_sagas_finished_total", "saga" => saga, "outcome" => outcome)
                .increment(1);
        }
        Body::SagaCompensationFailed(it) => {
            let saga = it.definition.clone();
            counter!("orderweaver_compensations_failed_total", "saga" => saga).increment(1);
        }
        _ => {}
    }
}
