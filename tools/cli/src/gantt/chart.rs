//! What a timeline shows, taken from a saga as the server sent it.

use contracts::{Channel, MessageType};
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// A saga over time.
#[derive(Debug)]
pub struct Chart {
    /// When it began.
    pub begin: Timestamp,
    /// When it ended, or now.
    pub end: Timestamp,
    /// What was to be done.
    pub forward: Vec<Row>,
    /// What was undone.
    pub compensation: Vec<Row>,
}

/// One line of it.
#[derive(Debug)]
pub struct Row {
    /// The step, or what undoes it.
    pub label: String,
    /// Each time that its command was sent.
    pub attempts: Vec<Attempt>,
    /// How it fared.
    pub note: String,
}

/// One time that a command was sent.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// When it was sent.
    pub from: Timestamp,
    /// When it was answered, or given up.
    pub to: Timestamp,
    /// What came of it.
    pub end: End,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was done.
    Done,
    /// It undid what was done.
    Undone,
    /// It was refused.
    Refused,
    /// Nothing yet.
    Waiting,
    /// No answer came to it.
    NoAnswer,
}

/// An attempt as the server tells it.
struct Sent<'a> {
    command: &'a str,
    from: Timestamp,
    answered: Option<Timestamp>,
}

impl Chart {
    /// The chart of a saga; one that is not over lasts until now.
    pub fn of(saga: &Value, now: Timestamp) -> Self {
        let begin = time(&saga["started_at"]).unwrap_or(now);
        let is_over = saga["finished_at"].is_string();
        let steps = saga["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
        let sent: Vec<Vec<Sent>> = steps.iter().map(sent).collect();
        let moments = sent.iter().flatten().flat_map(|it| [Some(it.from), it.answered]).flatten();
        let last = moments.chain(time(&saga["finished_at"])).max().unwrap_or(begin);
        let end = if is_over { last } else { last.max(now) };
        let mut chart = Self { begin, end, forward: vec![], compensation: vec![] };
        for (step, sent) in steps.iter().zip(&sent) {
            chart.add_step(step, sent, is_over);
        }
        chart.add_others(saga, sent.iter().flatten().map(|it| it.command).collect());
        chart
    }

    /// How long it took.
    pub fn length(&self) -> Duration {
        self.end.duration_since(self.begin).unsigned_abs()
    }

    fn add_step(&mut self, step: &Value, sent: &[Sent], is_over: bool) {
        let name = step["name"].as_str().unwrap_or("?");
        let state = step["state"].as_str().unwrap_or("?").to_lowercase();
        let command = sent.first().map(|it| it.command);
        let is_forward = |it: &&Sent| Some(it.command) == command;
        let (done, undone): (Vec<&Sent>, Vec<&Sent>) = sent.iter().partition(is_forward);
        let is_done = !matches!(state.as_str(), "refused" | "given_up");
        let answer = if is_done { End::Done } else { End::Refused };
        // Whoever undoes a step waits no more for its answer.
        let is_waiting = !is_over && undone.is_empty() && state == "sent";
        let attempts = self.attempts(&done, answer, is_waiting);
        let error = step["error"].as_str().map(|error| format!(": {error}")).unwrap_or_default();
        let note = format!("{state}{}{error}", times(attempts.len()));
        self.forward.push(Row { label: name.into(), attempts, note });
        if let Some(first) = undone.first() {
            let answer = if state == "undo_refused" { End::Refused } else { End::Undone };
            let attempts = self.attempts(&undone, answer, !is_over && state == "undoing");
            let note = format!("{}{}", first.command, times(attempts.len()));
            let row = Row { label: name.into(), attempts, note };
            // The last that was done is undone first.
            self.compensation.insert(0, row);
        }
    }

    fn attempts(&self, sent: &[&Sent], answer: End, is_waiting: bool) -> Vec<Attempt> {
        let attempt = |(index, it): (usize, &&Sent)| {
            let next = sent.get(index + 1).map(|next| next.from);
            let (to, end) = match (it.answered, next) {
                (Some(at), None) => (at, answer),
                (Some(at), Some(_)) => (at, End::Done),
                (None, Some(next)) => (next, End::NoAnswer),
                (None, None) if is_waiting => (self.end, End::Waiting),
                (None, None) => (it.from, End::NoAnswer),
            };
            Attempt { from: it.from, to, end }
        };
        sent.iter().enumerate().map(attempt).collect()
    }

    /// Commands that belong to no step: what undoes the start, questions, an operator's.
    fn add_others(&mut self, saga: &Value, known: Vec<&str>) {
        let history = saga["history"].as_array().map(Vec::as_slice).unwrap_or_default();
        for entry in history {
            let (Some(name), Some(at)) = (entry["event"].as_str(), time(&entry["time"])) else {
                continue;
            };
            let message = MessageType::from_name(name);
            let is_command = message.is_some_and(|it| it.channel() == Channel::Command);
            if !is_command || known.contains(&name) {
                continue;
            }
            let (rows, end) = match message {
                Some(MessageType::RejectOrder) => (&mut self.compensation, End::Undone),
                _ => (&mut self.forward, End::Done),
            };
            let attempt = Attempt { from: at, to: at, end };
            match rows.iter_mut().find(|row| row.label == name) {
                Some(row) => row.attempts.push(attempt),
                None => {
                    let (label, note) = (name.to_string(), String::new());
                    rows.push(Row { label, attempts: vec![attempt], note });
                }
            }
        }
    }
}

impl<'a> Sent<'a> {
    fn of(attempt: &'a Value) -> Option<Self> {
        let command = attempt["command"].as_str().unwrap_or("?");
        let answered = time(&attempt["answered_at"]);
        Some(Self { command, from: time(&attempt["sent_at"])?, answered })
    }
}

fn sent(step: &Value) -> Vec<Sent<'_>> {
    let attempts = step["attempts"].as_array().map(Vec::as_slice).unwrap_or_default();
    attempts.iter().filter_map(Sent::of).collect()
}

fn times(attempts: usize) -> String {
    match attempts {
        0 | 1 => String::new(),
        attempts => format!(", {attempts} attempts"),
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}
