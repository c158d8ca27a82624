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
    let words = words.map(|word| if word.contains("://") { without_password(&word) } else { word });
    std::iter::once("orderweaver".into()).chain(words)
}

/// A URL with stars for user and password, and for its options, for a password may stand there too.
pub fn without_password(url: &str) -> String {
    let (place, options) = match url.split_once('?') {
        Some((place, _)) => (place, "?***"),
        None => (url, ""),
    };
    // A password may hold any letter, also an @.
    match (place.rsplit_once('@'), place.split_once("://")) {
        (Some((_, host)), Some((scheme, _))) => format!("{scheme}://***@{host}{options}"),
        (Some((_, host)), None) => format!("***@{host}{options}"),
        (None, _) => format!("{place}{options}"),
    }
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
    fn a_url_is_shown_without_its_password() {
        let check = |url, expected| assert_eq!(without_password(url), expected, "{url}");
        check("sqlite", "sqlite");
        check("postgres://host:5432/shop", "postgres://host:5432/shop");
        check("postgres://me:se@cret@host/shop", "postgres://***@host/shop");
        check("postgres://host/shop?password=secret", "postgres://host/shop?***");
        check("me:secret@host/shop", "***@host/shop");
        check("--store=postgres://me:secret@host/shop", "--store=postgres://***@host/shop");
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
