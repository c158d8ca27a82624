//! Which of several forms of an answer a client wants (RFC 9110, section 12.5.1).

use axum::http::{HeaderMap, header};

/// The media type that the client likes best; the first of those offered where it has no wish that
/// can be met.
pub fn preferred<'a>(headers: &HeaderMap, offered: &[&'a str]) -> &'a str {
    let given = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<Range<'_>> = given.flat_map(|value| value.split(',').map(Range::of)).collect();
    let first = offered.first().copied().unwrap_or_default();
    let mut best = (0, first);
    for media_type in offered {
        let wish = wish(&ranges, media_type);
        if wish > best.0 {
            best = (wish, media_type);
        }
    }
    best.1
}

/// A media range with its weight in thousandths.
struct Range<'a> {
    name: &'a str,
    weight: u32,
}

impl<'a> Range<'a> {
    fn of(text: &'a str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
        let thousandths = |weight: f32| (weight.clamp(0.0, 1.0) * 1_000.0).round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
        let weight = thousandths(weight.unwrap_or(1.0)) as u32;
        Self { name, weight }
    }

    /// How closely it names the type: not at all, by its kind, or by its name.
    fn closeness(&self, media_type: &str) -> Option<u32> {
        let kind = media_type.split('/').next().unwrap_or_default();
        let range_kind = self.name.strip_suffix("/*");
        match range_kind {
            _ if self.name.eq_ignore_ascii_case(media_type) => Some(2),
            Some(range_kind) if range_kind.eq_ignore_ascii_case(kind) => Some(1),
            Some("*") => Some(0),
            _ => None,
        }
    }
}

/// The weight of the range that names the type most closely.
fn wish(ranges: &[Range<'_>], media_type: &str) -> u32 {
    let matching = ranges.iter().filter_map(|it| Some((it.closeness(media_type)?, it.weight)));
    matching.max_by_key(|(closeness, _)| *closeness).map_or(0, |(_, weight)| weight)
}

#[cfg(test)]
mod tests {
    use super::preferred;
    use axum::http::{HeaderMap, HeaderValue, header};

    fn check(accept: &'static str, expected: &str) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        let offered = ["application/json", "text/vnd.mermaid"];
        assert_eq!(preferred(&headers, &offered), expected, "{accept}");
    }

    #[test]
    fn the_form_that_weighs_most_is_taken() {
        check("text/vnd.mermaid", "text/vnd.mermaid");
        check("TEXT/VND.Mermaid", "text/vnd.mermaid");
        check("application/json;q=0.5, text/vnd.mermaid", "text/vnd.mermaid");
        check("application/json, text/vnd.mermaid;q=0.9", "application/json");
        check("text/*, application/json;q=0.1", "text/vnd.mermaid");
        check("*/*", "application/json");
        check("*/*, text/vnd.mermaid;q=0", "application/json");
        check("application/json;q=0, */*", "text/vnd.mermaid");
    }

    #[test]
    fn without_a_wish_that_can_be_met_the_first_form_is_taken() {
        check("", "application/json");
        check("image/png", "application/json");
        check("text/vnd.mermaid;q=0", "application/json");
        assert_eq!(preferred(&HeaderMap::new(), &["a/b", "c/d"]), "a/b");
    }
}
