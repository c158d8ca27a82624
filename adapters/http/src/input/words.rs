//! What the parsers say, in words for people who know JSON and not Rust.

/// The field that a parser's message is about, if it names one.
pub fn field(message: &str) -> Option<&str> {
    let starts = ["unknown field `", "duplicate field `", "missing field `"];
    starts.iter().find_map(|start| message.strip_prefix(start)?.split('`').next())
}

/// What is wrong with a value, and what is expected there.
pub fn plain(message: &str) -> String {
    plain_with(message, &[])
}

/// The same, where there are also fields that the parser does not know of.
pub fn plain_with(message: &str, others: &[&str]) -> String {
    if let Some(rest) = message.strip_prefix("unknown field `") {
        return unknown_field(rest, others);
    }
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        let word = rest.split('`').next().unwrap_or_default();
        return format!("is {word:?}; {} is allowed", quoted_names(rest).join(" or "));
    }
    if message.starts_with("missing field") {
        return "is missing".into();
    }
    match message {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            return "is no whole number".into();
        }
        "number too large to fit in target type" | "number out of range" => {
            return "is too large".into();
        }
        "number too small to fit in target type" => return "is too small".into(),
        _ => {}
    }
    if message.starts_with("duplicate field") {
        return "stands there twice".into();
    }
    let starts = ["invalid type: ", "invalid value: "];
    let rest = starts.iter().find_map(|start| message.strip_prefix(start));
    match rest.and_then(|rest| rest.split_once(", expected ")) {
        Some((found, expected)) => format!("is {}; {} is expected", thing(found), wish(expected)),
        None => message.to_string(),
    }
}

/// The names behind the first of `prize`, expected one of `order_id`, `user_id``.
fn quoted_names(rest: &str) -> Vec<&str> {
    rest.split('`').skip(2).step_by(2).collect()
}

fn unknown_field(rest: &str, others: &[&str]) -> String {
    match [&quoted_names(rest), others].concat().as_slice() {
        [] => "is no field of it; there are none".into(),
        names => format!("is no field of it; there are {}", names.join(", ")),
    }
}

/// Values longer than that are not repeated.
const SHOWN_CHARACTERS_MAX: usize = 60;

fn thing(found: &str) -> String {
    let quoted = |rest: &str| rest.trim_matches('`').to_string();
    match found.split_once(' ') {
        _ if found == "map" => "an object".into(),
        _ if found == "sequence" => "a list".into(),
        _ if found.starts_with("floating point ") => {
            format!("the number {}", quoted(found.trim_start_matches("floating point ")))
        }
        Some(("integer", number)) => format!("the number {}", quoted(number)),
        Some(("boolean", word)) => quoted(word),
        Some(("string", text)) if text.chars().count() <= SHOWN_CHARACTERS_MAX => {
            format!("the text {text}")
        }
        Some(("string", _)) => "a text".into(),
        _ => found.to_string(),
    }
}

fn wish(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list",
        "a string" => "a text",
        "a boolean" => "true or false",
        _ if expected.starts_with("struct ") || expected == "a map" => "an object",
        _ => expected,
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    fn check(said: &str, expected: &str) {
        assert_eq!(plain(said), expected);
    }

    #[test]
    fn parsers_speak_without_the_types_of_rust() {
        check(
            "invalid type: integer `7`, expected a string",
            "is the number 7; a text is expected",
        );
        check(
            "invalid type: floating point `1.5`, expected 1 to 9",
            "is the number 1.5; 1 to 9 is expected",
        );
        check(
            "invalid type: sequence, expected struct NewOrder",
            "is a list; an object is expected",
        );
        check("invalid type: map, expected a sequence", "is an object; a list is expected");
        check(
            "invalid type: boolean `true`, expected struct NewLine",
            "is true; an object is expected",
        );
        check("invalid type: null, expected a string", "is null; a text is expected");
        check(
            "invalid type: string \"x\", expected a sequence",
            "is the text \"x\"; a list is expected",
        );
        let long = format!("invalid type: string \"{}\", expected a sequence", "x".repeat(100));
        check(&long, "is a text; a list is expected");
        check(
            "unknown field `prize`, expected one of `order_id`, `user_id`",
            "is no field of it; there are order_id, user_id",
        );
        check("unknown field `x`, expected `y`", "is no field of it; there are y");
        check("unknown field `x`, there are no fields", "is no field of it; there are none");
        check("unknown variant `x`, expected `deny` or `no`", "is \"x\"; deny or no is allowed");
        check("missing field `user_id`", "is missing");
        check("number out of range", "is too large");
        check("duplicate field `amount`", "stands there twice");
        check("holds ' '; allowed are letters", "holds ' '; allowed are letters");
    }
}
