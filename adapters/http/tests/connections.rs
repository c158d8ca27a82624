//! Connections and heads, over sockets: how many, how long, how large.

mod common;

use common::{Answer, Operation, Orders, Shop};
use http_api::{CONNECTIONS_MAX, Connections, SURPLUS_CONNECTIONS_MAX, serve};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const ALWAYS: Duration = Duration::from_hours(1);
const SOON: Duration = Duration::from_millis(50);

/// The port of orders, with so many connections that may be idle for so long.
struct Port {
    address: SocketAddr,
    _stop: watch::Sender<bool>,
}

impl Port {
    async fn open(shop: &Shop, at_once_max: usize, headers_timeout: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopping) = watch::channel(false);
        let connections = Connections { at_once_max, headers_timeout };
        tokio::spawn(serve(listener, shop.router(Orders), connections, stopping));
        Self { address, _stop: stop }
    }

    async fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).await.expect("a connection");
        Client { stream, text: String::new() }
    }
}

/// One connection.
struct Client {
    stream: TcpStream,
    text: String,
}

impl Client {
    async fn say(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            self.stream.writable().await.expect("it is open");
            match self.stream.try_write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
    }

    /// Reads on; whether there was anything.
    async fn read(&mut self) -> bool {
        let mut bytes = [0; 4_096];
        loop {
            self.stream.readable().await.expect("it is open");
            match self.stream.try_read(&mut bytes) {
                Ok(count) => {
                    self.text += std::str::from_utf8(&bytes[..count]).expect("UTF-8");
                    return count > 0;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return false,
            }
        }
    }

    /// The next answer; nothing of it if the connection ends first.
    async fn answer(&mut self) -> Answer {
        loop {
            if let Some((head, rest)) = self.text.split_once("\r\n\r\n") {
                let mut lines = head.lines();
                let status =
                    lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
                let mut answer =
                    Answer { status: status.parse().expect("a number"), ..Answer::default() };
                for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
                    let name = name.to_lowercase().parse::<axum::http::HeaderName>();
                    answer.headers.insert(name.expect("a name"), value.parse().expect("a value"));
                }
                let length = answer.header("content-length").parse().expect("a length");
                if rest.len() >= length {
                    let (body, rest) = rest.split_at(length);
                    answer.text = body.into();
                    self.text = rest.to_string();
                    return answer;
                }
            }
            if !self.read().await {
                return Answer::default();
            }
        }
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.say(&format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        self.answer().await
    }

    async fn ends(mut self) -> bool {
        while self.read().await {}
        self.text.is_empty()
    }
}

#[tokio::test]
async fn a_connection_too_many_is_told_so_and_only_probes_are_answered_there() {
    let shop = Shop::open().await;
    let port = Port::open(&shop, 2, ALWAYS).await;
    let (mut first, mut second) = (port.connect().await, port.connect().await);
    for client in [&mut first, &mut second] {
        assert_eq!(client.get("/orders").await.status, 200);
    }
    for (path, expected) in [
        ("/orders", (503, "overloaded")),
        ("/openapi.json", (503, "overloaded")),
        ("/nothing", (503, "overloaded")),
        ("/health", (200, "")),
        ("/readyz", (200, "")),
        ("/metrics", (200, "")),
    ] {
        let mut third = port.connect().await;
        let answer = third.get(path).await;
        assert_eq!(answer.verdict(), (expected.0, expected.1.into()), "{path}");
        assert_eq!(answer.header("connection"), "close", "{path}");
        assert!(third.ends().await, "{path}");
    }
    for client in [&mut first, &mut second] {
        assert_eq!(client.get("/orders").await.status, 200, "whoever was there goes on");
    }
    drop(first);
    loop {
        let mut next = port.connect().await;
        let answer = next.get("/orders").await;
        if answer.status == 200 {
            assert_eq!(next.get("/orders").await.status, 200, "it stays open");
            break;
        }
        assert_eq!(answer.verdict(), (503, "overloaded".into()));
    }
}

#[tokio::test]
async fn more_connections_than_are_refused_at_once_wait_and_are_refused_then() {
    let shop = Shop::open().await;
    let port = Port::open(&shop, 0, SOON).await;
    let mut idle = vec![];
    for _ in 0..SURPLUS_CONNECTIONS_MAX {
        idle.push(port.connect().await);
    }
    let answer = port.connect().await.get("/orders").await;
    assert_eq!(answer.verdict(), (503, "overloaded".into()));
    const { assert!(SURPLUS_CONNECTIONS_MAX < CONNECTIONS_MAX) };
}

#[tokio::test]
async fn whoever_says_nothing_or_half_of_it_is_cut_off() {
    let shop = Shop::open().await;
    let port = Port::open(&shop, 8, SOON).await;
    let check = async |whole: bool, said: &str| {
        let mut client = port.connect().await;
        if whole {
            assert_eq!(client.get("/orders").await.status, 200);
        }
        client.say(said).await;
        assert!(client.ends().await, "{whole} {said}");
    };
    for whole in [false, true] {
        check(whole, "").await;
        check(whole, "GET /orders HT").await;
        check(whole, "GET /orders HTTP/1.1\r\nhost: x\r\n").await;
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_told_so_and_the_connection_goes_on() {
    let shop = Shop::open().await;
    let port = Port::open(&shop, 1, ALWAYS).await;
    let mut client = port.connect().await;
    let headers = |count: usize| (0..count).map(|it| format!("a-{it}: b\r\n")).collect::<String>();
    let long = |bytes: usize| format!("a: {}\r\n", "b".repeat(bytes));
    let (uri, large) = ((414, "uri_too_long"), (431, "headers_too_large"));
    for (path_bytes, headers, expected) in [
        (8_192, String::new(), (404, "not_found")),
        (8_193, String::new(), uri),
        (30_000, String::new(), uri),
        (1, headers(63), (404, "not_found")),
        (1, headers(64), large),
        (1, headers(250), large),
        (1, long(32_000), (404, "not_found")),
        (1, long(33_000), large),
        (1, long(60_000), large),
        (8_193, headers(64), uri),
    ] {
        let path = "x".repeat(path_bytes - 1);
        client.say(&format!("GET /{path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n")).await;
        let answer = client.answer().await;
        let what = format!("{path_bytes} {}", headers.len());
        assert_eq!(answer.verdict(), (expected.0, expected.1.into()), "{what}");
        assert!(expected != uri || answer.text.len() < 1_000, "{what}: it is echoed");
    }
}

#[tokio::test]
async fn what_is_no_request_or_beyond_all_measure_gets_a_bare_status_and_the_end() {
    let shop = Shop::open().await;
    let port = Port::open(&shop, 8, ALWAYS).await;
    for (said, status) in [
        ("nonsense\r\n\r\n".to_string(), 400),
        ("GET /a b HTTP/1.1\r\n\r\n".to_string(), 400),
        ("GET / HTTP/1.1\r\na b\r\n\r\n".to_string(), 400),
        (format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(300)), 431),
    ] {
        let mut client = port.connect().await;
        client.say(&said).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.text.as_str()), (status, ""), "{said:.60}");
        assert!(client.ends().await, "{said:.60}");
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused_by_every_operation_as_documented() {
    let shop = Shop::furnished().await;
    let place = shop.log_end().await;
    let many: Vec<_> = (0..65).map(|_| ("cookie", "a=b")).collect();
    for operation in Operation::all() {
        let body = operation.bodies().first().map(ToString::to_string).unwrap_or_default();
        let long = format!("{}?{}", operation.line(), "x".repeat(8_192));
        for (line, headers, expected) in [
            (long, [].as_slice(), (414, "uri_too_long")),
            (operation.line(), many.as_slice(), (431, "headers_too_large")),
        ] {
            let answer = shop.call(operation.service, &line, headers, &body).await;
            let name = operation.name();
            assert_eq!(answer.verdict(), (expected.0, expected.1.into()), "{name}");
            assert!(operation.answers(expected.0), "{name}: it is not documented");
        }
    }
    assert_eq!(shop.log_end().await, place);
}
