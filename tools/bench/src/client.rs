//! One HTTP connection, kept open, with one request at a time.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use terminal::Failure;
use tokio::net::TcpStream;

/// The next command where only the server's log, which `--keep` leaves, says what went wrong.
pub const KEEP: &str = "orderweaver bench --keep";

/// A connection to one port.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    address: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Whether the server did as it was preferred: it waited for the end of the saga.
    pub is_waited: bool,
    /// The body as it came.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

impl Connection {
    /// To `host:port`.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn open(address: &str) -> Result<Self, Failure> {
        let unreachable = |error: &dyn std::fmt::Display| {
            let what = format!("http://{address} can't be reached: {error}");
            Failure::unreachable(what, "orderweaver serve --role all")
        };
        let stream = TcpStream::connect(address).await.map_err(|error| unreachable(&error))?;
        stream.set_nodelay(true).map_err(|error| unreachable(&error))?;
        let opened = handshake(TokioIo::new(stream)).await;
        let (sender, connection) = opened.map_err(|error| unreachable(&error))?;
        tokio::spawn(connection);
        Ok(Self { sender, address: address.into() })
    }

    /// A request, and the head of what comes back. Unless it is empty, `prefer` is what the server
    /// may do beyond its duty.
    ///
    /// # Errors
    /// The connection is lost: whether the request was handled is not known.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        prefer: &'static str,
        body: Bytes,
    ) -> Result<Response<Incoming>, Failure> {
        let lost = |what: String| {
            let what = format!("http://{}{path}: {what}", self.address);
            Failure::failed(what, KEEP)
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.address)
            .header(header::CONTENT_TYPE, "application/json");
        if !prefer.is_empty() {
            request = request.header("prefer", prefer);
        }
        let request = request.body(Full::new(body)).map_err(|error| lost(error.to_string()))?;
        let sent = self.sender.send_request(request).await;
        sent.map_err(|error| lost(error.to_string()))
    }

    /// A request, and all that comes back.
    ///
    /// # Errors
    /// The connection is lost: whether the request was handled is not known.
    pub async fn call(
        &mut self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> Result<Answer, Failure> {
        self.call_preferring(method, path, "", body).await
    }

    /// A request with a preference, and all that comes back.
    ///
    /// # Errors
    /// The connection is lost: whether the request was handled is not known.
    pub async fn call_preferring(
        &mut self,
        method: Method,
        path: &str,
        prefer: &'static str,
        body: impl Into<Bytes>,
    ) -> Result<Answer, Failure> {
        let response = self.send(method, path, prefer, body.into()).await?;
        let status = response.status().as_u16();
        let is_waited = response.headers().contains_key("preference-applied");
        let body = response.into_body().collect().await.map_err(|error| {
            let what = format!("http://{}{path}: {error}", self.address);
            Failure::failed(what, KEEP)
        })?;
        Ok(Answer { status, is_waited, body: body.to_bytes() })
    }

    /// What stands at a path.
    ///
    /// # Errors
    /// The connection is lost, or the status is not 200.
    pub async fn get(&mut self, path: &str) -> Result<Answer, Failure> {
        let answer = self.call(Method::GET, path, Bytes::new()).await?;
        if answer.status == 200 {
            return Ok(answer);
        }
        let (address, status, text) = (&self.address, answer.status, answer.text());
        let what = format!("GET http://{address}{path} answers {status}: {text}");
        Err(Failure::failed(what, format!("curl http://{}{path}", self.address)))
    }
}
