//! For tests: a server that says what it is told to, and can hang up in the middle of it, which no
//! real one does on demand.

use crate::globals::{Context, Globals};
use crate::target::Target;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};
use terminal::Interrupt;

/// Answers one connection with each text, then hangs up; gives back the requests.
pub fn serve(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let requests = move || answers.iter().map(|answer| converse(&listener, answer)).collect();
    (format!("http://{address}"), thread::spawn(requests))
}

/// What commands work with, speaking to that address alone.
pub fn context(url: &str) -> Context {
    let target = Target { url: Some(url.into()), ..Target::default() };
    let globals = Globals { quiet: true, ..Globals::default() };
    target.context(&globals, "order get", Interrupt::default()).expect("an address")
}

fn converse(listener: &TcpListener, answer: &str) -> String {
    let (mut stream, _) = listener.accept().expect("a client");
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        reader.read_line(&mut request).expect("a header");
    }
    let length = request.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.parse().expect("a number"));
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    stream.write_all(answer.as_bytes()).expect("it listens");
    request + &String::from_utf8_lossy(&body)
}

/// An answer with a body of JSON.
pub fn json(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n{headers}\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

/// The beginning of a stream that breaks off after that.
pub fn stream(events: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 1\n\n{events}")
}
