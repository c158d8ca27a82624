//! What a command prints on a terminal, as a picture (SVG): its text in the colours of ANSI codes.

use std::fmt::Write;

const COLUMN: f32 = 8.4;
const LINE: usize = 20;
const MARGIN: usize = 20;
const HEAD: usize = 36;
const COLUMNS_MIN: usize = 60;
const FOREGROUND: &str = "#d8dee9";
/// Black, red, green, yellow, blue, magenta, cyan, white; then the same, bright.
const COLOURS: [&str; 16] = [
    "#4c566a", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9",
    "#7f8998", "#ff8d96", "#b5e08f", "#ffdc96", "#8cc8ff", "#e09cf5", "#7fd6e0", "#ffffff",
];

/// How a run of letters looks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Look {
    colour: &'static str,
    is_bold: bool,
    is_dim: bool,
}

const PLAIN: Look = Look { colour: FOREGROUND, is_bold: false, is_dim: false };

/// The picture of what was printed.
pub fn picture(title: &str, printed: &str) -> String {
    let mut look = PLAIN;
    let lines: Vec<Vec<(Look, String)>> =
        printed.trim_end().lines().map(|line| runs(line, &mut look)).collect();
    let columns = lines.iter().map(|line| width(line)).max().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a few hundred columns")]
    let width = columns.max(COLUMNS_MIN) as f32 * COLUMN + (2 * MARGIN) as f32;
    let height = HEAD + lines.len() * LINE + MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height}\" \
         role=\"img\" aria-label=\"{title}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1e222a\"/>\n\
         <g fill=\"#4c566a\"><circle cx=\"20\" cy=\"18\" r=\"6\"/><circle cx=\"40\" cy=\"18\" \
         r=\"6\"/><circle cx=\"60\" cy=\"18\" r=\"6\"/></g>\n\
         <g font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"14\" \
         fill=\"{FOREGROUND}\" xml:space=\"preserve\">\n\
         <text x=\"84\" y=\"23\" fill=\"#7f8998\">{title}</text>\n",
        title = escaped(title),
    );
    for (index, line) in lines.iter().enumerate() {
        let y = HEAD + (index + 1) * LINE - 4;
        let _ = write!(svg, "<text x=\"{MARGIN}\" y=\"{y}\">");
        svg.extend(line.iter().map(|(look, text)| span(look, text)));
        svg += "</text>\n";
    }
    svg + "</g>\n</svg>\n"
}

fn width(line: &[(Look, String)]) -> usize {
    line.iter().map(|(_, text)| text.chars().count()).sum()
}

fn span(look: &Look, text: &str) -> String {
    let text = escaped(text);
    if *look == PLAIN {
        return text;
    }
    let colour = look.colour;
    let bold = if look.is_bold { " font-weight=\"bold\"" } else { "" };
    let dim = if look.is_dim { " opacity=\"0.6\"" } else { "" };
    format!("<tspan fill=\"{colour}\"{bold}{dim}>{text}</tspan>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// A line in runs of one look. A look lasts until it is changed, also over the end of a line.
fn runs(line: &str, look: &mut Look) -> Vec<(Look, String)> {
    let mut runs = vec![];
    let mut parts = line.split('\x1b');
    runs.push((look.clone(), parts.next().unwrap_or_default().to_string()));
    for part in parts {
        let end = part.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(part.len());
        let (code, rest) = part.split_at(end);
        if rest.starts_with('m') {
            change(look, code.trim_start_matches('['));
        }
        runs.push((look.clone(), rest.chars().skip(1).collect()));
    }
    runs.retain(|(_, text)| !text.is_empty());
    runs
}

/// Codes that picture nothing here leave the look as it is.
fn change(look: &mut Look, codes: &str) {
    for code in codes.split(';').map(|code| code.parse().unwrap_or(0)) {
        match code {
            0 => *look = PLAIN,
            1 => look.is_bold = true,
            2 => look.is_dim = true,
            22 => (look.is_bold, look.is_dim) = (false, false),
            30..=37 => look.colour = COLOURS[code - 30],
            90..=97 => look.colour = COLOURS[code - 82],
            39 => look.colour = FOREGROUND,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &[(&str, bool, &str)]) {
        let seen = runs(line, &mut PLAIN.clone());
        let seen: Vec<_> =
            seen.iter().map(|(look, text)| (look.colour, look.is_bold, text.as_str())).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn colours_and_weight_hold_until_they_are_changed() {
        check("a", &[(FOREGROUND, false, "a")]);
        check(
            "a\x1b[1;32mb\x1b[22mc\x1b[0md",
            &[
                (FOREGROUND, false, "a"),
                (COLOURS[2], true, "b"),
                (COLOURS[2], false, "c"),
                (FOREGROUND, false, "d"),
            ],
        );
        check("\x1b[95ma\x1b[39mb", &[(COLOURS[13], false, "a"), (FOREGROUND, false, "b")]);
    }

    #[test]
    fn what_moves_the_cursor_is_left_out_and_letters_are_escaped() {
        check("\x1b[2Ka\x1b[3Cb", &[(FOREGROUND, false, "a"), (FOREGROUND, false, "b")]);
        let svg = picture("a & b", "1 < 2\n");
        assert!(svg.contains("1 &lt; 2</text>"), "{svg}");
        assert!(svg.contains(">a &amp; b</text>"), "{svg}");
    }
}
