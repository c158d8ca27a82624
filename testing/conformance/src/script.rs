//! What a toy service is told to do, in words: `add 5, tell right (add 1), say`. Acts are separated
//! by commas; what stands in parentheses is a script for somebody else.

/// One act of a script.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Act<'a> {
    /// Its words, without what stands in parentheses.
    pub words: Vec<&'a str>,
    /// What stands in its parentheses.
    pub inner: &'a str,
}

/// The acts of a script, in order.
pub(crate) fn acts(script: &str) -> Vec<Act<'_>> {
    let pieces = split(script, ',').into_iter().map(str::trim).filter(|piece| !piece.is_empty());
    pieces.map(act).collect()
}

/// The pieces between the separators that stand outside of parentheses.
pub(crate) fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut pieces, mut depth, mut begin) = (vec![], 0_u32, 0);
    for (place, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if letter == separator && depth == 0 => {
                pieces.push(&text[begin..place]);
                begin = place + letter.len_utf8();
            }
            _ => {}
        }
    }
    pieces.push(&text[begin..]);
    pieces
}

fn act(piece: &str) -> Act<'_> {
    let (words, inner) = match piece.split_once('(') {
        Some((words, rest)) => (words, rest.strip_suffix(')').unwrap_or(rest)),
        None => (piece, ""),
    };
    Act { words: words.split_whitespace().collect(), inner }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(script: &str, expected: &[(&str, &str)]) {
        let found: Vec<_> =
            acts(script).iter().map(|act| (act.words.join(" "), act.inner.to_string())).collect();
        let expected: Vec<_> =
            expected.iter().map(|(words, inner)| (words.to_string(), inner.to_string())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn acts_are_separated_by_commas_outside_of_parentheses() {
        check("", &[]);
        check("add 5, say", &[("add 5", ""), ("say", "")]);
        check(
            "tell right (add 1, tell left (add 2, say)), say",
            &[("tell right", "add 1, tell left (add 2, say)"), ("say", "")],
        );
    }
}
