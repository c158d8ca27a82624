//! Requests to the services. Each is safe to repeat (reads, PUT, POST with a key), so each is
//! repeated while a server is too busy or a connection is lost, for as long as the user waits.

use crate::address::Addresses;
use crate::problem;
use crate::request::Request;
use crate::retry::{self, ATTEMPTS_MAX};
use contracts::ServiceName;
use serde_json::Value;
use std::io;
use std::time::{Duration, Instant};
use terminal::{Exit, Failure, Interrupt, Notes, Outcome, Stop};
use ureq::http::{self, Response};
use ureq::{Agent, AsSendBody, Body, Timeout};

/// How long a request may take with all its repetitions, if nothing else is said.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of one answer.
const BODY_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Connections to one service that are kept open.
pub const CONNECTIONS_MAX: usize = 256;

/// Speaks to the services; cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    addresses: Addresses,
    timeout: Duration,
    help: &'static str,
    notes: Notes,
    interrupt: Interrupt,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body as it was sent.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Answer {
    /// A header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Why there is no answer.
enum Unanswered {
    /// Nothing was sent: nobody listens.
    Refused(String),
    /// It may or may not have arrived.
    Lost(String),
    /// It did not come in time.
    Late,
    /// A header or an address has characters that it can't have.
    Malformed(String),
}

/// How long to wait for an answer.
#[derive(Clone, Copy)]
enum Patience {
    /// For all of it.
    Whole(Duration),
    /// For its beginning, and then as long as it is not silent for so long.
    Stream(Duration, Duration),
}

impl Client {
    /// A client that waits so long for each answer; `help` is the command that it works for.
    pub fn new(
        addresses: Addresses,
        timeout: Duration,
        help: &'static str,
        notes: Notes,
        interrupt: Interrupt,
    ) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(concat!("orderweaver/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .max_idle_connections(CONNECTIONS_MAX * ServiceName::ALL.len())
            .max_idle_connections_per_host(CONNECTIONS_MAX)
            .max_redirects(0)
            .build();
        Self { agent: config.new_agent(), addresses, timeout, help, notes, interrupt }
    }

    /// The same, waiting longer for an answer.
    #[must_use]
    pub fn waiting(&self, longer: Duration) -> Self {
        Self { timeout: self.timeout.saturating_add(longer), ..self.clone() }
    }

    /// Where the services answer.
    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Reads something.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn get(&self, service: ServiceName, path: &[&str]) -> Outcome<Value> {
        Ok(self.send(&Request::get(service, path))?.body)
    }

    /// Makes a request, and makes it again where that helps. The answer is JSON.
    ///
    /// # Errors
    /// It is refused, nobody answers, or it takes too long.
    pub fn send(&self, request: &Request) -> Outcome<Answer> {
        let answer = self.accepted(request)?;
        if answer.body.is_null() {
            let address = self.addresses.of(request.service);
            let what = format!("{address} answers, but not with JSON: is it OrderWeaver?");
            return Err(Failure::new(Exit::Failed, what, "orderweaver doctor").into());
        }
        Ok(answer)
    }

    /// Makes a request whose answer need not be JSON.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn accepted(&self, request: &Request) -> Outcome<Answer> {
        let answer = self.answer(request)?;
        match answer.status {
            200..300 => Ok(answer),
            status => Err(self.refused(request, status, &answer.body)),
        }
    }

    /// The first answer, whatever its status.
    ///
    /// # Errors
    /// Nobody answers, or it takes too long.
    pub fn once(&self, request: &Request) -> Outcome<Answer> {
        let answer = self.run(request, Patience::Whole(self.timeout)).and_then(read);
        answer.map_err(|error| self.unanswered(request, error))
    }

    /// The answer, whatever its status, after so many attempts as it takes.
    ///
    /// # Errors
    /// Nobody answers, or it takes too long.
    pub fn answer(&self, request: &Request) -> Outcome<Answer> {
        let begun = Instant::now();
        let mut attempts = 0;
        loop {
            let left = self.timeout.saturating_sub(begun.elapsed());
            let attempt = self.run(request, Patience::Whole(left)).and_then(read);
            let (why, retry_after) = match &attempt {
                Ok(answer) if matches!(answer.status, 429 | 503) => {
                    (answer.body["code"].as_str().unwrap_or("too busy"), retry_after(answer))
                }
                Err(Unanswered::Lost(why)) => (why.as_str(), None),
                // Whoever was there and has gone comes back; who never was there may not.
                Err(Unanswered::Refused(why)) if attempts > 0 => (why.as_str(), None),
                _ => return attempt.map_err(|error| self.unanswered(request, error)),
            };
            attempts += 1;
            let pause = retry::pause(attempts, retry_after, retry::chance());
            if attempts >= ATTEMPTS_MAX || pause >= self.timeout.saturating_sub(begun.elapsed()) {
                return attempt.map_err(|error| self.unanswered(request, error));
            }
            self.notes.say(format_args!(
                "{}: {why}; attempt {attempts} of {ATTEMPTS_MAX}, the next in {pause:.1?}",
                request.service
            ));
            if self.interrupt.pause(pause) {
                return Err(Failure::new(Exit::Interrupted, "interrupted", "").into());
            }
        }
    }

    /// Opens a stream that may last for ever, but is never silent for so long.
    ///
    /// # Errors
    /// Nobody answers, or the request is refused.
    pub fn open(&self, request: &Request, silence: Duration) -> Outcome<Response<Body>> {
        let lost = |error| self.unanswered(request, error);
        let response = self.run(request, Patience::Stream(self.timeout, silence)).map_err(lost)?;
        match response.status().as_u16() {
            200..300 => Ok(response),
            status => {
                let answer = read(response).map_err(lost)?;
                Err(self.refused(request, status, &answer.body))
            }
        }
    }

    fn run(&self, request: &Request, patience: Patience) -> Result<Response<Body>, Unanswered> {
        let uri = format!("{}{}", self.addresses.of(request.service), request.path);
        let mut builder = http::Request::builder().method(request.method.clone()).uri(&uri);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        let ran = match &request.body {
            Some(body) => {
                let json = builder.header("Content-Type", "application/json").body(body);
                json.map_err(Into::into).and_then(|it| self.run_built(it, patience))
            }
            None => {
                builder.body(()).map_err(Into::into).and_then(|it| self.run_built(it, patience))
            }
        };
        ran.map_err(|error| unanswered(&error))
    }

    fn run_built<S: AsSendBody>(
        &self,
        request: http::Request<S>,
        patience: Patience,
    ) -> Result<Response<Body>, ureq::Error> {
        let configured = self.agent.configure_request(request);
        let configured = match patience {
            Patience::Whole(whole) => configured.timeout_global(Some(whole)),
            Patience::Stream(beginning, silence) => {
                configured.timeout_recv_response(Some(beginning)).timeout_per_read(Some(silence))
            }
        };
        self.agent.run(configured.build())
    }

    fn refused(&self, request: &Request, status: u16, body: &Value) -> Stop {
        problem::failure(request, status, body, self.help).into()
    }

    fn unanswered(&self, request: &Request, error: Unanswered) -> Stop {
        let (service, address) = (request.service, self.addresses.of(request.service));
        let unreachable = |why: String| {
            let what = format!("{service} does not answer at {address}: {why}");
            Failure::new(Exit::Unreachable, what, self.addresses.start(service))
        };
        let is_refused = matches!(error, Unanswered::Refused(_) | Unanswered::Malformed(_));
        let mut failure = match error {
            Unanswered::Refused(why) | Unanswered::Lost(why) => unreachable(why),
            Unanswered::Late => {
                let what = format!(
                    "{service} at {address} gave no answer in the time of --timeout: {:?}",
                    self.timeout
                );
                Failure::new(Exit::Timeout, what, "orderweaver status")
            }
            Unanswered::Malformed(why) => {
                Failure::usage(why, format!("orderweaver {} --help", self.help))
            }
        };
        if let Some(key) = request.key().filter(|_| !is_refused) {
            failure.details.push(format!("it may be done: repeat it with --key {key} to be sure"));
        }
        failure.into()
    }
}

fn read(response: Response<Body>) -> Result<Answer, Unanswered> {
    let (parts, mut body) = response.into_parts();
    let text = body.with_config().limit(BODY_BYTES_MAX).lossy_utf8(true).read_to_string();
    let text = text.map_err(|error| unanswered(&error))?;
    let body = serde_json::from_str(&text).unwrap_or_default();
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, text, body })
}

fn unanswered(error: &ureq::Error) -> Unanswered {
    match error {
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Unanswered::Refused("connection refused".into())
        }
        ureq::Error::HostNotFound => Unanswered::Refused("there is no such host".into()),
        ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
            Unanswered::Refused(format!("no connection in {CONNECT_TIMEOUT:?}"))
        }
        ureq::Error::Timeout(_) => Unanswered::Late,
        ureq::Error::Http(error) => Unanswered::Malformed(error.to_string()),
        error => Unanswered::Lost(error.to_string()),
    }
}

fn retry_after(answer: &Answer) -> Option<Duration> {
    answer.header("retry-after").parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::{context, json, serve};

    fn place(url: &str) -> Outcome<Answer> {
        let request = Request::post(ServiceName::Orders, &["orders"], "{\"a\":1}".into(), "k-1");
        context(url).client.send(&request)
    }

    #[test]
    fn a_request_is_repeated_with_its_key_while_the_server_is_busy_or_gone() {
        let busy =
            json("503 Service Unavailable", "Retry-After: 0\r\n", "{\"code\":\"overloaded\"}");
        let created = json("201 Created", "ETag: \"1\"\r\n", "{\"order_id\":\"o-1\"}");
        let (url, requests) = serve(vec![busy, "HTTP/1.1 2".into(), created]);
        let answer = place(&url).expect("an answer");
        assert_eq!(
            (answer.body["order_id"].as_str(), answer.header("etag")),
            (Some("o-1"), "\"1\"")
        );
        let requests = requests.join().expect("requests");
        assert!(requests.iter().all(|request| *request == requests[0]), "{requests:?}");
        assert!(
            requests[0].contains("idempotency-key: \"k-1\"") && requests[0].ends_with("{\"a\":1}")
        );
    }

    #[test]
    fn a_refusal_is_not_repeated() {
        let problem = "{\"code\":\"order_exists\",\"detail\":\"it exists\"}";
        let (url, requests) = serve(vec![json("409 Conflict", "", problem)]);
        let Err(Stop::Failed(failure)) = place(&url) else { panic!("refused") };
        assert_eq!(
            (failure.exit, failure.what.as_str()),
            (Exit::Conflict, "order_exists: it exists")
        );
        assert_eq!(requests.join().expect("requests").len(), 1);
    }

    #[test]
    fn nobody_is_asked_twice_where_nobody_listens() {
        let Err(Stop::Failed(failure)) = place("http://127.0.0.1:1") else { panic!("refused") };
        assert_eq!(failure.exit, Exit::Unreachable);
        assert!(failure.details.is_empty(), "nothing was sent: {failure:?}");
        assert_eq!(failure.next, "orderweaver profile list");
    }

    #[test]
    fn whoever_answers_without_json_is_somebody_else() {
        let page = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>";
        let (url, _requests) = serve(vec![page.into()]);
        let Err(Stop::Failed(failure)) = place(&url) else { panic!("refused") };
        assert!(failure.what.ends_with("but not with JSON: is it OrderWeaver?"), "{failure:?}");
    }
}
