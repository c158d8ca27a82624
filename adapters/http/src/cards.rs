//! Card numbers never come in: they are recognised in every text of a request and refused.

/// Bytes of a UUID with its dashes.
const UUID_BYTES: usize = 36;

/// Whether a text holds a card number. A UUID is none, wherever it stands, although a few in a
/// thousand hold such digits.
pub fn is_card_number(text: &str) -> bool {
    let mut rest = text;
    while let Some(start) = first_uuid(rest) {
        let (before, uuid) = rest.split_at(start);
        if holds_card_number(before) {
            return true;
        }
        rest = uuid.split_at(UUID_BYTES).1;
    }
    holds_card_number(rest)
}

/// Whether a number, as JSON writes it, is a card number. None begins with a 1, as the times in
/// milliseconds or microseconds do which programs write as numbers.
pub fn is_numeric_card_number(number: &str) -> bool {
    !number.trim_start_matches('-').starts_with('1') && is_card_number(number)
}

/// Where the first UUID begins that is no part of a longer run of digits.
fn first_uuid(text: &str) -> Option<usize> {
    let is_apart = |letter: Option<char>| !letter.is_some_and(|it| it.is_ascii_hexdigit());
    let is_uuid = |start: &usize| {
        let Some((before, rest)) = text.split_at_checked(*start) else { return false };
        let Some((uuid, behind)) = rest.split_at_checked(UUID_BYTES) else { return false };
        uuid::Uuid::try_parse(uuid).is_ok()
            && is_apart(before.chars().next_back())
            && is_apart(behind.chars().next())
    };
    let mut starts = text.match_indices('-').filter_map(|(dash, _)| dash.checked_sub(8));
    starts.find(is_uuid)
}

/// Whether groups of digits that spaces and dashes divide hold 13 to 19 digits in a row which begin
/// and end with a group and pass the check of Luhn (ISO/IEC 7812-1, annex B).
fn holds_card_number(text: &str) -> bool {
    let divides = |letter: char| !letter.is_ascii_digit() && !is_separator(letter);
    text.split(divides).any(|part| {
        let groups: Vec<&str> =
            part.split(is_separator).filter(|group| !group.is_empty()).collect();
        (0..groups.len()).any(|first| begins_card_number(groups.iter().skip(first)))
    })
}

/// Spaces and dashes of any kind, also those that can't be seen.
fn is_separator(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter,
            '-' | '\u{ad}' | '\u{58a}' | '\u{180e}' | '\u{200b}'..='\u{200d}'
            | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2060}' | '\u{2212}'
            | '\u{fe58}' | '\u{fe63}' | '\u{feff}' | '\u{ff0d}')
}

fn begins_card_number<'a>(groups: impl Iterator<Item = &'a &'a str>) -> bool {
    let mut digits: Vec<u32> = vec![];
    for group in groups {
        if digits.len() + group.len() > 19 {
            return false;
        }
        digits.extend(group.chars().filter_map(|letter| letter.to_digit(10)));
        if digits.len() >= 13 && passes_luhn(&digits) {
            return true;
        }
    }
    false
}

fn passes_luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let weigh =
        |(place, digit): (usize, &u32)| if place % 2 == 1 { doubled(*digit) } else { *digit };
    digits.iter().rev().enumerate().map(weigh).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::is_card_number;

    fn check(text: &str, expected: bool) {
        assert_eq!(is_card_number(text), expected, "{text}");
    }

    #[test]
    fn a_card_number_is_found_wherever_it_hides() {
        check("4242424242424242", true);
        check("4242 4242-4242  4242", true);
        check("call me: 4242424242424242!", true);
        check("x4242424242424242x", true);
        check("4242424242424241", false);
        check("424242424242", false);
        check("42424242424242424242", false);
        check("4242.4242.4242.4242", false);
        check("", false);
    }

    #[test]
    fn a_card_number_is_found_beside_other_digits() {
        check("4111 1111 1111 1111 12/26", true);
        check("order 12 4111111111111111", true);
        check("4111111111111111 4242424242424242", true);
        check("4111 1111 1111 1111 4242 4242 4242 4242 ", true);
        check("1 2 3 4 4111111111111111 5", true);
        check("12 4111111111111112", false);
    }

    #[test]
    fn a_card_number_is_found_with_spaces_and_dashes_of_any_kind() {
        let separators =
            "\u{a0}\u{2007}\u{2009}\u{202f}\u{3000}\u{200b}\t\n\u{2011}\u{2013}\u{2212}";
        for separator in separators.chars() {
            check(&["4111", "1111", "1111", "1111"].join(&separator.to_string()), true);
        }
    }

    #[test]
    fn a_uuid_is_never_taken_for_a_card_number() {
        let made = (0..2_000).map(|_| uuid::Uuid::now_v7().to_string());
        for uuid in made {
            check(&uuid, false);
            check(&format!("o-{uuid}"), false);
            check(&format!("from {uuid} to {uuid}"), false);
        }
        check("4242424242424242-a", true);
        check("42424242-4242-4242-a000-000000000000", false);
        check("a 42424242-4242-4242-a000-000000000000 4242424242424242", true);
        check("4242424242424242 42424242-4242-4242-a000-000000000000", true);
        check("4242424242424242-1111-1111-1111-111111111111", true);
        check("11111111-1111-1111-1111-111111111111-4242424242424242", true);
        check("00000000000042424242424242424242", false);
        check("00004242424242424242000000000000", false);
    }
}
