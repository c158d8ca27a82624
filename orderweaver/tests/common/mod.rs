//! The real binary on free ports, and a client for it.
#![allow(dead_code, reason = "each test file uses a part of it")]

#[cfg(feature = "kafka")]
pub mod apart;
pub mod crowd;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{IpAddr, TcpListener};
use std::ops::Deref;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A server of our own, killed at the end by its own pid.
pub struct Server {
    child: Child,
    client: Client,
    /// What it was given beside its folder and ports, such as the URL of its store.
    given: Vec<String>,
}

/// The built-in provider as a server of its own, killed at the end by its own pid.
pub struct ProviderServer {
    child: Child,
    offset: u16,
}

/// Speaks to a server; cheap to clone, and outlives it.
#[derive(Clone)]
pub struct Client {
    offset: u16,
    http: Http<HttpConnector, Full<Bytes>>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

/// The binary, with no store or broker from the environment of the tests.
fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orderweaver"));
    command.env_remove("DATABASE_URL").env_remove("KAFKA_BROKERS");
    command
}

/// Another command of the binary, and what it printed.
pub fn orderweaver(arguments: &[&str]) -> Output {
    let mut command = binary();
    command.args(arguments).output().expect("the binary starts")
}

/// The same with an environment of these variables alone.
pub fn with_environment(arguments: &[&str], variables: &BTreeMap<&str, &str>) -> Output {
    let mut command = binary();
    command.env_clear().envs(variables).args(arguments).output().expect("the binary starts")
}

/// A process of the binary, to be ended by the caller.
pub fn spawn(arguments: &[&str]) -> Child {
    binary().args(arguments).stderr(Stdio::null()).spawn().expect("the binary starts")
}

/// The same with outputs of the caller's.
pub fn orderweaver_into(arguments: &[&str], stdout: Stdio, stderr: Stdio) -> Output {
    let mut command = binary();
    command.args(arguments).stdout(stdout).stderr(stderr).output().expect("the binary starts")
}

/// What `orderweaver check` says of a folder: whether nothing is broken, and its lines.
pub fn check(data: &Path) -> (bool, Vec<String>) {
    check_store(data, "sqlite")
}

/// The same of a store elsewhere, with the provider's books in that folder.
pub fn check_store(data: &Path, store: &str) -> (bool, Vec<String>) {
    check_given(data, &["--store", store])
}

/// The same with further flags.
pub fn check_given(data: &Path, flags: &[&str]) -> (bool, Vec<String>) {
    let data = data.display().to_string();
    let output = orderweaver(&[&["check", "--data", &data], flags].concat());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines = text.lines().map(Into::into).chain(errors.lines().map(Into::into));
    (output.status.success(), lines.collect())
}

static TURN: AtomicUsize = AtomicUsize::new(0);

/// What can be added to every port of a server of our own.
pub fn free_offset() -> u16 {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    // Below the ports that the system gives to those who connect.
    let candidates = (2_000..24_000_u16).step_by(7).cycle();
    // Tests of one process begin apart: a port that is free now may be another test's in a moment.
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    let begin = usize::try_from(std::process::id() % 6_000).expect("small") + 300 * turn;
    let mut offsets = candidates.skip(begin);
    let ports = [8_001, 8_002, 8_003, 8_004, PROVIDER_PORT];
    offsets.find(|offset| ports.iter().all(|port| is_free(port + offset))).expect("free ports")
}

/// Of the built-in provider where it is a server.
pub const PROVIDER_PORT: u16 = 8_009;

impl ProviderServer {
    /// Starts it on a folder and waits until it answers.
    pub async fn start(data: &Path) -> Self {
        let offset = free_offset();
        let provider = Self { child: Self::spawn(data, offset), offset };
        let client = provider.client();
        for _ in 0..400 {
            if client.try_call(Method::GET, PROVIDER_PORT, "/health", None).await.is_some() {
                return provider;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the provider does not answer after two seconds");
    }

    /// Speaks to it.
    pub fn client(&self) -> Client {
        Client::at_offset(self.offset)
    }

    fn spawn(data: &Path, offset: u16) -> Child {
        let (data, offset) = (data.display().to_string(), offset.to_string());
        spawn(&["provider-fake", "--data", &data, "--port-offset", &offset])
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", PROVIDER_PORT + self.offset)
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it has ended");
    }

    /// A new process on the same folder and port. It answers soon.
    pub fn restart(&mut self, data: &Path) {
        self.child = Self::spawn(data, self.offset);
    }
}

impl Drop for ProviderServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts the binary on that folder and waits until it takes orders.
    pub async fn start(data: &Path) -> Self {
        Self::start_at(data, free_offset(), vec![], |_| {}).await
    }

    /// The same on a database.
    pub async fn start_on(data: &Path, store: &str) -> Self {
        Self::start_given(data, &["--store", store]).await
    }

    /// The same with further flags, also after a restart.
    pub async fn start_given(data: &Path, flags: &[&str]) -> Self {
        let given = flags.iter().map(ToString::to_string).collect();
        Self::start_at(data, free_offset(), given, |_| {}).await
    }

    /// The same with a log of that level, and the pipe that it goes to.
    pub async fn start_logging(data: &Path, level: &str) -> (Self, ChildStderr) {
        let logging = |command: &mut Command| {
            command.args(["--log", level]).stderr(Stdio::piped());
        };
        let mut server = Self::start_with(data, logging).await;
        let stderr = server.child.stderr.take().expect("a pipe");
        (server, stderr)
    }

    /// As `start`, with further flags and variables.
    pub async fn start_with(data: &Path, configure: impl FnOnce(&mut Command)) -> Self {
        Self::start_at(data, free_offset(), vec![], configure).await
    }

    async fn start_at(
        data: &Path,
        offset: u16,
        given: Vec<String>,
        configure: impl FnOnce(&mut Command),
    ) -> Self {
        let mut command = binary();
        command
            .args(["serve", "--role", "all", "--port-offset", &offset.to_string(), "--data"])
            .arg(data)
            .args(&given)
            .stderr(Stdio::null());
        configure(&mut command);
        let child = command.spawn().expect("the binary starts");
        let client = Client::at_offset(offset);
        let server = Self { child, client, given };
        for _ in 0..400 {
            if server.says_yes(8_001, "/readyz").await {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the server is not ready after two seconds");
    }

    /// What is added to every port.
    pub const fn offset(&self) -> u16 {
        self.client.offset
    }

    /// Speaks to it, and to whoever comes after it on the same ports.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it has ended");
    }

    /// A new process on the same folder and ports.
    pub async fn restart(&mut self, data: &Path) {
        let given = std::mem::take(&mut self.given);
        let restarted = Self::start_at(data, self.client.offset, given, |_| {}).await;
        drop(std::mem::replace(self, restarted));
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().expect("kill");
        assert!(asked.success());
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Deref for Server {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Client {
    /// Speaks to whoever listens at these ports.
    pub fn at_offset(offset: u16) -> Self {
        Self::from(HttpConnector::new(), offset)
    }

    /// Whether the service at that port is ready.
    pub async fn ready(&self, port: u16) -> bool {
        self.says_yes(port, "/ready").await
    }

    async fn says_yes(&self, port: u16, path: &str) -> bool {
        let answer = self.try_call(Method::GET, port, path, None).await;
        answer.is_some_and(|it| it.status == 200)
    }

    /// Of a route at a port that is given before the offset.
    pub fn url(&self, port: u16, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", port + self.offset)
    }

    fn from(connector: HttpConnector, offset: u16) -> Self {
        Self { offset, http: Http::builder(TokioExecutor::new()).build(connector) }
    }

    /// Speaks to the same server from another address of this machine.
    pub fn at(&self, address: IpAddr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_local_address(Some(address));
        Self::from(connector, self.offset)
    }

    /// A request, and what came back; nothing if the server died meanwhile.
    pub async fn try_call(
        &self,
        method: Method,
        port: u16,
        path: &str,
        body: Option<&str>,
    ) -> Option<Answer> {
        self.try_call_with(method, port, path, body, &[]).await
    }

    pub async fn try_call_with(
        &self,
        method: Method,
        port: u16,
        path: &str,
        body: Option<&str>,
        headers: &[(&str, &str)],
    ) -> Option<Answer> {
        let url = self.url(port, path);
        let mut request = Request::builder().method(method).uri(url);
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Full::new(Bytes::from(body.unwrap_or_default().to_string()));
        let response = self.http.request(request.body(body).expect("a request")).await.ok()?;
        let status = response.status().as_u16();
        let whole = response.into_body().collect().await.ok()?.to_bytes();
        Some(Answer { status, body: serde_json::from_slice(&whole).unwrap_or(Value::Null) })
    }

    pub async fn get(&self, port: u16, path: &str) -> Answer {
        self.try_call(Method::GET, port, path, None).await.expect("an answer")
    }

    /// The body of an answer that is no JSON.
    pub async fn text(&self, port: u16, path: &str) -> String {
        let url = self.url(port, path);
        let request = Request::get(url).body(Full::default()).expect("a request");
        let response = self.http.request(request).await.expect("an answer");
        let whole = response.into_body().collect().await.expect("a body").to_bytes();
        String::from_utf8_lossy(&whole).into_owned()
    }

    pub async fn post(&self, port: u16, path: &str, body: &str) -> Answer {
        self.try_call(Method::POST, port, path, Some(body)).await.expect("an answer")
    }

    pub async fn put_stock(&self, sku: &str, on_hand: u64) {
        let (path, body) = (format!("/stock/{sku}"), format!("{{\"on_hand\":{on_hand}}}"));
        let answer = self.try_call(Method::PUT, 8_003, &path, Some(&body)).await;
        assert_eq!(answer.expect("an answer").status, 200);
    }

    /// The order, once nothing will change any more.
    pub async fn settled(&self, order_id: &str) -> Value {
        let path = format!("/orders/{order_id}");
        for _ in 0..3_000 {
            let order = self.get(8_001, &path).await;
            assert_eq!(order.status, 200, "{order:?}");
            if order.body["settled"] == true {
                return order.body;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("order {order_id} is not settled after a minute");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
