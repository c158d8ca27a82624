//! A request as data.

use contracts::ServiceName;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::Method;
use uuid::Uuid;

/// What stands in a path or a query as it is: the letters of ids, and `!` of derived ids.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b':').remove(b'~').remove(b'!');

const KEY_HEADER: &str = "Idempotency-Key";

/// A request to one of the services.
#[derive(Clone, Debug)]
pub struct Request {
    /// To whom.
    pub service: ServiceName,
    /// Its method.
    pub method: Method,
    /// Path and query, encoded.
    pub path: String,
    /// Its headers, besides those of the body.
    pub headers: Vec<(&'static str, String)>,
    /// A JSON text.
    pub body: Option<String>,
}

impl Request {
    /// Reads something. The parts of the path are encoded here.
    pub fn get(service: ServiceName, path: &[&str]) -> Self {
        let (method, headers) = (Method::GET, vec![]);
        Self { service, method, path: route(path), headers, body: None }
    }

    /// Sets something; a repetition sets it again.
    pub fn put(service: ServiceName, path: &[&str], body: String) -> Self {
        Self { method: Method::PUT, body: Some(body), ..Self::get(service, path) }
    }

    /// Does something once, however often it is sent: the key sees to that.
    pub fn post(service: ServiceName, path: &[&str], body: String, key: &str) -> Self {
        let (method, body) = (Method::POST, Some(body));
        Self { method, body, ..Self::get(service, path) }.with_key(key)
    }

    /// With the key that makes it safe to repeat.
    #[must_use]
    pub fn with_key(self, key: &str) -> Self {
        self.header(KEY_HEADER, format!("\"{key}\""))
    }

    /// The key that makes it safe to repeat, where it has one.
    pub fn key(&self) -> Option<&str> {
        let key = self.headers.iter().find(|(name, _)| *name == KEY_HEADER);
        key.map(|(_, key)| key.trim_matches('"'))
    }

    /// Only if the thing still has that version.
    #[must_use]
    pub fn if_version(self, version: Option<u64>) -> Self {
        match version {
            Some(version) => self.header("If-Match", format!("\"{version}\"")),
            None => self,
        }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a parameter of the query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        let value = encode(value);
        self.path.push_str(&format!("{separator}{name}={value}"));
        self
    }

    /// With a parameter of the query, if it was given.
    #[must_use]
    pub fn query_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }
}

/// A key that no other request has.
pub fn new_key() -> String {
    Uuid::now_v7().to_string()
}

/// A text as a part of a path or a query.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// The end of an id that no other thing has. It holds no digits: a long row of them is refused,
/// because it could be the number of a card.
pub fn new_suffix() -> String {
    let letter = |half: u8| char::from(b'a' + half);
    let (_, random) = Uuid::now_v7().as_u64_pair();
    random.to_be_bytes().iter().flat_map(|it| [letter(it >> 4), letter(it & 0xf)]).collect()
}

fn route(parts: &[&str]) -> String {
    let encoded = parts.iter().map(|part| match *part {
        // Whoever sits in between would take them for steps in a tree.
        "." => "%2E".into(),
        ".." => "%2E%2E".into(),
        part => encode(part),
    });
    encoded.fold(String::new(), |path, part| format!("{path}/{part}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_in_the_path_as_they_are_and_nothing_else_gets_through() {
        let check = |id: &str, expected: &str| assert_eq!(route(&["orders", id]), expected);
        check("o-1", "/orders/o-1");
        check("a.b:c~d_E", "/orders/a.b:c~d_E");
        check("o-1!cancel_order!1", "/orders/o-1!cancel_order!1");
        check("../stock", "/orders/..%2Fstock");
        check("..", "/orders/%2E%2E");
        check("a?b#c d%", "/orders/a%3Fb%23c%20d%25");
        check("чай", "/orders/%D1%87%D0%B0%D0%B9");
    }

    #[test]
    fn the_end_of_an_id_is_new_and_has_no_digits() {
        let (one, other) = (new_suffix(), new_suffix());
        assert!(one != other && one.chars().all(|it| it.is_ascii_lowercase()), "{one} {other}");
    }

    #[test]
    fn parameters_of_the_query_are_encoded() {
        let request = Request::get(ServiceName::Orders, &["orders"]);
        let request = request.query("user_id", "a&b").query_if("state", None).query("x", "1");
        assert_eq!(request.path, "/orders?user_id=a%26b&x=1");
    }
}
