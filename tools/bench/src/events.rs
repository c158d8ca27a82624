//! The live stream of a service, as somebody who watches an order reads it.

use crate::client::Connection;
use http_body_util::BodyExt;
use hyper::Method;
use hyper::body::{Bytes, Incoming};
use serde::Deserialize;
use terminal::Failure;

/// Bytes of one event; the server sends a few hundred.
const EVENT_BYTES_MAX: usize = 1024 * 1024;

/// One event of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Event {
    /// Such as `SagaFinished`.
    pub r#type: String,
    /// The order's id.
    pub subject: String,
    /// When the service decided on it; RFC 3339.
    pub time: String,
}

/// Events from now on.
pub struct Events {
    body: Incoming,
    lines: Lines,
    // The stream ends when its connection does.
    _connection: Connection,
}

impl Events {
    /// Opens the stream at `host:port` with that query, such as `type=SagaFinished`.
    ///
    /// # Errors
    /// There is none.
    pub async fn open(address: &str, query: &str) -> Result<Self, Failure> {
        let mut connection = Connection::open(address).await?;
        let path = format!("/events?{query}");
        let response = connection.send(Method::GET, &path, "", Bytes::new()).await?;
        if response.status() != 200 {
            let what = format!(
                "GET http://{address}{path} answers {}: is it of the same version?",
                response.status()
            );
            return Err(Failure::failed(what, "orderweaver version"));
        }
        Ok(Self { body: response.into_body(), lines: Lines::default(), _connection: connection })
    }

    /// The next events, at least one.
    ///
    /// # Errors
    /// The stream has ended.
    pub async fn next(&mut self) -> Result<Vec<Event>, Failure> {
        let ended = |what: String| {
            Failure::failed(format!("the stream of events: {what}"), "orderweaver bench --keep")
        };
        loop {
            let frame = self.body.frame().await.ok_or_else(|| ended("it has ended".into()))?;
            let frame = frame.map_err(|error| ended(error.to_string()))?;
            let Some(bytes) = frame.data_ref() else { continue };
            let events = self.lines.push(bytes).map_err(ended)?;
            if !events.is_empty() {
                return Ok(events);
            }
        }
    }
}

/// Server-Sent Events out of bytes that are cut anywhere. Each of our events has one `data` line.
#[derive(Debug, Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, String> {
        self.0.extend_from_slice(bytes);
        let Some(whole) = self.0.iter().rposition(|byte| *byte == b'\n') else {
            return match self.0.len() > EVENT_BYTES_MAX {
                true => Err(format!("an event has more than {EVENT_BYTES_MAX} bytes")),
                false => Ok(vec![]),
            };
        };
        let rest = self.0.split_off(whole + 1);
        let lines = std::mem::replace(&mut self.0, rest);
        let lines = lines.split(|byte| *byte == b'\n');
        let data = lines.filter_map(|line| line.strip_prefix(b"data: "));
        let read = |json| serde_json::from_slice(json).map_err(|error| error.to_string());
        data.map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    const STREAM: &str = "retry: 1000\n\nid: 7-0\nevent: SagaFinished\n\
        data: {\"type\":\"SagaFinished\",\"subject\":\"o-1\",\"time\":\"t\",\
        \"data\":{\"state\":\"COMPLETED\"}}\n\n\
        : keep-alive\n\nid: 7-1\nevent: SagaReopened\n\
        data: {\"type\":\"SagaReopened\",\"subject\":\"o-2\",\"time\":\"t\",\
        \"data\":{}}\n\n";

    /// The stream, cut into pieces of so many bytes.
    fn check(piece: usize) {
        let mut lines = Lines::default();
        let pieces = STREAM.as_bytes().chunks(piece);
        let events = pieces.flat_map(|bytes| lines.push(bytes).expect("events"));
        let told: Vec<_> = events.map(|event| (event.subject, event.r#type)).collect();
        assert_eq!(
            told,
            [("o-1".into(), "SagaFinished".into()), ("o-2".into(), "SagaReopened".into())]
        );
    }

    #[test]
    fn events_are_read_wherever_the_bytes_are_cut() {
        check(1);
        check(7);
        check(64);
        check(STREAM.len());
    }

    #[test]
    fn what_is_no_event_is_told() {
        let told = Lines::default().push(b"data: {\n");
        assert!(told.is_err(), "{told:?}");
    }
}
