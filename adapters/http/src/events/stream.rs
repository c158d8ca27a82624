//! `GET /events`: the events of a service as they are published, and from any place on. What is
//! sent is read from the log, so a reader that is slow, or was away, falls behind there and
//! nowhere else: it costs no memory and holds up no commit.

use super::{data, events_of};
use crate::input::{Id, Parameters};
use crate::openapi::schemas::words;
use crate::problem::Problem;
use crate::shop::{Api, store_problem};
use crate::view::time;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use contracts::{MessageType, ServiceName};
use engine::{LogPlace, LogRequest, LoggedMessage, News};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// Messages that one stream reads at once, and may hold.
const MESSAGES_MAX: usize = 256;
/// After a commit was heard of, so that a busy store is read some dozen times a second for each
/// stream and not once for each commit.
const GATHER_PAUSE: Duration = Duration::from_millis(10);
/// Another process may have written to the store unheard, so whoever waits also looks by itself.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// A stream that has nothing to say says so, or it looks broken.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// After so long a reader that was cut off comes again.
const RETRY: Duration = Duration::from_secs(1);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Which events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsFilter {
    /// Only those about this order, or, at inventory, about this SKU.
    #[param(example = "o-1")]
    order_id: Option<Id>,
    /// Only of these types, with commas between them.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    types: Option<String>,
    /// Only those after the event with this id; `0`: from the beginning; absent: from now on. An id
    /// beyond the last event is one of another store: then from the beginning. The header
    /// `Last-Event-ID` says the same and wins.
    #[param(pattern = "^(0|[0-9]{1,18}-[0-9]{1,9})$", example = "17-0")]
    last_event_id: Option<String>,
}

/// The events that this service publishes, as they happen.
///
/// Server-Sent Events: each has an `id`, which is its place in the log, its type as `event`, and as
/// `data` the same as JSON together with what it says. The stream has no end.
#[utoipa::path(get, path = "/events", tag = "service", params(EventsFilter),
    responses((status = 200, description = "The events, and a comment every 15 seconds",
        body = SentEvent, content_type = "text/event-stream")))]
pub(crate) async fn stream_events(
    State(api): State<Api>,
    State(service): State<ServiceName>,
    headers: HeaderMap,
    Parameters(filter): Parameters<EventsFilter>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let about = filter.order_id.as_ref().map(Id::as_str);
    let types = wanted(service, filter.types.as_deref())?;
    let begin = begin(&headers, filter.last_event_id.as_deref())?;
    let slot = api.limits().stream()?;
    // Asked for before the first look, so that nothing comes between.
    let news = api.shop().news(about.map(Into::into));
    let mut request = LogRequest {
        about: about.map(Into::into),
        after: LogPlace::END,
        messages_max: MESSAGES_MAX,
    };
    let end = api.shop().log(request.clone()).await.map_err(|error| store_problem(&error))?;
    request.after = match begin {
        LogPlace::END => end.next,
        // Of another store: whoever goes on there must not miss what has happened here.
        place if place > end.next => LogPlace::BEGIN,
        place => place,
    };
    // With its place, so that a reader that is cut off before the first event misses none.
    let retry = Event::default().retry(RETRY).id(request.after.to_string());
    let reader =
        Reader { api, types, news, request, waiting: VecDeque::from([retry]), _slot: slot };
    let stream = unfold(reader, |mut reader| async {
        let event = reader.next().await?;
        Some((Ok(event), reader))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_INTERVAL)))
}

/// For the document: the name of an event.
struct EventType;

impl PartialSchema for EventType {
    fn schema() -> RefOr<Schema> {
        words(ServiceName::ALL.into_iter().flat_map(events_of).map(MessageType::name)).into()
    }
}

impl ToSchema for EventType {}

/// The types that are asked for: all of them must be this service's, or nothing might ever come.
fn wanted(service: ServiceName, types: Option<&str>) -> Result<Vec<MessageType>, Problem> {
    let Some(types) = types else { return Ok(events_of(service).collect()) };
    let wanted = |name: &str| {
        let found = events_of(service).find(|it| it.name() == name.trim());
        let unknown = || {
            let names: Vec<&str> = events_of(service).map(MessageType::name).collect();
            let names = names.join(", ");
            Problem::field("type", format!("{name:?} is no event of {service}; there are {names}"))
        };
        found.ok_or_else(unknown)
    };
    types.split(',').map(wanted).collect()
}

/// Where the stream begins.
fn begin(headers: &HeaderMap, parameter: Option<&str>) -> Result<LogPlace, Problem> {
    let header = headers.get(LAST_EVENT_ID).map(|value| value.to_str().unwrap_or("?"));
    let (name, given) = match (header.filter(|it| !it.is_empty()), parameter) {
        (Some(header), _) => ("Last-Event-ID", header),
        (None, Some(parameter)) => ("last_event_id", parameter),
        (None, None) => return Ok(LogPlace::END),
    };
    match given {
        "0" => Ok(LogPlace::BEGIN),
        place => place.parse().map_err(|message: String| Problem::field(name, message)),
    }
}

/// One reader of the log.
struct Reader {
    api: Api,
    types: Vec<MessageType>,
    news: News,
    request: LogRequest,
    waiting: VecDeque<Event>,
    _slot: OwnedSemaphorePermit,
}

impl Reader {
    /// The next event; nothing once the process is about to end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.api.is_leaving() {
                return None;
            }
            let has_more = self.read().await;
            if !has_more && self.waiting.is_empty() {
                self.hear().await;
            }
        }
    }

    /// Reads on. Whether there may be more at once.
    async fn read(&mut self) -> bool {
        match self.api.shop().log(self.request.clone()).await {
            Ok(page) => {
                self.request.after = page.next;
                let types = &self.types;
                let is_wanted =
                    |it: &&LoggedMessage| types.contains(&it.message.body.message_type());
                self.waiting.extend(page.messages.iter().filter(is_wanted).filter_map(event));
                page.messages.len() == MESSAGES_MAX
            }
            Err(error) => {
                tracing::debug!(%error, "a stream waits for the store");
                false
            }
        }
    }

    /// Waits until there may be more to read.
    async fn hear(&mut self) {
        tokio::select! {
            () = self.news.next() => tokio::time::sleep(GATHER_PAUSE).await,
            () = self.api.left() => {}
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
        }
    }
}

/// For the document: an event as it is sent, field by field.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is of use: axum writes the lines")]
struct SentEvent {
    /// Its place in the log, for `Last-Event-ID`.
    #[schema(example = "17-0")]
    id: String,
    /// Its type.
    #[schema(schema_with = EventType::schema)]
    event: String,
    /// JSON: `id`, `type`, `subject`, `time`, `version`, and as `data` what it says.
    #[schema(content_media_type = "application/json")]
    data: String,
}

/// What stands in an event's `data`.
#[derive(Serialize)]
struct EventView<'a> {
    id: String,
    r#type: &'static str,
    subject: &'a str,
    time: String,
    version: u64,
    data: Value,
}

fn event(logged: &LoggedMessage) -> Option<Event> {
    let message = &logged.message;
    let view = EventView {
        id: message.id.to_string(),
        r#type: message.body.message_type().name(),
        subject: message.subject.as_str(),
        time: time(message.time),
        version: message.version,
        data: data(&message.body),
    };
    let event = Event::default().id(logged.place.to_string()).event(view.r#type);
    event.json_data(&view).ok()
}

#[cfg(test)]
mod tests {
    use super::{begin, wanted};
    use axum::http::{HeaderMap, HeaderValue};
    use contracts::ServiceName::Orders;
    use engine::LogPlace;

    fn check(header: Option<&'static str>, parameter: Option<&str>, expected: Option<LogPlace>) {
        let mut headers = HeaderMap::new();
        headers.extend(header.map(|it| (super::LAST_EVENT_ID, HeaderValue::from_static(it))));
        assert_eq!(begin(&headers, parameter).ok(), expected, "{header:?} {parameter:?}");
    }

    #[test]
    fn a_stream_begins_where_the_reader_was() {
        let place = |position, index| Some(LogPlace { position, index });
        check(None, None, Some(LogPlace::END));
        check(None, Some("0"), Some(LogPlace::BEGIN));
        check(None, Some("17-3"), place(17, 3));
        check(Some("18-0"), Some("17-3"), place(18, 0));
        check(Some(""), Some("17-3"), place(17, 3));
        check(None, Some("17"), None);
        check(Some("x"), Some("17-3"), None);
    }

    fn check_types(types: Option<&str>, expected: Result<&[&str], &str>) {
        let found = wanted(Orders, types).map_err(|problem| problem.detail().to_string());
        let names = found.as_ref().map(|it| it.iter().map(|it| it.name()).collect::<Vec<_>>());
        match (names, expected) {
            (Ok(names), Ok(expected)) => assert_eq!(names, expected),
            (Err(detail), Err(begins)) => assert!(detail.starts_with(begins), "{detail}"),
            (found, expected) => panic!("{found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn types_are_those_of_events() {
        check_types(Some("OrderCreated, OrderRejected"), Ok(&["OrderCreated", "OrderRejected"]));
        for wrong in ["PaymentCaptured", "OrderCreate", "CreateOrder", "", "ordercreated"] {
            let begins = format!("type: {wrong:?} is no event of orders; there are OrderCreated, ");
            check_types(Some(wrong), Err(&begins));
            check_types(Some(&format!("OrderCreated,{wrong}")), Err(&begins));
        }
        assert_eq!(wanted(Orders, None).map(|it| it.len()), Ok(7));
    }
}
