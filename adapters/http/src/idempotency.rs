//! The Idempotency-Key header: the inbox is the record; here a key becomes an inbox key.

use crate::problem::Problem;
use axum::http::HeaderMap;
use contracts::{MessageId, Timestamp};
use engine::{Fingerprint, InboxKey};
use sha2::{Digest, Sha256};

const HEADER: &str = "idempotency-key";
const CHARACTERS_MAX: usize = 255;

/// What the inbox knows the request by: its key within method, route and principal; without a key
/// the message's own id, which nobody can repeat.
///
/// # Errors
/// The header is no key.
pub fn inbox_key(
    headers: &HeaderMap,
    route: &str,
    principal: &str,
    message: MessageId,
) -> Result<InboxKey, Problem> {
    let Some(value) = headers.get(HEADER) else { return Ok(message) };
    let wrong = || {
        let message = format!("must be 1 to {CHARACTERS_MAX} visible characters, quoted or bare");
        Problem::field("Idempotency-Key", message)
    };
    let text = value.to_str().map_err(|_| wrong())?.trim();
    let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let key = quoted.unwrap_or(text);
    if key.is_empty() || key.len() > CHARACTERS_MAX {
        return Err(wrong());
    }
    // Its time is left zero: the same key must be found whenever it comes.
    let parts = [route.as_bytes(), principal.as_bytes(), key.as_bytes()];
    Ok(MessageId::root(Timestamp(0), &parts))
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
