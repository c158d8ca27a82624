//! Reading Server-Sent Events (the WHATWG's rules for the format `text/event-stream`).

use std::time::Duration;

/// Bytes of one event.
const EVENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// One event of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its place in the stream.
    pub id: String,
    /// Its type.
    pub name: String,
    /// What it says.
    pub data: String,
}

/// Makes events of bytes, however they are cut.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    event: Event,
    has_data: bool,
    is_after_return: bool,
    is_begun: bool,
    /// The place of the event in the making; an event without one has that of the one before.
    id: String,
    /// The place up to which the stream was read: that of the last whole event.
    pub last_id: String,
    /// How long the server wants us to wait before we come back.
    pub retry: Option<Duration>,
}

/// An event, or a line, that never ends.
#[derive(Debug, PartialEq, Eq)]
pub struct TooLarge;

impl Parser {
    /// A parser that goes on after that place.
    pub fn after(last_id: String) -> Self {
        Self { id: last_id.clone(), last_id, ..Self::default() }
    }

    /// What was begun when the stream broke off will be sent again.
    pub fn begin_again(&mut self) {
        let (last_id, retry) = (std::mem::take(&mut self.last_id), self.retry);
        *self = Self { retry, ..Self::after(last_id) };
    }

    /// The events that these bytes complete.
    ///
    /// # Errors
    /// An event is too large.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Event>, TooLarge> {
        let mut events = vec![];
        for byte in bytes {
            let is_second_of_two = self.is_after_return && *byte == b'\n';
            self.is_after_return = *byte == b'\r';
            match byte {
                _ if is_second_of_two => {}
                b'\n' | b'\r' => events.extend(self.end_line()),
                _ if self.line.len() + self.event.data.len() >= EVENT_BYTES_MAX => {
                    return Err(TooLarge);
                }
                byte => self.line.push(*byte),
            }
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        let line = if self.is_begun { &line } else { line.trim_start_matches('\u{feff}') };
        self.is_begun = true;
        if line.is_empty() {
            return self.end_event();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" if !value.contains('\0') => self.id = value.into(),
            "event" => self.event.name = value.into(),
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.has_data = true;
                self.event.data.push_str(value);
            }
            "retry" => self.retry = value.parse().ok().map(Duration::from_millis).or(self.retry),
            // A comment, or what a later version says.
            _ => {}
        }
        None
    }

    fn end_event(&mut self) -> Option<Event> {
        let event = std::mem::take(&mut self.event);
        let has_data = std::mem::take(&mut self.has_data);
        self.last_id.clone_from(&self.id);
        has_data.then(|| Event { id: self.last_id.clone(), ..event })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, name: &str, data: &str) -> Event {
        Event { id: id.into(), name: name.into(), data: data.into() }
    }

    /// The same events come out however the bytes are cut.
    #[track_caller]
    fn check(text: &str, expected: &[Event]) -> Parser {
        let mut parser = Parser::default();
        for size in [1, 2, 3, 7, text.len().max(1)] {
            parser = Parser::default();
            let pieces = text.as_bytes().chunks(size);
            let events = pieces.flat_map(|piece| parser.feed(piece).expect("small"));
            assert_eq!(events.collect::<Vec<_>>(), expected, "in pieces of {size}");
        }
        parser
    }

    #[test]
    fn an_event_ends_with_an_empty_line() {
        check("id: 1-0\nevent: A\ndata: {}\n\n", &[event("1-0", "A", "{}")]);
        check("id:1-0\revent:A\rdata:{}\r\r", &[event("1-0", "A", "{}")]);
        check("id: 1-0\r\nevent: A\r\ndata: {}\r\n\r\n", &[event("1-0", "A", "{}")]);
        check("data: half", &[]);
        check("\u{feff}data: чай\n\n", &[event("", "", "чай")]);
    }

    #[test]
    fn data_has_as_many_lines_as_were_sent() {
        check("data: a\ndata: b\ndata\n\n", &[event("", "", "a\nb\n")]);
        check("data:  a\n\n", &[event("", "", " a")]);
        check("data\n\n", &[event("", "", "")]);
    }

    #[test]
    fn the_place_stays_until_another_is_named_and_needs_no_event() {
        let second = event("1-1", "", "y");
        let parser = check("id: 1-1\n\ndata: y\n\n: still here\n\nid: 2-0\n\n", &[second]);
        assert_eq!(parser.last_id, "2-0");
        check("event: A\n\ndata: x\n\n", &[event("", "", "x")]);
    }

    #[test]
    fn a_stream_that_broke_off_goes_on_after_the_last_place() {
        let mut parser = check("id: 1-0\ndata: x\n\nid: 2-0\ndata: half", &[event("1-0", "", "x")]);
        parser.begin_again();
        assert_eq!(parser.last_id, "1-0", "the half one comes again");
    }

    #[test]
    fn the_server_says_when_to_come_back() {
        let parser = check("retry: 1500\nretry: soon\n:x\n\n", &[]);
        assert_eq!(parser.retry, Some(Duration::from_millis(1_500)));
    }

    #[test]
    fn an_event_that_never_ends_is_given_up() {
        let mut parser = Parser::default();
        assert_eq!(parser.feed(&vec![b'x'; EVENT_BYTES_MAX + 1]), Err(TooLarge));
    }
}
