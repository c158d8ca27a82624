//! How much is let in: per client, where that is configured, and in all, always.

mod admission;
mod head;
mod rate;

pub use admission::rest;
pub use head::URI_BYTES_MAX;

use crate::problem::{OVERLOADED, Problem, RATE_LIMITED};
use crate::settings::Settings;
use admission::Admission;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rate::{Client, RateLimiter, Verdict};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What is left to a client.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// What each client may ask.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Live streams at once.
const STREAMS_MAX: usize = 256;
/// What is always answered: probes and measurements must not fail because there is much to do.
const UNLIMITED: &[&str] = &["/health", "/livez", "/ready", "/readyz", "/metrics"];

/// What a request came by.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// The address at the other end.
    pub peer: IpAddr,
    /// There are as many as may be without it.
    pub is_surplus: bool,
}

/// The limits of one process, over all its ports.
#[derive(Clone)]
pub struct Limits {
    rate: Option<Arc<RateLimiter>>,
    admission: Admission,
    streams: Arc<Semaphore>,
}

impl Limits {
    /// As configured.
    pub fn new(settings: &Settings) -> Self {
        let rate = settings.rate_limit.map(|limit| Arc::new(RateLimiter::new(limit)));
        let streams = Arc::new(Semaphore::new(STREAMS_MAX));
        Self { rate, admission: Admission::new(settings.requests_max), streams }
    }

    /// A place among the live streams, which last.
    ///
    /// # Errors
    /// None is free.
    pub fn stream(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let full = |_| Problem::new(&OVERLOADED, format!("{STREAMS_MAX} streams are open"));
        self.streams.clone().try_acquire_owned().map_err(full)
    }

    /// Handles the request, or refuses it.
    pub async fn handle(&self, request: Request, next: Next) -> Response {
        if let Err(problem) = head::check(&request) {
            return problem.into_response();
        }
        if UNLIMITED.contains(&request.uri().path()) {
            return next.run(request).await;
        }
        if request.extensions().get::<Connection>().is_some_and(|it| it.is_surplus) {
            let detail = "as many connections as allowed are open";
            return Problem::new(&OVERLOADED, detail).into_response();
        }
        let Some(rate) = &self.rate else { return self.admit(request, next).await };
        let client = Client::of(&request);
        let (verdict, policy) = rate.judge(&client, Instant::now());
        let mut response = match verdict {
            Verdict::Allowed { .. } => self.admit(request, next).await,
            Verdict::Refused { seconds } => {
                let detail = format!("more than {}: try again in {seconds} seconds", rate.limit);
                Problem::new(&RATE_LIMITED, detail).after_seconds(seconds).into_response()
            }
        };
        for (name, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, verdict.field())] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    async fn admit(&self, request: Request, next: Next) -> Response {
        match self.admission.handle(next.run(request)).await {
            Some(response) => response,
            None => Problem::new(&OVERLOADED, "as many requests as allowed are being handled")
                .into_response(),
        }
    }
}
