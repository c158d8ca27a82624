//! The client: one request for one operation, and what its answer means.

use crate::address::Address;
use crate::contract::{self, BODY_BYTES_MAX, HEALTH, OPERATIONS, Problem, SERVICE};
use contracts::messages::{ProviderAnswered, ProviderRequest};
use contracts::{Body, Message};
use engine::Effects;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use payment_fake::no_answer;
use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long an answer may take, with the connection. Payments takes it for lost soon after.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the provider may take to say that it works.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(1);
/// What it said of that is told again for so long: probes come from many places, often at once.
const HEALTH_AGE_MAX: Duration = Duration::from_secs(1);
/// Connections that are kept open with nothing to do.
const IDLE_CONNECTIONS_MAX: usize = 128;
/// For how long.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// A provider at an address.
pub struct HttpProvider {
    address: Address,
    http: Client<HttpConnector, Full<Bytes>>,
    /// Whether the last request was not answered: that is told once, and not for each request.
    is_away: AtomicBool,
    /// Held while it is asked for its health, so that it is asked once for all who want to know.
    health: Mutex<Option<Health>>,
}

/// Whether the provider works, and when it was asked.
struct Health {
    asked_at: Instant,
    told: Result<(), String>,
}

/// Why an answer is none.
#[derive(Debug, PartialEq, Eq)]
enum Unanswered {
    /// It may or may not have happened.
    Unknown(String),
    /// The provider doesn't understand us. Somebody must look; asking again won't help.
    Refused(String),
}

impl fmt::Display for Unanswered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(why) => write!(formatter, "it gives no answer: {why}"),
            Self::Refused(why) => write!(formatter, "it doesn't understand a request: {why}"),
        }
    }
}

impl HttpProvider {
    /// The provider there. Nothing is asked yet: one that is away is waited for.
    pub fn new(address: Address) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .build(connector);
        Self { address, http, is_away: AtomicBool::new(false), health: Mutex::default() }
    }

    async fn ask(&self, request: &ProviderRequest) -> Result<ProviderAnswered, Unanswered> {
        let unreadable = |error: serde_json::Error| Unanswered::Refused(error.to_string());
        let body = serde_json::to_vec(request).map_err(unreadable)?;
        let body = self.call(Method::POST, OPERATIONS, body, ANSWER_TIMEOUT).await?;
        read(request, &body)
    }

    /// The body of an answer whose status is 200.
    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<Bytes, Unanswered> {
        let request = Request::builder()
            .method(method)
            .uri(self.address.at(path))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(body))
            .map_err(|error| Unanswered::Refused(error.to_string()))?;
        let answer = async {
            let response = self.http.request(request).await.map_err(|error| lost(&error))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), BODY_BYTES_MAX).collect().await;
            let body = body.map_err(|error| Unanswered::Unknown(error.to_string()))?.to_bytes();
            if status == StatusCode::OK { Ok(body) } else { Err(refused(status, &body)) }
        };
        let late = |_| Unanswered::Unknown(format!("none came in {timeout:?}"));
        tokio::time::timeout(timeout, answer).await.map_err(late)?
    }

    /// Its health as it was asked at most [`HEALTH_AGE_MAX`] before that time.
    async fn health(&self, now: Instant) -> Result<(), String> {
        let mut known = self.health.lock().await;
        let is_fresh = |it: &&Health| now.duration_since(it.asked_at) < HEALTH_AGE_MAX;
        if let Some(health) = known.as_ref().filter(is_fresh) {
            return health.told.clone();
        }
        let told = self.ask_health().await;
        let told = told.map_err(|what| format!("{}: {what}; payments wait", self.address));
        known.insert(Health { asked_at: now, told }).told.clone()
    }

    async fn ask_health(&self) -> Result<(), Unanswered> {
        let body = self.call(Method::GET, HEALTH, vec![], HEALTH_TIMEOUT).await?;
        let health = serde_json::from_slice::<contract::Health>(&body).ok();
        match health.filter(|health| health.service == SERVICE) {
            Some(_) => Ok(()),
            None => Err(Unanswered::Refused("somebody else answers there".into())),
        }
    }

    fn tell(&self, unanswered: Option<&Unanswered>) {
        let was_away = self.is_away.swap(unanswered.is_some(), Ordering::Relaxed);
        let address = &self.address;
        match unanswered {
            Some(what @ Unanswered::Refused(_)) => {
                tracing::error!(%address, "the payment provider: {what}");
            }
            Some(what) if !was_away => tracing::warn!(%address, "the payment provider: {what}"),
            Some(what) => tracing::debug!(%address, "the payment provider: {what}"),
            None if was_away => tracing::info!(%address, "the payment provider answers again"),
            None => {}
        }
    }
}

impl Effects for HttpProvider {
    async fn perform(&self, request: Arc<Message>) -> Body {
        let Body::ProviderRequest(request) = &request.body else {
            return ProviderAnswered::default().into();
        };
        let answer = self.ask(request).await;
        self.tell(answer.as_ref().err());
        answer.unwrap_or_else(|_| no_answer(request)).into()
    }

    async fn status(&self) -> Option<Result<(), String>> {
        Some(self.health(Instant::now()).await)
    }
}

/// What was said to that request. Whoever talks of another operation has said nothing.
fn read(request: &ProviderRequest, body: &[u8]) -> Result<ProviderAnswered, Unanswered> {
    let answer: ProviderAnswered = serde_json::from_slice(body)
        .map_err(|error| Unanswered::Refused(format!("its answer can't be read: {error}")))?;
    let is_about = |answer: &ProviderAnswered| {
        answer.operation_id == request.operation_id && answer.order_id == request.order_id
    };
    if !is_about(&answer) {
        let what = format!(
            "asked for {} of order {}, it talks of {} of order {}",
            request.operation_id, request.order_id, answer.operation_id, answer.order_id
        );
        return Err(Unanswered::Refused(what));
    }
    Ok(answer)
}

/// 4xx is our fault, unless there was no time or no room for it.
fn refused(status: StatusCode, body: &[u8]) -> Unanswered {
    let problem = serde_json::from_slice::<Problem>(body).ok();
    let detail = problem.map(|it| format!(": {}", it.detail)).unwrap_or_default();
    let what = format!("{status}{detail}");
    let may_help = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status);
    match status.is_client_error() && !may_help {
        true => Unanswered::Refused(what),
        false => Unanswered::Unknown(what),
    }
}

/// The innermost cause is what tells most.
fn lost(error: &Error) -> Unanswered {
    let causes = std::iter::successors(error.source(), |error| (*error).source());
    let cause = causes.last().map_or_else(|| error.to_string(), ToString::to_string);
    Unanswered::Unknown(cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::messages::ProviderOutcome;
    use std::sync::atomic::AtomicU32;

    fn request() -> ProviderRequest {
        let (order_id, operation_id) = ("o-1".into(), "o-1!pay".into());
        ProviderRequest { order_id, operation_id, ..ProviderRequest::default() }
    }

    #[tokio::test]
    async fn a_provider_is_asked_for_its_health_once_in_a_while_whoever_wants_to_know() {
        let asked = Arc::new(AtomicU32::new(0));
        let count = asked.clone();
        let health = move || async move {
            match count.fetch_add(1, Ordering::Relaxed) {
                0 => r#"{"status":"ok","service":"payment-provider"}"#,
                _ => "{}",
            }
        };
        let router = axum::Router::new().route(HEALTH, axum::routing::get(health));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async { axum::serve(listener, router).await });
        let (provider, begin) = (HttpProvider::new(url.parse().expect("it")), Instant::now());
        let check = async |after: Duration, is_well: bool, asked_until_then: u32| {
            let (one, other) =
                tokio::join!(provider.health(begin + after), provider.health(begin + after));
            assert_eq!((one.is_ok(), &one), (is_well, &other), "{after:?}");
            assert_eq!(asked.load(Ordering::Relaxed), asked_until_then, "{after:?}");
        };
        let nearly = HEALTH_AGE_MAX - Duration::from_nanos(1);
        check(Duration::ZERO, true, 1).await;
        check(nearly, true, 1).await;
        check(HEALTH_AGE_MAX, false, 2).await;
        check(HEALTH_AGE_MAX + nearly, false, 2).await;
        check(HEALTH_AGE_MAX * 2, false, 3).await;
    }

    #[test]
    fn an_answer_about_another_operation_is_none() {
        let check = |body: &str, expected: Result<ProviderOutcome, &str>| match (
            read(&request(), body.as_bytes()),
            expected,
        ) {
            (Ok(answer), Ok(outcome)) => assert_eq!(answer.outcome(), outcome, "{body}"),
            (Err(said), Err(part)) => assert!(said.to_string().contains(part), "{said}"),
            (said, _) => panic!("{body} gave {said:?}"),
        };
        let ours = r#""order_id":"o-1","operation_id":"o-1!pay""#;
        check(&format!("{{{ours},\"outcome\":1}}"), Ok(ProviderOutcome::Succeeded));
        check(&format!("{{{ours}}}"), Ok(ProviderOutcome::Unspecified));
        check(&format!("{{{ours},\"outcome\":99}}"), Ok(ProviderOutcome::Unspecified));
        check(
            r#"{"order_id":"o-1","operation_id":"o-2!pay","outcome":1}"#,
            Err("talks of o-2!pay"),
        );
        check("{}", Err("talks of"));
        check("<html>", Err("can't be read"));
    }

    #[test]
    fn only_a_request_that_can_never_be_understood_is_a_fault() {
        let check = |status, expected: Unanswered| {
            let body = br#"{"title":"","status":1,"detail":"why"}"#;
            assert_eq!(refused(status, body), expected);
        };
        check(StatusCode::BAD_REQUEST, Unanswered::Refused("400 Bad Request: why".into()));
        check(StatusCode::NOT_FOUND, Unanswered::Refused("404 Not Found: why".into()));
        let unknown = |what: &str| Unanswered::Unknown(format!("{what}: why"));
        check(StatusCode::TOO_MANY_REQUESTS, unknown("429 Too Many Requests"));
        check(StatusCode::SERVICE_UNAVAILABLE, unknown("503 Service Unavailable"));
        check(StatusCode::FOUND, unknown("302 Found"));
    }
}
