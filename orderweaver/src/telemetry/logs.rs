//! The log: its form, and what committed rounds tell it. Every line about an order carries the ids
//! of order, saga and trace; no line carries the content of a message.

use crate::configuration::{Configuration, LogFormat};
use contracts::{Body, Message};
use engine::{Committed, DeadLetter};
use metrics::counter;
use std::io::{self, IsTerminal, Write, stderr};
use terminal::When;
use tracing::Level;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const DROPPED: &str = "orderweaver_log_lines_dropped_total";

/// From now on lines go to standard error. A terminal or pipe that goes away harms nobody, and
/// nobody waits for one that isn't read.
///
/// # Errors
/// The system gives no thread to write them.
pub fn start(configuration: &Configuration, color: When) -> io::Result<()> {
    terminal::unblock(|lines| tracing::warn!(lines, "log lines were dropped: nobody read them"))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(|| Lines).log_internal_errors(false);
    let is_json = match configuration.log_format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !stderr().is_terminal(),
    };
    let lines = match is_json {
        true => lines.json().flatten_event(true).boxed(),
        false => lines.with_ansi(color.is_wanted(&stderr())).boxed(),
    };
    tracing_subscriber::registry().with(lines).with(configuration.log.clone()).init();
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a thread has panicked")));
    Ok(())
}

/// Shows the counter from the beginning: a rate needs the 0 before the 1.
pub fn begin() {
    counter!(DROPPED).increment(0);
}

/// Where each line goes, in one piece.
struct Lines;

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if !terminal::push(line) {
            counter!(DROPPED).increment(1);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A round was committed.
pub fn round(committed: &Committed) {
    committed.dead.iter().for_each(dead_letter);
    if !tracing::enabled!(Level::WARN) {
        return;
    }
    for message in &committed.log {
        match &message.body {
            Body::SagaCompensationFailed(it) => {
                let About { order_id, saga_id, trace_id } = About::of(message);
                let saga = it.definition.as_str();
                tracing::warn!(order_id, saga_id, trace_id, saga, "a compensation was refused");
            }
            Body::SagaFinished(it) if tracing::enabled!(Level::INFO) => {
                let About { order_id, saga_id, trace_id } = About::of(message);
                let (saga, state) = (it.definition.as_str(), it.state.as_str());
                tracing::info!(order_id, saga_id, trace_id, saga, state, "a saga has ended");
            }
            _ if tracing::enabled!(Level::DEBUG) => told(message),
            _ => {}
        }
    }
}

fn told(message: &Message) {
    let name = message.body.message_type().name();
    if let Body::SetStock(_) | Body::AdjustStock(_) | Body::StockLevelChanged(_) = &message.body {
        let (sku, trace_id) = (message.subject.as_str(), message.trace_id());
        tracing::debug!(sku, trace_id, message_type = name, "handled or sent");
        return;
    }
    let About { order_id, saga_id, trace_id } = About::of(message);
    tracing::debug!(order_id, saga_id, trace_id, message_type = name, "handled or sent");
}

/// A dead letter: what came as no message has only its subject.
fn dead_letter(letter: &DeadLetter) {
    let DeadLetter { service, subject, reason, bytes, .. } = letter;
    match Message::decode(bytes) {
        Ok(message) => {
            let About { order_id, saga_id, trace_id } = About::of(&message);
            let name = message.body.message_type().name();
            tracing::error!(
                %service, order_id, saga_id, trace_id, message_type = name, reason, "a dead letter"
            );
        }
        Err(_) => tracing::error!(%service, %subject, reason, "a dead letter"),
    }
}

/// The ids of what a message is about.
struct About<'a> {
    order_id: &'a str,
    saga_id: &'a str,
    trace_id: String,
}

impl<'a> About<'a> {
    fn of(message: &'a Message) -> Self {
        let (order_id, saga_id) = (message.subject.as_str(), message.saga_id());
        Self { order_id, saga_id, trace_id: message.trace_id() }
    }
}
