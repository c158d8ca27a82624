//! Page tokens: where a page ended, bound to the list that it was a page of. Clients hand them back
//! as they are.

use crate::problem::Problem;
use engine::PagePlace;

/// Hexadecimal digits of one of the numbers.
const DIGITS: usize = 16;

/// The token of the page that begins behind that place.
pub fn write(place: PagePlace, binding: u64) -> String {
    let PagePlace { value, key } = place;
    bound(&format!("{value:016x}{key:016x}"), binding)
}

/// The place behind which the page begins.
///
/// # Errors
/// The text is no token, or one of another list or of other filters.
pub fn read(text: &str, binding: u64) -> Result<PagePlace, Problem> {
    let place = unbound(text, binding)?;
    let numbers = (place.len() == 2 * DIGITS).then(|| (number(place, 0), number(place, 1)));
    let Some((Some(value), Some(key))) = numbers else { return Err(no_token()) };
    Ok(PagePlace { value: value.cast_signed(), key: key.cast_signed() })
}

/// The token of a place that is a text.
pub fn bound(place: &str, binding: u64) -> String {
    format!("{binding:016x}{place}")
}

/// The text of a place.
///
/// # Errors
/// The token is none, or one of another list or of other filters.
pub fn unbound(text: &str, binding: u64) -> Result<&str, Problem> {
    let found = number(text, 0).ok_or_else(no_token)?;
    if found != binding {
        let message = "belongs to a list with other filters: begin without one";
        return Err(Problem::field("page_token", message));
    }
    Ok(text.get(DIGITS..).unwrap_or_default())
}

/// What is told of a text that is no token.
pub fn no_token() -> Problem {
    Problem::field("page_token", "is no token of this list: begin without one")
}

fn number(text: &str, place: usize) -> Option<u64> {
    let digits = text.get(place * DIGITS..(place + 1) * DIGITS)?;
    let is_plain = digits.bytes().all(|it| it.is_ascii_hexdigit());
    is_plain.then(|| u64::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use engine::PagePlace;

    fn check(value: i64, key: i64) {
        let place = PagePlace { value, key };
        assert_eq!(read(&write(place, 7), 7), Ok(place));
        let other = read(&write(place, 7), 8).expect_err("another list");
        assert!(other.detail().contains("other filters"), "{other:?}");
    }

    #[test]
    fn a_token_leads_back_to_its_place_in_its_list_only() {
        check(0, 0);
        check(-1, 1);
        check(i64::MIN, i64::MAX);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let long = format!("{}0", write(PagePlace { value: 1, key: 1 }, 7));
        for text in ["", "x", "1.1", &long, &"+".repeat(48), &"ä".repeat(24)] {
            let refused = read(text, 7).expect_err(text);
            assert!(refused.detail().starts_with("page_token: is no token"), "{refused:?}");
        }
    }
}
