//! What all clients of librdkafka have in common.

use crate::error::OpenError;
use crate::settings::{Brokers, Settings};
use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::sync::{Arc, Mutex, PoisonError};

/// What the clients of a process heard last of a broker that doesn't answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    fn note(&self, what: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(what.into());
    }

    /// That is over.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// As an error, with what was heard if anything was.
    pub fn unreachable(&self, brokers: &Brokers, otherwise: &str) -> OpenError {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let reason = heard.unwrap_or_else(|| otherwise.into());
        OpenError::Unreachable { brokers: brokers.clone(), reason }
    }
}

/// Takes what librdkafka says over into our log. What else is to be told of depends on the role.
pub(crate) struct Context<Role = ()> {
    trouble: Trouble,
    pub role: Role,
}

impl<Role> Context<Role> {
    pub fn new(trouble: &Trouble, role: Role) -> Self {
        Self { trouble: trouble.clone(), role }
    }
}

impl<Role: Send + Sync + 'static> ClientContext for Context<Role> {
    fn log(&self, level: RDKafkaLogLevel, topic: &str, said: &str) {
        use RDKafkaLogLevel::{Alert, Critical, Debug, Emerg, Error, Info, Notice, Warning};
        // Behind the name of a thread.
        let said = said.split_once("]: ").map_or(said, |(_, said)| said);
        match level {
            Emerg | Alert | Critical | Error => tracing::error!(topic, "{said}"),
            // About settings, and they are ours.
            Warning if topic == "CONFWARN" => tracing::debug!(topic, "{said}"),
            Warning => tracing::warn!(topic, "{said}"),
            Notice | Info | Debug => tracing::debug!(topic, "{said}"),
        }
    }

    /// A broker that is away is told by the status once, not at each attempt to reach it.
    fn error(&self, error: KafkaError, reason: &str) {
        if error != KafkaError::Global(RDKafkaErrorCode::AllBrokersDown) {
            self.trouble.note(reason); // that says why
        }
        tracing::debug!(%error, "{reason}");
    }
}

/// With what every client begins.
pub(crate) fn config(settings: &Settings) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", settings.brokers.to_string())
        .set("client.id", "orderweaver")
        // A topic that appears by itself has the broker's idea of partitions and retention.
        .set("allow.auto.create.topics", "false")
        .set("socket.nagle.disable", "true")
        .set("reconnect.backoff.max.ms", "1000")
        .set_log_level(RDKafkaLogLevel::Warning);
    config
}

/// Whether it says no more than that nobody answered in time.
pub(crate) fn is_unreachable(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::{
        AllBrokersDown, BrokerNotAvailable, BrokerTransportFailure, NotController,
        OperationTimedOut, RequestTimedOut, Resolve, TimedOutQueue,
    };
    let away = [
        AllBrokersDown,
        BrokerNotAvailable,
        BrokerTransportFailure,
        NotController,
        OperationTimedOut,
        RequestTimedOut,
        Resolve,
        TimedOutQueue,
    ];
    away.contains(&code)
}

/// Ends a client away from the threads that others wait for: it may take a second.
pub(crate) async fn end<T: Send + 'static>(client: T) {
    let _ = tokio::task::spawn_blocking(move || drop(client)).await; // it doesn't panic
}
