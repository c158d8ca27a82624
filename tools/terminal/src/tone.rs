//! What a colour says. It never says it alone: the word stands there too.

use console::Style;

/// How something fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing is said of it.
    #[default]
    Plain,
    /// A title.
    Title,
    /// As it should be.
    Good,
    /// On its way.
    Busy,
    /// It came to an end that nobody wished for, in good order.
    Refused,
    /// Somebody must look.
    Bad,
}

/// The words of the services for how something fares.
const WORDS: &[(Tone, &[&str])] = &[
    (
        Tone::Good,
        &[
            "ok",
            "ready",
            "confirmed",
            "completed",
            "captured",
            "committed",
            "consumed",
            "succeeded",
            "paid",
            "done",
            "authorized",
            "refunded",
            "voided",
            "held",
            "resolved",
        ],
    ),
    (
        Tone::Busy,
        &[
            "pending",
            "cancelling",
            "processing",
            "requires_action",
            "running",
            "compensating",
            "paused",
            "sent",
            "undoing",
            "unknown",
        ],
    ),
    (
        Tone::Refused,
        &["rejected", "cancelled", "released", "compensated", "failed", "refused", "undone"],
    ),
    (Tone::Bad, &["compensation_failed", "not_ready", "unreachable", "problem"]),
];

impl Tone {
    /// What a word says, however it is spelled.
    pub fn of(word: &str) -> Self {
        let word = word.to_ascii_lowercase();
        let known = WORDS.iter().find(|(_, words)| words.contains(&word.as_str()));
        known.map_or(Self::Plain, |(tone, _)| *tone)
    }

    /// The text in the colour.
    pub fn paint(self, text: &str, is_coloured: bool) -> String {
        let style = match self {
            Self::Plain => return text.into(),
            Self::Title => Style::new().bold(),
            Self::Good => Style::new().green(),
            Self::Busy => Style::new().cyan(),
            Self::Refused => Style::new().yellow(),
            Self::Bad => Style::new().red().bold(),
        };
        style.force_styling(is_coloured).apply_to(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_a_tone_however_they_are_spelled() {
        let check = |word: &str, tone: Tone| assert_eq!(Tone::of(word), tone, "{word}");
        check("COMPLETED", Tone::Good);
        check("pending", Tone::Busy);
        check("COMPENSATED", Tone::Refused);
        check("COMPENSATION_FAILED", Tone::Bad);
        check("o-1", Tone::Plain);
    }

    #[test]
    fn colours_are_only_there_where_they_are_wanted() {
        assert_eq!(Tone::Good.paint("ok", false), "ok");
        assert_eq!(Tone::Good.paint("ok", true), "\u{1b}[32mok\u{1b}[0m");
    }
}
