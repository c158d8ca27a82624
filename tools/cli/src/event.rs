//! `orderweaver event`.

use crate::globals::{Context, Globals};
use crate::live::{Live, Next, Wanted};
use crate::target::Target;
use clap::{Args, Subcommand, ValueEnum};
use contracts::{Channel, MessageType, ServiceName};
use jiff::Timestamp;
use serde_json::Value;
use std::time::{Duration, Instant};
use terminal::{Column, Exit, Failure, Outcome, Shown, again, column, duration, whole};

/// What to do with events.
#[derive(Debug, Subcommand)]
pub enum Event {
    /// Print the events of the services as they happen.
    Tail(TailArguments),
    /// List the types of events.
    Types,
}

/// Which events.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver event tail
  orderweaver event tail --order o-1 --since start
  orderweaver event tail --type OrderRejected,PaymentFailed --since 10m -o jsonl
  orderweaver event tail --service inventory --limit 100

A connection that breaks off is taken up where it ended. It ends with Ctrl-C, after --limit
events (exit code 0), or after --timeout (exit code 7).")]
pub struct TailArguments {
    /// Only of this service; may be repeated.
    #[arg(long, value_enum, value_name = "SERVICE")]
    service: Vec<Service>,
    /// Only about this order.
    #[arg(long, value_name = "ORDER")]
    order: Option<String>,
    /// Only of these types, with commas between them (see `orderweaver event types`).
    #[arg(long, value_name = "TYPES", value_delimiter = ',', value_parser = event_type)]
    r#type: Vec<MessageType>,
    /// Those that happened before too: `start`, a time (RFC 3339), or how long ago (10m).
    #[arg(long, value_name = "WHEN", value_parser = since)]
    since: Option<Since>,
    /// End after so many.
    #[arg(long, value_name = "N", value_parser = whole(1_u64..))]
    limit: Option<u64>,
    /// Of which shop.
    #[command(flatten)]
    pub target: Target,
}

/// A service.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Service {
    /// Takes orders and keeps their state.
    Orders,
    /// Talks to payment providers and keeps the ledger.
    Payments,
    /// Keeps and holds stock.
    Inventory,
    /// Drives the sagas.
    Orchestrator,
}

impl Service {
    const fn name(self) -> ServiceName {
        match self {
            Self::Orders => ServiceName::Orders,
            Self::Payments => ServiceName::Payments,
            Self::Inventory => ServiceName::Inventory,
            Self::Orchestrator => ServiceName::Orchestrator,
        }
    }
}

/// From when on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    Start,
    Ago(Duration),
    Time(Timestamp),
}

/// Ids that the server makes are so wide.
const UUID_WIDTH: usize = 36;

const COLUMNS: &[Column] = &[
    column("TIME", "/time", Shown::Clock),
    column("TYPE", "/type", Shown::Text).wide("SagaCompensationFailed".len()),
    column("SUBJECT", "/subject", Shown::Text).wide(UUID_WIDTH),
    column("DATA", "/data", Shown::Rest),
];

const TYPE_COLUMNS: &[Column] =
    &[column("SERVICE", "/service", Shown::Text), column("TYPE", "/type", Shown::Text)];

/// Lists the types of events.
///
/// # Errors
/// It can't be printed.
pub fn types(globals: &Globals) -> Outcome {
    let row = |it: MessageType| {
        let (service, name) = (it.owner().as_str(), it.name());
        serde_json::json!({ "service": service, "type": name })
    };
    let mut list = globals.output().list(TYPE_COLUMNS);
    list.push(&event_types().map(row).collect::<Vec<_>>())?;
    list.end().map(|_| ())
}

fn event_types() -> impl Iterator<Item = MessageType> {
    MessageType::ALL.iter().copied().filter(|it| it.channel() == Channel::Event)
}

fn event_type(name: &str) -> Result<MessageType, String> {
    let found = event_types().find(|it| it.name() == name);
    found.ok_or_else(|| {
        let likeness = |it: &MessageType| strsim::jaro_winkler(it.name(), name);
        let near = event_types().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let near = near.map_or("", MessageType::name);
        format!("there is no event {name:?}, perhaps {near}; orderweaver event types lists all")
    })
}

fn since(text: &str) -> Result<Since, String> {
    if text == "start" {
        return Ok(Since::Start);
    }
    let time = text.parse().ok().map(Since::Time);
    let ago = || duration::parse(text).ok().map(Since::Ago);
    let wrong = || format!("{text:?} is no time such as start, 10m or 2026-01-31T12:00:00Z");
    time.or_else(ago).ok_or_else(wrong)
}

/// Prints events as they happen.
///
/// # Errors
/// A service does not answer, or it takes too long.
pub fn tail(context: &Context, arguments: &TailArguments) -> Outcome {
    let from = arguments.since.map(|since| match since {
        Since::Start => Timestamp::MIN,
        Since::Ago(ago) => Timestamp::now().saturating_sub(ago).unwrap_or(Timestamp::MIN),
        Since::Time(time) => time,
    });
    let asked: Vec<ServiceName> = arguments.service.iter().map(|it| it.name()).collect();
    let services = who_tells(&asked, &arguments.r#type);
    if services.is_empty() {
        let what = "no such service tells of such events";
        return Err(Failure::usage(what, "orderweaver event types").into());
    }
    let wanted = Wanted {
        order: arguments.order.clone(),
        types: arguments.r#type.clone(),
        after: from.map(|_| "0".into()),
    };
    let mut live = Live::open(context, &services, &wanted)?;
    let mut list = context.output.list(COLUMNS);
    let begun = Instant::now();
    let limit = arguments.limit.unwrap_or(u64::MAX);
    let patience = context.target.timeout.unwrap_or(Duration::MAX);
    while list.printed() < limit {
        match live.next(patience.saturating_sub(begun.elapsed()))? {
            Next::Told(event) if is_before(&event, from) => {}
            Next::Told(event) => list.push(&[event])?,
            Next::Silence => {
                list.end()?;
                let what = format!("the time of --timeout is over: {patience:?}");
                return Err(Failure::new(Exit::Timeout, what, again()).into());
            }
            Next::Interrupted => {
                context.notes.say(format_args!("interrupted after {} events", list.printed()));
                break;
            }
        }
    }
    list.end().map(|_| ())
}

/// Those of the services that tell of such events. Nothing asked: all of them, of all.
fn who_tells(asked: &[ServiceName], types: &[MessageType]) -> Vec<ServiceName> {
    let is_asked = |it: &ServiceName| asked.is_empty() || asked.contains(it);
    let tells = |it: &ServiceName| types.is_empty() || types.iter().any(|kind| kind.owner() == *it);
    ServiceName::ALL.into_iter().filter(|it| is_asked(it) && tells(it)).collect()
}

fn is_before(event: &Value, from: Option<Timestamp>) -> bool {
    let time = event["time"].as_str().and_then(|time| time.parse::<Timestamp>().ok());
    time.zip(from).is_some_and(|(time, from)| time < from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_time_or_how_long_ago() {
        assert_eq!(since("start"), Ok(Since::Start));
        assert_eq!(since("10m"), Ok(Since::Ago(Duration::from_secs(600))));
        let time = "2026-01-31T12:00:00Z";
        assert_eq!(since(time), Ok(Since::Time(time.parse().expect("a time"))));
        assert!(since("yesterday").expect_err("refused").contains("start, 10m or"));
    }

    #[test]
    fn only_services_that_tell_of_such_events_are_followed() {
        use MessageType::{OrderCreated, PaymentFailed};
        use ServiceName::{Inventory, Orders, Payments};
        let check = |asked: &[ServiceName], types: &[MessageType], expected: &[ServiceName]| {
            assert_eq!(who_tells(asked, types), expected, "{asked:?} {types:?}");
        };
        check(&[], &[], &ServiceName::ALL);
        check(&[Inventory, Orders], &[], &[Orders, Inventory]);
        check(&[], &[OrderCreated], &[Orders]);
        check(&[], &[PaymentFailed, OrderCreated], &[Orders, Payments]);
        check(&[Orders, Inventory], &[PaymentFailed, OrderCreated], &[Orders]);
        check(&[Inventory], &[OrderCreated], &[]);
    }

    #[test]
    fn types_of_events_are_known_and_the_nearest_is_told() {
        assert_eq!(event_type("OrderCreated"), Ok(MessageType::OrderCreated));
        let told = event_type("OrderCreate").expect_err("refused");
        assert!(told.contains("perhaps OrderCreated;"), "{told}");
        assert!(event_type("ReserveInventory").is_err(), "a command is no event");
    }
}
