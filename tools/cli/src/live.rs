//! The live streams of the services (`GET /events`), merged. A stream that breaks off is taken up
//! where it ended, so that no event is lost, and none is told twice.

use crate::client::Client;
use crate::globals::Context;
use crate::request::Request;
use crate::retry;
use crate::sse::Parser;
use contracts::{MessageType, ServiceName};
use serde_json::Value;
use std::collections::VecDeque;
use std::io::Read;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};
use terminal::{Exit, Failure, Outcome, Stop};

/// A stream that is silent for so long is broken: the server says something every 15 seconds.
const SILENCE_MAX: Duration = Duration::from_secs(45);
/// Events that wait to be printed; then the streams wait too.
const EVENTS_MAX: usize = 1_000;
/// How long a wait may be before the user's wish to end is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// What happens at once comes by several streams: so long they are waited for, to be told in order.
const GATHER_PAUSE: Duration = Duration::from_millis(10);
/// Bytes that are read at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// What to follow.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only about this order.
    pub order: Option<String>,
    /// Only of these types, each asked of the service that tells of it; empty: of all.
    pub types: Vec<MessageType>,
    /// After that place; nothing: from now on.
    pub after: Option<String>,
}

/// What comes out of a wait.
pub enum Next {
    /// An event as its service tells it.
    Told(Value),
    /// Nothing, for so long.
    Silence,
    /// The user wants to end.
    Interrupted,
}

/// Streams that are being followed.
pub struct Live<'a> {
    context: &'a Context,
    told: Receiver<Outcome<Told>>,
    /// What came, in order.
    waiting: VecDeque<Value>,
}

/// An event, and whose it is.
type Told = (ServiceName, Value);

impl<'a> Live<'a> {
    /// Follows these services. All streams are open when it returns.
    ///
    /// # Errors
    /// One of them does not answer, or refuses.
    pub fn open(context: &'a Context, services: &[ServiceName], wanted: &Wanted) -> Outcome<Self> {
        let (sender, told) = mpsc::sync_channel(EVENTS_MAX);
        for service in services {
            let mut stream = Stream::new(context.client.clone(), *service, wanted.clone());
            let body = stream.connect()?;
            let (sender, notes) = (sender.clone(), context.notes);
            thread::spawn(move || stream.follow(body, &sender, notes));
        }
        Ok(Self { context, told, waiting: VecDeque::new() })
    }

    /// The next event, if one comes in time.
    ///
    /// # Errors
    /// A stream was refused when it was taken up again.
    pub fn next(&mut self, patience: Duration) -> Outcome<Next> {
        let begun = Instant::now();
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(Next::Told(event));
            }
            let left = patience.saturating_sub(begun.elapsed());
            match self.told.recv_timeout(left.min(LOOK_INTERVAL)) {
                Ok(told) => self.gather(told?)?,
                Err(_) if self.context.interrupt.is_asked() => return Ok(Next::Interrupted),
                Err(RecvTimeoutError::Timeout) if !left.is_zero() => {}
                Err(RecvTimeoutError::Timeout) => return Ok(Next::Silence),
                Err(RecvTimeoutError::Disconnected) => {
                    let what = "all streams have ended";
                    return Err(Failure::new(Exit::Failed, what, "orderweaver status").into());
                }
            }
        }
    }

    fn gather(&mut self, first: Told) -> Outcome {
        let begun = Instant::now();
        let mut events = vec![first];
        while events.len() < EVENTS_MAX {
            let left = GATHER_PAUSE.saturating_sub(begun.elapsed());
            match self.told.recv_timeout(left) {
                Ok(told) => events.push(told?),
                Err(_) => break,
            }
        }
        // Each stream is in order already, and stays so.
        events.sort_by(|(a, first), (b, second)| {
            let time = |event: &Value| event["time"].as_str().unwrap_or_default().to_string();
            (time(first), a).cmp(&(time(second), b))
        });
        self.waiting.extend(events.into_iter().map(|(_, event)| event));
        Ok(())
    }
}

/// The stream of one service.
struct Stream {
    client: Client,
    service: ServiceName,
    wanted: Wanted,
    parser: Parser,
}

impl Stream {
    fn new(client: Client, service: ServiceName, wanted: Wanted) -> Self {
        let parser = Parser::after(wanted.after.clone().unwrap_or_default());
        Self { client, service, wanted, parser }
    }

    fn connect(&mut self) -> Outcome<Box<dyn Read + Send>> {
        self.parser.begin_again();
        let own = self.wanted.types.iter().filter(|it| it.owner() == self.service);
        let types = own.map(|it| it.name()).collect::<Vec<_>>().join(",");
        let request = Request::get(self.service, &["events"])
            .query_if("order_id", self.wanted.order.as_deref())
            .query_if("type", Some(types.as_str()).filter(|types| !types.is_empty()))
            .header("Accept", "text/event-stream");
        let request = match self.parser.last_id.as_str() {
            "" => request,
            place => request.header("Last-Event-ID", place),
        };
        let response = self.client.open(&request, SILENCE_MAX)?;
        Ok(Box::new(response.into_body().into_reader()))
    }

    /// Reads until nobody listens, or the server refuses to go on.
    fn follow(
        mut self,
        mut body: Box<dyn Read + Send>,
        to: &SyncSender<Outcome<Told>>,
        notes: terminal::Notes,
    ) {
        let mut failures = 0;
        loop {
            if self.read(&mut body, to, &mut failures).is_err() {
                return;
            }
            body = loop {
                let asked = self.parser.retry.filter(|_| failures == 0);
                thread::sleep(retry::pause(failures + 1, asked, retry::chance()));
                match self.connect() {
                    Ok(body) => break body,
                    Err(Stop::Failed(it)) if is_passing(it.exit) => {
                        if failures == 0 {
                            notes.say(format_args!("{}; trying on", it.what));
                        }
                        failures += 1;
                    }
                    Err(stop) => {
                        let _ = to.send(Err(stop));
                        return;
                    }
                }
            };
            if failures > 0 {
                notes.say(format_args!("{} is back", self.service));
            }
        }
    }

    /// Tells what comes until the stream breaks off.
    ///
    /// # Errors
    /// Nobody listens.
    fn read(
        &mut self,
        body: &mut impl Read,
        to: &SyncSender<Outcome<Told>>,
        failures: &mut u32,
    ) -> Result<(), mpsc::SendError<Outcome<Told>>> {
        let mut chunk = vec![0; CHUNK_BYTES];
        while let Ok(length @ 1..) = body.read(&mut chunk) {
            *failures = 0;
            let Ok(events) = self.parser.feed(&chunk[..length]) else { return Ok(()) };
            for event in events {
                if let Ok(told) = serde_json::from_str(&event.data) {
                    to.send(Ok((self.service, told)))?;
                }
            }
        }
        Ok(())
    }
}

/// Whether the server may think better of it.
fn is_passing(exit: Exit) -> bool {
    matches!(exit, Exit::Failed | Exit::Unreachable | Exit::Timeout)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::{self, serve, stream};
    use serde_json::json;

    #[test]
    fn a_stream_that_breaks_off_is_taken_up_where_it_ended_and_nothing_is_told_twice() {
        let event = |id: &str, data: u32| format!("id: {id}\nevent: A\ndata: {data}\n\n");
        let (url, requests) = serve(vec![
            stream(&format!("{}{}", event("7-0", 1), event("7-1", 2))),
            stream(&format!("{}id: 8-1\ndata: 9", event("8-0", 3))),
            stream(&event("8-1", 4)),
        ]);
        let context = scripted::context(&url);
        let wanted = Wanted { order: Some("o-1".into()), ..Wanted::default() };
        let mut live = Live::open(&context, &[ServiceName::Orders], &wanted).expect("a stream");
        let mut told = || match live.next(Duration::from_secs(60)) {
            Ok(Next::Told(event)) => event,
            _ => panic!("an event"),
        };
        assert_eq!([told(), told(), told(), told()], [json!(1), json!(2), json!(3), json!(4)]);
        let requests = requests.join().expect("requests");
        let place = |request: &String| {
            let place = request.lines().find_map(|line| line.strip_prefix("last-event-id: "));
            place.unwrap_or_default().to_string()
        };
        assert!(requests[0].starts_with("GET /events?order_id=o-1 HTTP/1.1"), "{}", requests[0]);
        assert_eq!(requests.iter().map(place).collect::<Vec<_>>(), ["", "7-1", "8-0"]);
    }

    #[test]
    fn a_wait_ends_when_the_user_wants_it() {
        let (url, _requests) = serve(vec![stream(""), stream("")]);
        let context = scripted::context(&url);
        let services = [ServiceName::Orders];
        let mut live = Live::open(&context, &services, &Wanted::default()).expect("a stream");
        assert!(matches!(live.next(Duration::ZERO), Ok(Next::Silence)));
        context.interrupt.ask();
        assert!(matches!(live.next(Duration::MAX), Ok(Next::Interrupted)));
    }
}
