//! The Idempotency-Key header: the inbox is the record; here a key becomes an inbox key.

use crate::problem::Problem;
use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use contracts::{MessageId, Timestamp};
use engine::{Fingerprint, RequestKey};
use sha2::{Digest, Sha256};

const HEADER: &str = "Idempotency-Key";
/// Characters of a key.
const CHARACTERS_MAX: usize = 255;

/// What a request is known by, so that its repetition is recognised.
pub struct Identity {
    /// Method and route, without what stands in the path.
    scope: String,
    key: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let scope = format!("{} {route}", parts.method);
        Ok(Self { scope, key: key(&parts.headers)? })
    }
}

impl Identity {
    /// What the inbox knows the request by: its key within method, route and principal, which is
    /// the user. Without a key it is nothing that could be repeated.
    pub fn request_key(&self, user: &str, fingerprint: Fingerprint) -> Option<RequestKey> {
        let key = self.key.as_ref()?;
        // Its time is left zero: the same key must be found whenever it comes.
        let parts = [self.scope.as_bytes(), user.as_bytes(), key.as_bytes()];
        Some(RequestKey { key: MessageId::root(Timestamp(0), &parts), fingerprint })
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all(HEADER).iter();
    let Some(first) = given.next() else { return Ok(None) };
    if given.next().is_some() {
        return Err(Problem::field(HEADER, "stands there twice"));
    }
    let key = first.to_str().ok().and_then(|text| parsed(text.trim()));
    let wrong = || {
        let message = format!("must be 1 to {CHARACTERS_MAX} visible characters, quoted or bare");
        Problem::field(HEADER, message)
    };
    key.filter(|key| (1..=CHARACTERS_MAX).contains(&key.len())).map(Some).ok_or_else(wrong)
}

/// The key behind its spelling: a quoted text (RFC 8941), or the bare characters.
fn parsed(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix('"') else {
        return text.bytes().all(|it| it.is_ascii_graphic() && it != b'"').then(|| text.into());
    };
    let mut letters = rest.strip_suffix('"')?.chars();
    let mut key = String::new();
    while let Some(letter) = letters.next() {
        key.push(match letter {
            '\\' => letters.next().filter(|it| matches!(it, '"' | '\\'))?,
            ' ' => ' ',
            other if other.is_ascii_graphic() && other != '"' => other,
            _ => return None,
        });
    }
    Some(key)
}

/// A hash of the request as it was parsed.
pub fn fingerprint(parts: &[&[u8]]) -> Fingerprint {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(&digest[..16]);
    fingerprint
}

#[cfg(test)]
mod tests {
    use super::key;
    use axum::http::{HeaderMap, HeaderValue};

    fn check(given: &[&str], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for value in given {
            headers.append("idempotency-key", HeaderValue::from_str(value).expect("a header"));
        }
        let read = key(&headers).ok();
        assert_eq!(read.flatten().as_deref(), expected, "{given:?}");
    }

    #[test]
    fn a_key_is_the_same_quoted_and_bare() {
        check(&["k-1"], Some("k-1"));
        check(&["\"k-1\""], Some("k-1"));
        check(&[" k-1 "], Some("k-1"));
        check(&["\"two words\""], Some("two words"));
        check(&[r#""a\"b\\c""#], Some(r#"a"b\c"#));
        check(&[&"k".repeat(255)], Some(&"k".repeat(255)));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        check(&[""], None);
        check(&["\"\""], None);
        check(&["\""], None);
        check(&["two words"], None);
        check(&["a\"b"], None);
        check(&["\"a\"b\""], None);
        check(&[r#""a\b""#], None);
        check(&[r#""a\""#], None);
        check(&[&"k".repeat(256)], None);
        check(&["k", "k"], None);
        check(&["schlüssel"], None);
    }
}
