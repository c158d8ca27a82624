//! Requests over HTTP, any of which may get no answer.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

/// Who waits longer for an answer takes it for lost.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(5);

/// A client; cheap to clone.
#[derive(Clone)]
pub struct Http(Client<HttpConnector, Full<Bytes>>);

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body as it came.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

impl Default for Http {
    fn default() -> Self {
        Self(Client::builder(TokioExecutor::new()).build(HttpConnector::new()))
    }
}

impl Http {
    /// What stands at a path of whoever listens at that port of this machine.
    pub async fn get(&self, port: u16, path: &str) -> Option<Answer> {
        self.call(port, Method::GET, path, "", "").await
    }

    /// A request with a body of JSON, and what came back; nothing if none did. The key, unless it
    /// is empty, makes it safe to be repeated.
    pub async fn call(
        &self,
        port: u16,
        method: Method,
        path: &str,
        key: &str,
        body: &str,
    ) -> Option<Answer> {
        let url = format!("http://127.0.0.1:{port}{path}");
        let mut request = Request::builder().method(method).uri(url);
        request = request.header("content-type", "application/json");
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        let request = request.body(Full::new(Bytes::from(body.to_string()))).ok()?;
        let answered = async {
            let response = self.0.request(request).await.ok()?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.ok()?.to_bytes();
            Some(Answer { status, body })
        };
        timeout(ANSWER_WAIT_MAX, answered).await.ok().flatten()
    }
}
