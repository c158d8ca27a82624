//! The four ports over a real store and the built-in provider, without a socket between.
#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

mod ports;
mod routes;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request};
use axum::response::Response;
use contracts::{ServiceName, Source};
use engine::{Door, Engine, Limits, LogPage, LogPlace, LogRequest, Ports, Queries, Status};
use http_api::{Api, KINDS, Settings};
use http_body_util::BodyExt;
use metrics_exporter_prometheus::PrometheusBuilder;
use ports::Embedded;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt;

pub use contracts::ServiceName::{Inventory, Orchestrator, Orders, Payments};
pub use routes::Operation;

/// A shop on a file of its own.
pub struct Shop {
    routers: BTreeMap<ServiceName, Router>,
    /// The engine.
    pub door: Door<Embedded>,
    /// Told when it is about to end.
    pub leaving: watch::Sender<bool>,
    loops: JoinSet<()>,
    data: TempDir,
}

/// What came back.
#[derive(Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A field, as text.
    pub fn field(&self, name: &str) -> String {
        match &self.json()[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    pub fn code(&self) -> String {
        self.field("code")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("visible"))
    }

    /// Status and code; of what was granted only the status.
    pub fn verdict(&self) -> (u16, String) {
        let is_refused = self.status >= 400;
        if is_refused {
            self.check_problem();
        }
        (self.status, if is_refused { self.code() } else { String::new() })
    }

    /// Every error has the same shape, and a code that is known.
    fn check_problem(&self) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let kind = KINDS.iter().find(|kind| kind.code == self.code());
        let kind = kind.unwrap_or_else(|| panic!("no known code: {self:?}"));
        assert_eq!((self.status, self.field("status")), (kind.status, kind.status.to_string()));
        assert_eq!(self.field("title"), kind.title);
        assert_eq!(self.field("type"), format!("/errors/{}", kind.code));
        let is_text = |name: &str| self.json()[name].as_str().is_some_and(|it| !it.is_empty());
        assert!(["detail", "instance", "trace_id"].into_iter().all(is_text), "{self:?}");
        let must_wait = matches!(self.status, 429 | 503);
        let waits = self.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0);
        assert_eq!(waits, must_wait, "{self:?}");
    }
}

impl Shop {
    pub async fn open() -> Self {
        Self::with(Settings::default()).await
    }

    /// One where everything is there that the examples of the documents name.
    pub async fn furnished() -> Self {
        let shop = Self::open().await;
        for sku in ["tea", "cup"] {
            shop.count(sku, 1_000).await;
        }
        shop.place("o-1").await;
        shop
    }

    pub async fn count(&self, sku: &str, on_hand: u32) {
        let body = format!(r#"{{"on_hand":{on_hand}}}"#);
        let answer = self.call(Inventory, &format!("PUT /stock/{sku}"), &[], &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// An order of one tea, until it waits for its shipment.
    pub async fn place(&self, order_id: &str) {
        let line = r#"{"sku":"tea","quantity":1,"unit_price":5}"#;
        let body = format!(r#"{{"order_id":"{order_id}","user_id":"u","lines":[{line}]}}"#);
        assert_eq!(self.call(Orders, "POST /orders", &[], &body).await.status, 201);
        assert_eq!(self.settled(order_id).await.field("state"), "confirmed");
    }

    pub async fn with(settings: Settings) -> Self {
        Self::on(TempDir::new().expect("a folder"), settings).await
    }

    /// Ends, and begins again with what is on disk.
    pub async fn restarted(self) -> Self {
        let Self { routers, door, leaving, mut loops, data } = self;
        door.close();
        let mut status = door.status();
        status.wait_for(|status| *status == Status::Stopped).await.expect("it stops");
        loops.shutdown().await;
        drop((routers, door, leaving));
        Self::on(data, Settings::default()).await
    }

    async fn on(data: TempDir, settings: Settings) -> Self {
        let hosting = Arc::new(hosting::together());
        let ports = Embedded::open(data.path(), &hosting);
        let engine = Engine::start(ports, hosting, Limits::default()).await.expect("it starts");
        let door = engine.door();
        let mut loops = JoinSet::new();
        engine.into_loops().into_iter().for_each(|it| _ = loops.spawn(it));
        let (leaving, is_leaving) = watch::channel(false);
        let api = Api::new(door.clone(), settings, is_leaving);
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let router = |service| (service, http_api::router(service, api.clone(), metrics.clone()));
        let routers = ServiceName::ALL.into_iter().map(router).collect();
        Self { routers, door, leaving, loops, data }
    }

    /// What the port of a service serves.
    pub fn router(&self, service: ServiceName) -> Router {
        self.routers[&service].clone()
    }

    pub async fn send(&self, to: ServiceName, request: Request<Body>) -> Answer {
        let router = self.router(to);
        let response = router.oneshot(request).await.expect("it is infallible");
        let (parts, body) = response.into_parts();
        let is_endless =
            parts.headers.get("content-type").is_some_and(|it| it == "text/event-stream");
        let body = if is_endless { Body::empty() } else { body };
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    /// As `send`, for an answer without an end.
    pub async fn open_stream(&self, to: ServiceName, request: Request<Body>) -> Response {
        self.router(to).oneshot(request).await.expect("it is infallible")
    }

    /// A request whose first word is the method: `POST /orders`.
    pub async fn call(
        &self,
        to: ServiceName,
        line: &str,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> Answer {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = Request::new(Body::from(body.to_string()));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().expect("a path");
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert("content-type", json);
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().expect("a header"));
        }
        self.send(to, request).await
    }

    pub async fn get(&self, to: ServiceName, path: &str) -> Answer {
        self.call(to, &format!("GET {path}"), &[], "").await
    }

    /// How far the log has come, once nothing is on its way any more.
    pub async fn log_end(&self) -> LogPlace {
        for _ in 0..2_000 {
            let backlog = self.door.ports().store().backlog().await.expect("a backlog");
            if backlog.is_settled() && backlog.effects == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        self.log_after(LogPlace::END).await.next
    }

    /// What has happened since; requests that came to nothing are left out.
    pub async fn happened_since(&self, place: LogPlace) -> Vec<&'static str> {
        let logged = self.log_after(place).await.messages.into_iter();
        let told = logged.filter(|logged| logged.message.source != Source::Client);
        told.map(|logged| logged.message.body.message_type().name()).collect()
    }

    /// The traces of what was logged since.
    pub async fn trace_ids_since(&self, place: LogPlace) -> Vec<String> {
        let logged = self.log_after(place).await.messages;
        logged.iter().map(|logged| logged.message.trace_id()).collect()
    }

    async fn log_after(&self, after: LogPlace) -> LogPage {
        let request = LogRequest { about: None, after, messages_max: 1_000 };
        self.door.ports().store().log(request).await.expect("a log")
    }

    /// Asks until it is so; only for what another part of the shop does meanwhile.
    pub async fn until(
        &self,
        to: ServiceName,
        path: &str,
        is_so: impl Fn(&Answer) -> bool,
    ) -> Answer {
        for _ in 0..2_000 {
            let answer = self.get(to, path).await;
            if is_so(&answer) {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("{path} did not become what was expected: {:?}", self.get(to, path).await);
    }

    /// The order, once nothing will change any more.
    pub async fn settled(&self, order_id: &str) -> Answer {
        self.until(Orders, &format!("/orders/{order_id}"), |it| it.json()["settled"] == true).await
    }
}
