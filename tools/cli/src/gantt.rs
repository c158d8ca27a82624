//! A saga over time, in letters: each attempt of each step, and the compensation in a lane of its
//! own. What it says is said by letters; colours only repeat it.

mod chart;

use chart::{Attempt, Chart, End, Row};
use console::measure_text_width;
use serde_json::Value;
use terminal::{Style, Tone, duration};

/// Columns for the time, however narrow the terminal.
const TRACK_WIDTH_MIN: usize = 20;
const GAP: &str = "  ";
const LEGEND: &str = "1 2 .. sent   - answered later   . no answer   + done   x refused   \
                      < undone   > still waiting";

/// The saga, as the server sent it, drawn as wide as the terminal.
pub fn draw(saga: &Value, style: &Style) -> String {
    let chart = Chart::of(saga, style.now);
    let rows = || chart.forward.iter().chain(&chart.compensation);
    let longest =
        |text: fn(&Row) -> &str| rows().map(|row| measure_text_width(text(row))).max().unwrap_or(0);
    let label_width = longest(|row| &row.label).max("COMPENSATION".len());
    let note_width = longest(|row| &row.note);
    let around = label_width + note_width + 2 * GAP.len();
    let track = Track {
        width: style.width.saturating_sub(around).max(TRACK_WIDTH_MIN),
        chart: &chart,
        is_coloured: style.is_coloured,
    };
    let bold = |text: &str| Tone::Title.paint(text, style.is_coloured);
    let mut text = format!("{}\n\n", headline(saga, &chart, style));
    let ruler = track.ruler();
    text.push_str(&format!("{}{GAP}{ruler}\n", bold(&format!("{:<label_width$}", "STEP"))));
    for row in &chart.forward {
        text.push_str(&line(row, &track, label_width));
    }
    if !chart.compensation.is_empty() {
        text.push_str(&format!("\n{}\n", bold("COMPENSATION")));
    }
    for row in &chart.compensation {
        text.push_str(&line(row, &track, label_width));
    }
    text.push_str(&format!("\n{LEGEND}\n"));
    text
}

fn headline(saga: &Value, chart: &Chart, style: &Style) -> String {
    let text = |field: &str| saga[field].as_str().unwrap_or("?");
    let state = Tone::of(text("state")).paint(text("state"), style.is_coloured);
    let reason = saga["reason"].as_str().map(|it| format!(" ({it})")).unwrap_or_default();
    let waiting = saga["waiting_for"].as_str().map(|it| format!(", waits for {it}"));
    format!(
        "saga {}  {} v{}  {state}{reason}  {}{}",
        text("saga_id"),
        text("definition"),
        saga["definition_version"],
        duration::fine(chart.length()),
        waiting.unwrap_or_default()
    )
}

fn line(row: &Row, track: &Track, label_width: usize) -> String {
    let label = &row.label;
    let line = format!("{label:<label_width$}{GAP}{}{GAP}{}", track.bars(row), row.note);
    format!("{}\n", line.trim_end())
}

/// The part of a line that is time.
struct Track<'a> {
    width: usize,
    chart: &'a Chart,
    is_coloured: bool,
}

impl Track<'_> {
    /// Where a moment stands.
    fn column(&self, moment: jiff::Timestamp) -> usize {
        let whole = self.chart.length().as_secs_f64();
        let part = moment.duration_since(self.chart.begin).as_secs_f64();
        let share = if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 };
        // Widths are small, and the share is none of a negative number.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "see above")]
        let column = (share * (self.width - 1) as f64).round() as usize;
        column
    }

    /// Where it begins, its middle and where it ends.
    fn ruler(&self) -> String {
        let (begin, length) = ("0 ms", self.chart.length());
        let end = duration::fine(length);
        let middle = duration::fine(length / 2);
        let left = (self.width.saturating_sub(middle.len()) / 2).saturating_sub(begin.len());
        let right = self.width.saturating_sub(begin.len() + left + middle.len() + end.len());
        format!("{begin}{:left$}{middle}{:right$}{end}", "", "")
    }

    fn bars(&self, row: &Row) -> String {
        let mut cells = vec![(' ', Tone::Plain); self.width];
        for (index, attempt) in row.attempts.iter().enumerate() {
            self.bar(attempt, index + 1, &mut cells);
        }
        let mut text = String::new();
        for run in cells.chunk_by(|a, b| a.1 == b.1) {
            let letters: String = run.iter().map(|(letter, _)| letter).collect();
            text.push_str(&run[0].1.paint(&letters, self.is_coloured));
        }
        text
    }

    fn bar(&self, attempt: &Attempt, number: usize, cells: &mut [(char, Tone)]) {
        let (from, to) = (self.column(attempt.from), self.column(attempt.to));
        let (between, last, tone) = match attempt.end {
            End::Done => ('-', '+', Tone::Good),
            End::Undone => ('-', '<', Tone::Refused),
            End::Refused => ('-', 'x', Tone::Bad),
            End::Waiting => ('.', '>', Tone::Busy),
            End::NoAnswer => ('.', '.', Tone::Busy),
        };
        let first = char::from_digit(u32::try_from(number).unwrap_or(u32::MAX), 10).unwrap_or('*');
        let letter = |column: usize| match column {
            // Whether an answer came matters more than the number, where there is room for one.
            column if column == to && attempt.end != End::NoAnswer => last,
            column if column == from => first,
            _ => between,
        };
        for (column, cell) in cells.iter_mut().enumerate().take(to + 1).skip(from) {
            *cell = (letter(column), tone);
        }
    }
}

#[cfg(test)]
mod tests;
