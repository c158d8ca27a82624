//! Which texts can be ids. They stand in paths, in keys of every store, and under Kafka's keys.

/// Characters of an id of a client's.
pub const ID_CHARACTERS_MAX: usize = 128;
/// Characters of an id that the system derived from another.
pub const DERIVED_ID_CHARACTERS_MAX: usize = 256;

/// Whether a client may give this id: 1 to 128 characters from `A-Z a-z 0-9 - _ . : ~`, but neither
/// `.` nor `..`, which no path can hold.
///
/// # Errors
/// What is wrong, to be read behind the name of what holds it.
pub fn check_id(text: &str) -> Result<(), String> {
    check(text, "-_.:~", ID_CHARACTERS_MAX)
}

/// Whether it is an id of a client's or one that the system derived from it, such as
/// `o-1!cancel_order!1`.
///
/// # Errors
/// What is wrong, to be read behind the name of what holds it.
pub fn check_derived_id(text: &str) -> Result<(), String> {
    if text.starts_with('!') {
        return Err("begins with '!', which stands behind the id of an order".into());
    }
    check(text, "-_.:~!", DERIVED_ID_CHARACTERS_MAX)
}

fn check(text: &str, allowed: &str, max: usize) -> Result<(), String> {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || allowed.contains(letter);
    if let Some(letter) = text.chars().find(|letter| !is_allowed(*letter)) {
        return Err(format!("holds {letter:?}; allowed are A-Z a-z 0-9 - _ . : ~"));
    }
    match (text, text.len()) {
        ("", _) => Err(format!("is empty; 1 to {max} characters are allowed")),
        (_, count) if count > max => Err(format!("has {count} characters; 1 to {max} are allowed")),
        ("." | "..", _) => Err(format!("is {text:?}, which no path can hold")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{check_derived_id, check_id};

    type Check = fn(&str) -> Result<(), String>;

    fn check(is_id: Check, text: &str, expected: Result<(), &str>) {
        assert_eq!(is_id(text), expected.map_err(String::from), "{text:?}");
    }

    #[test]
    fn ids_hold_only_what_a_path_can_hold_as_it_is() {
        check(check_id, "o-1", Ok(()));
        check(check_id, "A.b_C:d~9", Ok(()));
        check(check_id, "...", Ok(()));
        check(check_id, &"x".repeat(128), Ok(()));
        check(check_id, &"x".repeat(129), Err("has 129 characters; 1 to 128 are allowed"));
        check(check_id, "", Err("is empty; 1 to 128 characters are allowed"));
        check(check_id, "a b", Err("holds ' '; allowed are A-Z a-z 0-9 - _ . : ~"));
        check(check_id, "a/b", Err("holds '/'; allowed are A-Z a-z 0-9 - _ . : ~"));
        check(check_id, "a\0", Err("holds '\\0'; allowed are A-Z a-z 0-9 - _ . : ~"));
        check(check_id, "ä", Err("holds 'ä'; allowed are A-Z a-z 0-9 - _ . : ~"));
        check(check_id, "o-1!x", Err("holds '!'; allowed are A-Z a-z 0-9 - _ . : ~"));
        check(check_id, ".", Err("is \".\", which no path can hold"));
        check(check_id, "..", Err("is \"..\", which no path can hold"));
    }

    #[test]
    fn derived_ids_hold_an_exclamation_mark_behind_an_id() {
        check(check_derived_id, "o-1", Ok(()));
        check(check_derived_id, "o-1!cancel_order!1", Ok(()));
        let derived = |count: usize| "x".repeat(128) + "!" + &"y".repeat(count - 129);
        check(check_derived_id, &derived(256), Ok(()));
        check(check_derived_id, &derived(257), Err("has 257 characters; 1 to 256 are allowed"));
        let wrong = "begins with '!', which stands behind the id of an order";
        check(check_derived_id, "!1", Err(wrong));
        check(check_derived_id, "..", Err("is \"..\", which no path can hold"));
    }
}
