//! Tables for people: on a terminal, and as Markdown.

/// A table: a line of headings, and lines of as many cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it is about.
    pub title: String,
    /// Above each column.
    pub headings: Vec<String>,
    /// The lines.
    pub lines: Vec<Vec<String>>,
}

impl Table {
    /// Columns as wide as they must be; numbers to the right.
    pub fn plain(&self) -> String {
        let widths: Vec<usize> = (0..self.headings.len()).map(|it| self.width(it)).collect();
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        let lines = [&self.headings, &rule].into_iter().chain(&self.lines);
        let line = |cells: &Vec<String>| {
            let cells = cells.iter().zip(&widths).enumerate();
            let cells = cells.map(|(column, (cell, width))| match self.is_numeric(column) {
                true => format!("{cell:>width$}"),
                false => format!("{cell:<width$}"),
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
        };
        let lines: Vec<String> = lines.map(line).collect();
        format!("{}\n\n{}\n", self.title, lines.join("\n"))
    }

    /// The same as Markdown.
    pub fn markdown(&self) -> String {
        let align = |column| if self.is_numeric(column) { "---:" } else { "---" };
        let rule: Vec<String> = (0..self.headings.len()).map(|it| align(it).into()).collect();
        let lines = [&self.headings, &rule].into_iter().chain(&self.lines);
        let lines: Vec<String> = lines.map(|cells| format!("| {} |", cells.join(" | "))).collect();
        format!("### {}\n\n{}\n", self.title, lines.join("\n"))
    }

    fn column(&self, column: usize) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(move |line| Some(line.get(column)?.as_str()))
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.column(column).chain([self.headings[column].as_str()]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    }

    fn is_numeric(&self, column: usize) -> bool {
        let begins = |cell: &str| cell.starts_with(|it: char| it.is_ascii_digit() || it == '-');
        column > 0 && self.column(column).all(begins)
    }
}

/// With a comma between thousands.
pub fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::{Table, number};

    fn table() -> Table {
        let line = |cells: [&str; 3]| cells.map(String::from).to_vec();
        Table {
            title: "Speed".into(),
            headings: line(["load", "sagas/s", "proof"]),
            lines: vec![line(["1 client", "900", "holds"]), line(["64 clients", "12,000", "-"])],
        }
    }

    fn check(value: f64, digits: usize, expected: &str) {
        assert_eq!(number(value, digits), expected);
    }

    #[test]
    fn thousands_are_told_apart() {
        check(0.0, 0, "0");
        check(999.4, 0, "999");
        check(1_234_567.8, 1, "1,234,567.8");
        check(0.1234, 3, "0.123");
        check(12_000.0, 0, "12,000");
    }

    #[test]
    fn words_stand_to_the_left_and_numbers_to_the_right() {
        let expected = "Speed\n\n\
            load        sagas/s  proof\n\
            ----------  -------  -----\n\
            1 client        900  holds\n\
            64 clients   12,000  -\n";
        assert_eq!(table().plain(), expected);
    }

    #[test]
    fn markdown_says_the_same() {
        let expected = "### Speed\n\n\
            | load | sagas/s | proof |\n\
            | --- | ---: | --- |\n\
            | 1 client | 900 | holds |\n\
            | 64 clients | 12,000 | - |\n";
        assert_eq!(table().markdown(), expected);
    }
}
