//! A producer and the thread that hears what became of its messages.

use crate::client::{Context, Trouble};
use crate::error::OpenError;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, ProducerContext};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// The thread is woken by whatever it waits for; it looks up only to see whether it shall end. That
/// of rdkafka looks up ten times a second and took a hundredth of a core with nothing to do.
const POLL_WAIT: Duration = Duration::from_secs(1);

/// A producer that is polled by a thread of its own.
pub(crate) struct Polled<Role: Send + Sync + 'static>
where
    Context<Role>: ProducerContext,
{
    producer: Arc<BaseProducer<Context<Role>>>,
    is_ending: Arc<AtomicBool>,
}

impl<Role: Send + Sync + 'static> Polled<Role>
where
    Context<Role>: ProducerContext,
{
    /// # Errors
    /// librdkafka refuses the settings.
    pub fn new(config: &ClientConfig, trouble: &Trouble, role: Role) -> Result<Self, OpenError> {
        let refused = |error: &dyn std::fmt::Display| OpenError::refused("its producer", error);
        let producer = config.create_with_context(Context::new(trouble, role));
        let producer: Arc<BaseProducer<_>> = Arc::new(producer.map_err(|it| refused(&it))?);
        let is_ending = Arc::<AtomicBool>::default();
        let (polled, is_over) = (producer.clone(), is_ending.clone());
        let spawned = thread::Builder::new().name("kafka-producer".into()).spawn(move || {
            while !is_over.load(Ordering::Acquire) {
                polled.poll(POLL_WAIT);
            }
        });
        spawned.map_err(|error| refused(&error))?;
        Ok(Self { producer, is_ending })
    }
}

impl<Role: Send + Sync + 'static> Deref for Polled<Role>
where
    Context<Role>: ProducerContext,
{
    type Target = BaseProducer<Context<Role>>;

    fn deref(&self) -> &Self::Target {
        &self.producer
    }
}

impl<Role: Send + Sync + 'static> Drop for Polled<Role>
where
    Context<Role>: ProducerContext,
{
    /// The thread ends soon, and with it the producer: that may take a second.
    fn drop(&mut self) {
        self.is_ending.store(true, Ordering::Release);
    }
}
