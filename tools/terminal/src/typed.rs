//! Commands as they are typed: whoever reads one can hand it to a shell.

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    // No word of a command line holds a zero byte.
    shlex::try_quote(word).map_or_else(|_| word.into(), Into::into)
}

/// The words of a command; none if its quotes don't close.
pub fn words(command: &str) -> Vec<String> {
    shlex::split(command).unwrap_or_default()
}

/// The command that this process runs.
pub fn again() -> String {
    joined(here())
}

/// The command that this process runs, with another value of a flag.
pub fn again_with(flag: &str, value: &str) -> String {
    with(here(), flag, value)
}

fn here() -> impl Iterator<Item = String> {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    std::iter::once("orderweaver".into()).chain(words)
}

fn joined(words: impl Iterator<Item = String>) -> String {
    words.map(|word| quoted(&word)).collect::<Vec<_>>().join(" ")
}

fn with(words: impl Iterator<Item = String>, flag: &str, value: &str) -> String {
    let mut is_value = false;
    let others = words.filter(|word| {
        let is_dropped = is_value || word.strip_prefix(flag).is_some_and(is_end_of_flag);
        is_value = !is_value && word == flag;
        !is_dropped
    });
    joined(others.chain([flag.into(), value.into()]))
}

/// Whether a flag ends here: its value follows, or is the next word.
fn is_end_of_flag(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(command: &str, expected: &str) {
        let told = with(words(command).into_iter(), "--data", "my shop");
        assert_eq!(told, expected, "{command}");
    }

    #[test]
    fn another_value_of_a_flag_replaces_the_one_that_was_typed() {
        check("orderweaver serve", "orderweaver serve --data 'my shop'");
        check("orderweaver serve --data a -v", "orderweaver serve -v --data 'my shop'");
        check("orderweaver serve --data=a -v", "orderweaver serve -v --data 'my shop'");
        check("orderweaver serve --data --data", "orderweaver serve --data 'my shop'");
        check("orderweaver serve --database 'b c'", {
            "orderweaver serve --database 'b c' --data 'my shop'"
        });
    }
}
