//! The four ports over a real store and the built-in provider, without a socket between.
#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

mod ports;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request};
use axum::response::Response;
use contracts::ServiceName;
use engine::{Door, Engine, Limits};
use http_api::{Api, Settings};
use http_body_util::BodyExt;
use metrics_exporter_prometheus::PrometheusBuilder;
use ports::Embedded;
use serde_json::Value;
use std::collections::BTreeMap;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt;

pub use contracts::ServiceName::{Inventory, Orchestrator, Orders, Payments};

/// A shop on a file of its own.
pub struct Shop {
    routers: BTreeMap<ServiceName, Router>,
    /// The engine.
    pub door: Door<Embedded>,
    /// Told when it is about to end.
    pub leaving: watch::Sender<bool>,
    _loops: JoinSet<()>,
    _data: TempDir,
}

/// What came back.
#[derive(Debug)]
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
}

impl Shop {
    pub async fn open() -> Self {
        Self::with(Settings::default()).await
    }

    pub async fn with(settings: Settings) -> Self {
        let data = TempDir::new().expect("a folder");
        let hosting = ports::all_services();
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
        Self { routers, door, leaving, _loops: loops, _data: data }
    }

    pub async fn send(&self, to: ServiceName, request: Request<Body>) -> Answer {
        let router = self.routers[&to].clone();
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
        self.routers[&to].clone().oneshot(request).await.expect("it is infallible")
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
