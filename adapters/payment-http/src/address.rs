//! Where a provider is.

use hyper::Uri;
use std::fmt;
use std::str::FromStr;

/// The address of a provider: `http://host:port`, and nothing behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// The URL of one of its routes.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{self}{path}")
    }
}

impl FromStr for Address {
    type Err = String;

    /// # Errors
    /// The text is none. The sentence repeats nothing of it, for it may hold a password.
    fn from_str(text: &str) -> Result<Self, String> {
        let example = "name it as http://host:8009";
        let uri: Uri = text.parse().map_err(|_| format!("that is no URL: {example}"))?;
        let authority = uri.authority().map(|it| it.as_str()).unwrap_or_default();
        if uri.scheme_str() != Some("http") {
            return Err(format!("it doesn't begin with http://: {example}"));
        }
        if authority.contains('@') {
            return Err(format!("a user or password isn't supported: {example}"));
        }
        // A colon with no number behind it that is a port.
        let host = uri.host().unwrap_or_default();
        let has_port = uri.port_u16().is_some_and(|port| port > 0);
        if host.is_empty() || (authority != host && !has_port) {
            return Err(format!("it names no host, or no port from 1 to 65535: {example}"));
        }
        if uri.path() != "/" || uri.query().is_some() || text.contains('#') {
            return Err(format!("nothing may follow host and port: {example}"));
        }
        Ok(Self(format!("http://{authority}")))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        match (text.parse::<Address>(), expected) {
            (Ok(address), Ok(expected)) => assert_eq!(address.to_string(), expected),
            (Err(said), Err(part)) => assert!(said.contains(part), "{said:?} is no {part:?}"),
            (said, _) => panic!("{text:?} gave {said:?}"),
        }
    }

    #[test]
    fn an_address_is_a_host_with_or_without_a_port() {
        check("http://localhost:8009", Ok("http://localhost:8009"));
        check("http://provider-fake", Ok("http://provider-fake"));
        check("http://127.0.0.1:1/", Ok("http://127.0.0.1:1"));
        check("http://[::1]:8009", Ok("http://[::1]:8009"));
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_remedy() {
        for text in ["", "http://", "http://:8009", "http://a b", "http://a:x", "http://["] {
            check(text, Err("name it as http://host:8009"));
        }
        check("localhost:8009", Err("name it as http://host:8009"));
        check("https://a", Err("it doesn't begin with http://"));
        check("http://a:0", Err("no port from 1 to 65535"));
        check("http://a:99999", Err("name it as http://host:8009"));
        check("http://a:", Err("name it as http://host:8009"));
        check("http://a/statement", Err("nothing may follow host and port"));
        check("http://a?b", Err("nothing may follow host and port"));
        check("http://a#b", Err("nothing may follow host and port"));
    }

    #[test]
    fn a_password_is_never_repeated() {
        let said = "http://me:hunter2@host:8009".parse::<Address>().expect_err("a refusal");
        assert!(said.contains("isn't supported") && !said.contains("hunter2"), "{said}");
    }
}
